"""What flows: bodies, envelope, topics and codec. Pure data."""
