import numpy as np
import pytest
from PIL import Image

from musicai.models.threads import use_threads
from musicai.training.dataset import Dataset
from musicai.training.recipe import Augmentation, Recipe

GENRES = ("high", "low", "pulse")
CALM = Augmentation(shift=0.5, tempo=0.02, mask_bands=4, mask_frames=4, low_pass=0.1)
SMALL = Recipe(
    arguments={"stem": 4, "widths": [6, 8], "head": 12, "dropout": 0.0},
    augmentation=CALM,
    epochs=10,
    batch=12,
    crop_frames=40,
    peak_rate=0.01,
    averaging=0.8,
)
RADIAL = Recipe(architecture="radial", arguments={"sharpness": 0.5}, augmentation=CALM, copies=1)

PAINTED = Recipe(
    architecture="lenet_color",
    arguments={"size_input": 16, "out_channels": 4, "dropout": 0.2, "batch_norm_1d": True},
    augmentation=Augmentation(mixup=0.0),
    epochs=8,
    batch=12,
    peak_rate=0.02,
    momentum=0.5,
    optimiser="sgd",
    schedule="constant",
    last_batch="keep",
    weight_decay=0.0,
    label_smoothing=0.0,
    averaging=0.0,
    jitter=0.33,
)
"""The report's recipe, for small pictures."""


def painted(clips: int, seed: int, size: int = 16) -> Dataset:
    """RGB pictures of three made-up genres."""
    random = np.random.default_rng(seed)
    labels = np.arange(clips) % 3
    x = random.integers(0, 120, (clips, 3, size, size), dtype=np.uint8)
    x[labels == 0, :, : size // 2] += 100
    x[labels == 1, :, size // 2 :] += 100
    x[labels == 2, :, :, ::4] += 100
    return Dataset(tuple(f"{GENRES[g]}.{i:05}" for i, g in enumerate(labels)), x, labels, GENRES)


def pictures(clips: int, seed: int, frames: int = 60) -> Dataset:
    """Three made-up genres: energy at the top, at the bottom, and in pulses."""
    random = np.random.default_rng(seed)
    labels = np.arange(clips) % 3
    x = random.standard_normal((clips, 80, frames)).astype(np.float32)
    x[labels == 0, 50:] += 1.5
    x[labels == 1, :30] += 1.5
    x[labels == 2, :, ::6] += 2.0
    x -= x.mean(axis=(1, 2), keepdims=True)
    x /= x.std(axis=(1, 2), keepdims=True)
    return Dataset(tuple(f"{GENRES[g]}.{i:05}" for i, g in enumerate(labels)), x, labels, GENRES)


@pytest.fixture(scope="session", autouse=True)
def _one_thread():
    use_threads(1)  # networks this small gain nothing from more, and wait for busy cores


@pytest.fixture(scope="session")
def image_folder(tmp_path_factory):
    """Pictures of the made-up genres as PNG files like the shared ones, with two split lists."""
    folder = tmp_path_factory.mktemp("images")
    random = np.random.default_rng(0)
    data = pictures(42, seed=3, frames=50)
    for name, picture in zip(data.ids, data.spectrograms, strict=True):
        tall = np.repeat(picture, 7, axis=0)[:544]
        tall = np.pad(tall, ((0, 544 - len(tall)), (0, 0)), mode="edge") + 0.1 * random.standard_normal(
            (544, 50)
        )
        pixels = np.clip(128 + 30 * tall[::-1], 0, 255).astype(np.uint8)
        genre = folder / name.split(".")[0]
        genre.mkdir(exist_ok=True)
        Image.fromarray(pixels).save(genre / f"{name}.png")
    (folder / "train.txt").write_text("\n".join(data.ids[:27]) + "\n")
    (folder / "valid.txt").write_text("\n".join(data.ids[27:]) + "\n")
    return folder
