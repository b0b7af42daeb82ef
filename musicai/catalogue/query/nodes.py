"""What an expression means: a small tree of frozen values, with the place where each term was written."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import TypeAlias

from musicai.catalogue.query.fields import Field
from musicai.states import CorrectionState, RowState


class How(Enum):
    """How a text is compared."""

    CONTAINS = ":"
    EXACTLY = ":="
    REGEX = "::"


@dataclass(frozen=True)
class TextTerm:
    """A text field contains, equals or matches; without a field, any of the usual ones does."""

    field: Field | None
    how: How
    value: str
    position: int


@dataclass(frozen=True)
class ChoiceTerm:
    """A genre or a model, by name."""

    field: Field
    value: str
    position: int


@dataclass(frozen=True)
class StateTerm:
    """The row's state."""

    state: RowState


@dataclass(frozen=True)
class CorrectedTerm:
    """Whether a person has said which genre the track has."""

    state: CorrectionState


@dataclass(frozen=True)
class RangeTerm:
    """A number or an instant between two ends; a missing end is open."""

    field: Field
    low: float | datetime | None
    high: float | datetime | None
    includes_high: bool = True
    genre: str = ""
    """Whose score is meant, for the field ``score.GENRE``."""
    genre_position: int = 0


@dataclass(frozen=True)
class SameTerm:
    """Two fields say the same, or do not, whatever their case and punctuation."""

    left: Field
    right: Field
    same: bool


@dataclass(frozen=True)
class Not:
    """The opposite; a term about something that is not known does not hold, so its opposite does."""

    node: "Node"


@dataclass(frozen=True)
class And:
    """All of them; of none at all: every row."""

    nodes: tuple["Node", ...]


@dataclass(frozen=True)
class Or:
    """Any of them."""

    nodes: tuple["Node", ...]


Term: TypeAlias = TextTerm | ChoiceTerm | StateTerm | CorrectedTerm | RangeTerm | SameTerm
Node: TypeAlias = Term | Not | And | Or


def terms(node: Node) -> list[Term]:
    """Return the terms of a tree, in the order in which they were written."""
    match node:
        case And(nodes) | Or(nodes):
            return [t for n in nodes for t in terms(n)]
        case Not(inner):
            return terms(inner)
        case _:
            return [node]
