"""Opening a catalogue where none can be made."""

from datetime import UTC, timedelta
from pathlib import Path

import pytest

from musicai.catalogue import migrate
from musicai.catalogue.session import now, open_engine, reading, shared_now
from musicai.errors import CatalogueUnavailableError


def test_a_folder_that_cannot_be_made_is_named_with_the_setting_to_change(tmp_path: Path) -> None:
    """A home below a file is refused for every user, root included."""
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(CatalogueUnavailableError, match=r"file/home.*MUSICAI_HOME"):
        open_engine(f"sqlite:///{tmp_path / 'file' / 'home' / 'catalogue.db'}")


def test_the_shared_clock_tells_utc_whatever_the_zone_of_the_server(postgres_url: str) -> None:
    engine = open_engine(f"{postgres_url}&options=-c%20timezone%3DEurope/Rome")
    migrate.upgrade(engine)
    with reading(engine) as session:
        moment = shared_now(session)
    engine.dispose()
    # a lease of a minute would last for an hour when summer ends: sums follow the hands of a zone's clock
    assert moment.tzinfo is UTC
    assert abs(now() - moment) < timedelta(minutes=1)
