"""What a job came to: its genres, and what was left out and why."""

from collections import Counter
from typing import Any

from sqlalchemy import Engine

from musicai.catalogue.session import reading
from musicai.cli.output import bar, console, counted, duration, new_table, note, number, percent
from musicai.config import Settings
from musicai.services.jobs import JobView
from musicai.services.query import stream_rows
from musicai.services.scope import job_scope

_NAMED = 3
_LISTED = 40
"""Jobs about up to so many tracks are printed track by track."""


def print_summary(engine: Engine, settings: Settings, view: JobView) -> None:
    """Print the genres below the job's paths on stdout, and the job's own account on stderr."""
    with reading(engine) as session:
        expression = job_scope(session, view.id)
        rows = stream_rows(session, settings, expression, model=view.model)
        counts = Counter(row.genre or row.state for row in rows)
        if counts.total() <= _LISTED:
            from musicai.cli.row_formats import write_rows

            write_rows(stream_rows(session, settings, expression, model=view.model, sort="path"), "table")
        else:
            _print_genres(counts)
    for line in account(view):
        note(line)


def _print_genres(counts: Counter[str]) -> None:
    table = new_table("Genre", "Tracks", "Share", "", right=("Tracks", "Share"))
    for genre, count in counts.most_common():
        share = count / counts.total()
        table.add_row(genre, number(count), percent(count, counts.total()), bar(share, 24))
    console().print(table)


def account(view: JobView) -> list[str]:
    """Return what happened in a job, a line for each kind of thing."""
    if view.has_ended and view.total == 0:
        return [f"job {view.id}: no audio was found", *of_the_scan(view.report)]
    lines = [
        f"job {view.id} {view.state} in {duration(view.elapsed_s)}: {counted(view.total, 'track')}: "
        f"{number(view.done)} classified, {number(view.skipped)} unchanged{_of_those(view.report)}, "
        f"{number(view.failed)} failed"
        + (f", {number(view.cancelled)} cancelled" if view.cancelled else "")
        + (f", {number(view.pending)} pending" if view.pending else "")
    ]
    if view.errors:
        reasons = ", ".join(f"{count} {code}" for code, count in view.errors.items())
        lines.append(
            f"failed: {reasons}; `musicai query failed` names them, "
            f"`musicai jobs retry {view.id}` tries them again"
        )
    return lines + of_the_scan(view.report)


def _of_those(report: dict[str, Any]) -> str:
    """Say how many of the unchanged tracks stay in quarantine: they are no success of an earlier job."""
    before = report.get("failed_before")
    return f" ({number(before)} of them failed before)" if before else ""


def of_the_scan(report: dict[str, Any]) -> list[str]:
    """Return what a scan saw besides tracks."""
    lines = list(report.get("warnings", ()))
    if ignored := report.get("ignored"):
        lines.append("ignored: " + ", ".join(f"{number(count)} {kind}" for kind, count in ignored.items()))
    if missing := report.get("missing"):
        lines.append(f"missing from disk: {counted(missing, 'track')}; `musicai query missing`")
    for key, what in (
        ("unreadable", "unreadable folders"),
        ("loops", "links in a loop"),
        ("broken_links", "broken links"),
    ):
        if (noted := report.get(key)) and noted["count"]:
            first = ", ".join(f"{place['path']} ({place['reason']})" for place in noted["first"][:_NAMED])
            more = ", ..." if noted["count"] > _NAMED else ""
            lines.append(f"{what}: {number(noted['count'])}: {first}{more}")
    return lines
