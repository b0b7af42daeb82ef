import numpy as np
import pytest

from musicai.training.calibration import (
    LEAST_COVERAGE,
    PRECISION,
    choose_threshold,
    cross_fit,
    fit_temperature,
)
from musicai.training.metrics import (
    accuracy,
    bootstrap_interval,
    calibration_error,
    per_genre,
    softmax,
    summary,
)


@pytest.fixture
def honest():
    """Logits and labels drawn from the very probabilities that the logits claim."""
    random = np.random.default_rng(0)
    logits = (2.5 * random.standard_normal((1500, 5))).astype(np.float32)
    labels = np.array([random.choice(5, p=p) for p in softmax(logits)])
    return logits, labels


@pytest.mark.parametrize("temperature", [0.5, 1.0, 3.0])
def test_the_temperature_is_found_again(honest, temperature):
    logits, labels = honest
    assert fit_temperature(logits * np.float32(temperature), labels) == pytest.approx(temperature, rel=0.15)


def test_calibration_makes_boastful_scores_honest(honest):
    logits, labels = honest
    boastful = logits * np.float32(4)
    probabilities, _ = cross_fit(boastful, labels)
    assert calibration_error(softmax(boastful), labels) > 0.1
    assert calibration_error(probabilities, labels) < 0.05


def test_the_threshold_reaches_the_wanted_precision_on_clips_it_did_not_see(honest):
    _, measured = cross_fit(*honest)
    assert measured.precision == pytest.approx(PRECISION, abs=0.03)
    assert measured.coverage > LEAST_COVERAGE


def test_a_threshold_that_nothing_reaches_still_leaves_the_least_coverage():
    random = np.random.default_rng(1)
    probabilities = random.dirichlet(np.ones(4), 400)
    threshold = choose_threshold(probabilities, random.integers(0, 4, 400))
    assert np.mean(probabilities.max(axis=1) >= threshold) == pytest.approx(LEAST_COVERAGE, abs=0.01)


def test_figures_of_a_known_case():
    scores = np.eye(3)[[0, 0, 1, 2]]
    labels = np.array([0, 1, 1, 2])
    assert accuracy(scores, labels) == 0.75
    assert per_genre(scores, labels, ("a", "b", "c"))["a"] == {"precision": 0.5, "recall": 1.0, "clips": 1}
    low, high = bootstrap_interval(scores, labels)
    assert low < 0.75 < high
    assert summary(scores, labels, ("a", "b", "c"))["clips"] == 4
