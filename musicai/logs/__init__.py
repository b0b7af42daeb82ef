"""What services write to their logs: as text or as JSON, with what it is about, and without passwords."""

from musicai.logs.context import bound
from musicai.logs.setup import configure, configure_service

__all__ = ["bound", "configure", "configure_service"]
