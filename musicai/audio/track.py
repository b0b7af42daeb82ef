"""A track opened for listening: facts, excerpts, and the hash that says which sound it is.

    with open_track(path, max_duration_s=settings.max_duration_s) as track:
        for excerpt in track.excerpts(front_end.sample_rate, front_end.excerpt_s):
            spectrogram.compute(excerpt.y, front_end)
        track.audio_hash()

Everything that can be wrong with a file comes out as a subclass of `TrackError`. Memory holds one excerpt,
however long the track is, and nothing is allocated by what a header claims.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from types import TracebackType

from musicai.audio import formats, promises, windows
from musicai.audio.audio_file import AudioFile, RawFile, open_file
from musicai.audio.checks import SILENCE, check_claims, check_numbers, is_silent
from musicai.audio.excerpt import Excerpt, resampled_excerpt
from musicai.audio.memory_limit import limited_memory
from musicai.audio.reader import Mono, Reader
from musicai.audio.regular_file import AnyPath
from musicai.audio.sound_hash import EXCERPT_S, SoundHash
from musicai.errors import (
    CorruptError,
    NotAudioError,
    SilentError,
    TrackError,
    TruncatedError,
)


class AudioTrack:
    """One open file. Use it as a context manager, or close it."""

    def __init__(self, file: AudioFile, max_duration_s: float, most_memory: int = 0) -> None:
        self._file = file
        self._most_memory = most_memory
        self._hash: str | None = None
        with self._watched():
            self._reader: Reader | None = None
            self._reader = _opened(file, max_duration_s)
            self.facts = self._reader.facts
            self.frames = self._reader.frames
            check_claims(self._reader, max_duration_s)
            promises.check(file, self.facts.duration_s, max_duration_s)
            self._reader.check_end()
        self._fresh = True

    def excerpts(self, sample_rate: int, excerpt_s: float, *, whole: bool = False) -> Iterator[Excerpt]:
        """Yield excerpts in order, decoding each when it is asked for.

        By default up to three, spread evenly; with `whole`, consecutive ones over all of the track.
        Digitally silent stretches are left out: there is nothing to hear.

        Parameters
        ----------
        sample_rate: Hz of the samples returned.
        excerpt_s: seconds per excerpt; only a shorter track gives a shorter one.
        whole: whether to cover the whole track.

        Raises
        ------
        SilentError: all of it was silent (raised at the end).
        TruncatedError, CorruptError, ChangedError, UnreadableError: an excerpt cannot be had.
        """
        rate = self.facts.sample_rate
        plan: Iterable[tuple[int, int]] = windows.spread(self.frames, rate, excerpt_s)
        is_canonical = not whole and plan == self._canonical()
        if whole:
            plan = windows.consecutive(self.frames, rate, excerpt_s)
        sounded = False
        for start, mono in self._passage(plan, hashing=is_canonical):
            if not is_silent(mono):
                sounded = True
                yield resampled_excerpt(start, mono, rate, sample_rate)
        if not sounded:
            raise SilentError(f"no sample is louder than {SILENCE:g} of full scale")

    def stretches(self, spans: Iterable[tuple[float, float]], sample_rate: int) -> Iterator[Excerpt]:
        """Yield any stretches, silent ones too, decoding each when it is asked for.

        Parameters
        ----------
        spans: (start, duration) in seconds; cut off at the end of the track.
        sample_rate: Hz of the samples returned.
        """
        rate = self.facts.sample_rate
        starts = [(min(round(start * rate), self.frames), round(length * rate)) for start, length in spans]
        plan = [(start, min(length, self.frames - start)) for start, length in starts]
        for start, mono in self._passage(plan, hashing=False):
            yield resampled_excerpt(start, mono, rate, sample_rate)

    def audio_hash(self) -> str:
        """Return the hash of the sound; free when the default 30 s excerpts were read to their end."""
        if self._hash is None:
            for _ in self._passage(self._canonical(), hashing=True):
                pass
        if self._hash is None:
            raise CorruptError("the sound could not be read to its end")
        return self._hash

    @property
    def size(self) -> int:
        """Bytes of the file."""
        return self._file.size

    @property
    def mtime_ns(self) -> int:
        """When the file that was opened had last been changed."""
        return self._file.mtime_ns

    def content(self) -> RawFile:
        """Return the bytes of the file, for who reads its tags."""
        return RawFile(self._file)

    def _canonical(self) -> list[tuple[int, int]]:
        return windows.spread(self.frames, self.facts.sample_rate, EXCERPT_S)

    def _passage(self, plan: Iterable[tuple[int, int]], *, hashing: bool) -> Iterator[tuple[int, Mono]]:
        """Yield (start, mono samples) for each window, and keep the hash when it was asked for."""
        sound = SoundHash(self.facts, self.frames)
        reader = self._untouched_reader()
        for start, length in plan:
            with self._watched():
                mono = _sound(reader, start, length)
            if hashing:
                sound.add(mono)
            yield start, mono
        if hashing:
            self._hash = sound.value

    def _untouched_reader(self) -> Reader:
        """Return a decoder without a past: some (AC-3, MP2) dither by what they decoded before."""
        if not self._fresh or self._reader is None:
            self._close_reader()
            self._reader = formats.open_reader(self._file)
        self._fresh = False
        return self._reader

    @contextmanager
    def _watched(self) -> Iterator[None]:
        """Blame the right one: a file that changed, or a storage that failed, looks like a damaged file."""
        try:
            with limited_memory(self._most_memory):
                yield
        except TrackError as err:
            self._file.check_unchanged()
            if isinstance(err, CorruptError | TruncatedError):
                self._file.check_readable()
            raise
        self._file.check_unchanged()

    def _close_reader(self) -> None:
        if self._reader is not None:
            self._reader.close()
            self._reader = None

    def close(self) -> None:
        """Close decoder and file."""
        self._close_reader()
        self._file.close()

    def __enter__(self) -> "AudioTrack":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, err: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def open_track(path: AnyPath, *, max_duration_s: float, most_memory: int = 0) -> AudioTrack:
    """Open an audio file by its content.

    Parameters
    ----------
    path: the file, or its URL; bytes for names that are not UTF-8, a `LibraryFile` for what may not lie
        elsewhere.
    max_duration_s: longest track in seconds; a file that claims more is refused.
    most_memory: bytes that the decoder may take, 0 for any number. It is a limit on the whole process:
        only for who decodes one track at a time.

    Raises
    ------
    TrackError: a subclass whose ``code`` says what is wrong with the file.
    """
    file = open_file(path)
    try:
        return AudioTrack(file, max_duration_s, most_memory)
    except BaseException:
        file.close()
        raise


def _opened(file: AudioFile, max_duration_s: float) -> Reader:
    try:
        return formats.open_reader(file)
    except NotAudioError:
        # a container that lost its end may be beyond recognition, and is truncated rather than no audio
        promises.check(file, 0.0, max_duration_s)
        raise


def _sound(reader: Reader, start: int, length: int) -> Mono:
    mono = reader.read(start, length)
    if is_silent(mono) and reader.facts.channels > 1:  # channels in opposite phase cancel each other
        mono = reader.read(start, length, first_only=True)
    check_numbers(mono)
    return mono
