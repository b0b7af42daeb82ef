"""What a file's genre tag says, as a person's word: one genre, or a reason why it is none."""

import re

from musicai.catalogue.query.genre_key import genre_key
from musicai.catalogue.query.vocabulary import Vocabulary, spelled
from musicai.errors import ConfigError
from musicai.services.genre_names import Named, name_genre

NO_TAG = "no genre tag"
SEVERAL = "several genres in the tag, and not exactly one that a model knows"
NO_GENRE = "the tag names no genre"

# what taggers write when they do not know
_SAYS_NOTHING = frozenset(
    ("", "unknown", "other", "misc", "miscellaneous", "none", "genre", "undefined", "na")
)
# other names of a genre; only those that everybody would agree on, and only where no model knows the name
_SYNONYMS = {
    "rap": "hiphop",
    "classicalmusic": "classical",
    "heavymetal": "metal",
    "jazzmusic": "jazz",
    "popmusic": "pop",
    "rockmusic": "rock",
    "bluesmusic": "blues",
    "countrymusic": "country",
}


def genre_of_tag(tag: str | None, vocabulary: Vocabulary) -> Named | str:
    """Return the genre that a tag names, or the reason why it names none.

    Of several genres (`Cool; Jazz`) the one that a model knows counts, if it is the only one; synonyms
    such as rap for hiphop are one genre. A single genre counts even when it is new.
    """
    if tag is None or not tag.strip():
        return NO_TAG
    named = _all_named(tag, vocabulary)
    if not named:
        return NO_GENRE
    known = [one for one in named if one.is_known]
    if len(named) == 1:
        return named[0]
    return known[0] if len(known) == 1 else SEVERAL


def _all_named(tag: str, vocabulary: Vocabulary) -> list[Named]:
    named: dict[str, Named] = {}
    for part in re.split("[;,/]", tag):
        if genre_key(part) in _SAYS_NOTHING:
            continue
        try:
            one = name_genre(_synonym(part, vocabulary), vocabulary)
        except ConfigError:
            # too long, or of signs that nobody can print: no genre
            continue
        named[genre_key(one.genre)] = one
    return list(named.values())


def _synonym(part: str, vocabulary: Vocabulary) -> str:
    meant = _SYNONYMS.get(genre_key(part))
    is_better = meant is not None and not spelled(part, vocabulary.genres)
    return meant if is_better and meant and spelled(meant, vocabulary.genres) else part
