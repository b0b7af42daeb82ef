"""Fixtures of tests with real servers."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from musicai.broker import PrivateBroker
from musicai.config import Settings


@pytest.fixture
def settings(home: Path) -> Settings:
    """Nothing configured but the home folder."""
    return Settings.from_env({"MUSICAI_HOME": str(home)})


@pytest.fixture
def broker(settings: Settings) -> Iterator[PrivateBroker]:
    """The private broker of the home folder, running."""
    with PrivateBroker(settings) as running:
        yield running
