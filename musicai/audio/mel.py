"""librosa's mel spectrogram, in dB and otherwise, with a real float32 transform and without its detours."""

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from musicai.front_end import FrontEnd

_TOP_DB = 80.0
_LEAST_POWER = 1e-10
_SCALE = np.float32(10_000.0)
# spectra are computed in blocks that stay in the cache
_BLOCK_FRAMES = 64


def mel_db(y: NDArray[np.float32], front_end: FrontEnd) -> NDArray[np.float32]:
    """Compute ``power_to_db(melspectrogram(y), ref=max)`` of librosa.

    The university report drew ``amplitude_to_db(melspectrogram(y), ref=min)``, which takes power for
    amplitude: twice these decibels, shifted by a constant. A picture scaled to its extremes is the
    same but for the floor; here the decibels are right.

    Parameters
    ----------
    y: float32 samples, shape (n,), n >= n_fft.
    front_end: kind ``mel_db``.

    Returns
    -------
    float32, shape (n_mels, frames), -80..0 dB relative to the peak (0 everywhere for silence).
    """
    power = _mel_power(y, front_end, _periodic_hann(front_end.n_fft))
    with np.errstate(invalid="ignore", over="ignore"):
        decibel = 10.0 * np.log10(np.maximum(power, _LEAST_POWER) / max(power.max(), _LEAST_POWER))
    clipped: NDArray[np.float32] = np.maximum(decibel, -_TOP_DB).astype(np.float32, copy=False)
    return clipped


def mel_log(y: NDArray[np.float32], front_end: FrontEnd) -> NDArray[np.float32]:
    """Compute ``log10(1 + 10000 * melspectrogram(y))``, as Essentia's TensorflowInputMusiCNN does.

    Its Hann window is symmetric, librosa's is periodic.

    Source: Pons & Serra, "musicnn: Pre-trained convolutional neural networks for music tagging", 2019.

    Parameters
    ----------
    y: float32 samples, shape (n,), n >= n_fft.
    front_end: kind ``mel_log``.

    Returns
    -------
    float32, shape (n_mels, frames), from 0 for silence on.
    """
    power = _mel_power(y, front_end, _symmetric_hann(front_end.n_fft))
    with np.errstate(invalid="ignore", over="ignore"):
        logarithm: NDArray[np.float32] = np.log10(1.0 + _SCALE * power)
    return logarithm


def _mel_power(
    y: NDArray[np.float32], front_end: FrontEnd, window: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Return the mel spectrogram of power, shape (n_mels, frames)."""
    if front_end.center:
        y = np.pad(y, front_end.n_fft // 2)
    frames = np.lib.stride_tricks.sliding_window_view(y, front_end.n_fft)[:: front_end.hop_length]
    matrix = _mel_matrix(front_end)
    power = np.empty((len(frames), front_end.n_mels), np.float32)
    with np.errstate(invalid="ignore", over="ignore"):  # compute() looks for the outcome
        for at in range(0, len(frames), _BLOCK_FRAMES):
            bins = fft.rfft(frames[at : at + _BLOCK_FRAMES] * window, axis=1)
            power[at : at + _BLOCK_FRAMES] = (bins.real**2 + bins.imag**2) @ matrix
    return np.ascontiguousarray(power.T)


@cache
def _periodic_hann(n_fft: int) -> NDArray[np.float32]:
    return np.hanning(n_fft + 1)[:-1].astype(np.float32)


@cache
def _symmetric_hann(n_fft: int) -> NDArray[np.float32]:
    return np.hanning(n_fft).astype(np.float32)


@cache
def _mel_matrix(front_end: FrontEnd) -> Any:  # scipy's sparse arrays have no types
    # only this kind needs librosa: a worker whose model has the other kind never loads it
    import librosa.filters  # noqa: PLC0415
    from scipy import sparse  # noqa: PLC0415

    weights = librosa.filters.mel(
        sr=front_end.sample_rate,
        n_fft=front_end.n_fft,
        n_mels=front_end.n_mels,
        fmin=front_end.f_min,
        fmax=front_end.f_max,
        htk=front_end.mel_scale == "htk",
    )
    return sparse.csc_array(weights.T)
