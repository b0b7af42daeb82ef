"""The options of whatever asks for folders to be classified: now, or at every firing of a schedule."""

import click

paths_argument = click.argument("paths", nargs=-1, required=True, type=click.Path(), metavar="PATH...")
library_option = click.option("--library", metavar="NAME", help="What to call the library of these paths.")
whole_option = click.option(
    "--whole", is_flag=True, help="Listen to all of each track, not to three excerpts."
)
priority_option = click.option(
    "--priority",
    type=click.Choice(["low", "normal", "high"]),
    default="normal",
    help="Which go first.",
)
exclude_option = click.option(
    "--exclude", multiple=True, metavar="GLOB", help="Leave out files and folders; repeatable."
)
follow_option = click.option("--follow-symlinks", is_flag=True, help="Follow links to files and folders.")
