"""O2 infrastructure provisioning requests: over REST, and as Nephio's custom resource."""
