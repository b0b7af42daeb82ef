"""Flower's configuration file (``--conf``): it takes what is called like one of its options."""

from musicai.config import Settings
from musicai.logs import configure_service
from musicai.services.flower.tasks import format_task

__all__ = ["format_task"]

# Tornado has set up its own format before it reads this file
configure_service(Settings.from_env(), "flower")
