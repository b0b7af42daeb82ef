"""A classifier that somebody else trained, imported as ONNX, answers for a folder of music."""

import json
from pathlib import Path

import librosa
import numpy as np
import pytest
import soundfile

from tests.acceptance.product import Product, assert_classified_once
from tests.acceptance.synth import RATE, clip, write_library
from tests.unit.models.onnx_models import matrix, small_onnx

GENRES = ["Electronic---Techno", "Hip Hop---Trap", "Jazz---Bop", "Rock---Grunge"]


def activations(y: np.ndarray) -> np.ndarray:
    """What an Essentia-like model of Discogs says: 128 frames of 96 bands, every 62 frames; a sigmoid."""
    y = librosa.resample(y, orig_sr=RATE, target_sr=16_000, res_type="soxr_hq")
    mel = librosa.feature.melspectrogram(
        y=y, sr=16_000, n_fft=512, hop_length=256, n_mels=96, window=np.hanning(512), pad_mode="constant"
    )
    bands = np.log10(1 + 10_000 * mel)
    patches = [bands[:, at : at + 128].mean(axis=1) for at in range(0, bands.shape[1] - 127, 62)]
    each = 1 / (1 + np.exp(-np.stack(patches) @ matrix(96, 4, seed=3)))
    shares = each / np.maximum(1, each.sum(axis=1, keepdims=True))
    return shares.mean(axis=0)


def test_a_model_of_discogs_styles(product: Product, tmp_path: Path) -> None:
    shape = (16, 128, 96)  # some of them take patches in batches of a fixed size
    content = small_onnx(
        genres=4, bands=96, shape=shape, time_axis=1, last="Sigmoid", second_output=True, seed=3
    )
    (tmp_path / "discogs.onnx").write_bytes(content)
    (tmp_path / "discogs.json").write_text(json.dumps({"classes": GENRES}))
    labels = ["--labels", tmp_path / "discogs.json", "--front-end", "musicnn", "--hop", "62"]
    view = product.json("models", "import", tmp_path / "discogs.onnx", *labels, "--threshold", "0.1")
    assert (view["name"], view["output"], view["axes"]) == ("discogs", "activations", "btm")

    library = tmp_path / "Music"
    write_library(library, 3, duration_s=12.0)
    job = product.json("enqueue", library, "--model", "discogs")
    assert_classified_once(product, job["id"], done=3)
    row = next(row for row in product.json("query", "--model", "discogs") if row["path"].endswith("1.flac"))
    shown = product.json("show", library / row["path"], "--model", "discogs")
    y, _ = soundfile.read(library / row["path"], dtype="float32")
    expected = dict(zip(GENRES, activations(y), strict=True))
    assert {genre: shown["scores"].get(genre, 0.0) for genre in GENRES} == pytest.approx(expected, abs=0.02)
    assert shown["genre"] == max(expected, key=lambda genre: expected[genre])
    assert clip(1, 12.0).shape == y.shape
