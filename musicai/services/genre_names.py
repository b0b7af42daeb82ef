"""The genres that people name: one spelling for each, new ones allowed, misspellings noticed."""

import difflib
import re
import unicodedata
from dataclasses import dataclass

from musicai.catalogue.correcting import LONGEST_GENRE
from musicai.catalogue.query.genre_key import genre_key
from musicai.catalogue.query.vocabulary import Vocabulary, spelled
from musicai.errors import ConfigError
from musicai.states import UNKNOWN

NEAR = 0.8
"""Similarity from which a new name looks like a misspelt old one: 'jaz' does, 'folk' does not."""


@dataclass(frozen=True)
class Named:
    """A genre as the catalogue spells it.

    Parameters
    ----------
    genre: its name.
    is_known: whether some model knows it.
    near: the genre that was perhaps meant, for a name that nobody used before.
    """

    genre: str
    is_known: bool = True
    near: str | None = None


def name_genre(text: str, vocabulary: Vocabulary) -> Named:
    """Return the genre that a text names: in the spelling of models, else of people, else as it is written.

    Raises
    ------
    ConfigError: this is no name for a genre.
    """
    name = " ".join(unicodedata.normalize("NFC", text).split())
    _check(name)
    if known := spelled(name, vocabulary.genres):
        return Named(known[0])
    if taught := spelled(name, vocabulary.taught):
        return Named(taught[0], is_known=False)
    return Named(name, is_known=False, near=_near(name, vocabulary))


def _check(name: str) -> None:
    if not genre_key(name):
        raise ConfigError(f"{name!r} is no genre: a genre needs a letter or a digit")
    if genre_key(name) == UNKNOWN:
        raise ConfigError(
            f"{UNKNOWN!r} is what models say when they are not sure; --withdraw takes a word back"
        )
    if len(name) > LONGEST_GENRE:
        raise ConfigError(f"the genre {name[:20]!r}... has more than {LONGEST_GENRE} characters")
    if re.search(r"[;,/]", name):
        raise ConfigError(f"{name!r} names several genres; a track has one: name the one that fits best")
    if not name.isprintable():
        raise ConfigError(f"the genre {name!r} holds characters that cannot be printed")


def _near(name: str, vocabulary: Vocabulary) -> str | None:
    keys = {genre_key(genre): genre for genre in vocabulary.all_genres}
    found = difflib.get_close_matches(genre_key(name), keys, n=1, cutoff=NEAR)
    return keys[found[0]] if found else None
