"""Mean and standard deviation of each channel of many pictures, exactly and a few at a time."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

_CHANNELS = 3


class ChannelLevels:
    """Counts how often each level stands in each channel: no sum of floats, no picture kept."""

    def __init__(self) -> None:
        self._counts = np.zeros((_CHANNELS, 256), dtype=np.int64)

    def add(self, pictures: NDArray[np.uint8]) -> None:
        """Take pictures of shape (..., 3, height, width)."""
        for channel in range(_CHANNELS):
            levels = pictures[..., channel, :, :]
            self._counts[channel] += np.bincount(levels.ravel(), minlength=256)

    @property
    def mean(self) -> tuple[float, ...]:
        """Mean of each channel, levels 0..1."""
        return _rounded(self._share @ self._levels)

    @property
    def std(self) -> tuple[float, ...]:
        """Standard deviation of each channel over all pixels, levels 0..1."""
        mean = self._share @ self._levels
        return _rounded(np.sqrt(np.maximum(self._share @ self._levels**2 - mean**2, 0)))

    @property
    def _levels(self) -> NDArray[np.float64]:
        return np.arange(256) / 255

    @property
    def _share(self) -> NDArray[np.float64]:
        share: NDArray[np.float64] = self._counts / np.maximum(self._counts.sum(axis=1, keepdims=True), 1)
        return share


def _rounded(values: NDArray[Any]) -> tuple[float, ...]:
    return tuple(round(float(value), 6) for value in values)
