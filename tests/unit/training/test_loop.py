import math
import os
import signal
import subprocess
import sys
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest
import torch

from musicai.errors import ConfigError, ModelError, StateError, StoppedError, TrainingError
from musicai.training.loop import Checkpoints, logits_of, train
from musicai.training.metrics import accuracy
from musicai.training.normalisation import normalisation_of
from musicai.training.radial import fit_radial
from musicai.training.rebalance import limited

from .conftest import PAINTED, RADIAL, SMALL, painted, pictures


class InterruptedRunError(Exception):
    """Stands for the machine that went away."""


def test_a_small_network_learns_what_can_be_learned():
    network = train(pictures(48, seed=1), SMALL, seed=0)
    valid = pictures(30, seed=2)
    assert accuracy(logits_of(network, valid), valid.labels) > 0.9


def test_a_radial_network_learns_what_can_be_learned():
    network = fit_radial(pictures(48, seed=1), RADIAL, seed=0)
    valid = pictures(30, seed=2)
    assert accuracy(logits_of(network, valid), valid.labels) > 0.9


def test_the_same_seed_gives_the_same_weights():
    data, recipe = pictures(24, seed=1), replace(SMALL, epochs=2)
    first, again, other = (train(data, recipe, seed).state_dict() for seed in (4, 4, 5))
    assert all(torch.equal(first[key], again[key]) for key in first)
    assert not torch.equal(first["output.weight"], other["output.weight"])


def test_a_resumed_run_ends_with_the_weights_of_an_unbroken_one(tmp_path):
    data, recipe = pictures(24, seed=1), replace(SMALL, epochs=4)
    unbroken = train(data, recipe, seed=0).state_dict()
    checkpoints = Checkpoints(tmp_path / "run.ckpt", every=2)

    def interrupt(row):
        if row.epoch == 3:
            raise InterruptedRunError

    with pytest.raises(InterruptedRunError):
        train(data, recipe, seed=0, report=interrupt, checkpoints=checkpoints)
    epochs = []
    resumed = train(
        data, recipe, seed=0, report=lambda row: epochs.append(row.epoch), checkpoints=checkpoints
    )
    assert epochs == [3, 4]
    assert all(torch.equal(unbroken[key], value) for key, value in resumed.state_dict().items())


def test_a_checkpoint_of_another_run_is_refused(tmp_path):
    data, recipe = pictures(24, seed=1), replace(SMALL, epochs=2)
    checkpoints = Checkpoints(tmp_path / "run.ckpt", every=1)
    train(data, recipe, seed=0, checkpoints=checkpoints)
    with pytest.raises(StateError, match="another"):
        train(data, recipe, seed=1, checkpoints=checkpoints)
    with pytest.raises(StateError, match="data"):
        train(pictures(27, seed=1), recipe, seed=0, checkpoints=checkpoints)


def test_a_damaged_checkpoint_is_refused(tmp_path):
    (tmp_path / "run.ckpt").write_bytes(b"not a checkpoint")
    with pytest.raises(StateError, match="cannot be read"):
        train(pictures(24, seed=1), SMALL, seed=0, checkpoints=Checkpoints(tmp_path / "run.ckpt"))


def weights_of(network):
    return {key: value.clone() for key, value in network.state_dict().items()}


def same(one, other):
    return all(torch.equal(one[key], other[key]) for key in one)


def figures(row):
    """A row without its time."""
    return {key: value for key, value in asdict(row).items() if key != "seconds"}


def test_the_reports_loop_learns_pictures_and_tells_each_epoch():
    watch, rows = painted(24, seed=2), []
    network = train(painted(45, seed=1), PAINTED, seed=0, watch=watch, report=rows.append)
    assert [row.epoch for row in rows] == list(range(1, PAINTED.epochs + 1))
    assert {row.rate for row in rows} == {PAINTED.peak_rate}
    assert rows[-1].test_accuracy > 0.9
    assert rows[-1].test_loss < rows[0].test_loss
    assert rows[-1].train_loss < rows[0].train_loss
    # no moving average: what is given is what was measured last
    logits = logits_of(network, watch, normalisation=normalisation_of(painted(45, seed=1)))
    assert accuracy(logits, watch.labels) == pytest.approx(rows[-1].test_accuracy)


def test_pictures_are_normalised_per_channel_by_what_is_learned():
    data = painted(30, seed=4)
    scaled = data.spectrograms / 255
    normalisation = normalisation_of(data)
    np.testing.assert_allclose(normalisation.mean, scaled.mean(axis=(0, 2, 3)), atol=1e-5)
    np.testing.assert_allclose(normalisation.std, scaled.std(axis=(0, 2, 3)), atol=1e-5)


