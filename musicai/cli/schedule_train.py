"""The options of ``musicai train`` behind the ``--`` of a schedule: read by train's own parser."""

from collections.abc import Sequence
from dataclasses import replace

import click
from click.core import ParameterSource

from musicai.cli.train import train
from musicai.cli.train_request import read_request
from musicai.errors import ConfigError
from musicai.services.training import check_data
from musicai.states import Priority
from musicai.training.request import TrainRequest

_OF_THE_COMMAND = {"wait": "--wait", "as_json": "--json"}


def read_train_options(arguments: Sequence[str]) -> tuple[TrainRequest, Priority]:
    """Return what a trainer is asked for each time, always with the gate at its end.

    Raises
    ------
    click.UsageError: train does not know an option, or lacks one.
    ConfigError: the options do not fit one another, or a schedule.
    DatasetError: the data are not there.
    """
    context = train.make_context("musicai train", list(arguments))
    with context:
        _refuse_what_waits(context)
    options = dict(context.params)
    priority = Priority(options.pop("priority"))
    request = replace(read_request(options), promote=True)
    check_data(request)
    return request, priority


def _refuse_what_waits(context: click.Context) -> None:
    for name, option in _OF_THE_COMMAND.items():
        if context.get_parameter_source(name) is not ParameterSource.DEFAULT:
            raise ConfigError(
                f"{option} behind -- is for a person who waits: a schedule lets a trainer do it each time"
            )
