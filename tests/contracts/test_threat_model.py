"""The threat model names the tests that hold it: they are there."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_every_test_that_is_named_exists() -> None:
    text = (ROOT / "docs" / "threat-model.md").read_text()
    named = re.findall(r"`((?:[a-z]+/)*test_\w+)`", text)
    known = {
        str(file.relative_to(ROOT / "tests").with_suffix("")) for file in ROOT.glob("tests/**/test_*.py")
    }
    missing = [name for name in named if not any(one == name or one.endswith(f"/{name}") for one in known)]
    assert len(named) > 15
    assert missing == []