def test_a_run_stopped_within_an_epoch_goes_on_as_if_it_had_not_been(tmp_path, monkeypatch):
    monkeypatch.setattr("musicai.training.epoch._PATIENCE_S", 0.0)
    data, watch, recipe = painted(45, seed=1), painted(9, seed=2), replace(PAINTED, epochs=5)
    whole = []
    unbroken = weights_of(train(data, recipe, seed=3, watch=watch, report=whole.append))
    answers = iter([False] * 5 + [True])  # in the middle of the second epoch
    checkpoints = Checkpoints(tmp_path / "run.ckpt")
    with pytest.raises(StoppedError, match="epoch 2"):
        train(data, recipe, 3, watch=watch, checkpoints=checkpoints, should_stop=lambda: next(answers))
    rows = []
    resumed = train(
        data,
        recipe,
        seed=3,
        watch=watch,
        checkpoints=checkpoints,
        report=rows.append,
        resumed=rows.extend,
    )
    assert same(unbroken, resumed.state_dict())
    assert [*map(figures, rows)] == [*map(figures, whole)]


def test_a_killed_run_resumes_with_the_curve_of_an_unbroken_one(tmp_path):
    """A process of its own, ended by SIGKILL in the middle."""
    file = tmp_path / "run.ckpt"
    script = (
        "import os, signal, sys\n"
        "from pathlib import Path\n"
        "from musicai.training.loop import Checkpoints, train\n"
        "from tests.unit.training.conftest import PAINTED, painted\n"
        "def report(row):\n"
        "    if row.epoch == 6:\n"
        "        os.kill(os.getpid(), signal.SIGKILL)\n"
        "train(painted(45, seed=1), PAINTED, 0, watch=painted(9, seed=2), report=report,\n"
        "      checkpoints=Checkpoints(Path(sys.argv[1]), every=4))\n"
    )
    root = Path(__file__).parents[3]
    # as many threads as this process: others add numbers up in another order
    environ = {**os.environ, "PYTHONPATH": str(root), "OMP_NUM_THREADS": "1"}
    done = subprocess.run([sys.executable, "-c", script, str(file)], env=environ, check=False)
    assert done.returncode == -signal.SIGKILL
    data, watch = painted(45, seed=1), painted(9, seed=2)
    whole, rows = [], []
    unbroken = weights_of(train(data, PAINTED, 0, watch=watch, report=whole.append))
    resumed = train(
        data,
        PAINTED,
        seed=0,
        watch=watch,
        report=rows.append,
        resumed=rows.extend,
        checkpoints=Checkpoints(file, every=4),
    )
    assert same(unbroken, resumed.state_dict())
    assert [*map(figures, rows)] == [*map(figures, whole)]


def test_a_rate_that_diverges_is_named(tmp_path):
    checkpoints = Checkpoints(tmp_path / "run.ckpt", every=1)
    with pytest.raises(TrainingError, match=r"epoch \d+.*learning rate.*try a rate of"):
        train(painted(45, seed=1), replace(PAINTED, peak_rate=1e4), seed=0, checkpoints=checkpoints)


def test_data_that_is_not_finite_ends_the_run():
    data = pictures(24, seed=1)
    data.spectrograms[3, 10, 10] = math.nan
    with pytest.raises(TrainingError, match="nan"):
        train(data, replace(SMALL, epochs=1), seed=0)


def test_a_full_disk_leaves_the_former_checkpoint(tmp_path):
    if not Path("/dev/full").exists():
        pytest.skip("this system has no /dev/full")
    data, recipe = painted(12, seed=1), replace(PAINTED, epochs=3)
    file = tmp_path / "run.ckpt"

    def fill_up(row):
        if row.epoch == 2:
            file.with_name("run.ckpt.part").symlink_to("/dev/full")

    with pytest.raises(TrainingError, match="No space left"):
        train(data, recipe, seed=0, report=fill_up, checkpoints=Checkpoints(file, every=1))
    assert [entry.name for entry in tmp_path.iterdir()] == ["run.ckpt"]
    epochs = []
    checkpoints = Checkpoints(file, every=1)
    train(data, recipe, seed=0, report=lambda row: epochs.append(row.epoch), checkpoints=checkpoints)
    assert epochs == [2, 3]


def test_pictures_of_another_size_than_the_networks_are_refused():
    arguments = {**PAINTED.arguments, "size_input": 32}
    with pytest.raises(ModelError, match=r"32 pixels.*16 pixels"):
        train(painted(12, seed=1), replace(PAINTED, arguments=arguments), seed=0)
    with pytest.raises(ModelError, match="spectrograms"):
        train(pictures(12, seed=1), PAINTED, seed=0)


def test_a_genre_is_held_small_by_whole_tracks():
    data = replace(painted(30, seed=1), tracks=np.arange(30) // 6)
    held = limited(data, {"low": 3}, seed=0)
    low = held.labels == held.genres.index("low")
    assert len(np.unique(held.tracks[low])) == 3
    assert np.sum(~low) == 20
    assert limited(data, {"low": 3}, seed=0).ids == held.ids
    assert limited(data, {"low": 99}, seed=0).ids == data.ids
    with pytest.raises(ConfigError, match="polka"):
        limited(data, {"polka": 3}, seed=0)
