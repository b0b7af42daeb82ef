"""What every model that comes with MusicAI must do."""

import json

import numpy as np
import pytest
import soundfile as sf
import soxr

from musicai.audio.spectrogram import compute
from musicai.models.ever_shipped import came_with_the_package
from musicai.models.inference import load_classifier
from musicai.models.side_car import CARD_FILE, WEIGHTS_FILE
from musicai.models.store import DEFAULT_MODEL, SHIPPED

RATE, SECONDS = 22_050, 30
T = np.arange(RATE * SECONDS) / RATE
GENRES = ("blues", "classical", "country", "disco", "hiphop", "jazz", "metal", "pop", "reggae", "rock")


def noise(slope):
    spectrum = np.fft.rfft(np.random.default_rng(8).standard_normal(len(T)))
    y = np.fft.irfft(spectrum * np.maximum(np.fft.rfftfreq(len(T), 1 / RATE), 10) ** (-slope / 2))
    return 0.2 * y / y.std()


NO_MUSIC = {
    "white noise": lambda: noise(0),
    "pink noise": lambda: noise(1),
    "brown noise": lambda: noise(2),
    "a sine": lambda: 0.5 * np.sin(2 * np.pi * 440 * T),
    "a sweep": lambda: 0.5 * np.sin(2 * np.pi * (100 + 120 * T) * T),
    "mains hum": lambda: sum(np.sin(2 * np.pi * 50 * k * T) / k for k in range(1, 20)) / 4,
    "clicks": lambda: (np.arange(len(T)) % (RATE // 2) < 20).astype(float),
    "silence": lambda: np.zeros_like(T),
    "noise in gusts": lambda: noise(0.5) * (1 + np.sin(2 * np.pi * 0.4 * T)),
}


@pytest.fixture(scope="module")
def classifier():
    return load_classifier(SHIPPED / DEFAULT_MODEL)


def scores_of(classifier, y):
    return classifier.scores(compute(np.asarray(y, np.float32), classifier.side_car.front_end))


@pytest.mark.parametrize("folder", sorted(SHIPPED.iterdir()), ids=lambda folder: folder.name)
def test_it_loads_is_what_its_side_car_says_and_small(folder):
    side_car = load_classifier(folder).side_car  # compares the digest of the weights
    assert side_car.name == folder.name
    assert came_with_the_package(side_car.name, side_car.weights_sha256)
    assert (folder / WEIGHTS_FILE).stat().st_size < 10_000_000
    assert f"{side_car.metrics['accuracy']:.2f}" in (folder / CARD_FILE).read_text("utf-8")


@pytest.mark.parametrize("sound", NO_MUSIC)
@pytest.mark.parametrize("seconds", [30, 5])
def test_what_is_no_music_ends_as_unknown(classifier, sound, seconds):
    scores = scores_of(classifier, NO_MUSIC[sound]()[: seconds * RATE])
    assert scores.max() < classifier.side_car.threshold


@pytest.mark.parametrize("frames", [1, 3, 31, 32, 40, 344, 1000])
def test_excerpts_of_any_length_get_scores_that_sum_to_one(classifier, frames):
    spectrogram = np.random.default_rng(1).standard_normal((80, frames)).astype(np.float32)
    assert classifier.scores(spectrogram).sum() == pytest.approx(1, abs=1e-4)


def test_speech_and_a_bird_end_as_unknown(classifier, shared_data):
    for name in ("198-209-0000.hq.ogg", "456440__inspectorj__bird-whistling-robin-single-13.hq.ogg"):
        y, rate = sf.read(shared_data / "library" / name, dtype="float32", always_2d=True)
        scores = scores_of(classifier, soxr.resample(y.mean(axis=1), rate, RATE))
        assert scores.max() < classifier.side_car.threshold, name


def clips(shared_data):
    """One clip of each genre."""
    for genre in GENRES:
        file = sorted((shared_data / "gtzan" / "audio" / genre).glob("*.flac"))[1]
        yield sf.read(file, dtype="float32")[0][: RATE * SECONDS]


def test_music_keeps_its_genre_through_a_low_sample_rate_a_quiet_copy_and_another_start(
    classifier, shared_data
):
    changes = {
        "quieter": lambda y: y / 2,
        "16 kHz": lambda y: soxr.resample(soxr.resample(y, RATE, 16_000), 16_000, RATE),
        "shifted": lambda y: y[10 * RATE :],
    }
    kept = dict.fromkeys(changes, 0)
    for y in clips(shared_data):
        guess = scores_of(classifier, y).argmax()
        for name, change in changes.items():
            kept[name] += int(scores_of(classifier, change(y)).argmax() == guess)
    assert min(kept.values()) >= 9, kept


def test_the_side_car_names_what_the_weights_learned_from(classifier):
    data = classifier.side_car.data
    assert set(data["metrics_weights_trained_on"]) < set(data["weights_trained_on"])
    assert json.loads(json.dumps(classifier.side_car.to_json()))["terms"]
