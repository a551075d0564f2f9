"""A service that cannot be used as it is."""


class NotUsable(Exception):
    """A service is away, or not as it must be. The message says which, why, and what to do; commands end with 3."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message
