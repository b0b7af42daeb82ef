"""A model's answers to held-out tracks, kept beside it: others can be compared on the same ones."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from musicai.errors import ConfigError
from musicai.training.evaluation.evaluate import check_rows, track_means
from musicai.whole_file import replacing

FILE = "held_out.json"
FORMAT = 1


@dataclass(frozen=True, eq=False)
class HeldOut:
    """Answers to tracks that neither weights nor temperature were fitted on.

    Parameters
    ----------
    names: of the tracks, as the split list has them; each once.
    labels: int64, shape (tracks,), index into `genres`.
    probabilities: float32, shape (tracks, genres), rows sum to 1 at most.
    genres: in the order of the columns.
    split_sha256: digest of the split that held the tracks out; empty when there was none.
    """

    names: tuple[str, ...]
    labels: NDArray[np.int64]
    probabilities: NDArray[np.float32]
    genres: tuple[str, ...]
    split_sha256: str = ""

    def __post_init__(self) -> None:
        check_rows(self.probabilities, self.labels, self.names, self.genres)
        if len(set(self.names)) < len(self.names):
            raise ConfigError("held-out answers name a track twice")

    def __len__(self) -> int:
        return len(self.names)

    @property
    def right(self) -> NDArray[np.bool_]:
        """Whether the guess is the label, shape (tracks,)."""
        found: NDArray[np.bool_] = self.probabilities.argmax(axis=1) == self.labels
        return found

    @classmethod
    def of_excerpts(
        cls,
        scores: NDArray[np.floating],
        labels: NDArray[np.int64],
        tracks: Sequence[str],
        genres: Sequence[str],
        split_sha256: str = "",
    ) -> "HeldOut":
        """Return the answers to tracks, the means of their excerpts'; arguments as of `evaluate`."""
        check_rows(scores, labels, tracks, genres)
        names, places = np.unique(np.asarray(tracks), return_inverse=True)
        means, of_tracks = track_means(scores, labels, places)
        listed = tuple(str(name) for name in names)
        return cls(listed, of_tracks, means.astype(np.float32), tuple(genres), split_sha256)

    def to_json(self) -> dict[str, Any]:
        """Return a JSON object that `from_json` reads back to the last bit."""
        answers = {
            # a float32's own shortest form: as exact as the seventeen digits of its double, half as long
            name: {"genre": self.genres[label], "scores": [float(str(p)) for p in row]}
            for name, label, row in zip(self.names, self.labels, self.probabilities, strict=True)
        }
        return {
            "format": FORMAT,
            "genres": list(self.genres),
            "split_sha256": self.split_sha256,
            "answers": answers,
        }

    @classmethod
    def from_json(cls, value: Any) -> "HeldOut":
        """Read a JSON value; ConfigError when it is none of held-out answers."""
        if not isinstance(value, dict) or value.get("format") != FORMAT:
            raise ConfigError(f"not held-out answers of format {FORMAT}")
        try:
            genres, answers = tuple(value["genres"]), value["answers"]
            labels = [genres.index(answer["genre"]) for answer in answers.values()]
            scores = np.array([answer["scores"] for answer in answers.values()], dtype=np.float32)
            digest = str(value["split_sha256"])
            return cls(tuple(answers), np.array(labels, dtype=np.int64), scores, genres, digest)
        except (AttributeError, KeyError, TypeError, ValueError) as err:
            raise ConfigError(f"held-out answers that do not fit together: {err}") from err


def write_held_out(file: Path, answers: HeldOut) -> None:
    """Write the answers; a file that was there is replaced at once or not at all."""
    head = json.dumps({**answers.to_json(), "answers": {}}, ensure_ascii=False)[:-2]
    lines = [
        f"\n{json.dumps(name, ensure_ascii=False)}: {json.dumps(answer, ensure_ascii=False)}"
        for name, answer in answers.to_json()["answers"].items()
    ]
    with replacing(file) as part:
        # as in the split: names of files need not be UTF-8
        part.write_text(head + ",".join(lines) + "\n}}\n", "utf-8", "surrogateescape")


def read_held_out(file: Path) -> HeldOut:
    """Read the answers; ConfigError names the file and what is wrong with it."""
    try:
        return HeldOut.from_json(json.loads(file.read_text("utf-8", "surrogateescape")))
    except OSError as err:
        raise ConfigError(f"{file} cannot be read: {err.strerror}; evaluate the model to write it") from err
    except ValueError as err:
        raise ConfigError(f"{file} is no JSON: {err}") from err
    except ConfigError as err:
        raise ConfigError(f"{file}: {err}") from err


def aligned(one: HeldOut, other: HeldOut) -> tuple[HeldOut, HeldOut]:
    """Return both models' answers to the tracks that both held out, in one order and with the same genres.

    The genres are those of the first, then those that only the second knows; of a genre that it does not
    know a model has probability 0. Tracks whose genre only one of them knows are left out.

    Raises
    ------
    ConfigError: no such track, or one that the two lists label differently.
    """
    places = {name: k for k, name in enumerate(other.names)}
    common = [name for name in one.names if name in places]
    if not common:
        raise ConfigError(
            f"the models have no held-out track in common ({len(one)} and {len(other)}, such as "
            f"{one.names[0]!r} and {other.names[0]!r}): evaluate both on the same list"
        )
    genres = (*one.genres, *(genre for genre in other.genres if genre not in one.genres))
    first, second = _mapped(one, common, genres), _mapped(other, common, genres)
    for name, a, b in zip(common, first.labels, second.labels, strict=True):
        if a != b:
            raise ConfigError(f"track {name!r} is {genres[a]} in one list and {genres[b]} in the other")
    known = [genre in one.genres and genre in other.genres for genre in genres]
    keep = np.flatnonzero(np.array(known)[first.labels])
    if not len(keep):
        raise ConfigError("the models' held-out tracks in common are of no genre that both know")
    return _taken(first, keep), _taken(second, keep)


def _mapped(answers: HeldOut, names: Sequence[str], genres: tuple[str, ...]) -> HeldOut:
    places = {name: k for k, name in enumerate(answers.names)}
    rows = np.array([places[name] for name in names])
    columns = np.array([genres.index(genre) for genre in answers.genres])
    scores = np.zeros((len(rows), len(genres)), dtype=np.float32)
    scores[:, columns] = answers.probabilities[rows]
    return HeldOut(tuple(names), columns[answers.labels[rows]], scores, genres, answers.split_sha256)


def _taken(answers: HeldOut, rows: NDArray[np.int64]) -> HeldOut:
    names = tuple(answers.names[k] for k in rows)
    labels, scores = answers.labels[rows], answers.probabilities[rows]
    return HeldOut(names, labels, scores, answers.genres, answers.split_sha256)
