"""Secrets do not get into logs, whoever put them into a message or into the text of an error."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from musicai.config import Settings

_MASK = "***"
# up to the last @ of a word: a password may hold one although it should not
_IN_URL = re.compile(r"(://[^\s:@/]*:)\S*@")
_IN_QUERY = re.compile(r"((?:password|passwd|secret|token)=)[^&\s'\"]+", re.IGNORECASE)
_SHORTEST = 4
"""A shorter password is in every other word."""


class Masking:
    """Masks the passwords of URLs, and the secrets of the settings wherever they stand."""

    def __init__(self, settings: Settings) -> None:
        # the longest first: one may be a part of another
        secrets = sorted((s for s in settings.secrets() if len(s) >= _SHORTEST), key=len, reverse=True)
        self._secrets = re.compile("|".join(map(re.escape, secrets))) if secrets else None

    def __call__(self, text: str) -> str:
        """Return text without secrets."""
        text = _IN_URL.sub(rf"\1{_MASK}@", text)
        text = _IN_QUERY.sub(rf"\1{_MASK}", text)
        return self._secrets.sub(_MASK, text) if self._secrets else text

    def all(self, value: Any) -> Any:
        """Return a JSON value without secrets."""
        if isinstance(value, str):
            return self(value)
        if isinstance(value, Mapping):
            return {key: self.all(part) for key, part in value.items()}
        if isinstance(value, Sequence) and not isinstance(value, bytes):
            return [self.all(part) for part in value]
        return value


def unforeseen(err: Exception, settings: Settings) -> str:
    """Return what an error of others says: without secrets, and without a statement and all its values."""
    lines = Masking(settings)(str(err)).splitlines()
    return f"{type(err).__name__}: {lines[0] if lines else ''}"
