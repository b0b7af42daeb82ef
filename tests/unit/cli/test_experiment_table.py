"""Experiments on a terminal: whole cells at any width, and the figures before the settings."""

import io

import pytest

from musicai.cli import experiment_table
from musicai.cli.experiment_table import print_views
from musicai.services.experiments import ExperimentView

SIDE = {"accuracy": 0.57, "low": 0.45, "high": 0.69}
RESULT = {"train": {"accuracy": 0.89}, "valid": SIDE, "test": SIDE | {"accuracy": 0.46}, "seconds": 422}
SETTINGS = {
    "network": "mini_alexnet",
    "batch": 32,
    "epochs": 400,
    "rate": 0.0001,
    "momentum": 0.9,
    "batch_norm_1d": True,
    "batch_norm_2d": False,
    "jitter": True,
    "dropout": 0.5,
}
FIGURES = ["0.95", "0.89", "0.73", "0.57", "0.46"]
CELLS = ["1", "mini_alexnet", "32", "400", "0.0001", "0.9", "yes", "-", "yes", "0.5"]
CELLS += [*FIGURES[:4], "0.45-0.69", "0.46", "0.45-0.69", "7:02"]


@pytest.fixture
def views():
    reported = {"train": 0.95, "test": 0.73}
    return [
        ExperimentView(1, "a", SETTINGS, reported, RESULT, "done"),
        ExperimentView(2, "b", SETTINGS, reported, None, "new"),
    ]


@pytest.mark.parametrize(
    ("width", "kept"),
    [(200, range(18)), (140, [*range(14), 15, 17]), (80, [0, 1, 6, 10, 11, 12, 13, 15, 17])],
)
def test_a_narrow_terminal_does_without_settings_and_keeps_the_figures(views, monkeypatch, width, kept):
    monkeypatch.setattr(experiment_table, "is_terminal", lambda: True)
    monkeypatch.setenv("COLUMNS", str(width))
    screen = io.StringIO()
    monkeypatch.setattr("sys.stdout", screen)
    print_views(views, as_json=False, markdown=False)
    head, _, done, new = screen.getvalue().splitlines()
    assert done.split() == [CELLS[index] for index in kept]
    assert new.split()[-1] == "new"
    assert max(map(len, (head, done, new))) <= width
