"""A 4-minute stereo MP3, default three excerpts to scores, against decoding all of it and nothing more.

    python -m benchmarks.long_track [--data FILE] [--rounds 9]

The reference is ``soundfile.read`` of the whole file. Prints the processor time of both (median, by turns)
on one core, and the ratio. The track is synthesised, 44.1 kHz and 192 kbit/s, unless a file is named.
"""

import argparse
import tempfile
from pathlib import Path

import soundfile

from benchmarks import in_process
from benchmarks.measure import Figure, by_turns, pin_to_one_core
from benchmarks.sounds import write_mp3


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, help="a sound file to use instead of the synthesised one")
    parser.add_argument("--rounds", type=int, default=9)
    arguments = parser.parse_args()
    pin_to_one_core()
    classifier = in_process.load_model()
    with tempfile.TemporaryDirectory() as name:
        track = arguments.data or write_mp3(Path(name) / "track.mp3", 240)
        ours, theirs = by_turns(
            [lambda: in_process.listen(classifier, track), lambda: soundfile.read(track, dtype="float32")],
            arguments.rounds,
        )
    Figure(
        "4-minute MP3, three excerpts to scores, against soundfile decoding all of it",
        "faster",
        f"{theirs * 1e3:.0f} ms / {ours * 1e3:.0f} ms = {theirs / ours:.1f} x",
        ours < theirs,
    ).show()


if __name__ == "__main__":
    main()
