import json

import numpy as np
import pytest
from scipy import stats

from musicai.errors import ConfigError
from musicai.training.evaluation.gate import gate
from musicai.training.evaluation.held_out import HeldOut, aligned, read_held_out, write_held_out
from musicai.training.evaluation.paired import compare, mcnemar

from .made_up import answers, held_out


@pytest.mark.parametrize(("only_a", "only_b"), [(0, 0), (5, 0), (9, 2), (2, 9), (12, 12)])
@pytest.mark.parametrize("alternative", ["two-sided", "greater"])
def test_mcnemar_is_a_binomial_test_of_the_tracks_that_one_alone_got_right(only_a, only_b, alternative):
    a = np.array([True] * only_a + [False] * only_b + [True] * 7 + [False] * 4)
    b = np.array([False] * only_a + [True] * only_b + [True] * 7 + [False] * 4)
    n = only_a + only_b
    expected = stats.binomtest(only_a, n, 0.5, alternative=alternative).pvalue if n else 1.0
    assert mcnemar(a, b, alternative=alternative) == pytest.approx(expected)


def test_five_to_nothing_by_hand():
    a, b = np.ones(5, dtype=bool), np.zeros(5, dtype=bool)
    assert mcnemar(a, b) == pytest.approx(2 / 2**5)


def test_a_comparison_counts_right():
    found = compare(held_out(100, 80), held_out(100, 60, first=10))
    assert (found.accuracy_a, found.accuracy_b, found.tracks, found.left_out) == (0.8, 0.6, 100, 0)
    assert (found.only_a_right, found.only_b_right) == (20, 0)
    assert found.difference.value == pytest.approx(0.2)
    assert 0.1 < found.difference.low < 0.2 < found.difference.high < 0.3
    assert found.better == "a"
    # both say 0.7: the errors are 0.1 each
    assert found.calibration_error.value == pytest.approx(0, abs=1e-6)
    loss = -(0.8 * np.log(0.7) + 0.2 * np.log(0.3)) + 0.6 * np.log(0.7) + 0.4 * np.log(0.3)
    assert found.log_loss.value == pytest.approx(loss, abs=1e-5)


def test_of_two_models_that_are_equally_good_few_seem_better():
    passed = 0
    for seed in range(100):
        scores, labels = answers(150, seed)
        others = answers(150, 1000 + seed)[0][:, np.arange(4)]
        random = np.random.default_rng(seed)
        # the same chance of being right on each track, independently
        second = np.where(random.random(150)[:, None] < 0.5, scores, others)
        first = np.where(random.random(150)[:, None] < 0.5, scores, others)
        names = tuple(map(str, range(150)))
        genres = ("a", "b", "c", "d")
        pair = [HeldOut(names, labels, s.astype(np.float32), genres) for s in (first, second)]
        passed += gate(*pair, resamples=200).passed
    assert passed <= 8


@pytest.mark.parametrize("test", ["mcnemar", "bootstrap"])
def test_the_gate(test):
    active = held_out(100, 70)
    better, same = held_out(100, 84, confidence=0.83), held_out(100, 71)
    worse = held_out(100, 60)
    verdict = gate(better, active, test=test)
    assert verdict.passed, verdict.reasons
    assert not gate(same, active, test="mcnemar").passed
    assert "chance" in gate(same, active, test="mcnemar").reasons[0]
    assert not gate(worse, active, test=test).passed
    assert not gate(active, active, test=test).passed


def knowing_rock(answers: HeldOut) -> HeldOut:
    scores = np.hstack([answers.probabilities, np.zeros((len(answers), 1), np.float32)])
    return HeldOut(answers.names, answers.labels, scores, (*answers.genres, "rock"))


def test_a_candidate_may_learn_genres_and_forget_none():
    active, better = held_out(100, 70), held_out(100, 84, confidence=0.83)
    assert gate(knowing_rock(better), active).passed
    refused = gate(better, knowing_rock(active))
    assert not refused.passed
    assert refused.reasons[0] == "it does not know rock, which the active model knows"
    assert refused.reasons[1].startswith("accuracy 0.840 against 0.700")


