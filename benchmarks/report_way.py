"""The university report's way from a sound file to a genre, as its text and its excerpts of code tell it.

librosa loads the file; a mel spectrogram with its defaults goes through ``amplitude_to_db(S, ref=np.min)``
and ``specshow(x_axis="time", y_axis="log")`` into a picture of 432 x 288 pixels, which is saved as PNG;
Pillow trims the white border and resizes the rest; ``ToTensor`` and the normalisation follow, then
MiniAlexNet in ``eval()``: three convolutions with max-pooling before the ReLU and batch norms between,
three linear layers with dropout. Of the linear layers the report gives the first alone, for its smaller
network: ``Linear(outChannels * 32 * 32, outChannels * 16 * 16)``, which fits this one too.
"""

from pathlib import Path

import librosa
import librosa.display
import matplotlib as mpl
import numpy as np
import torch
from matplotlib import pyplot as plt
from numpy.typing import NDArray
from PIL import Image, ImageChops
from torch import Tensor, nn

mpl.use("Agg")
SIZE = 128
_MEAN = torch.tensor([0.1489925, 0.05465949, 0.17116481]).view(3, 1, 1)
_STD = torch.tensor([0.20587373, 0.08150823, 0.17132577]).view(3, 1, 1)


class MiniAlexNet(nn.Module):
    """The report's deeper network."""

    def __init__(self, channels: int = 16, genres: int = 10) -> None:
        super().__init__()
        self.features = nn.Sequential(
            *_stage(3, channels),
            nn.BatchNorm2d(channels),
            *_stage(channels, channels * 2),
            nn.BatchNorm2d(channels * 2),
            *_stage(channels * 2, channels * 4),
        )
        self.classifier = nn.Sequential(
            *_dense(channels * 32 * 32, channels * 16 * 16),
            *_dense(channels * 16 * 16, 512),
            nn.Dropout(0.5),
            nn.Linear(512, genres),
        )

    def forward(self, x: Tensor) -> Tensor:
        """(B, 3, 128, 128) to logits (B, genres)."""
        return self.classifier(self.features(x).flatten(1))  # type: ignore[no-any-return]


def _stage(inputs: int, outputs: int) -> list[nn.Module]:
    return [nn.Conv2d(inputs, outputs, kernel_size=2, stride=1, padding=1), nn.MaxPool2d(2), nn.ReLU()]


def _dense(inputs: int, outputs: int) -> list[nn.Module]:
    return [nn.Dropout(0.5), nn.BatchNorm1d(inputs), nn.Linear(inputs, outputs), nn.ReLU()]


def draw(path: Path, picture: Path) -> None:
    """Draw the spectrogram of a sound file as the report does."""
    data, rate = librosa.load(path)
    mel = librosa.feature.melspectrogram(y=data, sr=rate)
    decibel = librosa.amplitude_to_db(mel, ref=np.min)
    figure = plt.figure(figsize=(4.32, 2.88), dpi=100)
    librosa.display.specshow(decibel, sr=rate, hop_length=512, x_axis="time", y_axis="log")
    plt.axis("off")
    plt.savefig(picture)
    plt.close(figure)


def trim(picture: Image.Image) -> Image.Image:
    """Cut off the border that has the colour of the first pixel."""
    border = Image.new(picture.mode, picture.size, picture.getpixel((0, 0)))
    return picture.crop(ImageChops.difference(picture, border).getbbox())


def listen(network: nn.Module, path: Path, picture: Path) -> NDArray[np.float32]:
    """Return the scores of a sound file, shape (genres,)."""
    draw(path, picture)
    with Image.open(picture) as image:
        small = trim(image.convert("RGB")).resize((SIZE, SIZE))
    x = torch.from_numpy(np.array(small)).permute(2, 0, 1).float().div(255)  # what ToTensor does
    with torch.inference_mode():
        scores: NDArray[np.float32] = torch.softmax(network(((x - _MEAN) / _STD)[None])[0], dim=0).numpy()
    return scores
