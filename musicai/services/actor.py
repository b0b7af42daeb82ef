"""Who asks for something: what the catalogue remembers people by."""

import getpass
import os
import socket


def current_actor() -> str:
    """Return USER@HOST of whoever runs this process."""
    try:
        user = getpass.getuser()
    except (OSError, KeyError):  # a container's user has a number and no name
        user = str(os.getuid())
    return f"{user}@{socket.gethostname()}"[:255]
