import hashlib
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf
from safetensors.numpy import load_file, save_file

from musicai.audio.spectrogram import compute
from musicai.errors import ModelError
from musicai.models.inference import load_classifier, track_scores
from musicai.models.store import DEFAULT_MODEL, SHIPPED


def rewrite(folder, change_weights=None, **side_car):
    """Change a model's parts and keep its digest right."""
    file = folder / "model.safetensors"
    if change_weights:
        weights = load_file(file)
        change_weights(weights)
        save_file(weights, file)
    value = json.loads((folder / "model.json").read_text())
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    (folder / "model.json").write_text(json.dumps({**value, "weights_sha256": digest, **side_car}))


def random_spectrogram(frames):
    return np.random.default_rng(2).standard_normal((80, frames)).astype(np.float32)


@pytest.mark.parametrize("frames", [1, 5, 40, 344])
def test_scores_are_probabilities_for_any_length(model_folder, frames):
    scores = load_classifier(model_folder).scores(random_spectrogram(frames))
    assert scores.shape == (3,)
    assert scores.dtype == np.float32
    assert scores.sum() == pytest.approx(1, abs=1e-5)


def test_temperature_softens_the_scores(model_folder):
    x = random_spectrogram(100)
    sharp = load_classifier(model_folder).scores(x)
    value = json.loads((model_folder / "model.json").read_text())
    rewrite(model_folder, calibration={**value["calibration"], "temperature": 50.0})
    assert np.ptp(load_classifier(model_folder).scores(x)) < np.ptp(sharp)


def test_normalisation_is_applied(model_folder):
    x = random_spectrogram(100)
    plain = load_classifier(model_folder).scores((x - 1) / 2)
    rewrite(model_folder, normalisation={"mean": 1.0, "std": 2.0})
    np.testing.assert_allclose(load_classifier(model_folder).scores(x), plain, atol=1e-6)


def test_a_tracks_scores_are_the_mean_over_its_excerpts():
    excerpts = [np.array([0.5, 0.5], np.float32), np.array([1.0, 0.0], np.float32)]
    np.testing.assert_allclose(track_scores(excerpts), [0.75, 0.25])


@pytest.mark.parametrize("shape", [(79, 344), (80, 0), (80,)])
def test_a_spectrogram_of_another_front_end_is_refused(model_folder, shape):
    with pytest.raises(ModelError, match="80"):
        load_classifier(model_folder).scores(np.zeros(shape, np.float32))


def test_absent_weights_are_refused(model_folder):
    (model_folder / "model.safetensors").unlink()
    with pytest.raises(ModelError, match="cannot be read"):
        load_classifier(model_folder)


def test_other_weights_than_the_side_cars_are_refused(model_folder):
    file = model_folder / "model.safetensors"
    content = bytearray(file.read_bytes())
    content[-1] ^= 1
    file.write_bytes(content)
    with pytest.raises(ModelError, match="SHA-256"):
        load_classifier(model_folder)


def test_weights_in_another_form_are_refused(model_folder):
    (model_folder / "model.safetensors").write_bytes(b"\x80\x04 a pickle")
    rewrite(model_folder)
    with pytest.raises(ModelError, match="safetensors"):
        load_classifier(model_folder)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (lambda w: w.pop("output.bias"), "output.bias"),
        (lambda w: w.update(extra=np.zeros(3, np.float32)), "extra"),
        (lambda w: w.update({"output.bias": np.zeros(4, np.float32)}), "output.bias"),
        (lambda w: w.update({"output.bias": np.zeros(3, np.float64)}), "output.bias"),
    ],
)
def test_weights_of_another_network_are_refused_by_name(model_folder, change, named):
    rewrite(model_folder, change)
    with pytest.raises(ModelError, match=named):
        load_classifier(model_folder)


def test_another_number_of_genres_is_refused(model_folder):
    rewrite(model_folder, genres=["blues", "jazz"])
    with pytest.raises(ModelError, match="output"):
        load_classifier(model_folder)


def test_an_unknown_architecture_is_refused(model_folder):
    rewrite(model_folder, architecture={"name": "oracle", "arguments": {}})
    with pytest.raises(ModelError, match="oracle"):
        load_classifier(model_folder)


def test_the_shipped_model_classifies_classical_music(shared_data: Path):
    classifier = load_classifier(SHIPPED / DEFAULT_MODEL)
    y, sr = sf.read(shared_data / "gtzan" / "audio" / "classical" / "classical.00003.flac", dtype="float32")
    front_end = classifier.side_car.front_end
    assert sr == front_end.sample_rate
    scores = classifier.scores(compute(y[: int(front_end.excerpt_s * sr)], front_end))
    assert classifier.side_car.genres[int(scores.argmax())] == "classical"
    assert scores.max() >= classifier.side_car.threshold


def test_loading_a_model_needs_neither_librosa_nor_numba():
    """They cost a worker a hundred megabytes, and only the other front end needs them."""
    code = (
        "import sys, numpy as np\n"
        "from musicai.models.store import find\n"
        "from musicai.models.inference import load_classifier\n"
        "from musicai.audio.spectrogram import compute\n"
        "from musicai.config import Settings\n"
        "c = load_classifier(find('', Settings.from_env({}).model_store))\n"
        "c.scores(compute(np.zeros(90000, np.float32), c.side_car.front_end))\n"
        "print(*{'librosa', 'numba'} & set(sys.modules))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.strip()) == (0, ""), done.stderr
