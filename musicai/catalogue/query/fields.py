"""The table of fields: what can be asked, sorted by, and is documented in docs/reference/query.md."""

import difflib
from dataclasses import dataclass
from enum import Enum
from typing import Any

from sqlalchemy import SQLColumnExpression

from musicai.catalogue.query.corrected import corrected_column, final_column, word_column
from musicai.catalogue.query.row_state import state_column
from musicai.catalogue.tables import Library, Model, Prediction, Score, Track


class Kind(Enum):
    """What a field holds, and so how it is asked for; the value is what the documentation says."""

    TEXT = "text"
    GENRE = "genre"
    ANY_GENRE = "genre, also of a person"
    NAME = "name"
    STATE = "state"
    CORRECTED = "`yes`, `stale` or `no`"
    SHARE = "share from 0 to 1"
    WHOLE = "whole number"
    DURATION = "duration"
    INSTANT = "date (UTC)"


@dataclass(frozen=True)
class Field:
    """One field of a row.

    Parameters
    ----------
    name: as it is written in an expression.
    kind: decides which comparisons it allows.
    column: where the value stands.
    description: one sentence for the documentation.
    example: an expression that uses it.
    aliases: other names that people try.
    """

    name: str
    kind: Kind
    column: SQLColumnExpression[Any]
    description: str
    example: str
    aliases: tuple[str, ...] = ()


SCORE = Field(
    "score.GENRE",
    Kind.SHARE,
    Score.score,
    "Score of any genre, not only of the best; scores below 0.01 are not kept.",
    "score.jazz:0.3..",
)

TAG = Field(
    "tag",
    Kind.TEXT,
    Track.tag,
    "Genre in the file's tags; of several (`Jazz; Swing`), one is enough to agree with what was heard.",
    "tag!=genre",
)

FIELDS = (
    Field("library", Kind.TEXT, Library.name, "Name of the library.", "library:=vinyl"),
    Field("path", Kind.TEXT, Track.path, "Path of the file within its library.", "path::^live/"),
    Field("title", Kind.TEXT, Track.title, "Title in the file's tags.", 'title:"so what"'),
    Field("artist", Kind.TEXT, Track.artist, "Artist in the file's tags.", "artist:coltrane"),
    Field("album", Kind.TEXT, Track.album, "Album in the file's tags.", "album:blue"),
    TAG,
    Field(
        "genre",
        Kind.GENRE,
        Prediction.genre,
        "Genre that the model heard, or `unknown` when it is not sure enough; whatever people say.",
        "genre:jazz",
    ),
    Field(
        "guess",
        Kind.GENRE,
        Prediction.guess,
        "Genre with the highest score, however low.",
        "unknown guess:metal",
    ),
    Field(
        "confidence",
        Kind.SHARE,
        Prediction.confidence,
        "Calibrated probability of the guess.",
        "confidence:0.8..",
    ),
    Field(
        "margin",
        Kind.SHARE,
        Prediction.margin,
        "How far the best score is ahead of the second: small where the model wavers.",
        "margin:..0.1",
    ),
    Field(
        "discord",
        Kind.SHARE,
        Prediction.discord,
        "How far the excerpts are from one another: 0 where all sound alike.",
        "discord:0.3..",
    ),
    SCORE,
    Field(
        "model",
        Kind.NAME,
        Model.name,
        "Model that gave the answer. Asking for it looks at the answers of every model.",
        "model:gtzan-1",
    ),
    Field("state", Kind.STATE, state_column(), "Where the row stands, see below.", "state:pending"),
    Field(
        "correction",
        Kind.ANY_GENRE,
        word_column(),
        "Genre that a person said it is (`musicai correct`); stale words are left out.",
        "correction!=genre",
    ),
    Field(
        "corrected",
        Kind.CORRECTED,
        corrected_column(),
        "Whether a person has said which genre it is, see below.",
        "corrected:stale",
    ),
    Field(
        "final",
        Kind.ANY_GENRE,
        final_column(),
        "Genre to go by: the person's word, else the prediction's `genre`.",
        "final:jazz",
    ),
    Field("error", Kind.TEXT, Track.error_code, "Code of what is wrong with the file.", "error:truncated"),
    Field("reason", Kind.TEXT, Track.error_reason, "What is wrong, in words.", "reason:header"),
    Field(
        "length",
        Kind.DURATION,
        Track.duration_s,
        "Duration of the track: seconds, `m:ss` or `h:mm:ss`.",
        "length:3:00..4:30",
        ("duration",),
    ),
    Field("sample_rate", Kind.WHOLE, Track.sample_rate, "Samples per second.", "sample_rate:..32000"),
    Field("channels", Kind.WHOLE, Track.channels, "Number of channels.", "channels:1"),
    Field("container", Kind.TEXT, Track.container, "File format.", "container:ogg"),
    Field("codec", Kind.TEXT, Track.codec, "How the sound is encoded.", "codec:vorbis"),
    Field("size", Kind.WHOLE, Track.size, "Bytes of the file.", "size:100000000.."),
    Field("added", Kind.INSTANT, Track.created_at, "When the track was first seen.", "added:2026-11.."),
    Field("hash", Kind.TEXT, Track.audio_hash, "Audio hash: which sound the file holds.", "hash:a1b2"),
)

WORD_FIELDS = tuple(f for f in FIELDS if f.name in ("path", "title", "artist", "album"))
"""Where a bare word is looked for."""

_BY_NAME = {name: f for f in FIELDS if f is not SCORE for name in (f.name, *f.aliases)}
SCORE_PREFIX = "score."


GENRES = (Kind.GENRE, Kind.ANY_GENRE)
SPOKEN = (Kind.TEXT, *GENRES, Kind.NAME)
"""What holds words: it takes regular expressions, and can be compared with one another."""


def find_field(name: str) -> Field | None:
    """Return the field of a name, or None; any ``score.GENRE`` is the one field of scores."""
    name = name.lower()
    if name.startswith(SCORE_PREFIX) and name != SCORE_PREFIX:
        return SCORE
    return _BY_NAME.get(name)


def field_names() -> list[str]:
    """Return the names in the order of the table."""
    return [f.name for f in FIELDS]


def suggest(name: str, known: list[str]) -> str:
    """Return ', did you mean X?' for a mistyped name, or nothing when none is near."""
    spelled = {k.lower(): k for k in known}
    near = difflib.get_close_matches(name.lower(), spelled, n=1, cutoff=0.6)
    return f"; did you mean {spelled[near[0]]!r}?" if near else ""
