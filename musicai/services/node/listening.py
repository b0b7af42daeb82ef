"""Where services listen, and what they must ask for there."""

import ipaddress

from musicai.errors import ConfigError


def check_auth(env: str, auth: str) -> None:
    """Refuse an account that is none; ConfigError does not repeat it."""
    user, colon, password = auth.partition(":")
    if auth and not (user and colon and password):
        raise ConfigError(f"{env} must look like USER:PASSWORD")


def is_loopback(address: str) -> bool:
    """Whether only this machine reaches an address."""
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return address == "localhost"
