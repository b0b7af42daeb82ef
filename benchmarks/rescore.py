"""Another model over an analysed library: from the cache of spectrograms, against decoding.

    python -m benchmarks.rescore [--data FOLDER] [--rounds 5]

In one process, as a worker does it: file to scores (decode, hash, spectrogram, network, write the entry),
against kept spectrogram to scores (look at the file's facts, read the entry, network); and both without
the network, which is the part that the cache is there for. Prints the processor time per track (median, by
turns) on one core, and the ratios. The tracks are a synthesised 4-minute MP3 and a 30 s clip as FLAC,
unless a folder of audio is named.
"""

import argparse
import os
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks import in_process
from benchmarks.measure import Figure, by_turns, pin_to_one_core
from benchmarks.sounds import write_clip, write_mp3
from musicai.audio.track import open_track
from musicai.cache.folder import CacheFolder
from musicai.cache.spectrograms import SpectrogramCache
from musicai.catalogue.orders import TrackOrder
from musicai.models.inference import Classifier, track_scores
from musicai.pipeline.stretches import Stretch, heard_stretches, kept_stretches

ASKED = 10.0
SUFFIXES = {".flac", ".mp3", ".ogg", ".wav", ".m4a", ".opus"}


def hear(cache: SpectrogramCache, classifier: Classifier, path: Path) -> tuple[list[Stretch], str]:
    """Decode a track; return what the network sees of it, and its hash."""
    with open_track(path, max_duration_s=1e6) as track:
        stretches = heard_stretches(cache, track, classifier.side_car.front_end, whole=False, file=None)
        return list(stretches), track.audio_hash()


def recall(cache: SpectrogramCache, classifier: Classifier, order: TrackOrder) -> list[Stretch]:
    """Return the same from the cache."""
    kept = kept_stretches(cache, order, order.path, classifier.side_car.front_end, whole=False)
    if kept is None:
        raise SystemExit(f"{os.fsdecode(order.path)} was not kept")
    return list(kept.stretches)


def answer(classifier: Classifier, stretches: Sequence[Stretch]) -> None:
    """Ask the network."""
    track_scores([classifier.scores(stretch.spectrogram) for stretch in stretches])


def compare(what: str, tracks: Sequence[Path], rounds: int, folder: Path) -> None:
    """Measure some tracks and print two lines."""
    classifier = in_process.load_model()
    cache = SpectrogramCache(CacheFolder(folder, 10_000_000_000))
    orders = [_order(track, hear(cache, classifier, track)[1]) for track in tracks]

    def each(*work: Callable[[], object]) -> None:
        for one in work:
            one()

    sides: list[Callable[[], object]] = [
        lambda: each(*[lambda t=t: answer(classifier, hear(cache, classifier, t)[0]) for t in tracks]),
        lambda: each(*[lambda o=o: answer(classifier, recall(cache, classifier, o)) for o in orders]),
        lambda: each(*[lambda t=t: hear(cache, classifier, t) for t in tracks]),
        lambda: each(*[lambda o=o: recall(cache, classifier, o) for o in orders]),
    ]
    taken = [1e3 * seconds / len(tracks) for seconds in by_turns(sides, rounds)]
    _show(f"{what}, to scores: from the cache, against decoding", *taken[:2])
    _show(f"{what}, to what the network sees: from the cache, against decoding", *taken[2:])


def _order(track: Path, audio_hash: str) -> TrackOrder:
    facts = track.stat()
    path = os.fsencode(track)
    return TrackOrder(0, 0, "", "", path, None, audio_hash, facts.st_size, facts.st_mtime_ns)


def _show(what: str, decoding_ms: float, cached_ms: float) -> None:
    ratio = decoding_ms / cached_ms
    found = f"{decoding_ms:.1f} ms / {cached_ms:.2f} ms = {ratio:.1f} x"
    Figure(what, f"at least {ASKED:g} x", found, ratio >= ASKED).show()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, help="a folder of audio to use instead of the synthesised one")
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    pin_to_one_core()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if arguments.data:
            tracks = sorted(f for f in arguments.data.rglob("*") if f.suffix.lower() in SUFFIXES)
            compare(f"{len(tracks)} tracks", tracks, arguments.rounds, folder / "cache")
            return
        mp3, clip = write_mp3(folder / "track.mp3", 240), write_clip(folder / "clip.flac")
        # many in a row, as over a library: the first ones find the processor's cache full of the other side
        compare("4-minute MP3", [mp3] * 10, arguments.rounds, folder / "cache")
        compare("30 s clip (FLAC)", [clip] * 50, arguments.rounds, folder / "cache")


if __name__ == "__main__":
    main()
