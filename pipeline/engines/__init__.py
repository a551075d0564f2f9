"""The engines: they fetch and commit, nothing else."""
