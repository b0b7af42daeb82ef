"""A question: an expression, and whose answers are looked at. All that reads tracks asks one."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, select, text
from sqlalchemy.exc import DataError
from sqlalchemy.orm import Session

from musicai.catalogue.query.conditions import condition
from musicai.catalogue.query.corrected import is_standing
from musicai.catalogue.query.fields import Kind
from musicai.catalogue.query.nodes import ChoiceTerm, How, Node, StateTerm, TextTerm, terms
from musicai.catalogue.query.parser import parse
from musicai.catalogue.query.vocabulary import Vocabulary, read_vocabulary
from musicai.catalogue.tables import Correction, Library, Model, Prediction, Track
from musicai.errors import NotFoundError, QueryError
from musicai.states import RowState, TrackState

ROWS_AT_ONCE = 1000


@dataclass(frozen=True)
class Question:
    """What to ask the catalogue for.

    Parameters
    ----------
    expression: as it was typed.
    tree: what it means.
    model: the model whose answers count; None looks at the answers of every model.
    condition: which rows are meant.
    vocabulary: the names that may be sorted by.
    """

    expression: str
    tree: Node
    model: Model | None
    condition: ColumnElement[bool]
    vocabulary: Vocabulary

    def select(self, *columns: Any) -> Select[Any]:
        """Return a statement over one row per track, or per track and model when every model is asked."""
        # a prediction about a sound that the file no longer holds is no answer
        heard = [Prediction.track_id == Track.id, Prediction.audio_hash == Track.audio_hash]
        if self.model is not None:
            heard.append(Prediction.model_id == self.model.id)
        return (
            select(*columns)
            .select_from(Track)
            .join(Library, Library.id == Track.library_id)
            .outerjoin(Prediction, and_(*heard))
            .outerjoin(Model, Model.id == Prediction.model_id)
            .outerjoin(Correction, is_standing())
            .where(self.condition)
        )

    def stream(self, session: Session, statement: Select[Any]) -> Iterator[Row[Any]]:
        """Yield the rows of a statement as the database hands them out, a thousand at a time."""
        with self.translating():
            if session.get_bind().dialect.name == "postgresql":
                # it takes a cursor for one that will be left early, and plans for quick
                # first rows: without statistics all of them would take minutes
                session.execute(text("SET LOCAL cursor_tuple_fraction = 1"))
            yield from session.execute(
                statement, execution_options={"stream_results": True, "yield_per": ROWS_AT_ONCE}
            )

    @contextmanager
    def translating(self) -> Iterator[None]:
        """Turn the database's complaint about a regular expression into a QueryError."""
        try:
            yield
        except DataError as err:
            patterns = [t for t in terms(self.tree) if isinstance(t, TextTerm) and t.how is How.REGEX]
            if not patterns:
                raise
            reason = f"the database refuses this regular expression: {str(err.orig).splitlines()[0]}"
            raise QueryError(reason, self.expression, patterns[0].position) from err


def ask(
    session: Session,
    expression: str,
    *,
    model: str = "",
    all_models: bool = False,
    with_missing: bool = False,
) -> Question:
    """Prepare a question about the answers of the active model, of the named one, or of all.

    Tracks that are missing are left out unless the expression speaks of them. An expression that speaks of
    models looks at all of them.

    Raises
    ------
    QueryError: the expression is wrong at one place.
    NotFoundError: there is no such model.
    """
    node = parse(expression)
    vocabulary = read_vocabulary(session)
    every = all_models or (not model and _speaks_of_models(node))
    where = condition(node, vocabulary, expression)
    if not with_missing and not _speaks_of_missing(node):
        where = and_(Track.state == TrackState.PRESENT, where)
    return Question(expression, node, None if every else find_model(session, model), where, vocabulary)


def find_model(session: Session, name: str = "") -> Model | None:
    """Return the named model, or the active one; None when the catalogue has no model yet."""
    if not name:
        newest_first = select(Model).order_by(Model.active.desc(), Model.id.desc())
        return session.scalars(newest_first.limit(1)).first()
    model = session.scalars(select(Model).where(Model.name == name)).first()
    if model is None and (known := read_vocabulary(session).models):
        raise NotFoundError(
            f"the catalogue has no answers of a model {name!r}; it knows {', '.join(known)}. "
            "`musicai models list` shows those that have answered nothing yet, too"
        )
    return model


def _speaks_of_models(node: Node) -> bool:
    return any(
        isinstance(t, ChoiceTerm | TextTerm) and t.field is not None and t.field.kind is Kind.NAME
        for t in terms(node)
    )


def _speaks_of_missing(node: Node) -> bool:
    return any(isinstance(t, StateTerm) and t.state is RowState.MISSING for t in terms(node))
