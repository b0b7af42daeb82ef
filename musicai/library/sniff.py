"""What a file is by its first bytes. Only looks for audio; says nothing about anything else."""

import os
import stat
from collections.abc import Callable, Iterator

HEAD_BYTES = 4096
"""Enough for two MPEG frames of any bit rate; one page of the file."""

_MAGIC = (
    (b"fLaC", "flac"),
    (b".snd", "au"),
    (b"MAC ", "ape"),
    (b"wvpk", "wavpack"),
    (b"TTA1", "tta"),
    (b"TTA2", "tta"),
    (b"MPCK", "musepack"),
    (b"MP+", "musepack"),
    (b"caff", "caf"),
    (b"#!AMR", "amr"),
    (b"DSD ", "dsf"),
    (b"OFR ", "optimfrog"),
    (b"tBaK", "tak"),
    (b"ajkg", "shorten"),
    (b"riff\x2e\x91\xcf\x11\xa5\xd6\x28\xdb", "w64"),
)
# what kind of chunk container, and the form that is sound
_FORMS = (
    (b"RIFF", 8, (b"WAVE",), "wav"),
    (b"RF64", 8, (b"WAVE",), "rf64"),
    (b"BW64", 8, (b"WAVE",), "rf64"),
    (b"FORM", 8, (b"AIFF", b"AIFC", b"8SVX"), "aiff"),
    (b"FRM8", 12, (b"DSD ",), "dff"),
)
_MP4_BRANDS = (b"M4A ", b"M4B ", b"M4P ", b"F4A ", b"F4B ")
_OGG_CODECS = (b"\x01vorbis", b"OpusHead", b"\x7fFLAC", b"Speex   ")
_ASF = bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c")
_APPLE_DOUBLE = bytes.fromhex("00051607")

AMBIGUOUS = frozenset(("asf",))
"""Containers of sound or pictures, where the extension decides."""

# kbit/s by (is MPEG 1, layer); index 0 is "free", 15 is forbidden
_BIT_RATES = {
    (True, 1): (32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448),
    (True, 2): (32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    (True, 3): (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    (False, 1): (32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256),
    (False, 2): (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
    (False, 3): (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
# Hz of MPEG 1 by index; versions 2 and 2.5 halve and quarter them
_SAMPLE_RATES = (44_100, 48_000, 32_000)
_RATE_DIVISOR = {3: 1, 2: 2, 0: 4}


def sniff(head: bytes) -> str | None:
    """Return what audio format the first bytes of a file belong to, or None."""
    for magic, name in _MAGIC:
        if head.startswith(magic):
            return name
    return next(_structured(head), None)


def _structured(head: bytes) -> Iterator[str]:
    """Yield the formats that take more than a look at the first word."""
    for magic, at, forms, name in _FORMS:
        if head.startswith(magic) and head[at : at + 4] in forms:
            yield name
    if head[4:8] == b"ftyp" and head[8:12] in _MP4_BRANDS:
        yield "mp4"
    if head.startswith(b"OggS") and any(codec in head for codec in _OGG_CODECS):
        yield "ogg"
    if head.startswith(_ASF):
        yield "asf"
    if _has_id3(head):
        yield "id3"
    if _is_twice(head, _mpeg_frame_bytes):
        yield "mpeg"
    if _is_twice(head, _adts_frame_bytes):
        yield "adts"


def _has_id3(head: bytes) -> bool:
    """Whether an ID3v2 header stands first: a version that exists, a size of four 7-bit bytes."""
    return len(head) >= 10 and head[:3] == b"ID3" and 2 <= head[3] <= 4 and max(head[6:10]) < 0x80


def _is_twice(head: bytes, frame_bytes: Callable[[bytes], int]) -> bool:
    """Whether one frame is followed by another of its kind: two bytes of sync alone prove nothing."""
    length = frame_bytes(head[:8])
    following = head[length : length + 8]
    # version, layer and sample rate stay the same within a stream
    return length > 0 and frame_bytes(following) > 0 and _constant_part(head) == _constant_part(following)


def _constant_part(header: bytes) -> tuple[int, int]:
    return header[1] & 0xFE, header[2] & 0x0C


def _mpeg_frame_bytes(header: bytes) -> int:
    """Return the length of the MPEG audio frame that begins here, 0 when none does (ISO 11172-3)."""
    if len(header) < 4 or header[0] != 0xFF or header[1] & 0xE0 != 0xE0:
        return 0
    version, layer = header[1] >> 3 & 3, 4 - (header[1] >> 1 & 3)
    rate_index, frequency_index = header[2] >> 4, header[2] >> 2 & 3
    if version == 1 or layer == 4 or rate_index in (0, 15) or frequency_index == 3:
        return 0
    bit_rate = 1000 * _BIT_RATES[version == 3, layer][rate_index - 1]
    sample_rate = _SAMPLE_RATES[frequency_index] // _RATE_DIVISOR[version]
    padding = header[2] >> 1 & 1
    if layer == 1:
        return (12 * bit_rate // sample_rate + padding) * 4
    samples = 1152 if layer == 2 or version == 3 else 576
    return samples // 8 * bit_rate // sample_rate + padding


def _adts_frame_bytes(header: bytes) -> int:
    """Return the length of the AAC frame that begins here, 0 when none does (ISO 13818-7)."""
    if len(header) < 7 or header[0] != 0xFF or header[1] & 0xF6 != 0xF0:
        return 0
    length = (header[3] & 3) << 11 | header[4] << 3 | header[5] >> 5
    return length if length > 7 else 0


def is_apple_double(head: bytes) -> bool:
    """Whether the content is the attributes that macOS keeps beside a file."""
    return head.startswith(_APPLE_DOUBLE)


def read_head(path: bytes) -> bytes:
    """Return the first bytes of a regular file; none for what is anything else or cannot be read.

    A FIFO that took the file's place since its folder was listed must not block the scan.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return b""
    try:
        return os.read(descriptor, HEAD_BYTES) if stat.S_ISREG(os.fstat(descriptor).st_mode) else b""
    except OSError:
        return b""
    finally:
        os.close(descriptor)
