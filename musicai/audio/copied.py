"""Which files are copied rather than read in ranges: those of which a decoder reads nearly all anyway.

docs/performance.md has the figures.
"""

_SEQUENTIAL = (b"ID3", b"\x0b\x77", b"\x77\x0b", b"\x7f\xfe\x80\x01", b"\xfe\x7f\x01\x80")
"""Tags before MPEG audio, AC-3, DTS: a place is found by reading from the start."""
_SCATTERED = (b"OggS", b"wvpk", b"TTA1", bytes.fromhex("3026b2758e66cf11"))
"""Ogg, WavPack, TTA, ASF: a place is found by trying here and there."""
MOST_COPIED = 1 << 29
"""Larger files are read in ranges whatever their format: a disk may be small."""
_MOST_SCATTERED = 1 << 25
"""In longer tracks the excerpts lie far enough apart for ranges to pay."""


def is_copied(head: bytes, size: int) -> bool:
    """Tell by its first bytes a file of which a decoder reads more than three quarters."""
    is_mpeg = len(head) > 1 and head[0] == 0xFF and head[1] & 0xE0 == 0xE0
    if is_mpeg or head.startswith(_SEQUENTIAL):
        return size <= MOST_COPIED
    return head.startswith(_SCATTERED) and size <= _MOST_SCATTERED
