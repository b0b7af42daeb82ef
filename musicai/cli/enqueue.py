"""``musicai enqueue``: put folders of music on the queue."""

import os

import click

from musicai.cli.request_options import (
    exclude_option,
    follow_option,
    library_option,
    paths_argument,
    priority_option,
    whole_option,
)


@click.command()
@paths_argument
@click.option("--model", metavar="NAME", help="The model to ask; without it the active one.")
@library_option
@whole_option
@priority_option
@click.option("--force", is_flag=True, help="Classify again what is unchanged, and what failed before.")
@exclude_option
@follow_option
@click.option("--dry-run", is_flag=True, help="Only say what would be done.")
@click.option("--wait/--no-wait", default=None, help="Stay until its end. Default: only without a broker.")
@click.option("--json", "as_json", is_flag=True, help="Print the job as JSON when it ends.")
def enqueue(
    paths: tuple[str, ...],
    model: str | None,
    library: str | None,
    whole: bool,
    priority: str,
    force: bool,
    exclude: tuple[str, ...],
    follow_symlinks: bool,
    dry_run: bool,
    wait: bool | None,
    as_json: bool,
) -> None:
    """Classify the music below each PATH.

    With nothing configured this starts a private broker and one worker process per core, waits for the
    job, and takes them down again. With MUSICAI_BROKER_URL it only enqueues; workers run anywhere.
    Ctrl-C pauses the job; `musicai jobs resume` carries on.
    """
    from musicai.config import Settings
    from musicai.services.catalogue import open_catalogue
    from musicai.services.enqueue import Request, create_job
    from musicai.states import Priority

    settings = Settings.from_env()
    request = Request(
        tuple(os.fsencode(path) for path in paths),
        model=model,
        library=library,
        priority=Priority(priority),
        exclude=exclude,
        follow_symlinks=follow_symlinks,
        force=force,
        whole=whole,
    )
    engine = open_catalogue(settings)
    if dry_run:
        from musicai.cli.dry_run import print_preview

        print_preview(engine, settings, request, as_json=as_json)
        return
    from musicai.cli.carry import carry

    view = create_job(engine, settings, request)
    stays = settings.has_private_broker if wait is None else wait
    carry(engine, settings, view.id, wait=stays, as_json=as_json)
