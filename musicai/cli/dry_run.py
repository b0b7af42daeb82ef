"""What `musicai enqueue --dry-run` prints."""

from collections.abc import Mapping
from typing import Any

import click
from sqlalchemy import Engine, select

from musicai.catalogue.session import reading
from musicai.catalogue.tables import Model
from musicai.cli.output import emit_json
from musicai.cli.summary import of_the_scan
from musicai.config import Settings
from musicai.services.enqueue import Request
from musicai.services.models import model_name
from musicai.services.preview import preview


def print_preview(engine: Engine, settings: Settings, request: Request, *, as_json: bool) -> None:
    """Print what a request would do; nothing is written."""
    with reading(engine) as session:
        name = model_name(session, settings, request.model)
        model_id = session.scalars(select(Model.id).where(Model.name == name)).first() or 0
    report = preview(engine, request.paths, request.scan_options(()), model_id, settings.mounts).to_json()
    if as_json:
        emit_json({"model": name, **report})
        return
    click.echo(
        f"{report['items']:,} of {report['found']:,} tracks would be classified with {name}: "
        f"{report['new']:,} new, {report['changed']:,} changed{_known(report, name, request)}; "
        f"{report['moved']:,} moved, "
        f"{report['skipped']:,} unchanged ({report['failed_before']:,} of them failed before)"
    )
    for line in of_the_scan(report):
        click.echo(line)


def _known(report: Mapping[str, Any], name: str, request: Request) -> str:
    """Say how many unchanged tracks make up the rest of the sum."""
    count = report["items"] - report["new"] - report["changed"]
    return (
        f", {count:,} " + ("once more" if request.force else f"not yet answered by {name}") if count else ""
    )
