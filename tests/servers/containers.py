"""Whether containers can be had here."""

import os
import socket
from urllib.parse import urlsplit


def container_engine_answers() -> bool:
    """Whether something listens where Docker's clients look for the engine (DOCKER_HOST, else the usual socket)."""
    engine = urlsplit(os.environ.get("DOCKER_HOST", "unix:///var/run/docker.sock"))
    try:
        if engine.scheme == "unix":
            with socket.socket(socket.AF_UNIX) as client:
                client.connect(engine.path)
        else:
            socket.create_connection((engine.hostname or "localhost", engine.port or 2375), timeout=1).close()
    except OSError:
        return False
    return True
