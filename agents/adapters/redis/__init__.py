"""The cache of knowledge that several processes share."""
