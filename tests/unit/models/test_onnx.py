"""ONNX models: what goes in, what comes out, and what is refused."""

import hashlib
import pickle
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from musicai.errors import ModelError
from musicai.front_end import GTZAN_FRONT_END
from musicai.models.inference import load_classifier
from musicai.models.onnx_file import Port, open_onnx
from musicai.models.onnx_layout import Layout, layout_of
from musicai.models.onnx_network import OnnxNetwork, activate
from musicai.models.side_car import ONNX_FILE, Architecture, Calibration, write_side_car
from tests.unit.models.conftest import describe
from tests.unit.models.onnx_models import matrix, small_onnx, with_outside_weights

ARGUMENTS = {
    "axes": "b1mt",
    "patch_frames": None,
    "hop_frames": 1,
    "batch": None,
    "output": "logits",
    "activation": "softmax",
}


def spectrogram(frames: int = 60, bands: int = 80) -> np.ndarray:
    return np.random.default_rng(1).normal(size=(bands, frames)).astype(np.float32)


def write_onnx(folder: Path, content: bytes, **changes) -> Path:
    arguments = {**ARGUMENTS, **changes}
    folder.mkdir()
    (folder / ONNX_FILE).write_bytes(content)
    side_car = describe(
        hashlib.sha256(content).hexdigest(),
        name=folder.name,
        architecture=Architecture("onnx", arguments),
        calibration=Calibration(2.0, 0.5, None, None, "nothing"),
    )
    write_side_car(folder, side_car)
    return folder


def softmax(logits: np.ndarray) -> np.ndarray:
    exponents = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return exponents / exponents.sum(axis=-1, keepdims=True)


def test_a_model_answers_with_its_own_sums(tmp_path):
    classifier = load_classifier(write_onnx(tmp_path / "one", small_onnx()))
    x = spectrogram()
    expected = softmax(x.mean(axis=1) @ matrix(80, 3) / 2.0)  # the temperature
    np.testing.assert_allclose(classifier.scores(x), expected, rtol=1e-4)
    with torch.inference_mode():
        logarithms = classifier.network(torch.from_numpy(x)[None, None])
    np.testing.assert_allclose(
        softmax(logarithms.numpy())[0], softmax(x.mean(axis=1) @ matrix(80, 3)), 1e-4
    )


@pytest.mark.parametrize(
    ("axes", "shape", "time_axis"),
    [
        ("bmt", ("n", 80, 20), 2),
        ("btm", ("n", 20, 80), 1),
        ("b1tm", ("n", 1, 20, 80), 2),
        ("bmt1", ("n", 80, 20, 1), 2),
        ("btm1", (4, 20, 80, 1), 1),
    ],
)
def test_patches_are_cut_hopped_and_averaged(axes, shape, time_axis):
    content = small_onnx(shape=shape, time_axis=time_axis)
    file = open_onnx(content, "it")
    layout = layout_of(file.source, 80, hop=8)
    assert (layout.axes, layout.patch_frames) == (axes, 20)
    x = spectrogram(60)
    found = OnnxNetwork(file, layout, "logits", "softmax").probabilities(
        torch.from_numpy(x)[None, None], 1.0
    )
    starts = range(0, 41, 8)
    each = [softmax(x[:, start : start + 20].mean(axis=1) @ matrix(80, 3)) for start in starts]
    np.testing.assert_allclose(found[0].numpy(), np.mean(each, axis=0), rtol=1e-4)


def test_short_sound_is_repeated_to_a_patch():
    (batch, count), *rest = Layout("bmt", 20, 10).batches(spectrogram(7))
    assert not rest
    assert (batch.shape, count) == ((1, 80, 20), 1)
    np.testing.assert_array_equal(batch[0, :, 7:14], batch[0, :, :7])


