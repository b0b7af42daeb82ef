"""Draw a track: ``python -m musicai.pipeline.draw TRACK.json OUT.png`` (``-`` reads standard input).

A process of its own, so that the command line stays light. TRACK.json is what ``musicai show --json``
prints:

    {"file": "/music/song.mp3", "title": ..., "artist": ..., "album": ..., "model": ...,
     "genre": "jazz", "confidence": 0.83, "threshold": 0.4, "scores": {"jazz": 0.83, "blues": 0.1, ...},
     "excerpts": [{"start_s": 12.0, "duration_s": 30.0, "scores": {"jazz": 0.9, ...}}, ...]}

Only ``file`` must be there. The PNG is 1600 x 900; the cost does not depend on the length of the track:
at most eight minutes are decoded, of longer tracks forty glimpses of four seconds.
Errors are one line on standard error, and the exit status of their class.
"""

import json
import sys
from pathlib import Path

from musicai.audio.track import open_track
from musicai.config import Settings
from musicai.errors import ConfigError, MusicAIError
from musicai.pipeline.sheet.sheet import draw_sheet
from musicai.pipeline.sheet.subject import read_subject


def draw(text: str, out: Path, *, max_duration_s: float) -> None:
    """Draw the track that a JSON text describes into a PNG file."""
    try:
        value = json.loads(text)
    except ValueError as err:
        raise ConfigError(f"not JSON: {err}") from err
    subject = read_subject(value)
    with open_track(subject.file, max_duration_s=max_duration_s) as track:
        image = draw_sheet(track, subject)
    try:
        image.save(out, "PNG", optimize=True)
    except OSError as err:
        raise ConfigError(f"{out} cannot be written: {err.strerror}") from err


def main(arguments: list[str]) -> int:
    """Run; return the exit status."""
    if len(arguments) != 2:
        sys.stderr.write("usage: python -m musicai.pipeline.draw TRACK.json|- OUT.png\n")
        return 2
    source, out = arguments
    try:
        text = sys.stdin.read() if source == "-" else Path(source).read_text(encoding="utf-8")
        draw(text, Path(out), max_duration_s=Settings.from_env().max_duration_s)
    except OSError as err:
        sys.stderr.write(f"{source} cannot be read: {err.strerror}\n")
        return 2
    except MusicAIError as err:
        sys.stderr.write(f"{err}\n")
        return err.exit_status
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
