"""Reading a file of experiments. Light: no torch."""

import hashlib
import json
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from musicai.errors import ConfigError, MusicAIError
from musicai.front_end import FrontEnd
from musicai.training.experiments import allowed
from musicai.training.experiments.allowed import check_values
from musicai.training.experiments.row import Row
from musicai.training.family import check_family
from musicai.training.sources import located

SHIPPED = Path(__file__).parents[1] / "recipes"
REPORT = "report"
"""The name of the shipped file with the report's nine experiments."""

_DEFAULT_SIZE = 128
_PARTS = {
    "name": allowed.NAME,
    "about": allowed.TEXT,
    "data": allowed.TEXT,
    "data_set": allowed.TEXT,
    "terms": allowed.TEXT,
    "ratios": allowed.RATIOS,
    "split_seed": allowed.SEED,
    "front_end": allowed.TABLE,
    "experiment": allowed.EXPERIMENTS,
}


@dataclass(frozen=True)
class ExperimentFile:
    """Experiments on one set of pictures with one split.

    Parameters
    ----------
    name: of the file, and the first part of its models' names.
    front_end: draws the pictures.
    ratios, split_seed: of train, valid and test, dealt out as ``split-folders`` does.
    rows: the experiments, in order; their numbers count from 1.
    data_set, terms: for the models' side-cars.
    data: a source, as `parse_source` reads it; empty: who runs the file says where the data are.
    """

    name: str
    front_end: FrontEnd
    rows: tuple[Row, ...]
    ratios: tuple[float, float, float] = (0.8, 0.1, 0.1)
    split_seed: int = 1337
    data_set: str = ""
    terms: str = ""
    about: str = field(default="", compare=False)
    data: str = ""

    @property
    def size(self) -> int:
        """Side of the pictures in pixels."""
        return self.front_end.picture_size or _DEFAULT_SIZE

    def at_size(self, size: int | None) -> "ExperimentFile":
        """Return the same experiments on pictures of another size."""
        if size is None:
            return self
        return replace(self, front_end=replace(self.front_end, picture_size=size))

    def held_small(self, limit: Mapping[str, int]) -> "ExperimentFile":
        """Return the same experiments with at most so many training examples of genres."""
        if not limit:
            return self
        rows = tuple(replace(row, limit={**row.limit, **limit}) for row in self.rows)
        return replace(self, rows=rows)

    def digest(self, number: int) -> str:
        """Return sixteen hexadecimal digits that change with anything that decides a row's outcome."""
        parts = [self.rows[number - 1].digest, self.front_end.digest, list(self.ratios), self.split_seed]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:16]

    def run_name(self, number: int) -> str:
        """Return the name of a row's run, such as ``08-mini_alexnet``."""
        return f"{number:02}-{self.rows[number - 1].network}"

    def model_name(self, number: int) -> str:
        """Return the name of a row's model, such as ``report-8-mini-alexnet-64``."""
        network = self.rows[number - 1].network.replace("_", "-")
        return f"{self.name}-{number}-{network}-{self.size}"

    def numbers(self, only: str | None) -> list[int]:
        """Return the numbers of the wanted rows, from text such as ``1,3-5``; None: all.

        Raises
        ------
        ConfigError: it is no such text, there is no such row, or its network cannot see such pictures.
        """
        wanted = list(range(1, len(self.rows) + 1)) if only is None else self._chosen(only)
        for number in wanted:
            with said_of(f"{self.name}: experiment {number}"):
                self.rows[number - 1].check_size(self.size)
                check_family(self.model_name(number))
        return wanted

    def _chosen(self, only: str) -> list[int]:
        try:
            spans = [tuple(int(end) for end in part.split("-", 1)) for part in only.split(",")]
        except ValueError as err:
            raise ConfigError(f"numbers of experiments such as 1,3-5 are wanted, not {only!r}") from err
        wanted = sorted({n for span in spans for n in range(span[0], span[-1] + 1)})
        if not wanted or wanted[0] < 1 or wanted[-1] > len(self.rows):
            raise ConfigError(f"{self.name} has the experiments 1 to {len(self.rows)}, not {only}")
        return wanted


def read_experiments(file: str | Path) -> ExperimentFile:
    """Read a file of experiments; the name ``report`` alone stands for the shipped one.

    Raises
    ------
    ConfigError: it cannot be read, or says what cannot be done; the message says where.
    """
    path = SHIPPED / f"{REPORT}.toml" if str(file) == REPORT else Path(file)
    try:
        value = tomllib.loads(path.read_text("utf-8"))
    except OSError as err:
        raise ConfigError(f"the file of experiments {path} cannot be read: {err.strerror}") from err
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as err:
        raise ConfigError(f"{path} is no TOML: {err}") from err
    if unknown := sorted(set(value) - set(_PARTS)):
        raise ConfigError(f"{path}: unknown parts {', '.join(unknown)}")
    try:
        experiments = _file(value, path.stem)
        return replace(experiments, data=located(experiments.data, path.parent) if experiments.data else "")
    except MusicAIError as err:
        raise ConfigError(f"{path}: {err}") from err


def _file(value: dict[str, Any], stem: str) -> ExperimentFile:
    check_values(value, _PARTS)
    known: dict[str, Any] = {
        key: value[key] for key in ("split_seed", "data_set", "terms", "about", "data") if key in value
    }
    if "ratios" in value:
        known["ratios"] = tuple(value["ratios"])
    return ExperimentFile(
        name=value.get("name", stem),
        front_end=_front_end(value.get("front_end", {})),
        rows=_rows(value.get("experiment", [])),
        **known,
    )


def _front_end(table: dict[str, Any]) -> FrontEnd:
    return FrontEnd.from_json({"picture_size": _DEFAULT_SIZE, **table})


def _rows(tables: list[Any]) -> tuple[Row, ...]:
    if not tables:
        raise ConfigError("there is no [[experiment]]")
    rows = []
    for number, table in enumerate(tables, 1):
        with said_of(f"experiment {number}"):
            rows.append(Row.from_json(table))
    return tuple(rows)


@contextmanager
def said_of(part: str) -> Iterator[None]:
    """Say in errors which part of the file they are of."""
    try:
        yield
    except ConfigError as err:
        raise ConfigError(f"{part}: {err}") from err
