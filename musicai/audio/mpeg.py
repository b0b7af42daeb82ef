"""The header in the first frame of an MP3 file that says how long it is (Xing, Info, VBRI).

Written from the published descriptions of the MPEG audio frame header and of these three tags.
"""

from dataclasses import dataclass

from musicai.audio.audio_file import AudioFile

_RATES = (44_100, 48_000, 32_000)  # of MPEG-1; MPEG-2 and 2.5 halve them
_KBPS_1 = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
_KBPS_2 = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)
_MOST_JUNK = 1 << 16
_RUN = 4
_HEAD = 4096
_MOST_TAGS = 16
_HAS_FRAMES, _HAS_BYTES = 1, 2
_SPARE_BYTES = 4096
"""What a promise of bytes may be off by: the header's own frame, and tags that some encoders count in."""


@dataclass(frozen=True)
class XingHeader:
    """What an encoder says about its stream.

    Parameters
    ----------
    samples: sample frames with the encoder's delay and padding.
    samples_per_frame: sample frames per MPEG frame.
    promised_end: offset in the file at which the last frame ends; 0 when not said.
    """

    samples: int
    samples_per_frame: int
    promised_end: int

    def bytes_are_there(self, size: int) -> bool:
        """Tell whether a file of `size` bytes holds all that is promised."""
        return 0 < self.promised_end <= size + _SPARE_BYTES


def after_id3(file: AudioFile) -> int:
    """Return the offset behind any ID3v2 tags at the beginning."""
    offset = 0
    for _ in range(_MOST_TAGS):
        head = file.read_at(offset, 10)
        if len(head) < 10 or head[:3] != b"ID3" or max(head[6:10]) > 127:
            break
        length = head[6] << 21 | head[7] << 14 | head[8] << 7 | head[9]
        offset += 10 + length + (10 if head[5] & 0x10 else 0)  # flag: a footer follows
    return offset


def is_frame_header(head: bytes) -> bool:
    """Tell whether four bytes can begin a frame of MPEG audio, layer I to III."""
    return (
        len(head) >= 4
        and head[0] == 0xFF
        and head[1] & 0xE0 == 0xE0
        and head[1] >> 3 & 3 != 1  # reserved version
        and head[1] >> 1 & 3 != 0  # reserved layer: there AAC begins
        and head[2] >> 4 not in (0, 15)
        and head[2] >> 2 & 3 != 3
    )


def has_frames(file: AudioFile) -> bool:
    """Tell whether a run of MPEG layer III frames begins within the first junk behind the tags."""
    data = file.read_at(after_id3(file), _MOST_JUNK)
    at = data.find(b"\xff")
    while at >= 0:
        if _run_of_frames(data, at):
            return True
        at = data.find(b"\xff", at + 1)
    return False


def _run_of_frames(data: bytes, at: int) -> bool:
    for _ in range(_RUN):
        head = data[at : at + 4]
        if not is_frame_header(head) or head[1] >> 1 & 3 != 1:
            return False
        at += _frame_bytes(head)
    return True


def _frame_bytes(head: bytes) -> int:
    """Return the length of a layer III frame."""
    version, padding = head[1] >> 3 & 3, head[2] >> 1 & 1
    rate = _RATES[head[2] >> 2 & 3] >> {3: 0, 2: 1, 0: 2}[version]
    kbps = (_KBPS_1 if version == 3 else _KBPS_2)[head[2] >> 4]
    return (144_000 if version == 3 else 72_000) * kbps // rate + padding


def xing_header(file: AudioFile) -> XingHeader | None:
    """Return what the first frame says; None when it is ordinary sound, or when junk comes first."""
    start = after_id3(file)
    frame = file.read_at(start, _HEAD)
    if not is_frame_header(frame):
        return None
    version, mono = frame[1] >> 3 & 3, frame[3] >> 6 == 3
    per_frame = 1152 if version == 3 else 576
    side = (17 if mono else 32) if version == 3 else (9 if mono else 17)
    if frame[4 + side : 8 + side] in (b"Xing", b"Info"):
        return _xing(frame[8 + side :], start, per_frame)
    if frame[36:40] == b"VBRI":
        return _header(frame[50:54], frame[46:50], start, per_frame)
    return None


def _xing(body: bytes, start: int, per_frame: int) -> XingHeader | None:
    flags = int.from_bytes(body[:4])
    if not flags & _HAS_FRAMES:
        return None
    return _header(body[4:8], body[8:12] if flags & _HAS_BYTES else b"", start, per_frame)


def _header(frames: bytes, length: bytes, start: int, per_frame: int) -> XingHeader | None:
    count, size = int.from_bytes(frames), int.from_bytes(length)
    if not count:
        return None
    return XingHeader(count * per_frame, per_frame, start + size if size else 0)
