"""What keeps a command from doing what it was asked for: a service, or what a person asked."""


class NotUsable(Exception):
    """A service is away, or not as it must be. The message says which, why, and what to do; commands end with 3."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class NotPossible(Exception):
    """A person asked for what cannot be. The message says why not and what to do instead; commands end with 1."""
