"""Turning the logs of a process on."""

import logging
import sys

from musicai.config import Settings
from musicai.logs.context import AddContext
from musicai.logs.formats import JsonFormat, TextFormat
from musicai.logs.masking import Masking
from musicai.logs.prints import real, record_prints


def configure(settings: Settings, service: str, level: int | str | None = None) -> logging.Handler:
    """Write everything that this process logs to standard error, in the format of the settings.

    Parameters
    ----------
    service: what it is called in each JSON object.
    level: least level that is written; None for that of the settings.
    """
    masking = Masking(settings)
    handler = logging.StreamHandler(real(sys.stderr))
    json_wanted = settings.log_format == "json"
    handler.setFormatter(JsonFormat(masking, service) if json_wanted else TextFormat(masking))
    handler.addFilter(AddContext())
    root = logging.getLogger()
    for other in root.handlers[:]:
        root.removeHandler(other)
    root.addHandler(handler)
    root.setLevel(settings.log_level.upper() if level is None else level)
    # seven lines about itself whenever a process looks at the schema
    logging.getLogger("alembic.runtime.plugins").setLevel(logging.WARNING)
    logging.captureWarnings(capture=True)
    return handler


def configure_service(settings: Settings, service: str, level: int | str | None = None) -> None:
    """Do as `configure`, for a process of which nobody reads anything but its log: prints belong to it."""
    handler = configure(settings, service, level)
    if settings.log_format == "json":
        record_prints(handler)
