from dataclasses import replace

import pytest
import torch

from musicai.errors import StateError
from musicai.training.loop import Checkpoints, logits_of, train
from musicai.training.metrics import accuracy
from musicai.training.radial import fit_radial

from .conftest import RADIAL, SMALL, pictures


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

    def interrupt(epoch, _loss):
        if epoch == 3:
            raise InterruptedRunError

    with pytest.raises(InterruptedRunError):
        train(data, recipe, seed=0, report=interrupt, checkpoints=checkpoints)
    epochs = []
    resumed = train(
        data, recipe, seed=0, report=lambda epoch, _: epochs.append(epoch), checkpoints=checkpoints
    )
    assert epochs == [3, 4]
    assert all(torch.equal(unbroken[key], value) for key, value in resumed.state_dict().items())


def test_a_checkpoint_of_another_run_is_refused(tmp_path):
    data, recipe = pictures(24, seed=1), replace(SMALL, epochs=2)
    checkpoints = Checkpoints(tmp_path / "run.ckpt", every=1)
    train(data, recipe, seed=0, checkpoints=checkpoints)
    with pytest.raises(StateError, match="another"):
        train(data, recipe, seed=1, checkpoints=checkpoints)


def test_a_damaged_checkpoint_is_refused(tmp_path):
    (tmp_path / "run.ckpt").write_bytes(b"not a checkpoint")
    with pytest.raises(StateError, match="cannot be read"):
        train(pictures(24, seed=1), SMALL, seed=0, checkpoints=Checkpoints(tmp_path / "run.ckpt"))
