"""Walking real folders, the nasty ones included."""

import errno
import os
import socket
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from musicai.errors import NotFoundError
from musicai.library.exclude import Excludes
from musicai.library.report import NAMED, Noted, WalkReport
from musicai.library.walk import BATCH, FolderBatch, Walk, WalkOptions
from tests.services.rights import as_nobody, open_the_way_to

AU = b".snd" + bytes(60)


def walk(folder: Path, under: bytes = b"", exclude: tuple[str, ...] = (), **options: object):
    """Return the paths that a walk finds, and its report."""
    one = Walk(os.fsencode(folder), under, WalkOptions(Excludes(exclude), **options))
    batches = list(one)
    for batch in batches:
        assert all(found.path.rpartition(b"/")[0] == batch.folder for found in batch.found)
    paths = [found.path for batch in batches for found in batch.found]
    assert len(paths) == len(set(paths))
    return set(paths), one.report


def touch(path: Path, content: bytes = b"") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def test_finds_audio_by_extension_at_any_depth(tmp_path):
    for name in ("a.mp3", "b/c/D.FLAC", "b/.hidden.ogg", ".hidden/e.opus", "b/empty.wav"):
        touch(tmp_path / name)
    found, report = walk(tmp_path)
    assert found == {b"a.mp3", b"b/c/D.FLAC", b"b/.hidden.ogg", b".hidden/e.opus", b"b/empty.wav"}
    assert (report.folders, report.ignored) == (4, {})


def test_tells_what_shows_a_change(tmp_path):
    path = touch(tmp_path / "a.mp3", b"12345")
    status = path.stat()
    [batch] = Walk(os.fsencode(tmp_path), b"", WalkOptions())
    expected = (b"a.mp3", 5, status.st_mtime_ns, status.st_dev, status.st_ino)
    assert batch == FolderBatch(b"", [expected], complete=True)


def test_counts_what_lies_beside_music_by_kind(tmp_path):
    names = ["cover.JPG", "back.png", "booklet.pdf", "list.m3u8", "clip.mkv", "all.zip"]
    names += ["noext", ".DS_Store", "x.mid"]
    for name in names:
        touch(tmp_path / name, b"no sound in here")
    found, report = walk(tmp_path)
    assert found == set()
    assert report.ignored == {
        "cover": 2, "text": 1, "playlist": 1, "video": 1, "archive": 1, "system": 1, "other": 2
    }  # fmt: skip


def test_content_decides_where_the_name_says_something_else(tmp_path):
    for name in ("picture.jpg", "no extension", "notes.txt", "film.mp4"):
        touch(tmp_path / name, AU)
    assert walk(tmp_path)[0] == {b"picture.jpg", b"no extension", b"notes.txt", b"film.mp4"}


def test_text_named_mp3_is_found(tmp_path):
    touch(tmp_path / "readme.mp3", b"text")
    assert walk(tmp_path)[0] == {b"readme.mp3"}


def test_what_macos_keeps_beside_files_is_no_audio(tmp_path):
    touch(tmp_path / "._song.mp3", bytes.fromhex("0005160700020000"))
    touch(tmp_path / "._real.mp3", AU)
    found, report = walk(tmp_path)
    assert (found, report.ignored) == ({b"._real.mp3"}, {"system": 1})


def test_a_video_container_under_a_video_name_is_a_video(tmp_path):
    asf = bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c") + bytes(50)
    touch(tmp_path / "a.wmv", asf)
    touch(tmp_path / "b", asf)
    found, report = walk(tmp_path)
    assert (found, report.ignored) == ({b"b"}, {"video": 1})


NAMES = [b"caf\xe9.mp3", b"new\nline.mp3", b"x" * 251 + b".mp3", b" .mp3", b"\xff\xfe.mp3", b"-rf *.mp3"]


@pytest.mark.skipif(sys.platform == "darwin", reason="macOS takes no names that are not UTF-8")
@pytest.mark.parametrize("name", NAMES)
def test_any_name_is_found(tmp_path, name):
    touch(tmp_path / os.fsdecode(name) / os.fsdecode(name))
    assert walk(tmp_path)[0] == {name + b"/" + name}


