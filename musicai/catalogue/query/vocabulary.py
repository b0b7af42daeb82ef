"""The names that a catalogue knows: its models and their genres. Few, and read before each question."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from musicai.catalogue.query.fields import Kind, suggest
from musicai.catalogue.query.genre_key import genre_key
from musicai.catalogue.tables import Model
from musicai.states import UNKNOWN


@dataclass(frozen=True)
class Vocabulary:
    """Names of models and of all their genres, in the spelling that the catalogue uses."""

    models: tuple[str, ...] = ()
    genres: tuple[str, ...] = ()

    def find(self, kind: Kind, name: str) -> list[str]:
        """Return the spellings that are meant by a name; ValueError says what there is instead."""
        names = self.models if kind is Kind.NAME else self.genres
        if not names:
            # nothing was classified yet: any name may be right
            return [name]
        known = names if kind is Kind.NAME else (*names, UNKNOWN)
        found = [k for k in known if k == name] or [k for k in known if genre_key(k) == genre_key(name)]
        if not found:
            what = "model" if kind is Kind.NAME else "genre"
            hint = suggest(name, list(known)) or f"; there are {', '.join(known)}"
            raise ValueError(f"no {what} is called {name!r}{hint}")
        return found


def read_vocabulary(session: Session) -> Vocabulary:
    """Read the models of the catalogue."""
    models = session.execute(select(Model.name, Model.side_car).order_by(Model.name)).all()
    return Vocabulary(tuple(name for name, _ in models), tuple(_genres(side_car for _, side_car in models)))


def _genres(side_cars: Iterable[dict[str, object]]) -> list[str]:
    # a dict keeps the order of the models and drops the doubles
    genres: dict[str, None] = {}
    for side_car in side_cars:
        listed = side_car.get("genres", [])
        if isinstance(listed, list):
            genres.update(dict.fromkeys(g for g in listed if isinstance(g, str)))
    return list(genres)
