"""Ports for the servers of tests."""

import itertools
import os
import random
import socket

# below those that a system gives to connections, and to servers that leave the choice to it
_FIRST, _EACH, _PROCESSES = 20_000, 200, 60
_OURS = _FIRST + _EACH * (int(os.environ.get("PYTEST_XDIST_WORKER", "gw0")[2:]) % _PROCESSES)
_shift = itertools.count(random.randrange(_EACH))


def free_port() -> int:
    """Return a port that nobody listens on, and that no other test of this run is given meanwhile.

    A port that the system chose could be somebody else's before the server listens on it.
    """
    return next(port for n in _shift if _is_free(port := _OURS + n % _EACH))


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True
