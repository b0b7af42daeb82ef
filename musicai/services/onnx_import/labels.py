"""The names of an imported model's genres, in the order of its outputs."""

import json
from pathlib import Path
from typing import Any

from musicai.errors import ConfigError
from musicai.states import UNKNOWN

_KEYS = ("genres", "labels", "classes")
_LONGEST = 80
"""Characters: the catalogue's column."""


def read_labels(file: Path) -> tuple[str, ...]:
    """Read names: a text with one per line, or JSON: a list, or an object with ``classes`` as Essentia's.

    Raises
    ------
    ConfigError: the file cannot be read, or a name cannot be a genre's.
    """
    try:
        text = file.read_text("utf-8")
        labels = _from_json(json.loads(text), file) if file.suffix == ".json" else _from_lines(text)
    except OSError as err:
        raise ConfigError(f"the labels {file} cannot be read: {err.strerror}") from err
    except ValueError as err:  # no JSON, or not UTF-8
        raise ConfigError(f"the labels {file} are neither text nor JSON: {err}") from err
    if wrong := _wrong(labels):
        raise ConfigError(f"the labels {file}: {wrong}")
    return labels


def _from_lines(text: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in text.splitlines() if line.strip())


def _from_json(value: Any, file: Path) -> tuple[str, ...]:
    if isinstance(value, dict):
        value = next((value[key] for key in _KEYS if key in value), None)
    if not isinstance(value, list) or not all(isinstance(label, str) for label in value):
        keys = " or ".join(map(repr, _KEYS))
        raise ConfigError(f"the labels {file} must be a list of names, or an object that has one at {keys}")
    return tuple(label.strip() for label in value)


def _wrong(labels: tuple[str, ...]) -> str | None:
    if len(labels) < 2:
        return "two or more are needed"
    if len(set(labels)) < len(labels):
        twice = next(label for label in labels if labels.count(label) > 1)
        return f"{twice!r} stands there more than once"
    for label in labels:
        if not label or len(label) > _LONGEST or not label.isprintable():
            return f"{label!r} is no name of up to {_LONGEST} characters"
        if label.casefold() == UNKNOWN:
            return f"{label!r} means that a model does not know"
    return None
