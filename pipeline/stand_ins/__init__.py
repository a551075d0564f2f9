"""Servers that stand in for what is not on this machine: a hosted model, a RIC, a managed element."""
