"""What the first bytes say, on files that real encoders wrote and on what only looks like one."""

import io
import os

import av
import numpy as np
import pytest
import soundfile as sf
from hypothesis import given
from hypothesis import strategies as st

from musicai.library.sniff import HEAD_BYTES, read_head, sniff

RATE = 48_000


def by_soundfile(container: str, subtype: str | None = None) -> bytes:
    samples = 0.3 * np.sin(np.arange(RATE) * 0.05)
    buffer = io.BytesIO()
    sf.write(buffer, samples, RATE, format=container, subtype=subtype)
    return buffer.getvalue()


def by_av(container: str, codec: str) -> bytes:
    buffer = io.BytesIO()
    with av.open(buffer, "w", format=container) as out:
        stream = out.add_stream(codec, rate=44_100, layout="stereo", bit_rate=128_000)
        samples = (0.2 * np.random.default_rng(1).standard_normal((2, 44_100))).astype(np.float32)
        frame = av.AudioFrame.from_ndarray(samples, format="fltp", layout="stereo")
        frame.sample_rate = 44_100
        resampler = av.AudioResampler(
            stream.format.name, "stereo", 44_100, stream.codec_context.frame_size or 1024
        )
        for part in (*resampler.resample(frame), *resampler.resample(None)):
            out.mux(stream.encode(part))
        out.mux(stream.encode(None))
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("container", "subtype", "name"),
    [
        ("WAV", None, "wav"), ("RF64", None, "rf64"), ("W64", None, "w64"), ("AIFF", None, "aiff"),
        ("AU", None, "au"), ("FLAC", None, "flac"), ("OGG", "VORBIS", "ogg"), ("OGG", "OPUS", "ogg"),
        ("CAF", None, "caf"), ("MP3", None, "mpeg"),
    ],
)  # fmt: skip
def test_what_soundfile_writes(container, subtype, name):
    assert sniff(by_soundfile(container, subtype)[:HEAD_BYTES]) == name


@pytest.mark.parametrize(
    ("container", "codec", "name"),
    [
        ("mp2", "mp2", "mpeg"), ("adts", "aac", "adts"), ("ipod", "aac", "mp4"), ("asf", "wmav2", "asf"),
        ("wv", "wavpack", "wavpack"), ("tta", "tta", "tta"), ("mp3", "libmp3lame", "id3"),
    ],
)  # fmt: skip
def test_what_ffmpeg_writes(container, codec, name):
    assert sniff(by_av(container, codec)[:HEAD_BYTES]) == name


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"\xff\xfe" + "a text in UTF-16".encode("utf-16-le") * 300,
        b"\xff\xfb\x90\x00" + bytes(4000),  # one MPEG header alone proves nothing
        b"\xff\xf1\x50\x80\x02\x1f\xfc" + bytes(4000),
        b"\xff\xd8\xff\xe0\0\x10JFIF" + bytes(100),
        b"\x89PNG\r\n\x1a\n" + bytes(100),
        b"RIFF\0\0\0\0AVI LIST" + bytes(100),
        b"RIFF\0\0\0\0WEBPVP8 " + bytes(100),
        b"\0\0\0\x18ftypisom" + bytes(100),
        b"OggS\0\x02" + bytes(22) + b"\x01\x1e\x80theora" + bytes(50),
        b"ID3 is a tag format, says this text",
        b"PK\x03\x04" + bytes(100),
        b"\xff" * 5000,
        b"plain text\n" * 400,
    ],
)
def test_what_is_no_audio(head):
    assert sniff(head) is None


@given(st.binary(max_size=200))
def test_anything_is_answered(head):
    assert sniff(head) is None or isinstance(sniff(head), str)


def test_only_the_head_of_regular_files_is_read(tmp_path):
    path = tmp_path / "x"
    path.write_bytes(b"y" * 10_000)
    assert read_head(os.fsencode(path)) == b"y" * HEAD_BYTES
    os.mkfifo(tmp_path / "fifo")
    for other in (tmp_path / "fifo", tmp_path, tmp_path / "absent"):
        assert read_head(os.fsencode(other)) == b""
