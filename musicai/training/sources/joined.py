"""Several sources as one: the user's own tracks beside a public collection."""

from collections.abc import Sequence
from dataclasses import replace

from musicai.errors import DatasetError
from musicai.training.sources.example import Example, checked, named
from musicai.training.sources.source import Listing, Source


class Joined(Source):
    """Examples of several sources; each name begins with the number of its source.

    Parameters
    ----------
    parts: at least two.
    """

    kind = "joined"

    def __init__(self, parts: Sequence[Source]) -> None:
        self.parts = tuple(parts)
        self.location = " + ".join(map(str, parts))
        self.content = parts[0].content

    def listing(self) -> Listing:
        """Return what all of them hold."""
        listings = [part.listing() for part in self.parts]
        examples = [
            replace(example, name=f"{number}/{example.name}")
            for number, listing in enumerate(listings, 1)
            for example in listing.examples
        ]
        empty = tuple(genre for listing in listings for genre in listing.empty)
        return Listing(checked(examples), empty, sum(listing.ignored for listing in listings))

    def sides(self) -> dict[str, str]:
        """Return the sides that all of them say; DatasetError when only some do.

        What is held out in one would be learnt from otherwise, or a side would be of one source alone.
        """
        each = [part.sides() for part in self.parts]
        silent = [str(part) for part, sides in zip(self.parts, each, strict=True) if not sides]
        if silent and len(silent) < len(each):
            raise DatasetError(
                f"{named(silent)} says no sides of a split, as the column split of the others does: add the"
                " column, or divide all of them (--ratio, --by or --split)"
            )
        return {
            f"{number}/{name}": side for number, sides in enumerate(each, 1) for name, side in sides.items()
        }

    def origin(self, example: Example) -> Source:
        """Return the source that an example came from."""
        return self.parts[int(example.name.partition("/")[0]) - 1]

    def shape(self) -> str:
        """Return what it should look like."""
        return self.parts[0].shape()
