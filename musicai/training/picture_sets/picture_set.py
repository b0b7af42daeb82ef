"""A folder of pictures that is being made: one settings file, each picture whole or not there."""

import hashlib
import json
import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from PIL import Image, PngImagePlugin

from musicai.errors import DatasetError, TrackError
from musicai.storage.opening import look
from musicai.storage.url import is_url
from musicai.training.loading.load import Unreadable
from musicai.training.loading.parallel import Report, in_parallel
from musicai.training.sources.drawn_by import FILE, DrawnBy, read_drawn_by
from musicai.training.sources.example import Example
from musicai.training.sources.folders import ARTIST_KEY, SETTINGS_KEY, SOUND_KEY, picture_text
from musicai.whole_file import replacing

Draw = Callable[[Example], tuple[Image.Image, str | None]]
"""Makes the picture of an example, and says which sound it shows."""


@dataclass(frozen=True)
class SetReport:
    """What came of making a set.

    Parameters
    ----------
    made: pictures that were made.
    kept: pictures that stood there already, made by the same settings of the same files.
    unreadable: files that no picture could be made of.
    """

    made: int
    kept: int
    unreadable: tuple[Unreadable, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return a JSON object."""
        files = [{"name": one.name, "file": one.file, "reason": one.reason} for one in self.unreadable]
        return {"made": self.made, "kept": self.kept, "unreadable": files}


@dataclass(frozen=True)
class PictureSet:
    """Where pictures go, and what makes them.

    Parameters
    ----------
    folder: gets ``class/name.png``.
    settings: everything that decides how a picture looks, as JSON: two sets of one settings are alike.
    drawn_by: which front end drew the pictures, where that is known.
    """

    folder: Path
    settings: dict[str, Any]
    drawn_by: DrawnBy | None
    digest: str = field(init=False)

    def __post_init__(self) -> None:
        text = json.dumps(self.settings, sort_keys=True)
        object.__setattr__(self, "digest", hashlib.sha256(text.encode()).hexdigest()[:16])

    def make(
        self,
        examples: Sequence[Example],
        draw: Draw,
        *,
        force: bool = False,
        report: Report | None = None,
    ) -> SetReport:
        """Make the pictures that are not there yet, several at a time.

        Raises
        ------
        DatasetError: the folder was made with other settings and `force` is not given, or cannot be
            written.
        """
        self._prepare(examples, force=force)
        outcomes = in_parallel(lambda example: self._one(example, draw), examples, report)
        unreadable = tuple(outcome for outcome in outcomes if isinstance(outcome, Unreadable))
        return SetReport(outcomes.count("made"), outcomes.count("kept"), unreadable)

    def file(self, example: Example) -> Path:
        """Return where the picture of an example stands."""
        return self.folder / f"{example.name}.png"

    def _one(self, example: Example, draw: Draw) -> str | Unreadable:
        target = self.file(example)
        if self._is_made(example, target):
            return "kept"
        try:
            image, sound = draw(example)
        except (TrackError, DatasetError) as err:
            return Unreadable(example.name, example.shown, str(err))
        text = {ARTIST_KEY: example.artist, SOUND_KEY: sound, SETTINGS_KEY: self.digest}
        _write(target, lambda part: image.save(part, "PNG", pnginfo=_info(text)))
        return "made"

    def _is_made(self, example: Example, target: Path) -> bool:
        if not target.exists() or picture_text(target).get(SETTINGS_KEY) != self.digest:
            return False
        return target.stat().st_mtime_ns >= _changed_ns(example)

    def _prepare(self, examples: Sequence[Example], *, force: bool) -> None:
        if not force:
            self._refuse_others()
        elif strangers := sorted(_pictures(self.folder) - {self.file(example) for example in examples}):
            raise DatasetError(
                f"{strangers[0]} and {len(strangers) - 1} more pictures belong to no file of the source;"
                " they would keep their former settings: delete them first"
            )
        if self.drawn_by is not None:
            text = json.dumps(self.drawn_by.to_json(), indent=2) + "\n"
            _write(self.folder / FILE, lambda part: part.write_text(text, "utf-8"))
        elif (self.folder / FILE).exists():
            (self.folder / FILE).unlink()

    def _refuse_others(self) -> None:
        recorded = read_drawn_by(self.folder / FILE) if (self.folder / FILE).exists() else None
        if recorded is not None and recorded != self.drawn_by:
            raise DatasetError(
                f"{self.folder} was made with other settings (see {FILE}); choose another folder, or make"
                " all of it anew with --force"
            )
        for file in _pictures(self.folder):
            if picture_text(file).get(SETTINGS_KEY) != self.digest:
                raise DatasetError(
                    f"{file} was made with other settings; choose another folder, or make all of it anew"
                    " with --force"
                )


def _changed_ns(example: Example) -> int:
    place = os.fsencode(example.place)
    return look(place).mtime_ns if is_url(place) else example.file.stat().st_mtime_ns


def _pictures(folder: Path) -> set[Path]:
    return set(folder.rglob("*.png")) if folder.is_dir() else set()


def _info(text: dict[str, str | None]) -> PngImagePlugin.PngInfo:
    info = PngImagePlugin.PngInfo()
    for key, value in text.items():
        if value is not None:
            info.add_text(key, value)
    return info


def _write(target: Path, save: Callable[[Path], object]) -> None:
    """Write a file whole or not at all."""
    try:
        with replacing(target) as part:
            save(part)
    except OSError as err:
        raise DatasetError(f"{target} cannot be written: {err.strerror or err}") from err


def refuse_nested(source: Path, out: Path) -> None:
    """Refuse to write pictures into the folder that they are made from, or below; DatasetError."""
    inside: Iterable[Path] = (out.resolve(), *out.resolve().parents)
    if source.resolve() in inside:
        raise DatasetError(
            f"{out} lies in {source}: its pictures would be taken for a genre; choose another"
        )
