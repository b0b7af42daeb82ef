"""`musicai doctor`: what is configured, and what works."""

import json
import os
import sys
from collections.abc import Iterable, Iterator
from dataclasses import asdict

import click

from musicai.config import Settings
from musicai.errors import ConfigError
from musicai.services.doctor import Finding, Status, examine


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def doctor(as_json: bool) -> None:
    """Say what is configured, reachable, migrated and loadable.

    Exits with 1 when something does not work; each fault says what to do. Changes nothing.
    """
    findings = _findings()
    status = _print_json(findings) if as_json else _print_lines(findings)
    sys.exit(status)


def _findings() -> Iterator[Finding]:
    try:
        settings = Settings.from_env()
    except ConfigError as err:
        yield Finding(
            "settings", Status.FAULT, str(err), "correct the environment; nothing else was examined"
        )
        return
    yield from examine(settings)


def _print_json(findings: Iterable[Finding]) -> int:
    found = list(findings)
    failed = any(finding.status is Status.FAULT for finding in found)
    rows = {
        "ok": not failed,
        "findings": [asdict(f) for f in found],
        "settings": Settings.described(os.environ),
    }
    click.echo(json.dumps(rows, indent=2, ensure_ascii=False))
    return int(failed)


def _print_lines(findings: Iterable[Finding]) -> int:
    click.echo("settings (environment)")
    described = Settings.described(os.environ)
    width = max(len(row["env"]) for row in described)
    for row in described:
        click.echo(f"  {row['env']:<{width}} {row['source']:<12} {row['value']}")
    click.echo()
    failed = False
    for finding in findings:
        failed |= finding.status is Status.FAULT
        click.echo(f"{finding.status:<8} {finding.subject:<10} {finding.detail}")
        if finding.advice:
            click.echo(f"{'':<19} -> {finding.advice}")
    return int(failed)
