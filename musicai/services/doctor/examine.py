"""The whole examination, in the order in which things depend on each other."""

import platform
from collections.abc import Iterator

from musicai import __version__
from musicai.config import Settings
from musicai.services.doctor import storage
from musicai.services.doctor.heavy import examine_heavy
from musicai.services.doctor.queue import examine_queue
from musicai.services.finding import Finding, ok


def examine(settings: Settings) -> Iterator[Finding]:
    """Yield one finding after the other, each as soon as it is known."""
    yield ok("musicai", __version__)
    yield ok("python", f"{platform.python_version()} on {platform.system()} {platform.machine()}")
    yield storage.home(settings)
    yield storage.catalogue(settings)
    yield from storage.schedules(settings)
    yield from examine_queue(settings)
    yield from examine_heavy(settings)
