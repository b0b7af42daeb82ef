"""Networks of the transformers library as backbones, from folders that the test writes."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch

from musicai.audio.spectrogram import compute
from musicai.cache.folder import CacheFolder
from musicai.cache.spectrograms import SpectrogramCache
from musicai.errors import ConfigError, ModelError
from musicai.front_end import FrontEnd
from musicai.models.inference import load_classifier
from musicai.models.side_car import Architecture
from musicai.models.weights import write_model
from musicai.training.backbone import embed, fit_backbone, open_backbone
from musicai.training.dataset import Dataset
from musicai.training.loop import logits_of
from musicai.training.recipe import Recipe
from tests.unit.models.conftest import GENRES, describe

transformers = pytest.importorskip("transformers")
SMALL = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 16}


@pytest.fixture
def wav2vec(tmp_path: Path) -> Path:
    torch.manual_seed(2)
    config = transformers.Wav2Vec2Config(
        **SMALL,
        conv_dim=(8, 8),
        conv_kernel=(10, 8),
        conv_stride=(10, 8),
        num_feat_extract_layers=2,
        num_conv_pos_embeddings=4,
        num_conv_pos_embedding_groups=2,
    )
    transformers.Wav2Vec2Model(config).save_pretrained(tmp_path / "wav2vec")
    transformers.Wav2Vec2FeatureExtractor().save_pretrained(tmp_path / "wav2vec")
    return tmp_path / "wav2vec"


@pytest.fixture
def ast(tmp_path: Path) -> Path:
    torch.manual_seed(2)
    config = transformers.ASTConfig(**SMALL, max_length=128, num_mel_bins=32)
    transformers.ASTModel(config).save_pretrained(tmp_path / "ast")
    extractor = transformers.ASTFeatureExtractor(num_mel_bins=32, max_length=128)
    extractor.save_pretrained(tmp_path / "ast")
    return tmp_path / "ast"


@pytest.fixture
def sounds() -> Dataset:
    """Twelve waveforms of a second in three genres: noise, a low and a high tone."""
    random = np.random.default_rng(0)
    t = np.arange(16_000) / 16_000
    labels = np.arange(12) % 3
    tones = [np.zeros_like(t), np.sin(2 * np.pi * 110 * t), np.sin(2 * np.pi * 3000 * t)]
    rows = [tones[label] + 0.2 * random.normal(size=len(t)) for label in labels]
    waves = np.stack(rows).astype(np.float32)[:, None]
    return Dataset(tuple(map(str, range(12))), waves, labels, GENRES)


@pytest.mark.parametrize("kind", ["wav2vec", "ast"])
def test_a_head_on_a_transformer(kind, sounds, tmp_path, request):
    source = request.getfixturevalue(kind)
    backbone = open_backbone(str(source))
    assert (backbone.front_end.kind, backbone.front_end.sample_rate) == ("wave", 16_000)
    assert embed(backbone, sounds).shape == (12, 16)
    network = fit_backbone(sounds, Recipe(architecture="backbone"), 1, backbone)
    assert (logits_of(network, sounds).argmax(axis=1) == sounds.labels).mean() > 0.7
    folder = tmp_path / "new"
    write_model(
        folder,
        network,
        lambda digest: describe(
            digest,
            name="new",
            architecture=Architecture("backbone", network.arguments),
            front_end=backbone.front_end,
        ),
    )
    shutil.rmtree(source)
    classifier = load_classifier(folder)
    spectrogram = compute(sounds.spectrograms[1, 0], classifier.side_car.front_end)
    expected = torch.softmax(torch.from_numpy(logits_of(network, sounds)[1]) / 1.3, dim=0)
    np.testing.assert_allclose(classifier.scores(spectrogram), expected.numpy(), rtol=1e-3, atol=1e-5)


def test_the_embedding_is_the_mean_of_the_last_layer(wav2vec, sounds):
    model = transformers.AutoModel.from_pretrained(wav2vec).eval()
    y = sounds.spectrograms[:2, 0]
    normalised = (y - y.mean(axis=1, keepdims=True)) / np.sqrt(y.var(axis=1, keepdims=True) + 1e-7)
    with torch.inference_mode():
        expected = model(torch.from_numpy(normalised)).last_hidden_state.mean(dim=1)
    found = embed(open_backbone(str(wav2vec)), sounds)[:2]
    np.testing.assert_allclose(found, expected.numpy(), rtol=1e-3, atol=1e-5)


def test_pickled_weights_and_foreign_code_are_refused(wav2vec, tmp_path):
    config = json.loads((wav2vec / "config.json").read_text())
    (wav2vec / "evil.py").write_text(f"open({str(tmp_path / 'sprung')!r}, 'w')\nclass Evil: pass\n")
    (wav2vec / "config.json").write_text(
        json.dumps({**config, "model_type": "evil", "auto_map": {"AutoConfig": "evil.Evil"}})
    )
    with pytest.raises((ModelError, ConfigError)):
        open_backbone(str(wav2vec))
    (wav2vec / "config.json").write_text(json.dumps(config))
    (wav2vec / "model.safetensors").unlink()
    torch.save({}, wav2vec / "pytorch_model.bin")
    with pytest.raises(ConfigError, match="safetensors"):
        open_backbone(str(wav2vec))
    assert not (tmp_path / "sprung").exists()


def test_a_feature_extractor_that_is_none_is_refused(wav2vec, sounds, tmp_path):
    network = fit_backbone(sounds, Recipe(), 1, open_backbone(str(wav2vec)))
    arguments = json.loads(json.dumps(network.arguments))
    arguments["body"]["extractor"]["feature_extractor_type"] = "AutoFeatureExtractor"
    write_model(
        tmp_path / "new",
        network,
        lambda digest: describe(
            digest,
            architecture=Architecture("backbone", arguments),
            front_end=open_backbone(str(wav2vec)).front_end,
        ),
    )
    with pytest.raises(ModelError, match="feature extractor"):
        load_classifier(tmp_path / "new")


def test_waveforms_are_never_kept_in_8_bits(tmp_path):
    front_end = FrontEnd(kind="wave", n_mels=1, n_fft=1, hop_length=1, f_max=8000.0, sample_rate=16_000)
    cache = SpectrogramCache(CacheFolder(tmp_path, 1_000_000_000))
    recorder = cache.recorder(front_end, whole=False)
    y = np.random.default_rng(0).normal(size=(1, 100)).astype(np.float32)
    assert recorder.take(0.0, 1.0, y) is y
    assert not recorder.keep("a1:0")
    assert cache.read("a1:0", front_end, whole=False) is None
    with pytest.raises(ModelError, match="wave needs"):
        FrontEnd(kind="wave")