def test_a_better_candidate_that_boasts_does_not_pass():
    verdict = gate(held_out(200, 170, confidence=0.999), held_out(200, 140))
    assert not verdict.passed
    assert "calibration error" in verdict.reasons[0]
    assert "log loss" in verdict.reasons[1]
    assert verdict.to_json()["comparison"]["only_a_right"] == 30


@pytest.mark.parametrize("wrong", [{"test": "t"}, {"alpha": 0}, {"alpha": 5}])
def test_a_gate_that_there_is_not_is_refused(wrong):
    with pytest.raises(ConfigError):
        gate(held_out(10, 5), held_out(10, 5), **wrong)


def test_answers_survive_their_file_to_the_last_bit(tmp_path):
    scores, labels = answers(30, seed=4)
    tracks = [f"Käse/{k // 2:02}" for k in range(30)]
    kept = HeldOut.of_excerpts(
        scores, np.repeat(labels[::2], 2), tracks, ("blues", "jazz", "polka", "rock")
    )
    write_held_out(tmp_path / "held_out.json", kept)
    again = read_held_out(tmp_path / "held_out.json")
    assert len(again) == 15
    assert again.names == kept.names
    np.testing.assert_array_equal(again.probabilities, kept.probabilities)
    np.testing.assert_array_equal(again.labels, kept.labels)
    assert [file.name for file in tmp_path.iterdir()] == ["held_out.json"]


def test_files_that_hold_no_answers_are_refused(tmp_path):
    file = tmp_path / "held_out.json"
    with pytest.raises(ConfigError, match=r"held_out\.json"):
        read_held_out(file)
    entry = {"genre": "jazz", "scores": [0.5]}
    unfit = {"format": 1, "genres": ["a", "b"], "split_sha256": "", "answers": {"x": entry}}
    for text in ("{", "[]", json.dumps(unfit)):
        file.write_text(text)
        with pytest.raises(ConfigError, match=r"held_out\.json"):
            read_held_out(file)


def test_lists_that_share_tracks_are_put_in_one_order_with_the_same_genres():
    a = held_out(10, 6)
    rows, columns = np.arange(9, 3, -1), [1, 0]
    names, turned = tuple(a.names[k] for k in rows), a.probabilities[rows][:, columns]
    b = HeldOut(names, 1 - a.labels[rows], turned, ("jazz", "blues"))
    first, second = aligned(a, b)
    assert first.names == second.names == a.names[4:]
    np.testing.assert_array_equal(first.probabilities, second.probabilities)
    assert compare(a, b).left_out == 4


def test_a_genre_that_one_model_does_not_know_is_left_out():
    a = held_out(6, 6)
    wide = np.column_stack([a.probabilities * 0.5, np.full(6, 0.5)]).astype(np.float32)
    labels = np.array([0, 1, 0, 1, 2, 2])
    b = HeldOut((*a.names[:4], "polka.1", "polka.2"), labels, wide, ("blues", "jazz", "polka"))
    first, second = aligned(a, b)
    assert first.genres == second.genres == ("blues", "jazz", "polka")
    assert len(first) == 4
    assert not first.probabilities[:, 2].any()


def test_lists_that_do_not_fit_are_refused():
    a = held_out(6, 6)
    strangers = HeldOut(tuple(f"x{k}" for k in range(6)), a.labels, a.probabilities, a.genres)
    with pytest.raises(ConfigError, match="no held-out track in common"):
        aligned(a, strangers)
    relabelled = HeldOut(a.names, 1 - a.labels, a.probabilities, a.genres)
    with pytest.raises(ConfigError, match=r"blues\.00000.*blues in one list and jazz"):
        aligned(a, relabelled)
    with pytest.raises(ConfigError, match="twice"):
        HeldOut(("a",) * 6, a.labels, a.probabilities, a.genres)