def test_many_labels_share_what_fits():
    raw = np.log(
        np.array([[0.9, 0.6, 0.1], [0.1, 0.05, 0.05]])
        / (1 - np.array([[0.9, 0.6, 0.1], [0.1, 0.05, 0.05]]))
    )
    file = open_onnx(small_onnx(last="Sigmoid"), "it")
    np.testing.assert_allclose(activate(raw, "sigmoid", 1.0)[1], [0.1, 0.05, 0.05], rtol=1e-5)
    network = OnnxNetwork(file, Layout("b1mt"), "activations", "none")
    x = spectrogram()
    p = 1 / (1 + np.exp(-x.mean(axis=1) @ matrix(80, 3)))
    found = network.probabilities(torch.from_numpy(x)[None, None], 1.0)[0].numpy()
    np.testing.assert_allclose(found, p / max(1.0, p.sum()), rtol=1e-4)
    quiet = network.probabilities(torch.full((1, 1, 80, 40), 0.0), 1.0)[0].numpy()
    assert quiet.sum() == pytest.approx(1.0)  # three halves share one


@pytest.mark.parametrize(
    ("source", "n_mels", "said", "reason"),
    [
        (("n", 1, 96, "t"), 80, {}, "cannot take spectrograms of 80 bands"),
        (("n", 80), 80, {}, "cannot take"),
        (("n", "m", "t"), 80, {}, "say which with --layout"),
        (("n", 80, 80), 80, {}, "bmt or btm"),
        (("n", 80, 128), 80, {"patch": 96}, "128 frames, not 96"),
        (("n", 80, 128), 80, {"axes": "btm"}, "cannot take spectrograms of 80 bands as btm"),
        (("n", 80, 128), 80, {"axes": "tbm"}, "must be one of"),
    ],
)
def test_inputs_that_fit_no_spectrogram(source, n_mels, said, reason):
    port = Port("x", tuple(size if isinstance(size, int) else None for size in source))
    with pytest.raises(ModelError, match=reason):
        layout_of(port, n_mels, **said)


def test_weights_in_another_file_are_refused(tmp_path, monkeypatch):
    file = with_outside_weights(tmp_path)
    monkeypatch.chdir(tmp_path)  # where onnxruntime would look for them
    with pytest.raises(ModelError, match="another file"):
        open_onnx(file.read_bytes(), "it")


class Trap:
    def __init__(self, file):
        self.file = file

    def __reduce__(self):
        return Path.touch, (self.file,)


@pytest.mark.parametrize("form", ["pickle", "torch"])
def test_a_pickle_is_refused_and_never_opened(tmp_path, form):
    file = tmp_path / "model.onnx"
    if form == "pickle":
        file.write_bytes(pickle.dumps(Trap(tmp_path / "sprung")))
    else:
        torch.save(Trap(tmp_path / "sprung"), file)
    folder = write_onnx(tmp_path / "trap", file.read_bytes())
    with pytest.raises(ModelError, match=r"never opens one"):
        load_classifier(folder)
    assert not (tmp_path / "sprung").exists()


@pytest.mark.parametrize("content", [b"", b"not a model" * 50, small_onnx()[:-200]])
def test_what_is_no_model_is_refused(content):
    with pytest.raises(ModelError, match=r"no ONNX model|cannot be used"):
        open_onnx(content, "it")


def test_weights_that_were_changed_are_refused(tmp_path):
    folder = write_onnx(tmp_path / "one", small_onnx())
    (folder / ONNX_FILE).write_bytes(small_onnx(seed=9))
    with pytest.raises(ModelError, match="SHA-256"):
        load_classifier(folder)


def test_a_side_car_that_does_not_fit_is_refused(tmp_path):
    with pytest.raises(ModelError, match="5 values for each patch, and there are 3"):
        load_classifier(write_onnx(tmp_path / "a", small_onnx(genres=5)))
    with pytest.raises(ModelError, match="no output 'other'; it has logits"):
        load_classifier(write_onnx(tmp_path / "b", small_onnx(), output="other"))
    with pytest.raises(ModelError, match="layout 'xyz'"):
        load_classifier(write_onnx(tmp_path / "c", small_onnx(), axes="xyz"))
    classifier = load_classifier(write_onnx(tmp_path / "d", small_onnx()))
    with pytest.raises(ModelError, match="needs spectrograms of shape"):
        classifier.scores(spectrogram(bands=40))


def test_without_onnxruntime_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(ModelError, match=r"pip install 'musicai\[onnx\]'"):
        open_onnx(small_onnx(), "it")


def test_settings_that_came_later_leave_older_digests_alone():
    assert "mel_scale" not in GTZAN_FRONT_END.to_json()
    assert replace(GTZAN_FRONT_END, mel_scale="htk").digest != GTZAN_FRONT_END.digest
