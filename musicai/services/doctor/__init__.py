"""What is configured, reachable, migrated and loadable, and what to do about each fault."""

from musicai.services.doctor.examine import examine
from musicai.services.finding import Finding, Status

__all__ = ["Finding", "Status", "examine"]
