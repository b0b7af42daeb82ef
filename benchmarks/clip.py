"""A 30 s clip, file to scores in one process: MusicAI against the university report's way.

    python -m benchmarks.clip [--data FILE] [--rounds 15]

Prints the processor time that each takes on one core (median, by turns), and the ratio. The clip is
synthesised, mono FLAC at 22.05 kHz, unless a file is named. See `report_way.py` for the reference.
"""

import argparse
import tempfile
from pathlib import Path

from benchmarks import in_process, report_way
from benchmarks.measure import Figure, by_turns, pin_to_one_core
from benchmarks.sounds import write_clip

ASKED = 10.0


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, help="a sound file to use instead of the synthesised one")
    parser.add_argument("--rounds", type=int, default=15)
    arguments = parser.parse_args()
    pin_to_one_core()
    classifier, network = in_process.load_model(), report_way.MiniAlexNet().eval()
    with tempfile.TemporaryDirectory() as name:
        clip = arguments.data or write_clip(Path(name) / "clip.flac")
        picture = Path(name) / "picture.png"
        ours, theirs = by_turns(
            [
                lambda: in_process.listen(classifier, clip),
                lambda: report_way.listen(network, clip, picture),
            ],
            arguments.rounds,
        )
    Figure(
        "30 s clip, file to scores, against the report's way",
        f"at least {ASKED:g} x",
        f"{theirs * 1e3:.0f} ms / {ours * 1e3:.1f} ms = {theirs / ours:.1f} x",
        theirs / ours >= ASKED,
    ).show()


if __name__ == "__main__":
    main()
