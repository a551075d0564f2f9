"""What people do with the pipeline: the work behind each command, free of how it is printed."""
