"""When a track is gone, and when it only cannot be seen."""

import os
import sys

import pytest

from musicai.library.walks import absent
from tests.services.rights import as_nobody, open_the_way_to


def test_a_file_is_gone_when_its_path_or_a_folder_above_is_absent(tmp_path):
    (tmp_path / "a.mp3").touch()
    paths = [b"a.mp3", b"b.mp3", b"absent/b.mp3", b"a.mp3/b.mp3"]
    assert absent(os.fsencode(tmp_path), paths) == set(paths[1:])


@pytest.mark.skipif(sys.platform == "darwin", reason="macOS takes no names that are not UTF-8")
def test_the_bytes_of_a_name_are_what_is_looked_for(tmp_path):
    (tmp_path / os.fsdecode(b"caf\xe9.mp3")).touch()
    assert not absent(os.fsencode(tmp_path), [b"caf\xe9.mp3"])


@pytest.mark.skipif(not hasattr(os, "setresuid"), reason="cannot give up the rights of root")
def test_what_cannot_be_seen_is_not_gone(tmp_path):
    (tmp_path / "locked").mkdir()
    (tmp_path / "locked").chmod(0)
    open_the_way_to(tmp_path)
    try:
        assert not as_nobody(lambda: bool(absent(os.fsencode(tmp_path), [b"locked/a.mp3"])))
    finally:
        (tmp_path / "locked").chmod(0o755)


@pytest.mark.parametrize("name", [b"x" * 300, b"loop/a.mp3"])
def test_a_path_that_the_disk_refuses_is_not_gone(tmp_path, name):
    (tmp_path / "loop").symlink_to("loop")
    assert not absent(os.fsencode(tmp_path), [name])
