"""Every fault that the page promises something about has its test."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "faults.md"
SHOWN = re.findall(r"\[(test_\w+)\]\(\.\./(tests/[\w/]+\.py)\)", PAGE.read_text("utf-8"))
ROWS = [
    line
    for line in PAGE.read_text("utf-8").splitlines()
    if line.startswith("| ") and "| fault |" not in line
]


@pytest.mark.parametrize(("name", "file"), SHOWN)
def test_the_tests_of_the_page_exist(name: str, file: str) -> None:
    assert re.search(rf"^def {name}\(", (ROOT / file).read_text("utf-8"), re.MULTILINE), name


def test_every_fault_has_a_test() -> None:
    assert ROWS
    assert [row for row in ROWS if "](../tests/" not in row] == []


def test_every_test_of_a_fault_is_on_the_page() -> None:
    files = [
        *(ROOT / "tests/acceptance/faults").glob("test_*.py"),
        ROOT / "tests/acceptance/test_faults.py",
    ]
    names = {
        name for file in files for name in re.findall(r"^def (test_\w+)\(", file.read_text("utf-8"), re.M)
    }
    assert names <= {name for name, _ in SHOWN}
