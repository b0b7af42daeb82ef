"""Fixtures of tests with real servers."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from musicai.broker import PrivateBroker
from musicai.config import Settings


@pytest.fixture
def home() -> Iterator[Path]:
    """A home folder with a short path, so that the broker's socket lies inside it."""
    folder = Path(tempfile.mkdtemp(prefix="musicai-", dir="/tmp"))
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def settings(home: Path) -> Settings:
    """Nothing configured but the home folder."""
    return Settings.from_env({"MUSICAI_HOME": str(home)})


@pytest.fixture
def broker(settings: Settings) -> Iterator[PrivateBroker]:
    """The private broker of the home folder, running."""
    with PrivateBroker(settings) as running:
        yield running
