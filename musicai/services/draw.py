"""Draw a track, in a process of its own: decoding and drawing are heavy, this side is light."""

import base64
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import musicai
from musicai.errors import MusicAIError, NotFoundError
from musicai.services.node import heavy_side
from musicai.services.query import TrackRow
from musicai.services.show import Portrait
from musicai.storage.url import is_url


def draw_track(portrait: Portrait, png: Path) -> None:
    """Draw spectrogram, timeline and scores of a track into a PNG file.

    Raises
    ------
    NotFoundError: its file is not there.
    MusicAIError: it cannot be decoded, or the picture cannot be written.
    """
    heavy_side.insist()
    file = _file(portrait.row)
    if not is_url(file) and not Path(file).is_file():
        raise NotFoundError(
            f"{portrait.row.file!r} is not there to be drawn; MUSICAI_MOUNTS may say where it is"
        )
    # ASCII: bytes of the name that are not UTF-8 travel as escaped surrogates
    subject = json.dumps({**portrait.to_json(), "file": file})
    # -P: a folder of music must not be searched for modules of Python
    command = [sys.executable, "-P", "-m", "musicai.pipeline.draw", "-", str(png)]
    environ = {**os.environ, "PYTHONPATH": str(Path(musicai.__file__).parents[1])}
    done = subprocess.run(command, input=subject, env=environ, capture_output=True, text=True, check=False)
    if done.returncode:
        raise MusicAIError(f"{portrait.row.file!r} cannot be drawn: {_reason(done)}")


def _file(row: TrackRow) -> str:
    """Return the file's path in the form that this system opens, whatever its bytes are."""
    return row.file if row.file_base64 is None else os.fsdecode(base64.b64decode(row.file_base64))


def _reason(done: subprocess.CompletedProcess[str]) -> str:
    if done.returncode < 0:
        return f"the process was ended by {signal.Signals(-done.returncode).name}"
    return (done.stderr.strip().splitlines() or ["it gave no reason"])[-1]
