"""The catalogue in figures."""

from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Row
from sqlalchemy.orm import Session

from musicai.catalogue.query import summaries
from musicai.catalogue.query.question import ask
from musicai.config import Settings
from musicai.states import RowState

DISAGREEMENTS = 5


@dataclass(frozen=True)
class LibraryFigures:
    """One library: how many tracks it has, how long they are, and where they stand."""

    library: str
    """Name of the library."""
    tracks: int
    """Its tracks that are not missing."""
    duration_s: float
    """How long they are together."""
    states: dict[str, int]
    """State of a row -> how many tracks, the missing ones too."""


@dataclass(frozen=True)
class GenreFigures:
    """One genre: how often it was heard, its share of all answers, and how sure the model was."""

    genre: str
    """The genre, or 'unknown'."""
    tracks: int
    """How many tracks have it."""
    share: float
    """Their share of all answers."""
    mean_confidence: float
    """Mean of their confidences."""


@dataclass(frozen=True)
class FailureFigures:
    """One error code, with an example."""

    error: str
    """Error code."""
    tracks: int
    """How many tracks failed with it."""
    reason: str | None
    """What is wrong with one of them, in words."""
    path: str
    """Path of that one within its library."""


@dataclass(frozen=True)
class TagFigures:
    """Predictions beside the files' own genre tags.

    Parameters
    ----------
    tagged: answered tracks that have a genre tag.
    comparable: those whose tag is a genre of the model, and whose answer is not 'unknown'.
    agreeing: those of the comparable ones where both say the same.
    disagreements: the most frequent pairs, as {tag, genre, tracks}.
    """

    tagged: int
    comparable: int
    agreeing: int
    disagreements: list[dict[str, Any]]


@dataclass(frozen=True)
class CorrectionFigures:
    """Predictions beside people's words. These tracks are not held out: a model may have learnt from them.

    Parameters
    ----------
    corrected: tracks with a word that counts.
    stale: tracks whose word does not, for the file changed since.
    comparable: corrected tracks whose answer is not 'unknown'.
    agreeing: those of the comparable ones where both say the same.
    disagreements: the most frequent pairs, as {correction, genre, tracks}.
    """

    corrected: int
    stale: int
    comparable: int
    agreeing: int
    disagreements: list[dict[str, Any]]


@dataclass(frozen=True)
class Statistics:
    """Figures about the tracks that a question asks for, and about one model's answers."""

    model: str | None
    """Name of the model whose answers these are."""
    tracks: int
    """Tracks that are not missing."""
    duration_s: float
    """How long they are together."""
    states: dict[str, int]
    """State of a row -> how many tracks, the missing ones too."""
    libraries: list[LibraryFigures]
    """One for each library, see below."""
    genres: list[GenreFigures]
    """One for each genre, the most frequent first, see below."""
    confidences: list[int]
    """How many answers lie in each of ten equal steps of the confidence from 0 to 1."""
    failures: list[FailureFigures]
    """One for each error code, see below."""
    tags: TagFigures
    """Answers beside the files' own tags, see below."""
    corrections: CorrectionFigures
    """Answers beside people's words, see below."""

    def to_json(self) -> dict[str, Any]:
        """Return the figures as a JSON object."""
        return asdict(self)


def collect_statistics(
    session: Session, settings: Settings, expression: str = "", *, model: str = ""
) -> Statistics:
    """Count what an expression asks for; missing tracks appear in the states alone.

    Raises
    ------
    QueryError: the expression is wrong at one place.
    NotFoundError: there is no such model.
    """
    name = model or settings.model
    question = ask(session, expression, model=name)
    with question.translating():
        everything = ask(session, expression, model=name, with_missing=True)
        libraries = _libraries(list(summaries.count_states(session, everything)))
        return Statistics(
            model=question.model.name if question.model else None,
            tracks=sum(library.tracks for library in libraries),
            duration_s=sum(library.duration_s for library in libraries),
            states=_sum_states(libraries),
            libraries=libraries,
            genres=_genres(list(summaries.count_genres(session, question))),
            confidences=summaries.count_confidences(session, question),
            failures=[FailureFigures(*row) for row in summaries.count_failures(session, question)],
            tags=TagFigures(
                *summaries.count_tags(session, question),
                [
                    dict(r._mapping)
                    for r in summaries.most_frequent_disagreements(session, question, DISAGREEMENTS)
                ],
            ),
            corrections=CorrectionFigures(
                *summaries.count_words(session, question),
                [
                    dict(r._mapping)
                    for r in summaries.most_frequent_mistakes(session, question, DISAGREEMENTS)
                ],
            ),
        )


def _libraries(rows: list[Row[Any]]) -> list[LibraryFigures]:
    names = dict.fromkeys(row.library for row in rows)
    return [_library(name, [row for row in rows if row.library == name]) for name in names]


def _library(name: str, rows: list[Row[Any]]) -> LibraryFigures:
    counts = {row.state: row.tracks for row in rows}
    there = [row for row in rows if row.state != RowState.MISSING]
    return LibraryFigures(
        library=name,
        tracks=sum(row.tracks for row in there),
        duration_s=sum(row.duration_s for row in there),
        states={state.value: counts.get(state, 0) for state in RowState},
    )


def _sum_states(libraries: list[LibraryFigures]) -> dict[str, int]:
    return {state.value: sum(library.states[state] for library in libraries) for state in RowState}


def _genres(rows: list[Row[Any]]) -> list[GenreFigures]:
    answers = sum(row.tracks for row in rows)
    return [GenreFigures(r.genre, r.tracks, r.tracks / answers, r.mean_confidence) for r in rows]
