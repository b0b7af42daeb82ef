"""Two states of the code that decide what a network learns are told apart, and only these."""

import re
from pathlib import Path

import pytest

from musicai import __version__
from musicai.training.code_version import CODE_VERSION, digest_of


@pytest.fixture
def package(tmp_path: Path) -> Path:
    for name in ("audio/a.py", "models/networks/b.py", "training/c.py", "front_end.py", "cli/d.py"):
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("x = 1\n")
    return tmp_path


def test_it_is_the_version_and_a_digest() -> None:
    assert re.fullmatch(re.escape(__version__) + r"\+src\.[0-9a-f]{12}", CODE_VERSION)


@pytest.mark.parametrize("name", ["audio/a.py", "models/networks/b.py", "training/c.py", "front_end.py"])
def test_another_source_is_another_version(package: Path, name: str) -> None:
    before = digest_of(package)
    (package / name).write_text("x = 2\n")
    assert digest_of(package) != before


def test_a_source_with_another_name_is_another_version(package: Path) -> None:
    before = digest_of(package)
    (package / "training/c.py").rename(package / "training/e.py")
    assert digest_of(package) != before


def test_what_no_network_learns_from_changes_nothing(package: Path) -> None:
    before = digest_of(package)
    (package / "cli/d.py").write_text("x = 2\n")
    (package / "training/__pycache__").mkdir()
    (package / "training/__pycache__/c.pyc").write_bytes(b"compiled")
    assert digest_of(package) == before
