"""The Kubernetes API of the sites: whether what was committed is so there."""
