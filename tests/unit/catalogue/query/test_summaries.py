"""The figures of a catalogue, on both databases."""

from pathlib import Path

import pytest
from sqlalchemy import Engine

from musicai.catalogue.session import reading
from musicai.config import Settings
from musicai.errors import QueryError
from musicai.services.stats import GenreFigures, Statistics, collect_statistics


def _statistics(engine: Engine, expression: str = "", **options: str) -> Statistics:
    with reading(engine) as session:
        return collect_statistics(session, Settings(home=Path("/nowhere")), expression, **options)


def test_every_track_is_counted_once(collection: Engine) -> None:
    figures = _statistics(collection)
    assert figures.states == {"classified": 4, "unknown": 1, "failed": 1, "pending": 3, "missing": 1}
    assert figures.tracks == 9
    assert [(x.library, x.tracks) for x in figures.libraries] == [("music", 8), ("vinyl", 1)]
    assert figures.duration_s == pytest.approx(545 + 225.2 + 234 + 30 + 61.4 + 100)


def test_genres_and_confidences(collection: Engine) -> None:
    figures = _statistics(collection)
    assert figures.genres[0] == GenreFigures("jazz", 2, 0.4, pytest.approx((0.91 + 0.62) / 2))
    assert sum(genre.tracks for genre in figures.genres) == sum(figures.confidences) == 5
    assert figures.confidences == [0, 0, 0, 1, 0, 0, 1, 1, 1, 1]


def test_failures_come_with_an_example(collection: Engine) -> None:
    (failure,) = _statistics(collection).failures
    assert (failure.error, failure.tracks) == ("truncated", 1)
    assert (failure.reason, failure.path) == ("ends after 12 of 30 s", "cut.mp3")


def test_tags_are_compared_with_what_was_heard(collection: Engine) -> None:
    tags = _statistics(collection).tags
    assert (tags.tagged, tags.comparable, tags.agreeing) == (4, 3, 2)
    assert tags.disagreements == [{"tag": "Blues", "genre": "jazz", "tracks": 1}]


def test_people_s_words_are_compared_with_what_was_heard(collection: Engine) -> None:
    said = _statistics(collection).corrections
    assert (said.corrected, said.stale, said.comparable, said.agreeing) == (3, 1, 1, 0)
    assert said.disagreements == [{"correction": "blues", "genre": "jazz", "tracks": 1}]
    large = _statistics(collection, model="large-2").corrections
    assert (large.corrected, large.comparable) == (3, 0)


def test_an_expression_and_a_model_narrow_it(collection: Engine) -> None:
    figures = _statistics(collection, "library:=vinyl")
    assert (figures.tracks, figures.failures) == (1, [])
    assert _statistics(collection, model="large-2").states["classified"] == 1
    with pytest.raises(QueryError):
        _statistics(collection, "genre:jaz")
