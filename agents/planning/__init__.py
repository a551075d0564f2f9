"""Turns expectations into the steps of a plan, by the templates of the knowledge pack."""
