"""Nephio through Porch: packages as PackageRevisions, from draft to published."""
