"""Careful use of a language model: limits, budget and accounts, and the verification of its answers."""
