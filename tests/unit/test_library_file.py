"""A worker reads the files of a library, whatever its rows say and whatever lies there by now."""

import os
from contextlib import suppress
from pathlib import Path

import pytest

from musicai.errors import OutsideError
from musicai.library_file import LibraryFile


@pytest.fixture
def library(tmp_path: Path) -> Path:
    (tmp_path / "secret").write_bytes(b"secret")
    inside = tmp_path / "music" / "live"
    inside.mkdir(parents=True)
    (inside / "song").write_bytes(b"song")
    return tmp_path / "music"


def read(root: Path, path: str, *, follow_links: bool = False) -> bytes:
    descriptor = LibraryFile(os.fsencode(root), os.fsencode(path), follow_links).open()
    with os.fdopen(descriptor, "rb") as file:
        return file.read()


def test_a_file_below_the_root_is_read_also_when_the_root_is_a_link(library: Path) -> None:
    (library.parent / "mount").symlink_to(library)
    for root in (library, library.parent / "mount"):
        assert read(root, "live/song") == b"song"
    assert read(Path("/"), os.fspath(library / "live" / "song")[1:]) == b"song"


@pytest.mark.parametrize("follow", [False, True])
@pytest.mark.parametrize("path", ["../secret", "live/../../secret", "/etc/passwd", "live//song", "./x", ""])
def test_no_path_leads_upwards(library: Path, path: str, follow: bool) -> None:
    with pytest.raises(OutsideError, match="no path inside a library"):
        read(library, path, follow_links=follow)


@pytest.mark.parametrize("link", ["live/song", "live"])
def test_a_link_planted_after_the_scan_is_not_followed(library: Path, link: str) -> None:
    there, away = library / link, library.parent / "away"
    there.rename(away)
    there.symlink_to(away)
    with pytest.raises(OutsideError, match=f"'{Path(link).name}' has become a link since the scan"):
        read(library, "live/song")
    assert read(library, "live/song", follow_links=True) == b"song"


def test_a_link_that_leads_nowhere_is_one_all_the_same(library: Path) -> None:
    (library / "lost").symlink_to("nowhere")
    with pytest.raises(OutsideError):
        read(library, "lost")


def test_what_is_gone_is_gone(library: Path) -> None:
    for path in ("live/other", "live/song/deeper", "dead/song"):
        with pytest.raises((FileNotFoundError, NotADirectoryError)):
            read(library, path)


def test_no_descriptor_stays_open(library: Path) -> None:
    def ours() -> list[str]:
        # the rest of the process may open and close what it likes
        return [path for path in opened() if path.startswith(os.fspath(library.parent.resolve()))]

    with (library / "live" / "song").open():
        if not ours():
            pytest.skip("this system does not say what descriptors lead to")
    for path in ("live/song", "live/other", "../secret"):
        with suppress(OSError, OutsideError):
            read(library, path)
    assert ours() == []


def opened() -> list[str]:
    """Return what the descriptors of this process lead to."""
    found = []
    for descriptor in Path("/dev/fd").iterdir():
        with suppress(OSError):  # it has been closed meanwhile
            found.append(os.fspath(descriptor.readlink()))
    return found
