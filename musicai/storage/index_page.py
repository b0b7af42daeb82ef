"""The links of a page that lists a folder, as Apache, nginx, Caddy and Python's server write them."""

from html.parser import HTMLParser
from urllib.parse import unquote_to_bytes, urljoin, urlsplit


class IndexPage(HTMLParser):
    """Takes a page piece by piece; `links` are those that lie directly in its folder.

    Parameters
    ----------
    url: of the page, with a slash at the end.
    """

    def __init__(self, url: str) -> None:
        super().__init__()
        self._url = url
        self._links: dict[bytes, None] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Look at a link."""
        target = dict(attrs).get("href")
        if tag == "a" and target and (name := child(self._url, target)):
            self._links[name] = None

    def take(self) -> list[bytes]:
        """Return the decoded names that were found since the last call; folders end with a slash."""
        names = list(self._links)
        self._links.clear()
        return names


def child(url: str, target: str) -> bytes | None:
    """Return the decoded name of a link that leads directly into the folder of a page, else None."""
    below = below_folder(url, target)
    if below is None or not below.strip(b"/") or b"/" in below.rstrip(b"/"):
        return None
    return below


def below_folder(url: str, target: str) -> bytes | None:
    """Return the decoded path of a link relative to a folder's URL, None when it leads elsewhere.

    Links with a query sort the page or ask for something else; they are no files.
    """
    try:
        parts = urlsplit(urljoin(url, target.strip()))
        path = _unquoted(parts.path)
    except ValueError:
        return None
    here = urlsplit(url)
    if parts.query or (parts.scheme, parts.netloc) != (here.scheme, here.netloc):
        return None
    folder = _unquoted(here.path)
    return path[len(folder) :] if path.startswith(folder) else None


def _unquoted(path: str) -> bytes:
    # names in no known encoding are kept as surrogates
    return unquote_to_bytes(path.encode(errors="surrogateescape"))
