"""Effects outside Git, done once: a ledger in the deployment repository, and what keeps to it."""
