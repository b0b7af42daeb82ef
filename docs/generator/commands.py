"""``commands.md``: every command with its arguments and options, as click knows them."""

import inspect
from collections.abc import Iterator
from typing import Any

import click

from generator.markdown import code, generated, table
from musicai.cli import cli
from musicai.cli.expression import EXAMPLES, ExpressionCommand

_INTRODUCTION = """\
`musicai COMMAND --help` (or `-h`) prints the same. A value is looked for in the option, then in
[the environment](settings.md), then the default holds. What a command exits with: [errors](errors.md#exit-statuses).
What `--json` prints is a contract: [JSON](json.md). Answers go to standard output; progress, warnings and
errors go to standard error.
"""


def page() -> str:
    """Return the page."""
    head = generated("Commands", "`musicai/cli/`")
    return "\n".join([head, _INTRODUCTION, *(_section(name, cmd) for name, cmd in all_commands(cli))])


def all_commands(group: click.Group, prefix: str = "musicai") -> Iterator[tuple[str, click.Command]]:
    """Yield every command with its whole name; a group before what is in it."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None  # it listed itself
        yield f"{prefix} {name}", command
        if isinstance(command, click.Group):
            yield from all_commands(command, f"{prefix} {name}")


def _section(name: str, command: click.Command) -> str:
    parts = [
        f"## {name}\n",
        code(_usage(name, command)) + "\n",
        inspect.cleandoc(command.help or "") + "\n",
    ]
    if rows := [_row(p) for p in command.params if isinstance(p, click.Option)]:
        parts.append(table(("option", "value", "default", "meaning"), rows))
    if isinstance(command, ExpressionCommand):
        examples = EXAMPLES.partition(":\n")[2].rpartition("All fields")[0].rstrip()
        parts.append(f"Examples of an EXPRESSION ([all fields](query.md)):\n\n```text\n{examples}\n```\n")
    return "\n".join(parts)


def _usage(name: str, command: click.Command) -> str:
    context = click.Context(command, info_name=name)
    return " ".join([name, *command.collect_usage_pieces(context)])


def _row(option: click.Option) -> tuple[str, str, str, str]:
    names = [*option.opts, *option.secondary_opts]
    repeated = ", repeatable" if option.multiple and "repeatable" not in (option.help or "") else ""
    return ", ".join(map(code, names)), _value(option) + repeated, _default(option), option.help or ""


def _value(option: click.Option) -> str:
    if option.is_flag:
        return ""
    if isinstance(option.type, click.Choice):
        return ", ".join(map(code, option.type.choices))
    if isinstance(option.type, click.IntRange):
        bounds = option.type
        return f"{bounds.min} or more" if bounds.max is None else f"{bounds.min} to {bounds.max}"
    return code(option.metavar or option.type.name.upper())


def _default(option: click.Option) -> str:
    default: Any = option.to_info_dict()["default"]
    plain = isinstance(default, str | int) and not isinstance(default, bool) and default != ""
    return code(default) if plain else ""
