"""What `musicai train` asks for means the same to a trainer on another machine."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
import pytest

from musicai.cli.train import train
from musicai.cli.train_request import read_request
from musicai.errors import ConfigError, DatasetError
from musicai.front_end import REPORT_FRONT_END
from musicai.training.request import TrainRequest
from musicai.training.sources.drawn_by import DrawnBy, parse_front_end


def options(*words: str) -> dict[str, Any]:
    with click.Context(train) as context:
        train.parse_args(context, ["--name", "jazzbox", "--data", "pictures:songs", *words])
    return context.params


def test_a_file_of_a_front_end_is_read_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = replace(REPORT_FRONT_END, n_mels=64)
    (tmp_path / "drawn.json").write_text(json.dumps(DrawnBy(own, "tide", (64, 64)).to_json()))
    monkeypatch.chdir(tmp_path)
    request = read_request(options("--front-end", "drawn.json"))
    (tmp_path / "drawn.json").unlink()
    sent = TrainRequest.from_json(json.loads(json.dumps(request.to_json())))
    assert sent.front_end is not None
    assert parse_front_end(sent.front_end) == own
    assert request.data == (f"pictures:{tmp_path}/songs",)
    assert read_request(options("--front-end", "report")).front_end == "report"
    with pytest.raises(ConfigError, match=r"no front end 'drawn\.json'"):
        read_request(options("--front-end", "drawn.json"))
    with pytest.raises(DatasetError, match="--front-end holds no front end"):
        read_request(options("--front-end", '{"colour": 1}'))


def test_settings_of_epochs_are_refused_for_what_is_fitted_at_once() -> None:
    assert read_request(options()).plan.epochs == 0
    assert read_request(options("--recipe", "residual", "--epochs", "7")).plan.epochs == 7
    with pytest.raises(ConfigError, match="fitted at once and has no epochs"):
        read_request(options("--epochs", "7"))


def test_a_seed_that_no_random_numbers_take_is_refused() -> None:
    assert read_request(options("--seed", str(2**63 - 1))).seed == 2**63 - 1
    for seed in (-1, 2**63):
        with pytest.raises(ConfigError, match=f"a seed is a whole number from 0 to .*, not {seed}"):
            read_request(options("--seed", str(seed)))
