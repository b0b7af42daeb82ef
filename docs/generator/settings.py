"""``settings.md``: every setting, from the fields of ``Settings``."""

from dataclasses import Field, fields
from pathlib import Path
from typing import Any

from generator.markdown import code, generated, table
from musicai.config import Settings

_INTRODUCTION = """\
Everything that can be configured is a variable of the environment. An empty one counts as not set. A value that
cannot be used, and a variable that begins with `MUSICAI_` and is none of these, is refused by name (exit status 2).
`musicai doctor` prints what is in force and where it comes from; passwords are masked in everything it prints.
"""

_AFTER = """\
Command-line options win over the environment: `--model` over `MUSICAI_MODEL`, `--concurrency` over
`MUSICAI_CONCURRENCY`, `--flower-port` over `MUSICAI_FLOWER_PORT`.

Broker URLs: `redis://:PASSWORD@HOST:6379/0`, `rediss://` for TLS (the server's certificate is checked; see
[the recipe](../how-to.md#password-and-tls-for-redis)), `redis+socket:///path/to.sock?virtual_host=0` for a Unix socket. Characters of a password
that mean something in a URL are written in percent: `@` as `%40`, `/` as `%2F`.

Tests read one more variable, `TEST_DATA`: the folder of the recordings that some of them need.
"""


def page() -> str:
    """Return the page."""
    rows = [_row(setting) for setting in fields(Settings)]
    head = generated("Settings", "`musicai/config.py`")
    return "\n".join(
        [head, _INTRODUCTION, table(("variable", "what it takes", "default", "meaning"), rows), _AFTER]
    )


def _row(setting: Field[Any]) -> tuple[str, str, str, str]:
    described = setting.metadata
    return code(described["env"]), allowed(setting), _default(setting), described["help"]


def allowed(setting: Field[Any]) -> str:
    """Return what a setting takes: in the words with which it refuses everything else."""
    try:
        setting.metadata["parse"]("\0")
    except ValueError as err:
        return str(err).removeprefix("must be ").replace("must look like ", "text like ")
    return "a path" if setting.type in (Path, Path | None) else "text"


def _default(setting: Field[Any]) -> str:
    if shown := setting.metadata["shown"]:
        return str(shown)
    default = getattr(Settings(), setting.name)
    return code(default) if default else "empty"
