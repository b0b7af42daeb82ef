"""Where the private broker listens, and which URL everybody uses."""

import hashlib
import os
import stat
from pathlib import Path
from urllib.parse import quote

from musicai.config import Settings
from musicai.errors import BrokerUnavailableError

# sun_path holds 104 bytes on macOS (108 on Linux), the closing NUL included
_LONGEST_SOCKET_PATH = 103


def broker_url(settings: Settings) -> str:
    """Return the URL of the broker: the configured one, else the private one's socket."""
    if settings.broker_url:
        return _verifying(settings.broker_url)
    return f"redis+socket://{quote(str(socket_path(settings)))}?virtual_host=0"


def _verifying(url: str) -> str:
    """Return a URL under which the server's certificate is checked unless it says otherwise.

    To `rediss://` alone kombu would talk TLS with anybody, where redis-py insists.
    """
    if not url.startswith("rediss://") or "ssl_cert_reqs=" in url:
        return url
    return f"{url}{'&' if '?' in url else '?'}ssl_cert_reqs=required"


def data_folder(settings: Settings) -> Path:
    """Return the folder of the private broker's append-only file, log and locks."""
    return settings.run_folder / "broker"


def socket_path(settings: Settings) -> Path:
    """Return the socket of the private broker: always the same one for the same home."""
    path = data_folder(settings) / "broker.sock"
    if len(os.fsencode(path)) <= _LONGEST_SOCKET_PATH:
        return path
    # Not XDG_RUNTIME_DIR or TMPDIR: they differ between a login and a timer of the same user,
    # and two addresses would be two servers on one append-only file.
    digest = hashlib.sha256(os.fsencode(settings.home)).hexdigest()[:16]
    return Path(f"/tmp/musicai-{os.getuid()}-{digest}/broker.sock")  # nosec B108  # noqa: S108 - see make_private


def make_private(folder: Path) -> None:
    """Make a folder that this user alone may enter.

    Raises
    ------
    BrokerUnavailableError: it cannot be made, or somebody else made it first.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = folder.lstat()
        if found.st_uid == os.getuid() and stat.S_ISDIR(found.st_mode):
            folder.chmod(0o700)
            return
    except OSError as err:
        raise BrokerUnavailableError(f"private broker: cannot use the folder {folder}: {err}") from err
    raise BrokerUnavailableError(f"private broker: {folder} is not a folder of this user; remove it")
