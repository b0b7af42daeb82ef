"""How a spectrogram becomes what an ONNX model wants: the order of its axes, and patches of fixed length.

Layouts are written as one letter per axis: ``b`` batch, ``m`` bands, ``t`` frames, ``1`` an axis of length
one. Essentia's models of Discogs have ``btm`` with 128 frames, exports of this kind of network ``b1mt``.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from musicai.errors import ModelError
from musicai.models.onnx_file import Port

LAYOUTS = ("bmt", "btm", "b1mt", "b1tm", "bmt1", "btm1")
_MOST_PATCHES = 16  # at once: a long excerpt must not need as much memory as it is long


@dataclass(frozen=True)
class Layout:
    """Axes and patches.

    Parameters
    ----------
    axes: one of `LAYOUTS`.
    patch_frames: length of a patch; None: an excerpt is one patch.
    hop_frames: from one patch to the next.
    batch: patches that the model takes at once; None: any number.
    """

    axes: str
    patch_frames: int | None = None
    hop_frames: int = 1
    batch: int | None = None

    def __post_init__(self) -> None:
        if self.axes not in LAYOUTS:
            raise ModelError(f"layout {self.axes!r}: it must be one of {', '.join(LAYOUTS)}")
        for name in ("patch_frames", "hop_frames", "batch"):
            value = getattr(self, name)
            if value is not None and not (isinstance(value, int) and value > 0):
                raise ModelError(f"layout {name} must be a positive number, not {value!r}")

    def batches(self, spectrogram: NDArray[np.float32]) -> Iterator[tuple[NDArray[np.float32], int]]:
        """Yield inputs of the model, and how many of their patches are real.

        Parameters
        ----------
        spectrogram: float32, shape (bands, frames). One that is shorter than a patch is repeated; a
            last patch that would not be full is left out.
        """
        patches = self._patches(spectrogram)
        size = self.batch or _MOST_PATCHES
        for first in range(0, len(patches), size):
            part = patches[first : first + size]
            missing = (self.batch or len(part)) - len(part)
            filled = np.concatenate([part, np.zeros((missing, *part.shape[1:]), np.float32)])
            yield self._ordered(filled), len(part)

    def _patches(self, spectrogram: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return (patches, bands, frames)."""
        if self.patch_frames is None:
            return spectrogram[None]
        if spectrogram.shape[1] < self.patch_frames:
            repeats = -(-self.patch_frames // spectrogram.shape[1])
            spectrogram = np.tile(spectrogram, (1, repeats))[:, : self.patch_frames]
        windows = np.lib.stride_tricks.sliding_window_view(spectrogram, self.patch_frames, axis=1)
        return windows[:, :: self.hop_frames].transpose(1, 0, 2)

    def _ordered(self, patches: NDArray[np.float32]) -> NDArray[np.float32]:
        if self.axes.index("t") < self.axes.index("m"):
            patches = patches.transpose(0, 2, 1)
        if "1" in self.axes:
            patches = np.expand_dims(patches, self.axes.index("1"))
        return np.ascontiguousarray(patches)


def layout_of(
    source: Port, n_mels: int, *, axes: str | None = None, patch: int | None = None, hop: int | None = None
) -> Layout:
    """Return the layout of a model's input: what its shape says, completed by what a person says.

    Parameters
    ----------
    source: the model's input.
    n_mels: bands of the front end.
    axes, patch, hop: layout, frames of a patch, and from one patch to the next (half a patch).

    Raises
    ------
    ModelError: the input has no place for that many bands, or more than one and nobody said which.
    """
    fitting = [one for one in LAYOUTS if _fits(source.shape, one, n_mels)]
    if axes is not None:
        chosen = axes if axes in fitting else None
    else:
        chosen = _the_one(source.shape, fitting, n_mels)
    if chosen is None:
        raise ModelError(_why_not(source, n_mels, fitting, axes))
    length = source.shape[chosen.index("t")]
    if length is not None and patch not in (None, length):
        raise ModelError(f"the model's patches have {length} frames, not {patch}")
    frames = length or patch
    step = hop or max(1, (frames or 1) // 2)
    return Layout(chosen, frames, step, source.shape[0])


def _fits(shape: tuple[int | None, ...], axes: str, n_mels: int) -> bool:
    wanted = {"m": n_mels, "1": 1}
    return len(shape) == len(axes) and all(
        size in (None, wanted.get(axis, size)) for size, axis in zip(shape, axes, strict=True)
    )


def _the_one(shape: tuple[int | None, ...], fitting: list[str], n_mels: int) -> str | None:
    """Return the layout that most sizes of the input speak for; a free axis proves nothing."""
    sure = [one for one in fitting if shape[one.index("m")] == n_mels]
    ones = [shape[one.index("1")] == 1 if "1" in one else True for one in sure]
    best = [one for one, proven in zip(sure, ones, strict=True) if proven] or sure
    return best[0] if len(best) == 1 else None


def _why_not(source: Port, n_mels: int, fitting: list[str], axes: str | None) -> str:
    if axes is not None and axes not in LAYOUTS:
        return f"layout {axes!r}: it must be one of {', '.join(LAYOUTS)}"
    is_open = n_mels in source.shape or not any(size and size > 1 for size in source.shape[1:])
    if axes is None and fitting and is_open:
        return f"the model's input {source} could be {' or '.join(fitting)}: say which with --layout"
    layout = f" as {axes}" if axes else ""
    return (
        f"the model's input {source} cannot take spectrograms of {n_mels} bands{layout}: "
        "is this the front end that the model was trained with?"
    )
