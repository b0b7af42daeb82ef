"""The stretches of a track that a model answers for: from the file, or from what the cache kept of it."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from musicai.audio.spectrogram import compute
from musicai.audio.track import AudioTrack
from musicai.cache.spectrograms import SpectrogramCache, file_state, state_of
from musicai.catalogue.orders import TrackOrder
from musicai.front_end import FrontEnd
from musicai.library_file import LibraryFile
from musicai.pipeline.stopwatch import Stopwatch
from musicai.states import Stage


class Stretch(NamedTuple):
    """A stretch of a track as the network sees it.

    Parameters
    ----------
    start_s, duration_s: its place in the track.
    spectrogram: float32, shape (bands, frames).
    """

    start_s: float
    duration_s: float
    spectrogram: NDArray[np.float32]


class Kept(NamedTuple):
    """What the cache has of a track: of which sound, and its stretches in order of time."""

    audio_hash: str
    stretches: Iterator[Stretch]


def heard_stretches(
    cache: SpectrogramCache | None,
    track: AudioTrack,
    front_end: FrontEnd,
    *,
    whole: bool,
    file: str,
    stopwatch: Stopwatch | None = None,
) -> Iterator[Stretch]:
    """Decode a track and yield its stretches; the cache, when there is one, keeps them at the end.

    With a cache they are seen in its 8 bits from the first time on, so that a model gives the same
    answer whether or not the cache still has them.

    Parameters
    ----------
    file: its `file_state` from before it was opened.
    stopwatch: is told how long decoding, front end and cache took.

    Raises
    ------
    TrackError: something is wrong with the file; nothing is kept then.
    """
    stopwatch = stopwatch or Stopwatch()
    recorder = cache.recorder(front_end, whole=whole) if cache else None
    excerpts = track.excerpts(front_end.sample_rate, front_end.excerpt_s, whole=whole)
    for excerpt in stopwatch.each(Stage.DECODE, excerpts):
        with stopwatch.stage(Stage.FRONT_END):
            spectrogram = compute(excerpt.y, front_end)
        if recorder:
            with stopwatch.stage(Stage.CACHE):
                spectrogram = recorder.take(excerpt.start_s, excerpt.duration_s, spectrogram)
        yield Stretch(excerpt.start_s, excerpt.duration_s, spectrogram)
    if recorder:
        with stopwatch.stage(Stage.DECODE):
            audio_hash = track.audio_hash()
        with stopwatch.stage(Stage.CACHE):
            recorder.keep(audio_hash, file)


def kept_stretches(
    cache: SpectrogramCache | None,
    order: TrackOrder,
    path: LibraryFile,
    front_end: FrontEnd,
    *,
    whole: bool,
) -> Kept | None:
    """Return what the cache has of a file that is still the one that was heard; its content is not read."""
    state = state_of(order.size, order.mtime_ns)
    if cache is None or order.audio_hash is None or file_state(path) != state:
        return None  # where the file is gone, decoding it will say so
    kept = cache.read(order.audio_hash, front_end, whole=whole, file=state)
    if kept is None:
        return None
    return Kept(order.audio_hash, (Stretch(e.start_s, e.duration_s, e.spectrogram) for e in kept))
