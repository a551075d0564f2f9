"""The operator's knowledge pack: inventory, guardrails, words, documents."""
