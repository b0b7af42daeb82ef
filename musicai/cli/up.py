"""`musicai up`: everything on this machine until Ctrl-C."""

import signal
import time
from dataclasses import replace
from typing import NoReturn

import click

from musicai.broker import broker_url
from musicai.config import Settings, masked
from musicai.interrupts import interrupted_by
from musicai.services.catalogue import open_catalogue
from musicai.services.node import SERVICES, Node


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
    try:
        # a service manager's, and a closed terminal's
        with interrupted_by(signal.SIGTERM, signal.SIGHUP), node:
            _say_where(settings, node)
            _watch(node)
    except KeyboardInterrupt:
        click.echo("stopped", err=True)


def _settings(concurrency: int | None, flower_port: int | None, exporter_port: int | None) -> Settings:
    settings = Settings.from_env()
    return replace(
        settings,
        concurrency=concurrency or settings.concurrency,
        flower_port=flower_port or settings.flower_port,
        exporter_port=exporter_port or settings.exporter_port,
    )


def _watch(node: Node) -> NoReturn:
    while True:
        for event in node.check():
            click.echo(event, err=True)
        time.sleep(1)


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
