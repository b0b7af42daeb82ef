"""Labelled spectrograms for tests of training, in the form of the shared ones, and a recipe for seconds."""

import json
from pathlib import Path

import numpy as np
from PIL import Image

GENRES = ("high", "low", "pulse")


def write_spectrograms(folder: Path, count: int = 30, frames: int = 60) -> Path:
    """Write grey pictures of three made-up genres: energy at the top, at the bottom, and in pulses."""
    random = np.random.default_rng(5)
    for number in range(count):
        genre = GENRES[number % 3]
        x = random.normal(120, 25, (544, frames))
        rows = {"high": slice(0, 180), "low": slice(360, 544), "pulse": slice(None)}[genre]
        columns = slice(None, None, 6) if genre == "pulse" else slice(None)
        x[rows, columns] += 60
        file = folder / genre / f"{genre}.{number:05}.png"
        file.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.clip(x, 0, 255).astype(np.uint8)).save(file)
    return folder


def write_recipe(file: Path, epochs: int) -> Path:
    """Write a recipe of a tiny network."""
    recipe = {
        "architecture": "residual_cnn",
        "arguments": {"stem": 4, "widths": [6, 8], "head": 12, "dropout": 0.1},
        "augmentation": {"mask_bands": 4, "mask_frames": 4},
        "epochs": epochs,
        "batch": 8,
        "crop_frames": 40,
        "peak_rate": 0.01,
        "averaging": 0.8,
    }
    file.write_text(json.dumps({"members": [recipe]}), encoding="utf-8")
    return file
