"""Where a file's own structure says that its sound ends, compared with where the file does.

Decoders cut a promise down to what is there without a word; a copy that stopped halfway would be taken for
a short track. Covers what is made of chunks (WAV, RF64, W64, AIFF, AU, CAF, MP4) and Ogg.
Sizes of 0 and of all ones are what programs write that stream and cannot know; they promise nothing.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from musicai.audio.audio_file import AudioFile
from musicai.errors import TooLargeError, TruncatedError

Order = Literal["little", "big"]

_MOST_CHUNKS = 4096
_ABSURD = 1 << 42
"""Bytes; four terabytes are no track."""
_OGG_TAIL = 1 << 17


@dataclass(frozen=True)
class Promise:
    """Bytes of sound that a header promises, and how many are there."""

    promised: int
    present: int

    def check(self, duration_s: float, max_duration_s: float) -> None:
        """Raise TooLargeError or TruncatedError, given how long the present bytes play."""
        if self.present >= self.promised:
            return
        claimed_s = duration_s * self.promised / max(1, self.present)
        if claimed_s > max_duration_s or self.promised >= _ABSURD:
            raise TooLargeError(
                f"the header claims {claimed_s / 3600:.0f} hours of sound in {self.promised} bytes"
            )
        raise TruncatedError(f"{self.present} of the promised {self.promised} bytes of sound are there")


@dataclass(frozen=True)
class _Style:
    """How a family of formats writes its chunks."""

    first: int
    name: int  # bytes of a chunk's name
    size: int  # bytes of a chunk's size
    order: Order
    align: int
    whole: bool  # whether the size counts the chunk's own header
    data: bytes


_W64_DATA = b"data\xf3\xac\xd3\x11\x8c\xd1\x00\xc0\x4f\x8e\xdb\x8a"
_STYLES = {
    b"RIFF": _Style(12, 4, 4, "little", 2, whole=False, data=b"data"),
    b"RF64": _Style(12, 4, 4, "little", 2, whole=False, data=b"data"),
    b"RIFX": _Style(12, 4, 4, "big", 2, whole=False, data=b"data"),
    b"FORM": _Style(12, 4, 4, "big", 2, whole=False, data=b"SSND"),
    b"caff": _Style(8, 4, 8, "big", 1, whole=False, data=b"data"),
    b"riff": _Style(40, 16, 8, "little", 8, whole=True, data=_W64_DATA),
}


def _find(file: AudioFile) -> Promise | None:
    """Return what the file promises; None when it promises nothing that can be checked by its structure."""
    head = file.read_at(0, 12)
    if style := _STYLES.get(head[:4]):
        return _chunked(file, style, is_rf64=head[:4] == b"RF64")
    if head[:4] in (b".snd", b"dns."):
        return _au(file, "big" if head[:4] == b".snd" else "little")
    if head[4:8] == b"ftyp":
        return _mp4(file)
    return None


def check(file: AudioFile, duration_s: float, max_duration_s: float) -> None:
    """Compare what the structure promises with what is there.

    Raises
    ------
    TooLargeError: the promise is longer than `max_duration_s`, or absurd.
    TruncatedError: the file ends before its structure does.
    """
    if promise := _find(file):
        promise.check(duration_s, max_duration_s)
    if file.read_at(0, 4) == b"OggS":
        _check_ogg(file)


def _check_ogg(file: AudioFile) -> None:
    """Raise TruncatedError when the last page is not whole, or not marked as the last."""
    start = max(0, file.size - _OGG_TAIL)
    tail = file.read_at(start, _OGG_TAIL)
    at = tail.rfind(b"OggS")
    if at < 0:
        return  # something else follows, longer than any page
    page = tail[at:]
    segments = page[26] if len(page) > 26 else 255
    length = 27 + segments + sum(page[27 : 27 + segments])
    if len(page) < length or not page[5] & 4:
        raise TruncatedError("the stream stops without the page that ends it")


def _chunked(file: AudioFile, style: _Style, *, is_rf64: bool) -> Promise | None:
    long_size = 0
    for name, offset, size in _chunks(file, style):
        if is_rf64 and name == b"ds64":  # the 64-bit sizes: of the file, then of the data
            long_size = int.from_bytes(file.read_at(offset + 8, 8), "little")
        if name == style.data:
            if is_rf64 and size == 0xFFFFFFFF:
                return _promise(file, offset, long_size, 8)
            return _promise(file, offset, size, style.size)
    if style.name == 4 and style.first == 12:  # films, and what ends before its sound begins
        return _promise(file, 8, int.from_bytes(file.read_at(4, 4), style.order), 4)
    return None


def _chunks(file: AudioFile, style: _Style) -> Iterator[tuple[bytes, int, int]]:
    """Yield name, offset of the content and its size."""
    at, header = style.first, style.name + style.size
    for _ in range(_MOST_CHUNKS):
        head = file.read_at(at, header)
        if len(head) < header:
            return
        size = int.from_bytes(head[style.name :], style.order) - (header if style.whole else 0)
        yield head[: style.name], at + header, size
        at += header + max(0, size)
        at += -at % style.align


def _au(file: AudioFile, order: Order) -> Promise | None:
    head = file.read_at(4, 8)
    if len(head) < 8:
        return None
    return _promise(file, int.from_bytes(head[:4], order), int.from_bytes(head[4:], order), 4)


def _mp4(file: AudioFile) -> Promise | None:
    """Boxes at the top: the index (moov) must be there, and the last box must be whole."""
    at, indexed = 0, False
    while at < file.size:
        head = file.read_at(at, 16)
        size = int.from_bytes(head[:4])
        if size == 1:
            size = int.from_bytes(head[8:16])
        if size == 0:  # until the end of the file
            break
        if size < 8 or not head[4:8].isascii():
            return None  # padding or junk behind the last box
        if at + size > file.size:
            return Promise(size, file.size - at)
        indexed = indexed or head[4:8] == b"moov"
        at += size
    return None if indexed else Promise(file.size + 1, file.size)


def _promise(file: AudioFile, offset: int, size: int, size_bytes: int) -> Promise | None:
    if _is_streamed(size, size_bytes):
        return None
    return Promise(size, min(size, max(0, file.size - offset)))


def _is_streamed(size: int, size_bytes: int) -> bool:
    if size <= 0 or (size_bytes == 8 and size == (1 << 64) - 1):
        return True
    return size_bytes == 4 and (0x7FFFF000 <= size <= 0x80000000 or size >= 0xFFFFF000)
