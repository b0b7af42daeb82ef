"""Opening a catalogue where none can be made."""

from pathlib import Path

import pytest

from musicai.catalogue.session import open_engine
from musicai.errors import CatalogueUnavailableError


def test_a_folder_that_cannot_be_made_is_named_with_the_setting_to_change(tmp_path: Path) -> None:
    """A home below a file is refused for every user, root included."""
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(CatalogueUnavailableError, match=r"file/home.*MUSICAI_HOME"):
        open_engine(f"sqlite:///{tmp_path / 'file' / 'home' / 'catalogue.db'}")
