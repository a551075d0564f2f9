"""Processes of our own on one machine, and how each is tuned."""
