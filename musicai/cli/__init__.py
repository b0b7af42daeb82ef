"""The command line: one file per command group, imported only when its command is used."""

import gc
import importlib
import os
import sys

import click

from musicai import __version__
from musicai.errors import MusicAIError
from musicai.interrupts import interrupts_kept

# command -> module that defines it; `--help` reads the one-line helps here and imports nothing
COMMANDS = {
    "enqueue": ("musicai.cli.enqueue", "Put folders of music on the queue."),
    "jobs": ("musicai.cli.jobs", "List, watch, cancel, pause, resume and retry jobs."),
    "query": ("musicai.cli.query", "Ask the genre catalogue."),
    "stats": ("musicai.cli.stats", "Genres, confidences, what is unknown, what failed and why."),
    "show": ("musicai.cli.show", "Everything about one track."),
    "correct": ("musicai.cli.correct", "Say which genre tracks have, beside what the model heard."),
    "review": ("musicai.cli.review", "Which answers are most worth a person's look, and why."),
    "models": (
        "musicai.cli.models",
        "List, measure, compare, promote, roll back, export and import models.",
    ),
    "experiments": ("musicai.cli.experiments", "Run the report's nine experiments, and others like them."),
    "train": ("musicai.cli.train", "Train a model, here or on a trainer."),
    "schedule": ("musicai.cli.schedule", "Train and read folders again on a timetable."),
    "dataset": ("musicai.cli.dataset", "Look at, draw and divide what models learn from."),
    "cache": ("musicai.cli.cache", "Count and take out the spectrograms that this node keeps."),
    "up": ("musicai.cli.up", "Run broker, workers, trainer, scheduler and Flower here until Ctrl-C."),
    "worker": ("musicai.cli.node", "Run one worker on the configured broker."),
    "trainer": ("musicai.cli.node", "Run one training worker on the configured broker."),
    "scheduler": ("musicai.cli.node", "Run the scheduler on the configured broker."),
    "flower": ("musicai.cli.node", "Run Flower on the configured broker."),
    "exporter": ("musicai.cli.node", "Serve metrics for Prometheus: MusicAI's own and Flower's."),
    "db": ("musicai.cli.db", "Upgrade, check and tidy the catalogue."),
    "health": ("musicai.cli.health", "Whether one service of this machine does its work."),
    "doctor": ("musicai.cli.doctor", "What is configured, reachable, migrated, loadable."),
}


class LazyGroup(click.Group):
    """A group that imports a command's module when the command is invoked."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return one command."""
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(COMMANDS[cmd_name][0])
        command: click.Command = getattr(module, cmd_name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="musicai")
def cli() -> None:
    """A folder of music in, a genre catalogue out."""


def main() -> None:
    """Run the command line; an error becomes one message and its documented exit status."""
    # a scan makes many tuples and no cycles: collecting as often as by default costs it a fifth
    gc.set_threshold(50_000, 20, 100)
    try:
        with interrupts_kept():
            sys.exit(cli(standalone_mode=False) or 0)
    except click.ClickException as err:
        err.show()
        sys.exit(err.exit_code)
    except (click.Abort, KeyboardInterrupt):
        click.echo("interrupted", err=True)
        sys.exit(130)
    except MusicAIError as err:
        click.echo(f"musicai: {err}", err=True)
        sys.exit(err.exit_status)
    except BrokenPipeError:
        # the reader of our output went away (`| head`): say nothing, and stop Python from saying it
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
