"""What a sheet shows, read from the JSON object that `musicai show --json` prints."""

from dataclasses import dataclass
from typing import Any

from musicai.errors import ConfigError


@dataclass(frozen=True)
class Stretch:
    """One excerpt that a model heard: its place in seconds, and its scores by genre."""

    start_s: float
    duration_s: float
    scores: dict[str, float]


@dataclass(frozen=True)
class Subject:
    """A track and a model's answer; everything but the file may be absent.

    Parameters
    ----------
    file: path of the audio file.
    heading: title, or the file's name.
    details: small lines of text under the heading.
    genre: the answer, None when there is none.
    confidence: 0..1 of the answer.
    scores: genre -> 0..1, the highest first.
    stretches: per excerpt, in the order of time.
    threshold: confidence below which the model says unknown.
    """

    file: str
    heading: str
    details: str
    genre: str | None
    confidence: float | None
    scores: dict[str, float]
    stretches: list[Stretch]
    threshold: float | None
    model: str


def read_subject(value: dict[str, Any]) -> Subject:
    """Read the object.

    Raises
    ------
    ConfigError: it lacks something, or has something of a wrong type.
    """
    try:
        file = str(value["file"])
        scores = {str(g): float(s) for g, s in (value.get("scores") or {}).items()}
        return Subject(
            file=file,
            heading=str(value.get("title") or file.rpartition("/")[2]),
            details=" · ".join(str(value[k]) for k in ("artist", "album") if value.get(k)),
            genre=value.get("genre"),
            confidence=_number(value.get("confidence")),
            scores=dict(sorted(scores.items(), key=lambda item: -item[1])),
            stretches=[_stretch(excerpt) for excerpt in value.get("excerpts") or []],
            threshold=_number(value.get("threshold")),
            model=str(value.get("model") or ""),
        )
    except (AttributeError, KeyError, TypeError, ValueError) as err:
        raise ConfigError(f"not an object as `musicai show --json` prints it: {err!r}") from err


def _stretch(excerpt: dict[str, Any]) -> Stretch:
    scores = {str(genre): float(score) for genre, score in excerpt["scores"].items()}
    return Stretch(float(excerpt["start_s"]), float(excerpt["duration_s"]), scores)


def _number(value: object) -> float | None:
    return None if value is None else float(str(value))
