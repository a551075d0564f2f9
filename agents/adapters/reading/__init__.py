"""Files of several forms, read as passages."""
