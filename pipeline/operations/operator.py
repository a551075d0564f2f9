"""The user at this machine, as far as it knows."""

import getpass
import socket
from functools import cache

EVENT_SOURCE = "nephoran/command-line"


@cache
def name_of_operator() -> str:
    """`user@host`, for the record; nobody has verified it."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # no entry in the password file: a container with a number for its user
        user = "somebody"
    return f"{user}@{socket.gethostname()}"
