"""Names of model families: what a run is asked to call its model, before the version is appended."""

import re

from musicai.errors import ConfigError

LONGEST = 55
"""Characters: with a hyphen and eight digits of a version a name is as long as a model's may be, 64."""
_FAMILY = re.compile(rf"[a-z0-9][a-z0-9._-]{{0,{LONGEST - 1}}}")


def check_family(name: str) -> None:
    """Refuse a name that no version could be made of; ConfigError."""
    if not _FAMILY.fullmatch(name):
        raise ConfigError(
            f"{name!r} is no name for a model: small letters, digits, '.', '_', '-', at most {LONGEST}"
        )
