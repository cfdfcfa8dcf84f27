"""Ports for this run's servers, below the range that outgoing connections take theirs from."""

import random
import socket

_given = set()


def free_port():
    """A port of 127.0.0.1 that nobody listens on and that this run has not given out before."""
    while True:
        port = random.randrange(15_000, 32_000)
        if port in _given:
            continue
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        _given.add(port)
        return port
