"""`musicai up`: everything on this machine until Ctrl-C."""

import signal
import time
from dataclasses import replace
from types import FrameType

import click

from musicai.broker import broker_url
from musicai.config import Settings, masked
from musicai.services.catalogue import open_catalogue
from musicai.services.node import SERVICES, Node


class _Stopped(Exception):  # noqa: N818 - a request, not an error
    """A signal asked to stop."""


@click.command()
@click.option(
    "--concurrency", type=click.IntRange(1, 1024), help="Worker processes; default: one per core."
)
@click.option("--flower/--no-flower", default=True, help="Run the live view, Flower.")
@click.option("--flower-port", type=click.IntRange(1, 65_535), help="Port of Flower.")
@click.option("--exporter/--no-exporter", default=False, help="Serve metrics for Prometheus. Default: no.")
@click.option("--exporter-port", type=click.IntRange(1, 65_535), help="Port of the exporter.")
def up(
    concurrency: int | None,
    flower: bool,
    flower_port: int | None,
    exporter: bool,
    exporter_port: int | None,
) -> None:
    """Run broker, workers, trainer, scheduler and Flower here until Ctrl-C.

    What another `musicai up` of the same home folder runs already is used, and taken over if it ends.
    """
    settings = _settings(concurrency, flower_port, exporter_port)
    open_catalogue(settings)
    unwanted = {name for name, wanted in (("flower", flower), ("exporter", exporter)) if not wanted}
    node = Node(settings, [name for name in SERVICES if name not in unwanted])
    asked = _heed_signals()
    try:
        with node:
            _say_where(settings, node)
            _watch(node, asked)
    except _Stopped:
        click.echo("stopped", err=True)


def _settings(concurrency: int | None, flower_port: int | None, exporter_port: int | None) -> Settings:
    settings = Settings.from_env()
    return replace(
        settings,
        concurrency=concurrency or settings.concurrency,
        flower_port=flower_port or settings.flower_port,
        exporter_port=exporter_port or settings.exporter_port,
    )


def _heed_signals() -> list[int]:
    """Have signals raise `_Stopped`; return the list that they are written into.

    The exception alone may be lost: Python ignores those that are raised while it finalises an object.
    An event would be no better: its lock may be held just then.
    """
    asked: list[int] = []

    def stop(number: int, frame: FrameType | None) -> None:
        asked.append(number)
        raise _Stopped

    # Ctrl-C, a service manager's, and a closed terminal's
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        # a shell has programs in the background ignore Ctrl-C, and nohup has them ignore the terminal's end
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, stop)
    return asked


def _watch(node: Node, asked: list[int]) -> None:
    while not asked:
        for event in node.check():
            click.echo(event, err=True)
        time.sleep(1)
    raise _Stopped


def _say_where(settings: Settings, node: Node) -> None:
    lines = {"catalogue": masked(settings.catalogue_url), "broker": masked(broker_url(settings))}
    for name, service in node.services.items():
        lines[name] = service.describe()
    if "flower" in node.services:
        lines["flower"] = f"http://{settings.flower_address}:{settings.flower_port}/"
    if "exporter" in node.services:
        lines["exporter"] = f"http://{settings.exporter_address}:{settings.exporter_port}/metrics"
    lines["logs"] = str(settings.run_folder / "logs")
    for name, where in lines.items():
        click.echo(f"{name:<10} {where}")
    click.echo("Ctrl-C stops everything.")
