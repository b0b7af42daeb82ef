"""``errors.md``: the error tree, and the exit statuses that follow from it."""

import inspect
from collections.abc import Iterator

from generator.markdown import code, generated, table
from musicai.cli.carry import INTERRUPTED
from musicai.errors import TRACK_ERRORS, MusicAIError, TrackError
from musicai.services.advice import advice

_EXIT_STATUSES = """\
## Exit statuses

Every command ends with one of these.

"""

_REFUSALS = """\
## Errors of commands

A command that cannot do what it was asked prints one message on standard error, `musicai: ...`, that says what was
wrong and what to do, and ends with the status of the error. Indented errors are special cases of the one above.

"""

_TRACKS = """\
## Errors of tracks

A file that cannot be classified fails for good, alone: its item goes into quarantine with one of these codes and a
reason in words, and the job goes on. The job still ends with status 0. `musicai query failed` lists such tracks,
`musicai query error:CODE` those with one code, and `musicai show PATH` says what to do.

A scan does not look at such a file again unless it changes, except for the codes marked *passing*: those are faults
of the surroundings, and the next `musicai enqueue` of the folder tries again. `musicai jobs retry ID` and
`musicai enqueue --force` try all of them again.

"""


def page() -> str:
    """Return the page."""
    head = generated("Errors and exit statuses", "`musicai/errors.py` and `musicai/services/advice.py`")
    return "\n".join([head, _statuses(), _refusals(), _tracks()])


def refusals(
    kind: type[MusicAIError] = MusicAIError, depth: int = 0
) -> Iterator[tuple[type[MusicAIError], int]]:
    """Yield every error that ends a command, and how deep it stands in the tree."""
    yield kind, depth
    for child in kind.__subclasses__():
        if not issubclass(child, TrackError):
            yield from refusals(child, depth + 1)


def statuses() -> dict[int, str]:
    """Return every exit status with its meaning."""
    found = {
        0: "It worked. A job that ended with failed tracks worked, too: they are in quarantine.",
        1: "An error without a status of its own; `musicai doctor`: something does not work.",
        2: "Wrong usage: an option, an argument, a setting or a query expression.",
        INTERRUPTED: "Ctrl-C. A job is left in a state that `musicai jobs resume` carries on from.",
    }
    for kind, _ in refusals():
        if kind.exit_status not in found:
            found[kind.exit_status] = _meaning(kind)
    return dict(sorted(found.items()))


def _statuses() -> str:
    rows = [(code(status), meaning) for status, meaning in statuses().items()]
    return _EXIT_STATUSES + table(("status", "meaning"), rows)


def _refusals() -> str:
    rows = [
        ("– " * max(depth - 1, 0) + code(kind.code), code(kind.exit_status), kind.__name__, _meaning(kind))
        for kind, depth in refusals()
    ]
    return _REFUSALS + table(("code", "exit status", "class", "meaning"), rows)


def _tracks() -> str:
    rows = [
        (code(error_code), _meaning(kind), "passing" if kind.passing else "", advice(error_code))
        for error_code, kind in TRACK_ERRORS.items()
        if kind is not TrackError
    ]
    return _TRACKS + table(("code", "meaning", "", "what to do"), rows)


def _meaning(kind: type[MusicAIError]) -> str:
    return (inspect.getdoc(kind) or "").partition("\n\n")[0].replace("\n", " ")
