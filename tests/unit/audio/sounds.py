"""Sound that tests synthesise, and files of it in every container that there is an encoder for."""

from pathlib import Path

import av
import numpy as np
import soundfile
from numpy.typing import NDArray

RATE = 44_100
Samples = NDArray[np.float32]


def sweep(duration_s: float, rate: int = RATE, seed: int = 0) -> Samples:
    """Stereo: a rising tone and noise whose place in time can be told to the sample; (n, 2)."""
    rng = np.random.default_rng(seed)
    t = np.arange(round(duration_s * rate)) / rate
    left = 0.3 * np.sin(2 * np.pi * (200 + 40 * t) * t) + 0.03 * rng.standard_normal(len(t))
    right = 0.2 * np.sin(2 * np.pi * 331 * t * (1 + t / 50)) + 0.02 * rng.standard_normal(len(t))
    return np.stack([left, right], axis=1).astype(np.float32)


def write(path: Path, y: Samples, rate: int = RATE, **how: object) -> Path:
    """Write with libsndfile."""
    soundfile.write(path, y, rate, **how)
    return path


def encode(path: Path, y: Samples, codec: str, container: str, rate: int = RATE, **options: str) -> Path:
    """Write with ffmpeg's encoder `codec`; options are the container's."""
    with av.open(str(path), "w", format=container, options=options) as out:
        stream = out.add_stream(codec, rate=rate)
        stream.layout = "stereo"
        stream.bit_rate = 192_000
        stream.codec_context.format = stream.codec_context.codec.audio_formats[0].name
        resampler = av.AudioResampler(
            format=stream.codec_context.format,
            layout="stereo",
            rate=rate,
            frame_size=stream.frame_size or 4096,
        )
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(y.T), format="fltp", layout="stereo")
        frame.sample_rate, frame.pts = rate, 0
        for part in [*resampler.resample(frame), *resampler.resample(None)]:
            out.mux(stream.encode(part))
        out.mux(stream.encode(None))
    return path


def lag(source: Samples, y: Samples) -> int:
    """By how many samples `y` is later than `source`, both mono of about the same length."""
    n = 1 << (max(len(source), len(y)) * 2 - 1).bit_length()
    product = np.fft.irfft(np.conj(np.fft.rfft(source, n)) * np.fft.rfft(y, n))
    at = int(product.argmax())
    return at - n if at > n // 2 else at


def mono(y: Samples) -> Samples:
    """The mean of both channels."""
    return (y @ np.array([0.5, 0.5], np.float32)).astype(np.float32)
