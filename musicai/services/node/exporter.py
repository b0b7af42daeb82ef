"""The exporter as a service."""

import sys

from musicai.config import Settings
from musicai.errors import ConfigError
from musicai.services.node.listening import check_auth, is_loopback


def command(settings: Settings) -> list[str]:
    """Return the command of the exporter.

    Raises
    ------
    ConfigError: it would listen beyond this machine and ask for no password.
    """
    check(settings)
    return [sys.executable, "-m", "musicai", "exporter"]


def check(settings: Settings) -> None:
    """Refuse to show strangers the names of hosts, queues and models."""
    check_auth("MUSICAI_EXPORTER_AUTH", settings.exporter_auth)
    if not settings.exporter_auth and not is_loopback(settings.exporter_address):
        raise ConfigError(
            f"MUSICAI_EXPORTER_ADDRESS={settings.exporter_address!r} can be reached from other machines: "
            "set MUSICAI_EXPORTER_AUTH=USER:PASSWORD, or use 127.0.0.1"
        )
