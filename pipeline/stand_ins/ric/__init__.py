"""A near-RT RIC and a policy management service that enforce nothing: for tests and the demo."""