def test_special_files_are_counted_and_never_opened(tmp_path):
    os.mkfifo(tmp_path / "fifo.mp3")
    os.mkfifo(tmp_path / "fifo")
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(tmp_path / "socket.wav"))
    listener.close()
    assert walk(tmp_path) == (set(), report(folders=1, entries=3, special=3))
    assert walk(tmp_path, b"fifo.mp3")[1].ignored == {"special": 1}


def report(folders: int, entries: int, **ignored: int) -> WalkReport:
    expected = WalkReport(folders, entries)
    expected.ignored.update(ignored)
    return expected


def test_a_sparse_file_costs_nothing(tmp_path):
    with touch(tmp_path / "huge.wav").open("wb") as file:
        file.truncate(1 << 40)
    with touch(tmp_path / "huge").open("wb") as file:
        file.truncate(1 << 40)
    assert walk(tmp_path) == ({b"huge.wav"}, report(folders=1, entries=2, other=1))


def test_links_are_counted_and_not_followed(tmp_path):
    touch(tmp_path / "music" / "a.mp3")
    (tmp_path / "music" / "b.mp3").symlink_to("a.mp3")
    (tmp_path / "music" / "up").symlink_to("..")
    (tmp_path / "music" / "broken.mp3").symlink_to("nowhere")
    found, seen = walk(tmp_path)
    assert (found, seen.ignored) == ({b"music/a.mp3"}, {"symlink": 3})


def test_followed_links_lead_to_files_and_folders_once(tmp_path):
    touch(tmp_path / "outside" / "x.mp3")
    touch(tmp_path / "outside" / "deep" / "y.mp3")
    touch(tmp_path / "in" / "z" / "a.mp3")
    inside = tmp_path / "in"
    (inside / "a link").symlink_to(tmp_path / "outside")
    (inside / "another").symlink_to(tmp_path / "outside" / "deep")
    (inside / "to z").symlink_to("z")
    (inside / "file.mp3").symlink_to(tmp_path / "outside" / "x.mp3")
    (inside / "list.mp3").symlink_to("/dev/null")
    found, seen = walk(inside, follow_symlinks=True)
    assert {b"z/a.mp3", b"a link/x.mp3", b"file.mp3"} <= found
    assert len(found) == 4  # deep/y.mp3 by the one link or the other
    assert seen.ignored == {"special": 1, "repeated": 2}


def test_a_real_folder_keeps_its_path_whatever_links_to_it(tmp_path):
    touch(tmp_path / "z" / "deep" / "a.mp3")
    (tmp_path / "a").symlink_to("z/deep")
    assert walk(tmp_path, follow_symlinks=True)[0] == {b"z/deep/a.mp3"}


def test_followed_loops_end_and_are_told(tmp_path):
    touch(tmp_path / "a" / "b" / "x.mp3")
    (tmp_path / "a" / "b" / "up").symlink_to("../..")
    (tmp_path / "a" / "self").symlink_to("self")
    (tmp_path / "a" / "broken").symlink_to("nowhere")
    found, seen = walk(tmp_path, follow_symlinks=True)
    assert found == {b"a/b/x.mp3"}
    assert sorted(path for path, _ in seen.loops.first) == [b"a/b/up", b"a/self"]
    assert [path for path, _ in seen.broken_links.first] == [b"a/broken"]


def test_a_start_behind_a_link_is_walked(tmp_path):
    touch(tmp_path / "real" / "a.mp3")
    (tmp_path / "link").symlink_to("real")
    assert walk(tmp_path / "link")[0] == {b"a.mp3"}


def test_a_single_file(tmp_path):
    touch(tmp_path / "d" / "a.mp3")
    touch(tmp_path / "d" / "cover.jpg")
    assert walk(tmp_path, b"d/a.mp3")[0] == {b"d/a.mp3"}
    assert walk(tmp_path, b"d/cover.jpg")[1].ignored == {"cover": 1}


def test_a_start_that_is_absent_is_an_error(tmp_path):
    with pytest.raises(NotFoundError, match="No such file"):
        walk(tmp_path, b"absent")


