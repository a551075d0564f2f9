"""What is done to an intent, one file a stage."""
