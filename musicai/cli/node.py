"""`musicai worker|trainer|scheduler|flower|exporter`: one service alone, Celery's own but for the last."""

import os
from contextlib import suppress
from dataclasses import replace
from typing import Any, NoReturn

import click

from musicai import names
from musicai.broker import broker_url, is_answering
from musicai.config import Settings
from musicai.errors import BrokerUnavailableError, CatalogueUnavailableError, ServiceError
from musicai.logs import configure_service
from musicai.services import flower as flower_service
from musicai.services.catalogue import open_catalogue
from musicai.services.node import commands, unreachable

_PASS_ON: dict[str, Any] = {"ignore_unknown_options": True}
_ARGUMENTS = click.argument("celery_args", nargs=-1, type=click.UNPROCESSED)


@click.command(context_settings=_PASS_ON)
@click.option(
    "--concurrency", type=click.IntRange(1, 1024), help="Worker processes; default: one per core."
)
@click.option(
    "--queues",
    default=",".join(commands.WORKER_QUEUES),
    show_default=True,
    help=f"Queues to work on, out of {', '.join(names.QUEUES)}.",
)
@_ARGUMENTS
def worker(concurrency: int | None, queues: str, celery_args: tuple[str, ...]) -> None:
    """Run one worker on the configured broker; CELERY_ARGS go to `celery worker`."""
    settings = _settings("worker")
    if concurrency:
        settings = replace(settings, concurrency=concurrency)
    chosen = _known_queues(queues)
    _check_schema(settings)
    _become(settings, [*commands.worker(settings, chosen), *celery_args], commands.environment(settings))


@click.command(context_settings=_PASS_ON)
@_ARGUMENTS
def trainer(celery_args: tuple[str, ...]) -> None:
    """Run one training worker on the configured broker; CELERY_ARGS go to `celery worker`.

    It works on one run at a time. Stopped, it gives the run back; whoever takes it next goes on from its
    last checkpoint, if both see the folder that MUSICAI_RUNS names.
    """
    settings = _settings("trainer")
    _check_schema(settings)
    _become(settings, [*commands.trainer(settings), *celery_args], commands.environment(settings))


@click.command(context_settings=_PASS_ON)
@_ARGUMENTS
def scheduler(celery_args: tuple[str, ...]) -> None:
    """Run the scheduler on the configured broker; CELERY_ARGS go to `celery beat`."""
    settings = _settings("scheduler")
    _check_schema(settings)
    _become(settings, [*commands.scheduler(settings), *celery_args], commands.environment(settings))


@click.command(context_settings=_PASS_ON)
@_ARGUMENTS
def flower(celery_args: tuple[str, ...]) -> None:
    """Run Flower on the configured broker; CELERY_ARGS go to `celery flower`."""
    settings = _settings("flower")
    _become(
        settings, [*flower_service.command(settings), *celery_args], flower_service.environment(settings)
    )


@click.command()
@click.option("--port", type=click.IntRange(1, 65_535), help="Port to listen on.")
def exporter(port: int | None) -> None:
    """Serve metrics for Prometheus at http://127.0.0.1:5556/metrics: MusicAI's own and Flower's.

    It starts and answers whether or not catalogue, broker and Flower do: `musicai_up` tells which of them
    could be asked. MUSICAI_EXPORTER_ADDRESS, _PORT and _AUTH say where it listens and what it asks for.
    """
    from musicai.services.exporter.server import serve

    settings = _settings("exporter")
    serve(replace(settings, exporter_port=port or settings.exporter_port))


def _settings(service: str) -> Settings:
    """Return the settings; what is wrong, with them or later, is said as the service's log says things."""
    configure_service(Settings.of_logs(), service)
    settings = Settings.from_env()
    configure_service(settings, service)  # which knows what has to be masked
    return settings


def _known_queues(queues: str) -> list[str]:
    chosen = [name.strip() for name in queues.split(",") if name.strip()]
    unknown = [name for name in chosen if name not in names.QUEUES]
    if unknown or not chosen:
        raise click.BadParameter(
            f"{queues!r}: queues are {', '.join(names.QUEUES)}", param_hint="'--queues'"
        )
    return chosen


def _check_schema(settings: Settings) -> None:
    """Refuse a catalogue of another schema at once; one that is away is waited for by the service."""
    with suppress(CatalogueUnavailableError):
        open_catalogue(settings).dispose()


def _become(settings: Settings, command: list[str], environment: dict[str, str]) -> NoReturn:
    """Turn this process into the service: signals and exit status are Celery's own."""
    if not is_answering(broker_url(settings), timeout_s=5):
        raise BrokerUnavailableError(unreachable(settings))
    try:
        settings.run_folder.mkdir(parents=True, exist_ok=True)
        # not the current folder: Celery would import a `worker.py` that lies there
        os.chdir(settings.run_folder)
        os.execve(command[0], command, environment)  # nosec B606  # noqa: S606 - no shell is wanted
    except OSError as err:
        raise ServiceError(f"cannot become {command[0]}: {err}") from err
