"""A 30 s clip, file to scores in one process: MusicAI against the university report's way.

    python -m benchmarks.clip [--data FILE] [--rounds 9]

Prints the processor time that each takes per clip on one core (median of turns of five clips each), and
the ratio. The clip is synthesised, mono at 22.05 kHz: as WAV, which is what the report's clips are, and as
FLAC, whose decoding costs both sides the same 8 ms. See `report_way.py` for the reference.
"""

import argparse
import tempfile
from pathlib import Path

from benchmarks import in_process, report_way
from benchmarks.measure import Figure, by_turns, pin_to_one_core
from benchmarks.sounds import write_clip

ASKED = 10.0
CLIPS_PER_TURN = 5


def compare(clip: Path, rounds: int) -> None:
    """Measure one clip and print the line."""
    classifier, network = in_process.load_model(), report_way.MiniAlexNet().eval()

    def ours() -> None:
        for _ in range(CLIPS_PER_TURN):
            in_process.listen(classifier, clip)

    with tempfile.TemporaryDirectory() as name:

        def theirs() -> None:
            for _ in range(CLIPS_PER_TURN):
                report_way.listen(network, clip, Path(name) / "picture.png")

        our_s, their_s = by_turns([ours, theirs], rounds)
    per_clip_ms = 1e3 / CLIPS_PER_TURN
    Figure(
        f"30 s clip ({clip.suffix[1:].upper()}), file to scores, against the report's way",
        f"at least {ASKED:g} x",
        f"{their_s * per_clip_ms:.0f} ms / {our_s * per_clip_ms:.1f} ms = {their_s / our_s:.1f} x",
        their_s / our_s >= ASKED,
    ).show()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, help="a sound file to use instead of the synthesised ones")
    parser.add_argument("--rounds", type=int, default=9)
    arguments = parser.parse_args()
    pin_to_one_core()
    with tempfile.TemporaryDirectory() as name:
        synthesised = (Path(name) / "clip.wav", Path(name) / "clip.flac")
        for clip in [arguments.data] if arguments.data else map(write_clip, synthesised):
            compare(clip, arguments.rounds)


if __name__ == "__main__":
    main()
