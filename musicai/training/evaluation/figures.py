"""What an evaluation says: figures with their intervals, and the JSON of them."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from musicai.errors import ConfigError

FORMAT = 1
_DIGITS = 5


@dataclass(frozen=True)
class Figure:
    """A number, and the 95 % interval that it may lie in as well.

    Parameters
    ----------
    value: on the list as it is.
    low, high: ends of the interval, by the bootstrap over tracks.
    """

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class GenreFigures:
    """One genre's figures.

    Parameters
    ----------
    precision: share of right answers among those that name the genre; 0 when none does.
    recall: share of the genre's rows that are answered with it; 0 when there is none.
    f1: harmonic mean of both; 0 when one is.
    support: rows of the genre.
    answers: rows that are answered with it.
    """

    precision: Figure
    recall: Figure
    f1: Figure
    support: int
    answers: int


@dataclass(frozen=True)
class Bin:
    """Rows of like confidence.

    Parameters
    ----------
    low, high: the confidences, more than `low` and at most `high`.
    confidence: their mean; 0 when there are none.
    accuracy: share of right answers among them; 0 when there are none.
    count: how many there are.
    """

    low: float
    high: float
    confidence: float
    accuracy: float
    count: int


@dataclass(frozen=True)
class Reliability:
    """Whether confidences mean what they say.

    Parameters
    ----------
    bins: 15 of equal width.
    error: expected calibration error; its interval is shifted by the bias of the bootstrap, which finds too
        much of it in every resample.
    honest: the error that confidences without fault would show on so few rows, on average.
    honest_95: the error that they would exceed in one of twenty lists.
    """

    bins: tuple[Bin, ...]
    error: Figure
    honest: float
    honest_95: float

    @property
    def excess(self) -> float:
        """By how much the error exceeds what honest confidences show on average; 0 when it does not."""
        return max(0.0, self.error.value - self.honest)


@dataclass(frozen=True)
class Confusion:
    """Which genres are taken for which.

    Parameters
    ----------
    counts: [label][answer], rows.
    low, high: [label][answer], 95 % interval of the share of the label's rows.
    """

    counts: tuple[tuple[int, ...], ...]
    low: tuple[tuple[float, ...], ...]
    high: tuple[tuple[float, ...], ...]

    @property
    def array(self) -> NDArray[np.int64]:
        """The counts, shape (genres, genres)."""
        return np.array(self.counts, dtype=np.int64)


@dataclass(frozen=True)
class Level:
    """Figures over rows of one kind, excerpts or tracks.

    Parameters
    ----------
    count: rows.
    accuracy: share of rows whose guess is right.
    top_3: share of rows whose genre is among the three highest scores.
    macro_f1: mean of F1 over the genres that have rows.
    log_loss: mean negative log-likelihood, in nats.
    per_genre: by name, in the order of the model's genres.
    confusion: which genres are taken for which.
    reliability: whether confidences mean what they say.
    """

    count: int
    accuracy: Figure
    top_3: Figure
    macro_f1: Figure
    log_loss: Figure
    per_genre: Mapping[str, GenreFigures]
    confusion: Confusion
    reliability: Reliability


@dataclass(frozen=True)
class Evaluation:
    """How good a model is on held-out tracks.

    Parameters
    ----------
    genres: in the order of the model's outputs.
    excerpts: figures over excerpts.
    tracks: figures over tracks; a track's scores are the mean of its excerpts'.
    resamples: of the bootstrap, which draws tracks.
    seed: of the bootstrap.
    warnings: what makes the figures doubtful, in sentences.
    """

    genres: tuple[str, ...]
    excerpts: Level
    tracks: Level
    resamples: int
    seed: int
    warnings: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return a JSON object that `from_json` reads back, with five digits after the point."""
        value: dict[str, Any] = rounded({"format": FORMAT, **asdict(self)})
        return value

    @classmethod
    def from_json(cls, value: Any) -> "Evaluation":
        """Read a JSON value; ConfigError when it is no evaluation."""
        if not isinstance(value, dict) or value.get("format") != FORMAT:
            raise ConfigError(f"not an evaluation of format {FORMAT}; measure it again with this version")
        given = {key: part for key, part in value.items() if key != "format"}
        try:
            return cls(
                **{
                    **given,
                    "genres": tuple(given["genres"]),
                    "warnings": tuple(given["warnings"]),
                    "excerpts": _level(given["excerpts"]),
                    "tracks": _level(given["tracks"]),
                }
            )
        except (AttributeError, KeyError, TypeError) as err:
            raise ConfigError(f"an evaluation that lacks something, or has too much: {err}") from err


def _level(value: Mapping[str, Any]) -> Level:
    parts = {
        "per_genre": {genre: _genre(part) for genre, part in value["per_genre"].items()},
        "confusion": Confusion(**{key: _matrix(part) for key, part in value["confusion"].items()}),
        "reliability": _reliability(value["reliability"]),
    }
    return Level(**{**value, **_figures(value, Level), **parts})


def _genre(value: Mapping[str, Any]) -> GenreFigures:
    return GenreFigures(**{**value, **_figures(value, GenreFigures)})


def _reliability(value: Mapping[str, Any]) -> Reliability:
    bins = tuple(Bin(**part) for part in value["bins"])
    return Reliability(**{**value, "bins": bins, "error": Figure(**value["error"])})


def _figures(value: Mapping[str, Any], kind: type[Any]) -> dict[str, Figure]:
    return {f.name: Figure(**value[f.name]) for f in fields(kind) if f.type is Figure}


def _matrix(rows: Any) -> tuple[tuple[Any, ...], ...]:
    return tuple(tuple(row) for row in rows)


def rounded(value: Any) -> Any:
    """Return a JSON value with five digits after every point, and with lists for tuples."""
    if isinstance(value, float):
        return round(value, _DIGITS)
    if isinstance(value, dict):
        return {key: rounded(part) for key, part in value.items()}
    return [rounded(part) for part in value] if isinstance(value, list | tuple) else value
