"""Why a command cannot do what it was asked: a service does not work, or the request makes no sense."""


class NotUsable(Exception):
    """A service is down, or not as required. The message says which, why, and what to do; commands exit with 3."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class NotPossible(Exception):
    """A person asked for something impossible. The message says why and what to do instead; commands exit with 1."""
