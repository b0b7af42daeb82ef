"""Where a path or URL that a person gives leads: its one real form, and whether it is a folder."""

# paths are bytes here, which pathlib does not take
# ruff: noqa: PTH112

import os

from musicai.errors import (
    ConfigError,
    NodeFaultError,
    NotFoundError,
    PermissionDeniedError,
    UnreadableError,
    VanishedError,
)
from musicai.storage.opening import storage
from musicai.storage.url import canonical, is_url, split


def plain(path: bytes) -> bytes:
    """Return a path as it is, a URL in its one form, and the path of a ``file://``.

    Raises
    ------
    ConfigError: no library can be behind such a URL, or there is a secret in it.
    """
    if not is_url(path):
        return path
    try:
        text = path.decode()
    except UnicodeDecodeError as err:
        raise ConfigError("the URL of a library must be UTF-8") from err
    return os.fsencode(canonical(text))


def real(path: bytes) -> tuple[bytes, bool]:
    """Return the real path or URL, and whether a folder is there.

    Raises
    ------
    NotFoundError: nothing is there.
    NodeFaultError: the server does not answer, or refuses.
    ConfigError: no library can be behind such a URL.
    """
    place = plain(path)
    if is_url(place):
        return place, _is_remote_folder(place)
    try:
        found = os.path.realpath(place, strict=True)
    except OSError as err:
        raise NotFoundError(f"{os.fsdecode(path)!r} cannot be read: {err.strerror}") from err
    return found, os.path.isdir(found)


def real_root(root: bytes) -> bytes:
    """Return the real form of a library's root."""
    return plain(root) if is_url(root) else os.path.realpath(root)


def is_there(root: bytes) -> bool:
    """Whether the root of a library is there. Servers are asked.

    Raises
    ------
    NodeFaultError: the server does not answer, or refuses.
    """
    if not is_url(root):
        return os.path.isdir(root)
    try:
        return _is_remote_folder(root)
    except NotFoundError:
        return False


def _is_remote_folder(url: bytes) -> bool:
    origin, path = split(url)
    shown = url.decode(errors="replace")
    try:
        return storage(origin).is_folder(path)
    except VanishedError as err:
        raise NotFoundError(f"nothing is at {shown}: {err}") from err
    except PermissionDeniedError as err:
        raise NodeFaultError(f"{shown} may not be read from this node: {err}") from err
    except UnreadableError as err:
        raise NodeFaultError(f"{shown} cannot be reached: {err}") from err
