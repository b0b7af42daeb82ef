"""The page about query expressions is what the code says."""

from pathlib import Path

import pytest

from musicai.catalogue.query.fields import FIELDS, Field, find_field
from musicai.catalogue.query.parser import parse
from musicai.catalogue.query.reference import query_reference

PAGE = Path(__file__).resolve().parents[4] / "docs" / "reference" / "query.md"


def test_the_page_is_up_to_date() -> None:
    command = "python -m musicai.catalogue.query.reference > docs/reference/query.md"
    assert PAGE.read_text("utf-8") == query_reference(), f"run: {command}"


@pytest.mark.parametrize("field", FIELDS, ids=lambda f: f.name)
def test_every_example_can_be_asked(field: Field) -> None:
    parse(field.example)
    assert all(find_field(name) is field for name in (field.name, *field.aliases))
