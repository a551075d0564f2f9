"""Free TCP ports on loopback."""

import random
import socket
from collections.abc import Callable, Collection

from pipeline.kafka.not_usable import NotUsable

FIRST, LAST = 20_000, 32_000
"""Below Linux's ephemeral range (from 32768, ip(7)): there a client that tries to reconnect to a dead broker's port can
be given that very port as its own, and then talks to itself and keeps the broker from coming back."""
TRIES = 1_000
RANDOM = random.SystemRandom()
"""Other processes that seed theirs alike would try the same ports."""

FindPorts = Callable[[int], list[int]]
"""Finds as many ports as it is asked for."""


def find_free_ports(count: int, but_not: Collection[int] = ()) -> list[int]:
    """Ports that nobody listens on at this moment. Raises: NotUsable."""
    found: set[int] = set()
    for _ in range(TRIES):
        port = RANDOM.randint(FIRST, LAST)
        if port not in but_not and is_free(port):
            found.add(port)
        if len(found) == count:
            return sorted(found)
    raise NotUsable(f"there are no {count} free ports between {FIRST} and {LAST} on this machine")


def is_free(port: int) -> bool:
    """Whether a server could listen on this port of loopback now."""
    with socket.socket() as server:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            server.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
