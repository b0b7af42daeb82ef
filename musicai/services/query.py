"""Ask the catalogue for tracks: rows come one after another, however many there are."""

import base64
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, Select, literal, select
from sqlalchemy.orm import Session

from musicai.catalogue.files import library_root, path_bytes
from musicai.catalogue.query.corrected import corrected_column, final_column, word_column
from musicai.catalogue.query.ordering import ordering
from musicai.catalogue.query.question import Question, ask
from musicai.catalogue.query.row_state import state_column
from musicai.catalogue.tables import Library, Model, Prediction, Track
from musicai.config import Mounts, Settings
from musicai.states import RowState
from musicai.storage.url import join

_WITH_GENRE = (RowState.CLASSIFIED, RowState.UNKNOWN, RowState.MISSING)


@dataclass(frozen=True, slots=True)
class TrackRow:
    """One row of an answer: a track and what one model says about it.

    The names of these attributes are the keys of ``--format json``, ``jsonl`` and ``csv``, in this order.
    """

    library: str
    """Name of the library."""
    path: str
    """Within the library; bytes that are not UTF-8 read U+FFFD."""
    genre: str | None
    """None for tracks that failed or are pending, 'unknown' when the model is not sure enough."""
    confidence: float | None
    """Calibrated probability of the guess."""
    model: str | None
    """Model that gave the answer, or that was asked for it."""
    state: str
    """Where the row stands, see below."""
    file: str
    """Absolute path on this node, or URL; bytes that are not UTF-8 read U+FFFD."""
    guess: str | None
    """Genre with the highest score, however low."""
    title: str | None
    """From the file's tags."""
    artist: str | None
    """From the file's tags."""
    album: str | None
    """From the file's tags."""
    tag: str | None
    """Genre in the file's tags."""
    duration_s: float | None
    """Length of the track."""
    error: str | None
    """Code of what is wrong with the file."""
    reason: str | None
    """What is wrong with it, in words."""
    file_base64: str | None
    """The bytes of `file` in base64, only when they are not UTF-8."""
    correction: str | None
    """Genre that a person said it is; None also when that word is stale."""
    corrected: str
    """Whether somebody said so, see below."""
    final: str | None
    """Genre to go by: the person's word, else the prediction's genre."""

    def to_json(self) -> dict[str, Any]:
        """Return the row as a JSON object."""
        return {name: getattr(self, name) for name in TrackRow.__slots__}


COLUMNS: tuple[Any, ...] = (
    Library.name,
    Track.path,
    Track.raw_path,
    Prediction.genre,
    Prediction.confidence,
    state_column().label("state"),
    Prediction.guess,
    Track.title,
    Track.artist,
    Track.album,
    Track.tag,
    Track.duration_s,
    Track.error_code,
    Track.error_reason,
    word_column().label("correction"),
    corrected_column().label("corrected"),
    final_column().label("final"),
)


def stream_rows(
    session: Session,
    settings: Settings,
    expression: str = "",
    *,
    model: str = "",
    all_models: bool = False,
    sort: str = "",
    limit: int | None = None,
) -> Iterator[TrackRow]:
    """Return the rows that an expression asks for; memory does not grow with their number.

    Raises
    ------
    QueryError: the expression or the sort order is wrong at one place. Raised before the first row.
    NotFoundError: there is no such model.
    """
    question = ask(session, expression, model=model or settings.model, all_models=all_models)
    statement = question.select(*COLUMNS, model_column(question))
    statement = statement.order_by(*ordering(sort, question.vocabulary)).limit(limit)
    return _stream(session, settings, question, statement)


def model_column(question: Question) -> Any:
    """Return the model of a row: a row without an answer still belongs to the model that was asked."""
    return (Model.name if question.model is None else literal(question.model.name)).label("model")


def _stream(
    session: Session, settings: Settings, question: Question, statement: Select[Any]
) -> Iterator[TrackRow]:
    roots = read_roots(session, settings.mounts)
    for row in question.stream(session, statement):
        yield to_track_row(row, roots[row.name])


def read_roots(session: Session, mounts: Mounts) -> dict[str, bytes]:
    """Return where this node finds each library, by its name."""
    return {
        library.name: library_root(library.name, library.root, mounts)
        for library in session.scalars(select(Library))
    }


def to_track_row(row: Row[Any], root: bytes) -> TrackRow:
    """Return the row of `COLUMNS` and the model as people and programs read it."""
    heard = row.state in _WITH_GENRE
    file = join(root, path_bytes(row.path, row.raw_path))
    return TrackRow(
        library=row.name,
        path=row.path,
        genre=row.genre if heard else None,
        confidence=row.confidence if heard else None,
        model=row.model,
        state=row.state,
        file=file.decode(errors="replace"),
        guess=row.guess if heard else None,
        title=row.title,
        artist=row.artist,
        album=row.album,
        tag=row.tag,
        duration_s=row.duration_s,
        error=row.error_code,
        reason=row.error_reason,
        file_base64=None if row.raw_path is None else base64.b64encode(file).decode(),
        correction=row.correction,
        corrected=row.corrected,
        final=row.final,
    )


def is_empty(session: Session) -> bool:
    """Whether nothing was ever put into the catalogue."""
    return session.query(Track.id).first() is None
