"""Reads requests by a grammar over the operator's lexicon: no model, no network, the same answer every time."""
