"""Small files that ask a decoder for gigabytes."""

import struct
import zlib
from pathlib import Path

from tests.unit.audio.sounds import encode, sweep, write

_TABLES = (b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stts")


def endless_table(path: Path, entries: int = 200_000_000) -> Path:
    """A song in MP4 whose table of times has so many entries; sparse, it takes no room on the disk."""
    data = bytearray(encode(path, sweep(3), "aac", "ipod").read_bytes())
    boxes = list(_boxes(data, _TABLES))
    table = boxes[-1]
    end = table + _size(data, table)
    extra = 8 * entries - (end - table - 16)
    for at in boxes:
        data[at : at + 4] = struct.pack(">I", _size(data, at) + extra)
    data[table + 12 : table + 16] = struct.pack(">I", entries)
    with path.open("wb") as out:
        out.write(data[:end])
        out.seek(end + extra)
        out.write(data[end:])
    return path


def _boxes(data: bytes, names: tuple[bytes, ...]) -> list[int]:
    found, at = [], 0
    for name in names:
        while data[at + 4 : at + 8] != name:
            at += _size(data, at)
        found.append(at)
        at += 8
    return found


def _size(data: bytes, at: int) -> int:
    return int.from_bytes(data[at : at + 4])


def cover_bomb(path: Path, side: int = 12_000) -> Path:
    """A song in MP3 with a cover of half a megabyte that unpacks to half a gigabyte."""
    song = write(path, sweep(3), format="MP3").read_bytes()
    frame = b"\0image/png\0\x03\0" + _png(side)
    frame = b"APIC" + struct.pack(">I", len(frame)) + b"\0\0" + frame
    size = bytes(len(frame) >> shift & 0x7F for shift in (21, 14, 7, 0))
    path.write_bytes(b"ID3\x03\0\0" + size + frame + song)
    return path


def _png(side: int) -> bytes:
    packer, row = zlib.compressobj(9), bytes(1 + 4 * side)
    pixels = b"".join(packer.compress(row) for _ in range(side)) + packer.flush()
    header = struct.pack(">IIBBBBB", side, side, 8, 6, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", pixels), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        for name, body in chunks
    )
