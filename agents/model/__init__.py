"""A language model used with care: limits, budget and books around it, and the verification of what it answers."""
