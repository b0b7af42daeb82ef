"""Turning the logs of a service on."""

import logging
import sys

from musicai.config import Settings
from musicai.logs.context import AddContext
from musicai.logs.formats import JsonFormat, TextFormat
from musicai.logs.masking import Masking


def configure(settings: Settings, service: str, level: int | str | None = None) -> None:
    """Write everything that this process logs to standard error, in the format of the settings.

    Parameters
    ----------
    service: what it is called in each JSON object.
    level: least level that is written; None for that of the settings.
    """
    masking = Masking(settings)
    handler = logging.StreamHandler(sys.stderr)
    json_wanted = settings.log_format == "json"
    handler.setFormatter(JsonFormat(masking, service) if json_wanted else TextFormat(masking))
    handler.addFilter(AddContext())
    root = logging.getLogger()
    for other in root.handlers[:]:
        root.removeHandler(other)
    root.addHandler(handler)
    root.setLevel(settings.log_level.upper() if level is None else level)
    logging.captureWarnings(capture=True)
