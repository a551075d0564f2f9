"""A stand-in for a language model's server, for tests and the demo: it is no model and understands nothing."""
