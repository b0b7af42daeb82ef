"""Files of experiments: what they say, and what is wrong with them."""

import pytest

from musicai.errors import ConfigError
from musicai.training.experiments.file import read_experiments

from .conftest import EXPERIMENTS


def test_the_shipped_file_is_the_reports_table():
    report = read_experiments("report")
    assert (report.ratios, report.split_seed, report.size) == ((0.8, 0.1, 0.1), 1337, 128)
    rows = [
        (
            r.network,
            r.batch,
            r.epochs,
            r.rate,
            r.momentum,
            r.batch_norm_1d,
            r.batch_norm_2d,
            r.jitter,
            r.dropout,
        )
        for r in report.rows
    ]
    assert rows == [
        ("lenet_color", 32, 200, 0.001, 0.5, False, False, 0.0, 0.0),
        ("lenet_color", 32, 200, 0.001, 0.5, False, False, 0.33, 0.5),
        ("lenet_color", 32, 200, 0.001, 0.5, False, False, 0.33, 0.2),
        ("lenet_color", 32, 200, 0.0001, 0.9, False, False, 0.33, 0.5),
        ("lenet_color", 32, 200, 0.001, 0.5, True, False, 0.33, 0.5),
        ("lenet_color", 64, 400, 0.001, 0.5, True, False, 0.33, 0.5),
        ("mini_alexnet", 32, 400, 0.001, 0.9, True, False, 0.33, 0.5),
        ("mini_alexnet", 32, 400, 0.001, 0.9, True, True, 0.33, 0.5),
        ("mini_alexnet", 64, 400, 0.0001, 0.9, True, True, 0.33, 0.5),
    ]
    assert [row.reported_test for row in report.rows] == [
        0.73,
        0.70,
        0.75,
        0.66,
        0.71,
        0.76,
        0.76,
        0.81,
        0.42,
    ]
    assert [row.reported_train for row in report.rows] == [
        0.95,
        0.99,
        1.0,
        0.84,
        0.96,
        0.99,
        0.96,
        0.99,
        0.43,
    ]


def test_a_row_is_trained_as_the_report_did_and_no_better():
    recipe = read_experiments("report").at_size(64).rows[7].recipe(64)
    assert recipe.architecture == "mini_alexnet"
    assert recipe.arguments == {
        "size_input": 64,
        "out_channels": 16,
        "dropout": 0.5,
        "batch_norm_1d": True,
        "batch_norm_2d": True,
    }
    assert (recipe.optimiser, recipe.schedule, recipe.last_batch) == ("sgd", "constant", "keep")
    assert not any(
        [recipe.weight_decay, recipe.label_smoothing, recipe.averaging, recipe.augmentation.mixup]
    )


@pytest.mark.parametrize(
    ("only", "numbers"), [(None, [*range(1, 10)]), ("8", [8]), ("1,3-5", [1, 3, 4, 5]), ("3,3,2", [2, 3])]
)
def test_numbers_choose_experiments(only, numbers):
    assert read_experiments("report").numbers(only) == numbers


@pytest.mark.parametrize("only", ["0", "10", "5-3", "a", "", "1-", "2,12"])
def test_numbers_that_are_none_are_refused(only):
    with pytest.raises(ConfigError, match="not"):
        read_experiments("report").numbers(only)


def test_a_digest_follows_whatever_decides_the_outcome():
    report = read_experiments("report")
    others = [report.at_size(64), report.held_small({"pop": 40})]
    assert len({report.digest(1), report.digest(2), *(other.digest(1) for other in others)}) == 4
    assert report.at_size(128).digest(1) == report.held_small({}).digest(1) == report.digest(1)


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ('"lenet_color"', '"resnet"', "experiment 1: network must be one of lenet_color, mini_alexnet"),
        ("epochs = 12", "epochs = 0", "experiment 1: epochs"),
        ("epochs = 12", 'epochs = "12"', "experiment 1: epochs"),
        ("rate = 0.02", "rate = -1.0", "experiment 1: rate"),
        ("dropout = 0.2", "dropout = 1.0", "experiment 1: dropout"),
        ("dropout = 0.2", "drop = 0.2", "experiment 1: unknown settings drop"),
        ("batch_norm_1d", "batch_norm_2d", "experiment 1: lenet_color has no batch_norm_2d"),
        ("low = 5", "low = 0", "experiment 2: limit of low"),
        ("picture_size = 32", "picture_size = -1", "picture_size"),
        ('name = "sounds"', "ratios = [0.5, 0.6, 0.1]", "ratios"),
        ('name = "sounds"', "seed = 3", "unknown parts seed"),
        ('name = "sounds"', "name", "no TOML"),
        ("[[experiment]]", "[[other]]", "unknown parts other"),
    ],
)
def test_what_is_wrong_with_a_file_is_said(tmp_path, old, new, reason):
    file = tmp_path / "wrong.toml"
    file.write_text(EXPERIMENTS.replace(old, new))
    with pytest.raises(ConfigError, match=reason) as caught:
        read_experiments(file)
    assert str(file) in str(caught.value)


def test_an_absent_or_empty_file_is_refused(tmp_path):
    with pytest.raises(ConfigError, match="cannot be read"):
        read_experiments(tmp_path / "none.toml")
    (tmp_path / "empty.toml").write_text("")
    with pytest.raises(ConfigError, match="there is no"):
        read_experiments(tmp_path / "empty.toml")
