"""URLs of libraries and tracks. They are strings and bytes here; nobody is asked anything.

Within a library a track is known by its decoded relative path, as in a folder. The URL of a library on the
web is kept percent-encoded; S3 and SFTP know no such encoding, and their names stand as they are.
"""

import re
from urllib.parse import quote, unquote, unquote_to_bytes, urlsplit

from musicai.errors import ConfigError

_URL = re.compile(r"^([a-zA-Z][a-zA-Z0-9+.-]*)://(.*)$", re.DOTALL)
_WEB = ("http", "https")
SCHEMES = ("s3", "https", "http", "sftp")
PLAYLISTS = (b".m3u", b".m3u8", b".txt")
"""On the web, lists of files: a library may be enqueued by one where there is no index page."""
_DEFAULT_PORTS = {"http": 80, "https": 443, "sftp": 22}
_UNQUOTED = "/!$&'()*+,;=:@"
"""What may stand in a path as it is (RFC 3986)."""
_HOW = {
    "s3": "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or a profile in ~/.aws",
    "sftp": "a key in ~/.ssh or the agent",
    "https": "~/.netrc",
    "http": "~/.netrc",
}


def is_url(place: str | bytes) -> bool:
    """Whether a place is behind a URL; paths of this machine are none."""
    text = place.decode(errors="replace") if isinstance(place, bytes) else place
    return _URL.match(text) is not None


def canonical(text: str) -> str:
    """Return the one form of a URL of a library, or of something in it; of ``file://``, the path.

    Raises
    ------
    ConfigError: no library can be behind such a URL, or there is a secret in it.
    """
    found = _URL.match(text)
    if found is None:
        raise AssertionError(f"{text!r} is no URL")
    scheme, rest = found[1].lower(), found[2]
    if scheme in ("file", "local"):
        return "/" + unquote(rest.removeprefix("localhost"), errors="surrogateescape").strip("/")
    if scheme not in SCHEMES:
        known = ", ".join(f"{known}://" for known in SCHEMES)
        raise ConfigError(
            f"{scheme}:// is no URL of a library: {known} are; mount others and enqueue the folder"
        )
    authority, _, path = rest.partition("/")
    if not authority:
        raise ConfigError(f"{scheme}:// needs a {'bucket' if scheme == 's3' else 'host'} behind it")
    _refuse_secrets(scheme, authority, path)
    if scheme == "s3":
        return _joined("s3", authority, path)
    if scheme == "sftp":
        return _joined("sftp", _host(scheme, authority), path)
    return _joined(scheme, _host(scheme, authority), quote(unquote_to_bytes(path), safe=_UNQUOTED))


def _refuse_secrets(scheme: str, authority: str, path: str) -> None:
    user, at, host = authority.rpartition("@")
    if at and (scheme != "sftp" or ":" in user):
        raise ConfigError(
            f"leave the password out of {scheme}://***@{host}/...: it would stand in the catalogue;"
            f" it comes from {_HOW[scheme]}"
        )
    if scheme in _WEB and ("?" in path or "#" in path):
        place = f"{scheme}://{authority}/{re.split('[?#]', path)[0]}"
        raise ConfigError(
            f"{place}?...: the URL of a library has no part behind ? or #, where secrets stand;"
            " a ? in a name is written %3F"
        )


def _host(scheme: str, authority: str) -> str:
    user, at, _ = authority.rpartition("@")
    try:
        parts = urlsplit(f"{scheme}://{authority}")
        host, port = parts.hostname, parts.port
    except ValueError as err:
        raise ConfigError(f"{scheme}://{authority}: {err}") from err
    if not host:
        raise ConfigError(f"{scheme}:// needs a host behind it")
    host = f"[{host}]" if ":" in host else host
    return f"{user}{at}{host}" + (f":{port}" if port not in (None, _DEFAULT_PORTS[scheme]) else "")


def _joined(scheme: str, authority: str, path: str) -> str:
    path = path.strip("/") if scheme != "s3" else path.rstrip("/")
    return f"{scheme}://{authority}/{path}" if path else f"{scheme}://{authority}"


def split(url: bytes) -> tuple[str, bytes]:
    """Return the server or bucket of a URL, and the decoded path there, without a slash before it."""
    scheme, _, rest = url.partition(b"://")
    authority, _, path = rest.partition(b"/")
    origin = (scheme + b"://" + authority).decode()
    return origin, unquote_to_bytes(path) if scheme.decode() in _WEB else path


def join(root: bytes, path: bytes) -> bytes:
    """Return where a path of a library is: the root may be a folder or a URL."""
    if not path:
        return root
    if root.startswith((b"http://", b"https://")):
        path = quote(path, safe=_UNQUOTED).encode()
    return root.rstrip(b"/") + b"/" + path


def is_inside(path: bytes, folder: bytes) -> bool:
    """Whether a path or URL is a folder or lies in it."""
    return path == folder or path.startswith(folder.rstrip(b"/") + b"/")


def relative(path: bytes, root: bytes) -> bytes:
    """Return a path or URL inside a root relative to it, decoded; empty for the root itself."""
    rest = path[len(root.rstrip(b"/")) + 1 :]
    return unquote_to_bytes(rest) if root.startswith((b"http://", b"https://")) else rest


def is_safe(path: bytes) -> bool:
    """Whether no part of a relative path leads out of its folder, also where a node mounts it."""
    parts = path.split(b"/")
    return not any(part in (b"", b".", b"..") for part in parts) and b"\0" not in path