def test_excluded_names_and_paths(tmp_path):
    for name in ("live/a.mp3", "studio/live/b.mp3", "studio/b.demo.mp3", "studio/c.mp3", "[x]/d.mp3"):
        touch(tmp_path / name)
    assert walk(tmp_path, exclude=("live/", "*.demo.*", "[[]x]"))[0] == {b"studio/c.mp3"}
    found, seen = walk(tmp_path, exclude=("studio/*.mp3",))
    assert found == {b"live/a.mp3", b"[x]/d.mp3"}  # a star reaches over slashes
    assert seen.ignored == {"excluded": 3} or seen.ignored == {"excluded": 2}


def test_pruned_folders_are_not_entered(tmp_path):
    touch(tmp_path / "a" / "b" / "x.mp3")
    touch(tmp_path / "b" / "y.mp3")
    assert walk(tmp_path, prune=frozenset((b"a/b",)))[0] == {b"b/y.mp3"}


def test_a_large_flat_folder_comes_in_batches(tmp_path):
    for number in range(2 * BATCH + 1):
        touch(tmp_path / f"{number}.mp3")
    batches = list(Walk(os.fsencode(tmp_path), b"", WalkOptions()))
    assert [len(batch.found) for batch in batches] == [BATCH, BATCH, 1]
    assert [batch.complete for batch in batches] == [False, False, True]


def test_a_deep_tree(tmp_path):
    deep = "/".join(["d"] * 300)
    touch(tmp_path / deep / "x.mp3")
    assert walk(tmp_path)[0] == {f"{deep}/x.mp3".encode()}


def test_what_vanishes_meanwhile_is_no_error(tmp_path):
    for folder in ("a", "b"):
        touch(tmp_path / folder / "x.mp3")
    found = []
    for batch in (one := Walk(os.fsencode(tmp_path), b"", WalkOptions())):
        found += batch.found
        if batch.folder:
            other = tmp_path / ("a" if batch.folder == b"b" else "b")
            (other / "x.mp3").unlink(missing_ok=True)
            if other.exists():
                other.rmdir()
    assert len(found) == 1
    assert one.report.unreadable.count == 0


@pytest.mark.skipif(not hasattr(os, "setresuid"), reason="cannot give up the rights of root")
def test_unreadable_folders_are_told_and_their_neighbours_found(tmp_path):
    for name in ("open/a.mp3", "locked/b.mp3", "listed/c.mp3", "listed/d"):
        touch(tmp_path / name)
    (tmp_path / "locked").chmod(0)
    (tmp_path / "listed").chmod(0o444)
    open_the_way_to(tmp_path)
    found, seen = as_nobody(lambda: walk(tmp_path))
    (tmp_path / "locked").chmod(0o755)
    (tmp_path / "listed").chmod(0o755)
    assert found == {b"open/a.mp3"}
    denied = os.strerror(errno.EACCES)
    assert sorted(seen.unreadable.first) == [(b"listed/c.mp3", denied), (b"locked", denied)]


def test_reports_name_only_the_first_places():
    noted = Noted()
    for number in range(3 * NAMED):
        noted.add(b"%d" % number, "why")
    assert (noted.count, len(noted.first)) == (3 * NAMED, NAMED)


NAME = st.binary(min_size=1, max_size=12).filter(
    lambda name: b"/" not in name and b"\0" not in name and name not in (b".", b"..")
)


@pytest.mark.skipif(sys.platform == "darwin", reason="macOS takes no names that are not UTF-8")
@settings(max_examples=30, deadline=None)
@given(paths=st.sets(st.lists(NAME, min_size=1, max_size=3).map(tuple), max_size=12))
def test_every_file_of_any_tree_is_found_once(tmp_path_factory, paths):
    root = tmp_path_factory.mktemp("tree")
    made = set()
    for parts in paths:
        folders = [part + b".d" for part in parts[:-1]]
        path = b"/".join([*folders, parts[-1] + b".mp3"])
        touch(root / os.fsdecode(path))
        made.add(path)
    assert walk(root)[0] == made
