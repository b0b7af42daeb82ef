"""The names that a catalogue knows: its models and their genres. Few, and read before each question."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from musicai.catalogue.query.fields import GENRES, Kind, suggest
from musicai.catalogue.query.genre_key import genre_key
from musicai.catalogue.tables import Correction, Model
from musicai.states import UNKNOWN


@dataclass(frozen=True)
class Vocabulary:
    """Names of models and of genres, in the spelling that the catalogue uses."""

    models: tuple[str, ...] = ()
    genres: tuple[str, ...] = ()
    """Those that some model knows."""
    taught: tuple[str, ...] = ()
    """Those that no model knows, but people have given to tracks."""

    @property
    def all_genres(self) -> tuple[str, ...]:
        """Those of models and of people."""
        return (*self.genres, *self.taught)

    def find(self, kind: Kind, name: str) -> list[str]:
        """Return the spellings that are meant by a name; ValueError says what there is instead."""
        names = {Kind.NAME: self.models, Kind.GENRE: self.genres}.get(kind, self.all_genres)
        if not names:
            # nothing was classified yet: any name may be right
            return [name]
        known = names if kind is Kind.NAME else (*names, UNKNOWN)
        found = spelled(name, known)
        if not found:
            raise ValueError(f"{self._unknown(kind, name)}{_hint(name, known)}")
        return found

    def _unknown(self, kind: Kind, name: str) -> str:
        if kind is Kind.GENRE and spelled(name, self.taught):
            return f"no model knows {name!r} yet, only people do: ask for correction:{name} or final:{name}"
        return f"no {'genre' if kind in GENRES else 'model'} is called {name!r}"


def spelled(name: str, known: Sequence[str]) -> list[str]:
    """Return the name itself if it is known, else the known ones that differ in case and punctuation."""
    key = genre_key(name)
    return [k for k in known if k == name] or [k for k in known if genre_key(k) == key]


def _hint(name: str, known: Sequence[str]) -> str:
    return suggest(name, list(known)) or f"; there are {', '.join(known)}"


def read_vocabulary(session: Session) -> Vocabulary:
    """Read the models of the catalogue, and the genres that people have given to tracks."""
    models = session.execute(select(Model.name, Model.side_car).order_by(Model.name)).all()
    genres = _genres(side_car for _, side_car in models)
    # also those that were taken back: their spelling stays
    said = session.scalars(select(Correction.genre).distinct().order_by(Correction.genre)).all()
    return Vocabulary(
        tuple(name for name, _ in models), tuple(genres), tuple(g for g in said if g not in genres)
    )


def _genres(side_cars: Iterable[dict[str, object]]) -> list[str]:
    # a dict keeps the order of the models and drops the doubles
    genres: dict[str, None] = {}
    for side_car in side_cars:
        listed = side_car.get("genres", [])
        if isinstance(listed, list):
            genres.update(dict.fromkeys(g for g in listed if isinstance(g, str)))
    return list(genres)
