import json

import numpy as np
import pytest

from musicai.errors import ConfigError, ModelError
from musicai.training.evaluation.doubts import GTZAN
from musicai.training.evaluation.evaluate import evaluate
from musicai.training.evaluation.figures import Evaluation
from musicai.training.metrics import among_highest, calibration_error

from .made_up import GENRES, answers


def one_hot(guesses: list[int], sure: float = 0.7) -> np.ndarray:
    scores = np.full((len(guesses), 4), (1 - sure) / 3)
    scores[np.arange(len(guesses)), guesses] = sure
    return scores


def test_figures_computed_by_hand():
    # blues twice right and once taken for jazz; jazz right; polka taken for rock twice; no rock
    labels = np.array([0, 0, 0, 1, 2, 2])
    level = evaluate(one_hot([0, 0, 1, 1, 3, 3]), labels, range(6), GENRES).tracks
    assert level.count == 6
    assert level.accuracy.value == pytest.approx(3 / 6)
    blues, jazz, polka, rock = level.per_genre.values()
    assert (blues.precision.value, blues.recall.value, blues.f1.value) == pytest.approx((1, 2 / 3, 0.8))
    assert (jazz.precision.value, jazz.recall.value, jazz.f1.value) == pytest.approx((0.5, 1, 2 / 3))
    assert (polka.precision.value, polka.recall.value, polka.f1.value) == (0, 0, 0)
    assert (rock.support, rock.answers, rock.precision.value) == (0, 2, 0)
    # over the genres that occur
    assert level.macro_f1.value == pytest.approx((0.8 + 2 / 3 + 0) / 3)
    assert level.log_loss.value == pytest.approx(-(3 * np.log(0.7) + 3 * np.log(0.1)) / 6)
    assert level.confusion.counts == ((2, 1, 0, 0), (0, 1, 0, 0), (0, 0, 0, 2), (0, 0, 0, 0))
    # all confidences lie in one bin: 0.7 said, a half right
    assert level.reliability.error.value == pytest.approx(0.2)


def test_what_cannot_be_known_has_an_interval_of_everything():
    level = evaluate(one_hot([0, 0, 1, 1, 3, 3]), np.array([0, 0, 0, 1, 2, 2]), range(6), GENRES).tracks
    rock, polka = level.per_genre["rock"].recall, level.per_genre["polka"].precision
    assert (rock.low, rock.high) == (polka.low, polka.high) == (0, 1)


def test_a_track_is_the_mean_of_its_excerpts():
    scores = np.array([[0.9, 0.1], [0.4, 0.6], [0.3, 0.7], [0.2, 0.8]])
    found = evaluate(scores, np.array([0, 0, 0, 1]), ["a", "a", "b", "c"], ("blues", "jazz"))
    assert (found.excerpts.count, found.tracks.count) == (4, 3)
    assert found.excerpts.accuracy.value == pytest.approx(2 / 4)
    assert found.tracks.accuracy.value == pytest.approx(2 / 3)
    assert found.tracks.log_loss.value == pytest.approx(-np.log([0.65, 0.3, 0.8]).mean())


def test_intervals_are_those_of_a_bootstrap_written_out():
    probabilities, labels = answers(120, seed=3)
    tracks = np.arange(120) // 2
    labels = np.repeat(labels[::2], 2)
    found = evaluate(probabilities, labels, tracks, GENRES, resamples=400, seed=5)
    random, seen = np.random.default_rng(9), []
    for _ in range(2000):
        rows = np.concatenate([np.flatnonzero(tracks == t) for t in random.integers(0, 60, 60)])
        guesses, truth = probabilities[rows].argmax(axis=1), labels[rows]
        hit = np.sum((guesses == 1) & (truth == 1))
        top = among_highest(probabilities[rows], truth, 3)
        error = calibration_error(probabilities[rows], truth)
        cell = np.sum((guesses == 2) & (truth == 0)) / np.sum(truth == 0)
        precision = hit / np.sum(guesses == 1)
        f1 = 2 * hit / (np.sum(guesses == 1) + np.sum(truth == 1))
        seen.append((np.mean(guesses == truth), top.mean(), precision, f1, cell, error))
    low, high = np.percentile(seen, [2.5, 97.5], axis=0)
    level = found.excerpts
    jazz = level.per_genre["jazz"]
    for k, figure in enumerate((level.accuracy, level.top_3, jazz.precision, jazz.f1)):
        assert (figure.low, figure.high) == pytest.approx((low[k], high[k]), abs=0.03)
    cell = (level.confusion.low[0][2], level.confusion.high[0][2])
    assert cell == pytest.approx((low[4], high[4]), abs=0.03)
    width = level.reliability.error.high - level.reliability.error.low
    assert width == pytest.approx(high[5] - low[5], abs=0.03)


def test_nineteen_of_twenty_intervals_hold_the_truth_and_are_no_wider_than_they_must():
    skill, rows, lists = 1.5, 150, 120
    truth = evaluate(*_list(20_000, 1, skill), resamples=1).tracks.accuracy.value
    figures = [
        evaluate(*_list(rows, 100 + seed, skill), resamples=200).tracks.accuracy for seed in range(lists)
    ]
    held = sum(figure.low <= truth <= figure.high for figure in figures)
    assert held / lists >= 0.95 - 3 * np.sqrt(0.95 * 0.05 / lists)
    width = np.mean([figure.high - figure.low for figure in figures])
    assert width == pytest.approx(2 * 1.96 * np.sqrt(truth * (1 - truth) / rows), rel=0.1)


def _list(rows, seed, skill):
    probabilities, labels = answers(rows, seed, skill)
    return probabilities, labels, range(rows), GENRES


def test_an_evaluation_survives_its_json():
    found = evaluate(*_list(60, 2, 2.0), leaks=("one sound on both sides",))
    text = json.dumps(found.to_json())
    again = Evaluation.from_json(json.loads(text))
    assert again.to_json() == found.to_json()
    assert again.tracks.per_genre["jazz"].recall.value == pytest.approx(
        found.tracks.per_genre["jazz"].recall.value, abs=1e-5
    )
    assert again.warnings[-1] == "one sound on both sides"
    for wrong in ([], {"format": 2}, {**found.to_json(), "tracks": {}}, {**found.to_json(), "colour": 1}):
        with pytest.raises(ConfigError, match="evaluation"):
            Evaluation.from_json(wrong)


def test_more_than_perfect_on_gtzan_is_suspect_and_few_tracks_say_little():
    labels = np.arange(200) % 10
    scores = np.full((200, 10), 0.02)
    scores[np.arange(200), labels] = 0.82
    assert "leak" in " ".join(evaluate(scores, labels, range(200), sorted(GTZAN)).warnings)
    assert not evaluate(scores, labels, range(200), [f"own {k}" for k in range(10)]).warnings
    few = evaluate(*_list(8, 1, 2.0)).warnings
    assert any("fewer than 10" in warning for warning in few)


def test_answers_that_cannot_be_measured_are_refused():
    probabilities, labels = answers(10, seed=0)
    with pytest.raises(ModelError, match="diverged"):
        evaluate(probabilities * np.nan, labels, range(10), GENRES)
    with pytest.raises(ConfigError, match="no track"):
        evaluate(probabilities[:0], labels[:0], [], GENRES)
    with pytest.raises(ConfigError, match="two different genres"):
        evaluate(probabilities, np.arange(10) % 4, [1] * 10, GENRES)
