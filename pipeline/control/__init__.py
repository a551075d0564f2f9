"""What holds stages back: pauses, the brake, circuits and retries, ordered through `nephoran.control`."""
