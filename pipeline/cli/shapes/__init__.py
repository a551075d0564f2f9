"""The types of what commands print with `--json`."""
