"""Several sources as one: the user's own tracks beside a public collection."""

from collections.abc import Sequence
from dataclasses import replace

from musicai.training.sources.example import Example, checked
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

    def origin(self, example: Example) -> Source:
        """Return the source that an example came from."""
        return self.parts[int(example.name.partition("/")[0]) - 1]

    def shape(self) -> str:
        """Return what it should look like."""
        return self.parts[0].shape()
