"""The error tree on one page. Every error has a stable code, and a message that says what to do.

Errors pass all their arguments to ``super().__init__`` so that they survive pickling between processes.
"""

from typing import ClassVar, TypeVar


class MusicAIError(Exception):
    """Anything that MusicAI refuses or fails at. The command line prints it as one line."""

    code: ClassVar[str] = "error"
    exit_status: ClassVar[int] = 1


class ConfigError(MusicAIError):
    """A setting or an option has a value that cannot be used."""

    code = "config"
    exit_status = 2


class QueryError(MusicAIError):
    """A query expression is wrong at one place.

    Parameters
    ----------
    reason: what is wrong and what would be right.
    expression: the whole expression as it was typed.
    position: offset of the offending character, counted from 0.
    """

    code = "query"
    exit_status = 2

    def __init__(self, reason: str, expression: str = "", position: int = 0) -> None:
        super().__init__(reason, expression, position)
        self.reason = reason
        self.expression = expression
        self.position = position

    def __str__(self) -> str:
        return f"{self.reason}\n  {self.expression}\n  {' ' * self.position}^"


class NotFoundError(MusicAIError):
    """A job, track, model or folder that was named does not exist."""

    code = "not_found"
    exit_status = 3


class StateError(MusicAIError):
    """The thing exists, but its state does not allow what was asked."""

    code = "state"
    exit_status = 4


class TransientError(MusicAIError):
    """A fault that passes: the only kind that tasks retry."""

    code = "transient"
    exit_status = 5


class BrokerUnavailableError(TransientError):
    """The broker cannot be reached or started."""

    code = "broker"


class CatalogueUnavailableError(TransientError):
    """The database cannot be reached, or is locked, or its disk is full."""

    code = "catalogue"


class NodeFaultError(TransientError):
    """A node lacks what a job needs: a library's mount, a model's files. Another node may have it."""

    code = "node"


class CatalogueOutdatedError(MusicAIError):
    """The catalogue's schema is not the one that this version works with."""

    code = "schema"
    exit_status = 6


class ModelError(MusicAIError):
    """A model's files are absent, damaged, or do not fit one another."""

    code = "model"
    exit_status = 7


class ServiceError(MusicAIError):
    """A service of this node (worker, scheduler, Flower) does not start or dies again and again."""

    code = "service"
    exit_status = 8


class DatasetError(MusicAIError):
    """A data set or a split cannot be used: empty or lone classes, unreadable files, unknown names."""

    code = "dataset"
    exit_status = 10


class TrainingError(MusicAIError):
    """A network cannot be trained like this: its loss diverges, or its state cannot be written."""

    code = "training"
    exit_status = 9


class StoppedError(TrainingError):
    """A run was asked to stop; it goes on from its checkpoint when it is started again."""

    code = "stopped"


class RunLostError(TrainingError):
    """Another process has taken a run over, which this one had shown no sign of life for."""

    code = "run_lost"

    def __init__(self, run_id: int) -> None:
        super().__init__(run_id)
        self.run_id = run_id

    def __str__(self) -> str:
        return f"run {self.run_id} was taken over by another process; this one gave up its copy"


class TrackError(MusicAIError):
    """One audio file cannot be classified. It becomes a row of the quarantine, never a crash.

    The message is the human reason; the class's ``code`` is the stable one.
    """

    code = "track"
    passing: ClassVar[bool] = False
    """Whether another look may succeed although the file did not change."""


class EmptyFileError(TrackError):
    """The file has no bytes."""

    code = "empty"


class TruncatedError(TrackError):
    """The file ends before what its header promises."""

    code = "truncated"


class NotAudioError(TrackError):
    """The content is no audio, whatever the extension says."""

    code = "not_audio"


class UnsupportedCodecError(TrackError):
    """Audio in a codec that no decoder here reads."""

    code = "unsupported_codec"


class TooShortError(TrackError):
    """Too little sound to say anything."""

    code = "too_short"


class SilentError(TrackError):
    """No sample differs from digital silence."""

    code = "silent"


class CorruptError(TrackError):
    """The decoder found the content damaged."""

    code = "corrupt"


class TooLargeError(TrackError):
    """The header claims more sound than can be true."""

    code = "too_large"


class TooMuchMemoryError(TrackError):
    """Decoding it takes more memory than a track may have."""

    code = "too_much_memory"


class PermissionDeniedError(TrackError):
    """The worker may not read the file."""

    code = "permission"
    passing = True


class VanishedError(TrackError):
    """The file was there when the folder was scanned, and is gone."""

    code = "vanished"
    passing = True


class ChangedError(TrackError):
    """The file changed while it was read; the next scan will find it again."""

    code = "changed"
    passing = True


class OutsideError(TrackError):
    """The path leads out of its library: upwards, or through a link that nobody asked to follow."""

    code = "outside"
    passing = True


class UnreadableError(TrackError):
    """The storage gave an input/output error."""

    code = "unreadable"
    passing = True


class CrashedError(TrackError):
    """The file killed the process that decoded it, twice."""

    code = "crashed"


class TimedOutError(TrackError):
    """Decoding did not get on within the time limit."""

    code = "timed_out"


class InternalError(TrackError):
    """A decoder or MusicAI itself failed in a way that nobody foresaw; the log has the details."""

    code = "internal"


E = TypeVar("E", bound=MusicAIError)


def _codes_below(kind: type[E]) -> dict[str, type[E]]:
    found = {kind.code: kind}
    for child in kind.__subclasses__():
        found |= _codes_below(child)
    return found


TRACK_ERRORS = _codes_below(TrackError)
"""Every track error by its code."""

PASSING_CODES = frozenset(code for code, kind in TRACK_ERRORS.items() if kind.passing)
"""Codes of faults of the surroundings: the next scan gives such a track another look."""


def exit_status_of(code: str | None) -> int:
    """Return the exit status of the error that the catalogue recorded by its code; 1 for an unknown one."""
    return _codes_below(MusicAIError).get(code or "", MusicAIError).exit_status
