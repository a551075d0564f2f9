"""A real Apache Kafka on this machine, for the demo, tests and development."""
