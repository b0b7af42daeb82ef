"""Draw the picture of the README: what `musicai show --png` makes of a song that `songs.py` played.

``python docs/examples/picture.py`` writes ``docs/images/show.png``; it takes half a minute.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image

DOCS = Path(__file__).resolve().parents[1]
_COLOURS = 128
"""Enough for the eye; with all of them the file would be five times as large."""


def main() -> None:
    """Play, classify, draw, and make the file small."""
    with tempfile.TemporaryDirectory(
        prefix="musicai-", dir="/tmp"
    ) as folder:  # a socket's path must be short
        songs, drawn = Path(folder, "songs"), Path(folder, "show.png")
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("MUSICAI_")},
            "MUSICAI_HOME": str(Path(folder, "home")),
            "PYTHONPATH": str(DOCS.parent),
        }
        musicai = [sys.executable, "-m", "musicai"]
        for command in (
            [sys.executable, str(DOCS / "examples" / "songs.py"), str(songs)],
            [*musicai, "enqueue", str(songs / "Suite.flac")],
            [*musicai, "show", str(songs / "Suite.flac"), "--png", str(drawn)],
        ):
            subprocess.run(command, env=environment, check=True)
        whole = Image.open(drawn).convert("RGB")
        # the method that keeps apart the few pixels of each genre's colour
        picture = whole.quantize(_COLOURS, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
        picture.save(DOCS / "images" / "show.png", optimize=True)


if __name__ == "__main__":
    main()
