"""The argument EXPRESSION, and the options that go with it, of every command that takes a question."""

from collections.abc import Callable
from typing import Any

import click

EXAMPLES = """
Examples of an EXPRESSION:
  genre:jazz confidence:0.8..       jazz that the model is sure of
  artist:coltrane ^title:live       coltrane, but not live
  tag!=genre                        where the file's own tag disagrees
  genre:blues , genre:jazz          one or the other
  path::^198 score.metal:0.3..      a regular expression, the score of any genre
  unknown , failed                  what has no genre, see also pending, missing
All fields: docs/reference/query.md
"""


class ExpressionCommand(click.Command):
    """A command whose arguments may begin with a minus: ``-genre:pop`` negates, it is no option."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Write a minus before a term as ``^``, which means the same."""
        before = ["", *args]
        return super().parse_args(
            ctx,
            [
                arg if last == "--sort" else _as_negation(arg)
                for last, arg in zip(before, args, strict=False)
            ],
        )

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the examples as they are."""
        formatter.write(EXAMPLES)


def _as_negation(arg: str) -> str:
    is_term = len(arg) > 2 and arg[0] == "-" and arg[1].isalpha()
    return "^" + arg[1:] if is_term else arg


def expression_argument(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the argument EXPRESSION: any number of words."""
    return click.argument("expression", nargs=-1)(command)


def model_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add --model and --all-models."""
    one = click.option(
        "--model", default="", metavar="NAME", help="Whose answers. Default: the active model."
    )
    every = click.option("--all-models", is_flag=True, help="The answers of every model, a row for each.")
    return one(every(command))
