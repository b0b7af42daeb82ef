"""What drew a folder of pictures. Never guessed: a wrong front end would make a model deaf to audio."""

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from musicai.errors import ConfigError, DatasetError, ModelError
from musicai.front_end import GTZAN_FRONT_END, REPORT_FRONT_END, FrontEnd

FILE = "front_end.json"
"""Lies beside the folders of the classes."""
NAMED = {"report": REPORT_FRONT_END, "gtzan": GTZAN_FRONT_END}
"""The front ends that have a name of their own."""
DEFAULT_PICTURE_SIZE = 128
"""Side in pixels of what a network sees of pictures that are not square."""


@dataclass(frozen=True)
class DrawnBy:
    """How the pictures of a folder came about.

    Parameters
    ----------
    front_end: made the spectrograms.
    colormap: gave them colours.
    size: width and height in pixels; None where nothing says it.
    """

    front_end: FrontEnd
    colormap: str
    size: tuple[int, int] | None = None

    def seen_as(self, picture_size: int | None = None) -> FrontEnd:
        """Return the front end of a network that sees these pictures.

        Parameters
        ----------
        picture_size: side in pixels; by default that of the pictures when they are square, else 128.
        """
        if picture_size is None and self.size and self.size[0] == self.size[1]:
            picture_size = self.size[0]
        size = picture_size or DEFAULT_PICTURE_SIZE
        return replace(self.front_end, picture_size=size, colormap=self.colormap)

    def to_json(self) -> dict[str, Any]:
        """Return a JSON object that `from_json` reads back."""
        size = list(self.size) if self.size else None
        return {"front_end": self.front_end.to_json(), "colormap": self.colormap, "size": size}

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> "DrawnBy":
        """Read back `to_json`, or the settings of a bare front end."""
        if "front_end" not in value:
            return cls(FrontEnd.from_json(value), "ember")
        size = value.get("size")
        return cls(
            FrontEnd.from_json(value["front_end"]),
            str(value.get("colormap", "ember")),
            (int(size[0]), int(size[1])) if size else None,
        )


def drawn_by(folder: Path, given: FrontEnd | None = None) -> DrawnBy:
    """Return what drew the pictures in a folder.

    Raises
    ------
    DatasetError: nothing says it, the file that says it is damaged, or it says another front end
        than the `given`.
    """
    file = folder / FILE
    recorded = read_drawn_by(file) if file.exists() else None
    if recorded is None and given is None:
        raise DatasetError(
            f"nothing says which front end drew the pictures in {folder}: no {FILE} lies there;"
            f" name it with --front-end ({', '.join(NAMED)} or a JSON file)"
        )
    if recorded is not None and given is not None and recorded.front_end != given:
        raise DatasetError(f"{file} says that another front end drew the pictures than the one given")
    return recorded or DrawnBy(given or REPORT_FRONT_END, "ember")


def parse_front_end(text: str) -> FrontEnd:
    """Return the front end that a name, a JSON file or JSON itself stands for.

    Raises
    ------
    ConfigError: the text is none of them.
    DatasetError: the JSON is of no front end.
    """
    if text in NAMED:
        return NAMED[text]
    if text.startswith("{"):
        return _drawn_by(text, "--front-end").front_end
    if not Path(text).is_file():
        raise ConfigError(f"there is no front end {text!r}: neither {', '.join(NAMED)} nor a JSON file")
    return read_drawn_by(Path(text)).front_end


def front_end_text(front_end: FrontEnd) -> str:
    """Return what `parse_front_end` reads back wherever it is read: a name, or else JSON."""
    names = [name for name, known in NAMED.items() if known == front_end]
    return names[0] if names else json.dumps(front_end.to_json())


def settings_text(front_end: FrontEnd) -> str:
    """Return, for people, what makes the spectrogram, whatever is drawn of it: a name, or JSON."""
    return front_end_text(replace(front_end, picture_size=None, colormap=FrontEnd.colormap))


def read_drawn_by(file: Path) -> DrawnBy:
    """Read what `DrawnBy.to_json` gave; DatasetError when the file holds something else."""
    try:
        text = file.read_text("utf-8")
    except (OSError, ValueError) as err:
        raise DatasetError(f"{file} holds no front end: {err}") from err
    return _drawn_by(text, str(file))


def _drawn_by(text: str, origin: str) -> DrawnBy:
    try:
        value = json.loads(text)
        if not isinstance(value, dict):
            raise DatasetError(f"{origin} holds no JSON object")
        return DrawnBy.from_json(value)
    except (ValueError, TypeError, LookupError, ModelError) as err:
        raise DatasetError(f"{origin} holds no front end: {err}") from err
