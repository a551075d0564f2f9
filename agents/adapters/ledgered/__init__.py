"""Effects outside Git, done once: a ledger in the deployment repository, and the code that follows it."""
