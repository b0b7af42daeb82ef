"""Split an expression into words: blanks separate, double quotes hold together, a backslash escapes.

Single quotes are letters here: song titles are full of apostrophes.
"""

from dataclasses import dataclass
from typing import NamedTuple

from musicai.errors import QueryError

LONGEST_EXPRESSION = 10_000


class Char(NamedTuple):
    """One character of a word, and whether it was written so that it only means itself."""

    text: str
    position: int
    quoted: bool = False
    escaped: bool = False

    def means(self, symbols: str) -> bool:
        """Whether this is one of the symbols, and written bare."""
        return self.text in symbols and not self.quoted and not self.escaped


@dataclass(frozen=True)
class Word:
    """Characters between blanks; quotes and backslashes are already taken off."""

    position: int
    chars: tuple[Char, ...]

    @property
    def text(self) -> str:
        """The characters as they mean themselves."""
        return "".join(c.text for c in self.chars)

    @property
    def pattern(self) -> str:
        """The characters with their backslashes put back: what a regular expression needs."""
        return "".join("\\" + c.text if c.escaped else c.text for c in self.chars)

    @property
    def is_bare(self) -> bool:
        """Whether nothing in it is quoted or escaped."""
        return not any(c.quoted or c.escaped for c in self.chars)

    def begins(self, symbols: str) -> bool:
        """Whether the first character is a bare one among the symbols."""
        return bool(self.chars) and self.chars[0].means(symbols)

    def ends(self, symbols: str) -> bool:
        """Whether the last character is a bare one among the symbols."""
        return bool(self.chars) and self.chars[-1].means(symbols)

    def since(self, index: int) -> "Word":
        """Return the rest from an index on; behind the end it points at the last character."""
        rest = self.chars[index:]
        last = self.chars[-1].position if self.chars else self.position
        return Word(rest[0].position if rest else last, rest)

    def until(self, index: int) -> "Word":
        """Return the part before an index."""
        return Word(self.position, self.chars[:index])


def read_words(expression: str) -> list[Word]:
    """Split an expression; QueryError points at what cannot be read."""
    _check_characters(expression)
    reader = _Reader(expression)
    while reader.position < len(expression):
        reader.read_character()
    return reader.finish()


def _check_characters(expression: str) -> None:
    if len(expression) > LONGEST_EXPRESSION:
        reason = f"the expression is longer than {LONGEST_EXPRESSION} characters; shorten it"
        raise QueryError(reason, expression, LONGEST_EXPRESSION)
    for position, char in enumerate(expression):
        # no database stores these in text: nothing could match
        if char == "\0" or "\ud800" <= char <= "\udfff":
            raise QueryError(f"the character {char!r} cannot be searched for", expression, position)


class _Reader:
    """The state of reading: where we are, the word so far, and the quote that is open."""

    def __init__(self, expression: str) -> None:
        self.expression = expression
        self.position = 0
        self._words: list[Word] = []
        self._chars: list[Char] = []
        self._word_at: int | None = None
        self._quote_at: int | None = None

    def read_character(self) -> None:
        """Take the next character."""
        char, position = self.expression[self.position], self.position
        self.position += 1
        if char.isspace() and self._quote_at is None:
            self._end_word()
            return
        if self._word_at is None:
            self._word_at = position
        if char == '"':
            self._quote_at = position if self._quote_at is None else None
        elif char == "\\":
            self._read_escaped(position)
        else:
            self._chars.append(Char(char, position, quoted=self._quote_at is not None))

    def finish(self) -> list[Word]:
        """End the last word and return them all."""
        if self._quote_at is not None:
            raise QueryError("this quote is never closed", self.expression, self._quote_at)
        self._end_word()
        return self._words

    def _read_escaped(self, position: int) -> None:
        if self.position == len(self.expression):
            reason = "nothing follows the backslash; write \\\\ for a backslash itself"
            raise QueryError(reason, self.expression, position)
        self._chars.append(Char(self.expression[self.position], self.position, escaped=True))
        self.position += 1

    def _end_word(self) -> None:
        if self._word_at is not None:
            self._words.append(Word(self._word_at, tuple(self._chars)))
        self._word_at, self._chars = None, []
