"""What a person asked for and cannot have."""


class NotPossible(Exception):
    """The message says what stands in the way and what to do instead; commands end with 1."""
