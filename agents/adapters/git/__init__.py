"""Deployments as kpt packages in a Git repository, with the ledger in the same commit."""
