import numpy as np
import pytest

from musicai.errors import ConfigError
from musicai.training.calibration import (
    LEAST_COVERAGE,
    PRECISION,
    choose_threshold,
    cross_fit,
    fit_temperature,
)
from musicai.training.evaluation.summary import summary
from musicai.training.metrics import accuracy, among_highest, calibration_error, softmax


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


def test_tracks_are_never_divided_and_intervals_hold_their_figures(honest):
    logits, labels = honest
    twice = np.concatenate([np.arange(300), np.arange(300)])
    copies, measured = cross_fit(logits[twice], labels[twice], tracks=list(twice))
    np.testing.assert_allclose(copies.sum(axis=1), 1)
    assert measured.precision_interval[0] < measured.precision < measured.precision_interval[1]
    assert measured.coverage_interval[0] < measured.coverage < measured.coverage_interval[1]
    # each copy gets the temperature of other tracks: a track that is there twice gives nothing away
    np.testing.assert_allclose(copies, cross_fit(logits[:300], labels[:300])[0][twice])
    with pytest.raises(ConfigError, match="two held-out tracks"):
        cross_fit(logits[[0] * 4], labels[[0] * 4], tracks=["one"] * 4)


def test_the_temperature_is_that_of_tracks():
    """Of excerpts that each are honest, the mean is too modest: a track needs a lower temperature."""
    random = np.random.default_rng(3)
    labels = random.integers(0, 4, 400)
    logits = (3 * np.eye(4)[labels][:, None] + 2.5 * random.standard_normal((400, 3, 4))).astype(np.float32)
    rows, of_rows = logits.reshape(-1, 4), labels.repeat(3)
    tracks = list(np.arange(400).repeat(3))
    alone, together = fit_temperature(rows, of_rows), fit_temperature(rows, of_rows, tracks)
    assert together < 0.8 * alone

    def error(temperature):
        return calibration_error(softmax(rows, temperature).reshape(400, 3, 4).mean(axis=1), labels)

    assert error(together) < error(alone)
    crossed, measured = cross_fit(rows, of_rows, tracks=tracks)
    assert calibration_error(crossed.reshape(400, 3, 4).mean(axis=1), labels) < error(alone)
    assert measured.precision == pytest.approx(PRECISION, abs=0.04)


def test_calibration_error_by_hand():
    # 0.64 said, 1 of 2 right; 0.9 said, 1 of 1 right; 0.6, the upper end of the bin below, 0 of 1
    scores = np.array([[0.64, 0.36], [0.64, 0.36], [0.9, 0.1], [0.6, 0.4]])
    labels = np.array([0, 1, 0, 1])
    by_hand = (2 * abs(0.64 - 0.5) + abs(0.9 - 1) + abs(0.6 - 0)) / 4
    assert calibration_error(scores, labels) == pytest.approx(by_hand)


def test_calibration_error_agrees_with_the_definition_written_out(honest):
    logits, labels = honest
    scores = softmax(logits)
    confidence, right = scores.max(axis=1), scores.argmax(axis=1) == labels
    total = 0.0
    for m in range(1, 16):
        inside = (confidence > (m - 1) / 15) & (confidence <= m / 15)
        if inside.any():
            total += inside.sum() / len(labels) * abs(right[inside].mean() - confidence[inside].mean())
    assert calibration_error(scores, labels) == pytest.approx(total)


def test_the_highest_places_count_equal_scores_in_order():
    scores = np.array([[0.2, 0.2, 0.6], [0.2, 0.2, 0.6], [0.1, 0.3, 0.6]])
    assert among_highest(scores, np.array([0, 1, 0]), 2).tolist() == [True, False, False]
    assert among_highest(scores, np.array([2, 0, 1]), 1).tolist() == [True, False, False]


def test_figures_of_a_known_case():
    scores = np.eye(3)[[0, 0, 1, 2]]
    labels = np.array([0, 1, 1, 2])
    assert accuracy(scores, labels) == 0.75
    figures = summary(scores, labels, ("a", "b", "c"))
    assert figures["per_genre"]["a"] == {"precision": 0.5, "recall": 1.0, "f1": 0.67, "clips": 1}
    low, high = figures["accuracy_interval_95"]
    assert low < 0.75 < high
    assert (figures["clips"], figures["accuracy"]) == (4, 0.75)
