"""Files of experiments: what they say, and what is wrong with them."""

import pytest

from musicai.errors import ConfigError, ModelError
from musicai.models.networks import build
from musicai.training.experiments.file import read_experiments
from musicai.training.experiments.row import Row

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


def test_only_the_networks_that_are_asked_for_must_see_such_pictures():
    report = read_experiments("report").at_size(24)
    assert report.numbers("1-6") == [1, 2, 3, 4, 5, 6]
    with pytest.raises(
        ConfigError, match=r"report: experiment 7: picture_size .* of 16 for mini_alexnet, not 24"
    ):
        report.numbers(None)


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
        ("low = 5", "low = 0", "experiment 2: limit must be a table of genres .* not {'low': 0}"),
        ("limit = {low = 5}", "limit = 3", "experiment 2: limit must be .* as { pop = 80 }, not 3"),
        ("batch = 12", "batch = 1", "experiment 1: batch must be a whole number of at least 2, not 1"),
        ("epochs = 12", "epochs = true", "experiment 1: epochs must be .* not True"),
        ("rate = 0.02", 'rate = "a"', "experiment 1: rate must be a number above 0, not 'a'"),
        ("rate = 0.02", "rate = inf", "experiment 1: rate must be a number above 0, not inf"),
        ("rate = 0.02", "momentum = false", "experiment 1: momentum must be .* not False"),
        ("dropout = 0.2", "dropout = nan", "experiment 1: dropout must be .* not nan"),
        ("jitter = 0.33", 'jitter = "yes"', "experiment 1: jitter must be .* not 'yes'"),
        ("batch_norm_1d = true", 'batch_norm_1d = "no"', "experiment 1: batch_norm_1d .* true or false"),
        ("jitter = 0.33", 'seed = "a"', "experiment 1: seed must be a whole number from 0 .* not 'a'"),
        ("jitter = 0.33", "seed = -1", "experiment 1: seed must be a whole number from 0 .* not -1"),
        ("reported_test = 0.8", 'reported_test = "0.8"', "experiment 1: reported_test .* not '0.8'"),
        ("reported_train = 0.9", "reported_train = 90", "experiment 1: reported_train .* from 0 to 1, not"),
        ('network = "mini_alexnet"', "seed = 1", "experiment 2: there is no network"),
        ('network = "mini_alexnet"', "network = []", "experiment 2: network must be one of"),
        ("excerpt_s = 6.0", "n_mels = 80.5", "front end n_mels must be a whole number .* not 80.5"),
        ("excerpt_s = 6.0", 'excerpt_s = "6"', "front end excerpt_s must be a number above 0, not '6'"),
        ("excerpt_s = 6.0", 'center = "no"', "front end center must be true or false, not 'no'"),
        ("[front_end]", "[other]", "unknown parts other"),
        ('name = "sounds"', "name = 3", "name must be text in quotes"),
        ('name = "sounds"', 'name = "a/b"', "name must be text in quotes without '/', not 'a/b'"),
        ('name = "sounds"', "terms = 3", "terms must be text in quotes, not 3"),
        ('name = "sounds"', 'split_seed = "a"', "split_seed must be a whole number"),
        ('name = "sounds"', "ratios = 3", "ratios must be three shares"),
        ('name = "sounds"', 'ratios = ["a", 0.1, 0.1]', "ratios must be three shares"),
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


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("music", "{folder}/music"),
        ("pictures:../drawn", "pictures:{folder}/../drawn"),
        ("/srv/music", "/srv/music"),
        ("catalogue:artist:nina", "catalogue:artist:nina"),
    ],
)
def test_a_file_may_say_where_its_data_are(tmp_path, said, meant):
    file = tmp_path / "sounds.toml"
    file.write_text(f'data = "{said}"\n{EXPERIMENTS}')
    assert read_experiments(file).data == meant.format(folder=tmp_path)


def test_a_name_that_no_model_can_have_is_refused_before_anything_is_trained(tmp_path):
    file = tmp_path / "wrong.toml"
    file.write_text(EXPERIMENTS.replace('"sounds"', '"My Sounds"'))
    with pytest.raises(ConfigError, match="experiment 1: 'My Sounds-1-lenet-color-32' is no name for a"):
        read_experiments(file).numbers(None)


def test_an_absent_or_empty_file_is_refused(tmp_path):
    with pytest.raises(ConfigError, match="cannot be read"):
        read_experiments(tmp_path / "none.toml")
    (tmp_path / "empty.toml").write_text("")
    with pytest.raises(ConfigError, match="there is no"):
        read_experiments(tmp_path / "empty.toml")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (
            '[experiment]\nnetwork = "lenet_color"',
            r"experiment must be a list of tables, .* \[\[experiment\]\]",
        ),
        ("experiment = 3", "experiment must be a list of tables"),
        ("experiment = [3]", r"experiment 1: a table is wanted, headed \[\[experiment\]\], not 3"),
        ('front_end = 3\n[[experiment]]\nnetwork = "lenet_color"', "front_end must be a table, not 3"),
    ],
)
def test_tables_that_are_none_are_refused(tmp_path, text, reason):
    file = tmp_path / "wrong.toml"
    file.write_text(text)
    with pytest.raises(ConfigError, match=reason):
        read_experiments(file)


@pytest.mark.parametrize("network", ["lenet_color", "mini_alexnet"])
@pytest.mark.parametrize("size", range(8, 40, 4))
def test_a_size_is_refused_exactly_where_the_network_cannot_be_built(network, size):
    def refused(attempt):
        try:
            attempt()
        except (ConfigError, ModelError):
            return True
        return False

    arguments = {"size_input": size, "out_channels": 4}
    cannot = refused(lambda: build(network, arguments, n_mels=80, genres=3))
    assert refused(lambda: Row(network).check_size(size)) == cannot
