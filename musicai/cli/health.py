"""`musicai health SERVICE`: for whoever looks after a container."""

import json
import sys
from dataclasses import asdict

import click

SERVICES = ("worker", "trainer", "scheduler", "flower", "exporter")


@click.command()
@click.argument("service", type=click.Choice(SERVICES))
@click.option(
    "--alive",
    is_flag=True,
    help="Find fault only where a new start would help: a broker that is away is none.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def health(service: str, alive: bool, as_json: bool) -> None:
    """Say whether a service of this machine does its work; exits with 1 when it does not.

    A worker does when it takes messages: one that has a free process, and has taken none for a minute
    although some wait, is at fault, whether or not it answers a ping. The scheduler does when it looks at
    its schedules, Flower and the exporter when they answer.
    """
    from musicai.config import Settings
    from musicai.services.finding import Status
    from musicai.services.health import examine

    finding = examine(Settings.from_env(), service, alive=alive)
    if as_json:
        click.echo(json.dumps(asdict(finding), indent=2, ensure_ascii=False))
    else:
        click.echo(f"{finding.status} {finding.subject}: {finding.detail}")
        if finding.advice:
            click.echo(f"  -> {finding.advice}")
    sys.exit(int(finding.status is Status.FAULT))
