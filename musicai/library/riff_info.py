"""The INFO list of a WAV file, where most programs write its tags (mutagen reads only ID3 chunks)."""

import struct
from typing import BinaryIO

_HEADER = struct.Struct("<4sI")
_MOST_CHUNKS = 1000
_MOST_BYTES = 1 << 20


def read_info(file: BinaryIO) -> dict[str, str]:
    """Return the texts of the first INFO list by their four-letter names."""
    file.seek(12)
    for _ in range(_MOST_CHUNKS):
        header = file.read(_HEADER.size)
        if len(header) < _HEADER.size:
            break
        name, size = _HEADER.unpack(header)
        if name == b"LIST" and file.read(4) == b"INFO":
            return _texts(file.read(min(max(size - 4, 0), _MOST_BYTES)))
        skip = size + size % 2 - (4 if name == b"LIST" else 0)
        file.seek(skip, 1)
    return {}


def _texts(data: bytes) -> dict[str, str]:
    texts = {}
    at = 0
    while at + _HEADER.size <= len(data):
        name, size = _HEADER.unpack_from(data, at)
        at += _HEADER.size
        texts[name.decode("latin-1")] = _decode(data[at : at + size].split(b"\0")[0])
        at += size + size % 2
    return texts


def _decode(raw: bytes) -> str:
    """Return text; the format names no encoding, so UTF-8 if it is, else Windows' own."""
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("cp1252", errors="replace")
