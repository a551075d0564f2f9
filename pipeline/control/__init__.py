"""What can hold stages up, ordered through `nephoran.control`: pauses, the brake, circuits and retries."""
