"""How much of a file behind a URL a worker fetches to hear its three excerpts, by format.

    python -m benchmarks.remote_bytes

Four minutes of synthesised stereo sound in each format, behind a web server of this machine that knows
ranges. Counted are the bytes and the requests of facts, excerpts, audio hash and tags, as a worker asks
for them, beside the size of the file. Bytes are the same on every machine, so nothing is timed.
"""

import tempfile
from pathlib import Path

import av
import numpy as np
import soundfile
from numpy.typing import NDArray

from benchmarks.sounds import TRACK_RATE, tune
from musicai.audio.remote_file import RemoteFile
from musicai.audio.track import AudioTrack
from musicai.library.tags import read_tags_of
from tests.services.web import web_server

DURATION_S = 240.0
ENCODED = {
    "mp3": ("libmp3lame", "mp3"),
    "m4a": ("aac", "mp4"),
    "mka": ("aac", "matroska"),
    "opus": ("libopus", "ogg"),
    "wma": ("wmav2", "asf"),
    "wv": ("wavpack", "wv"),
    "tta": ("tta", "tta"),
}


def write_all(folder: Path) -> list[Path]:
    """Write the sound in every format and return the files."""
    y = np.stack([tune(seed, DURATION_S, TRACK_RATE) for seed in (0, 1)], axis=1)
    files = [folder / f"track.{suffix}" for suffix in ("wav", "aiff", "flac")]
    for file in files:
        soundfile.write(file, y, TRACK_RATE, subtype="PCM_16")
    for suffix, (codec, container) in ENCODED.items():
        files.append(folder / f"track.{suffix}")
        encode(files[-1], y, codec, container)
    return files


def encode(path: Path, y: NDArray[np.float32], codec: str, container: str) -> None:
    """Write sound of shape (frames, 2) with one of ffmpeg's encoders, lossy ones at 192 kbit/s."""
    with av.open(str(path), "w", format=container) as out:
        rate = 48_000 if codec == "libopus" else TRACK_RATE
        stream = out.add_stream(codec, rate=rate, layout="stereo", bit_rate=192_000)
        kinds = stream.codec_context.codec.audio_formats or []
        size = stream.codec_context.frame_size or 4096
        wanted = kinds[0].name if kinds else "s16"
        resampler = av.AudioResampler(format=wanted, layout="stereo", rate=rate, frame_size=size)
        for at in range(0, len(y), TRACK_RATE):
            block = np.ascontiguousarray(y[at : at + TRACK_RATE].T)
            frame = av.AudioFrame.from_ndarray(block, format="fltp", layout="stereo")
            frame.sample_rate, frame.pts = TRACK_RATE, at
            for part in resampler.resample(frame):
                out.mux(stream.encode(part))
        for part in resampler.resample(None):
            out.mux(stream.encode(part))
        out.mux(stream.encode(None))


def hear(url: str) -> RemoteFile:
    """Read what a worker reads of a track, and return the file with its counts."""
    file = RemoteFile(url.encode())
    with AudioTrack(file, 1e6) as track:
        for _ in track.excerpts(22_050, 30.0):
            pass
        track.audio_hash()
        read_tags_of(track.content())
    return file


def main() -> None:
    """Measure and print a table in Markdown."""
    with tempfile.TemporaryDirectory() as name, web_server(Path(name)) as server:
        print("| format | file | fetched | share | requests |\n|---|---|---|---|---|")
        for path in write_all(Path(name)):
            file = hear(f"{server.url}/{path.name}")
            share = f"{100 * file.fetched / file.size:.0f} %"
            sizes = f"{file.size / 1e6:.1f} MB | {file.fetched / 1e6:.1f} MB"
            print(f"| {path.suffix[1:]} | {sizes} | {share} | {file.requests} |")


if __name__ == "__main__":
    main()
