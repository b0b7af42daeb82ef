"""The two formats: lines for people, and JSON for whoever collects logs."""

import logging
import re
import socket
from typing import Any

from pythonjsonlogger.core import RESERVED_ATTRS
from pythonjsonlogger.json import JsonFormatter

from musicai.logs.masking import Masking

# a file name may hold a line feed: it must not write a line of its own into the log
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


class TextFormat(logging.Formatter):
    """``TIME LEVEL logger: message [job=3 track=12]``."""

    def __init__(self, masking: Masking) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")
        self._masking = masking

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - the name of the base
        """Return the line, with what it is about at its end."""
        line = super().formatMessage(record)
        context = getattr(record, "context", None)
        if not context:
            return line
        about = " ".join(f"{name}={_one_line(value)}" for name, value in context.items())
        return f"{line} [{about}]"

    def format(self, record: logging.LogRecord) -> str:
        """Return the line and what follows it, without secrets."""
        return self._masking(super().format(record))


class JsonFormat(JsonFormatter):
    """One JSON object a line: time, level, logger, message, service, node, pid, and what it is about."""

    def __init__(self, masking: Masking, service: str) -> None:
        super().__init__(
            ["levelname", "name", "message", "process"],
            rename_fields={"levelname": "level", "name": "logger", "process": "pid"},
            static_fields={"service": service, "node": socket.gethostname()},
            # what Celery adds repeats the arguments of a task
            reserved_attrs=[*RESERVED_ATTRS, "data", "context"],
            timestamp="time",
        )
        self._masking = masking

    def add_fields(
        self, log_data: dict[str, Any], record: logging.LogRecord, message_dict: dict[str, Any]
    ) -> None:
        """Add what the record is about."""
        super().add_fields(log_data, record, message_dict)
        log_data.update(getattr(record, "context", {}))

    def process_log_record(self, log_data: dict[str, Any]) -> dict[str, Any]:
        """Return the object without secrets."""
        masked: dict[str, Any] = self._masking.all(log_data)
        return masked


def _one_line(value: object) -> str:
    text = _CONTROL.sub(lambda found: repr(found[0])[1:-1], str(value))
    return f'"{text}"' if " " in text else text
