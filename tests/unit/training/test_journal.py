"""TensorBoard's events and the picture of the curves."""

import struct

import pytest
from PIL import Image
from tensorboardX.proto.event_pb2 import Event

from musicai.errors import TrainingError
from musicai.training.curves import HEIGHT, WIDTH, Axis, draw_curves
from musicai.training.epoch_report import EpochReport
from musicai.training.journal import Journal


def rows(count, *, epochs=10, watched=True):
    return [
        EpochReport(
            epoch=epoch,
            epochs=epochs,
            train_loss=2.5 / epoch,
            train_accuracy=1 - 0.9 / epoch,
            test_loss=2.6 / epoch if watched else None,
            test_accuracy=0.5 if watched else None,
            rate=0.001,
            seconds=1.0,
        )
        for epoch in range(1, count + 1)
    ]


def events(folder):
    """Read the scalars of a run's event files: a record is length, checksum, data, checksum."""
    found = []
    for file in sorted(folder.glob("events.out.tfevents.*")):
        content, at = file.read_bytes(), 0
        while at < len(content):
            (length,) = struct.unpack_from("<Q", content, at)
            event = Event.FromString(content[at + 12 : at + 12 + length])
            found += [(value.tag, event.step, value.simple_value) for value in event.summary.value]
            at += 16 + length
    return found


def test_every_epoch_becomes_the_reports_four_tags(tmp_path):
    journal = Journal(tmp_path / "logs" / "run", "run")
    for row in rows(3):
        journal.epoch(row)
    journal.close()
    found = events(tmp_path / "logs" / "run")
    assert {tag for tag, _, _ in found} == {"loss/train", "accuracy/train", "loss/test", "accuracy/test"}
    losses = [(step, value) for tag, step, value in found if tag == "loss/train"]
    assert losses == [(1, 2.5), (2, 1.25), (3, pytest.approx(2.5 / 3))]


def test_a_run_that_watches_nothing_has_only_the_curves_of_learning(tmp_path):
    journal = Journal(tmp_path, "run")
    journal.epoch(rows(1, watched=False)[0])
    journal.close()
    assert {tag for tag, _, _ in events(tmp_path)} == {"loss/train", "accuracy/train"}


def test_a_resumed_run_has_each_epoch_once_though_it_had_got_further(tmp_path):
    first = Journal(tmp_path, "run")
    for row in rows(5):
        first.epoch(row)
    first.close()  # it is stopped; its checkpoint is of the third epoch
    again = Journal(tmp_path, "run")
    again.resumed(rows(3))
    for row in rows(6)[3:]:
        again.epoch(row)
    again.close()
    assert [step for tag, step, _ in events(tmp_path) if tag == "loss/test"] == [1, 2, 3, 4, 5, 6]
    with Image.open(tmp_path / "curves.png") as picture:
        assert picture.size == (WIDTH, HEIGHT)


def test_a_second_network_of_a_run_goes_on_with_the_same_journal(tmp_path):
    journal = Journal(tmp_path, "run")
    journal.resumed([])
    for row in rows(3):
        journal.epoch(row)
    journal.resumed(rows(3))  # the loop of the second one tells what is done: all of the first
    for row in rows(5)[3:]:
        journal.epoch(row)
    journal.close()
    assert [step for tag, step, _ in events(tmp_path) if tag == "loss/train"] == [1, 2, 3, 4, 5]


@pytest.mark.parametrize(("count", "watched"), [(1, False), (1, True), (3, True), (2500, True)])
def test_curves_of_any_length_are_drawn(count, watched):
    picture = draw_curves(rows(count, epochs=max(count, 4), watched=watched), "a run")
    assert picture.size == (WIDTH, HEIGHT)
    colours = {colour for _, colour in picture.getcolors(maxcolors=WIDTH * HEIGHT)}
    held_out = any(red > 200 and blue < 90 for red, _, blue in colours)
    assert held_out == watched


@pytest.mark.parametrize(
    ("most", "top", "step"), [(2.6, 3, 1), (0.02, 0.02, 0.005), (23, 30, 10), (0, 2.5e-7, 2.5e-7)]
)
def test_an_axis_reaches_its_value_in_round_steps(most, top, step):
    axis = Axis.up_to(most)
    assert (axis.top, axis.step) == (pytest.approx(top), pytest.approx(step))


def test_a_place_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "logs").write_text("a file")
    with pytest.raises(TrainingError, match=r"logs.*cannot be written"):
        Journal(tmp_path / "logs" / "run", "run").epoch(rows(1)[0])
