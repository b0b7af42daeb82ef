"""What a source holds, and what is wrong with it."""

from dataclasses import asdict, dataclass
from typing import Any

from musicai.config import Settings
from musicai.errors import DatasetError
from musicai.front_end import FrontEnd
from musicai.services.dataset.child import Report, carry_out
from musicai.services.dataset.opened import opened
from musicai.training.sources.example import check_trainable, counts, named
from musicai.training.sources.source import Listing, Source, digest


@dataclass(frozen=True)
class CheckReport:
    """A source as a data set.

    Parameters
    ----------
    source: with the kind that it was taken for.
    content: what its files hold: audio, pictures or spectrograms.
    classes: genre -> how many files it has, empty ones too.
    examples: files in all.
    artists: files whose artist is known.
    groups: files that belong to a group.
    ignored: files beside them that are no examples.
    digest: SHA-256 of names, genres and contents; null while a file cannot be read.
    unreadable: files that cannot be read, each with name, file and reason; null when nobody looked.
    problems: why nothing can be learnt from it, in words.
    """

    source: str
    content: str
    classes: dict[str, int]
    examples: int
    artists: int
    groups: int
    ignored: int
    digest: str | None
    unreadable: list[dict[str, str]] | None
    problems: list[str]

    def to_json(self) -> dict[str, Any]:
        """Return a JSON object."""
        return asdict(self)


def check_source(
    settings: Settings,
    text: str,
    *,
    front_end: FrontEnd | None = None,
    read: bool = False,
    report: Report | None = None,
) -> CheckReport:
    """Look at a source; with `read`, decode every file as well.

    Raises
    ------
    ConfigError, DatasetError: there is no such source, or it cannot be listed at all.
    """
    source = opened(settings, text, front_end)
    listing = source.listing()
    problems = _problems(source, listing)
    unreadable = None
    if read and listing.examples:
        order = {"source": str(source), "front_end": front_end and front_end.to_json()}
        unreadable = carry_out(
            settings, "read", {**order, "skip_unreadable": True, "cached": False}, report
        )
        problems += [f"{one['file']}: {one['reason']}" for one in unreadable]
    return CheckReport(
        source=str(source),
        content=source.content,
        classes=counts(listing.examples) | dict.fromkeys(listing.empty, 0),
        examples=len(listing.examples),
        artists=sum(example.artist is not None for example in listing.examples),
        groups=sum(example.group is not None for example in listing.examples),
        ignored=listing.ignored,
        digest=_digest(listing, problems),
        unreadable=unreadable,
        problems=problems,
    )


def _problems(source: Source, listing: Listing) -> list[str]:
    problems = [f"there is no file of the genre {named([genre])}" for genre in listing.empty]
    if not listing.examples and not listing.empty:
        return [f"there is no track with a genre; {source.shape()}"]
    try:
        check_trainable(listing.examples)
    except DatasetError as err:
        problems.append(str(err))
    return problems


def _digest(listing: Listing, problems: list[str]) -> str | None:
    try:
        return digest(listing.examples)
    except DatasetError as err:
        problems.append(str(err))
        return None
