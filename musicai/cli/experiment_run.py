"""Carrying experiments for a command: here, or as jobs."""

import sys
from pathlib import Path

import click

from musicai.cli.carry import INTERRUPTED, exit_status
from musicai.cli.experiment_progress import ExperimentProgress
from musicai.cli.output import counted, note
from musicai.cli.progress import JobProgress
from musicai.cli.training import print_training
from musicai.config import Settings
from musicai.services.catalogue import open_catalogue
from musicai.services.experiment_jobs import enqueue_experiments, has_jobs, with_jobs
from musicai.services.experiments import ExperimentView, read_views, run_experiments
from musicai.services.run import Interrupted, JobRun
from musicai.training.experiments.order import Order
from musicai.training.sources import parse_source


def run_here(order: Order, *, quiet: bool) -> None:
    """Train one experiment after the other on this machine, with progress shown; Ctrl-C exits with 130."""
    if parse_source(order.data).kind == "catalogue":
        open_catalogue(Settings.from_env()).dispose()  # sets it up, or says why not
    try:
        with ExperimentProgress(live=sys.stderr.isatty() and not quiet) as progress:
            run_experiments(order, progress)
    except KeyboardInterrupt:
        note("interrupted; the same command goes on from the last checkpoint")
        raise click.exceptions.Exit(INTERRUPTED) from None


def enqueue_and_carry(order: Order, *, wait: bool | None, as_json: bool) -> int:
    """Ask for what is not finished, wake trainers, and when waiting stay until all jobs ended.

    Returns
    -------
    the exit status: that of the first run that failed, or else 0.
    """
    settings = Settings.from_env()
    engine = open_catalogue(settings)
    stays = settings.has_private_broker if wait is None else wait
    views = enqueue_experiments(engine, order)
    numbers = ", ".join(str(view.id) for view in views) or "none is left"
    note(f"{counted(len(views), 'experiment')} by jobs: {numbers}")
    status = 0
    for view in views:
        try:
            with JobProgress(live=sys.stderr.isatty() and not as_json) as progress:
                ended = JobRun(engine, settings, progress, stays).carry(view.id)
        except Interrupted:
            note("interrupted; the jobs go on without this command: musicai jobs list")
            raise click.exceptions.Exit(INTERRUPTED) from None
        if failed := exit_status(ended):
            print_training(ended)
            status = status or failed
    return status


def read_all(order: Order) -> list[ExperimentView]:
    """Return the experiments of an order with the results that there are, here and in the catalogue."""
    experiments, out = order.experiments(), Path(order.out)
    views = read_views(experiments, order.numbers, out)
    if not has_jobs(experiments, order.numbers, out):
        return views
    return list(with_jobs(open_catalogue(Settings.from_env()), experiments, views, out))
