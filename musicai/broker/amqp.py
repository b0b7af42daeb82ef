"""RabbitMQ as the broker: a setting for clusters that run it already."""

import ssl
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from musicai.errors import ConfigError


def is_amqp(url: str) -> bool:
    """Whether a broker's URL names a RabbitMQ."""
    return url.startswith(("amqp://", "amqps://"))


def tls_options(url: str) -> dict[str, Any]:
    """Return kombu's `ssl` for a broker's URL: the server's certificate is always checked; {} without TLS.

    The query may say ``ssl_ca_certs``, ``ssl_certfile`` and ``ssl_keyfile``, as for Redis.

    Raises
    ------
    ConfigError: one of these files is not there.
    """
    parts = urlsplit(url)
    if parts.scheme != "amqps":
        return {}
    given = {name.removeprefix("ssl_"): values[-1] for name, values in parse_qs(parts.query).items()}
    files: dict[str, Any] = {
        name: given[name] for name in ("ca_certs", "certfile", "keyfile") if name in given
    }
    for name, file in files.items():
        if not Path(file).is_file():  # the error of the connection would not say which
            raise ConfigError(f"MUSICAI_BROKER_URL: ssl_{name}={file}: there is no such file")
    return {"cert_reqs": ssl.CERT_REQUIRED, "server_hostname": parts.hostname, **files}


def without_query(url: str) -> str:
    """Return a URL as kombu's AMQP transport takes it: it knows no query."""
    return url.partition("?")[0]


def refusal(url: str, timeout_s: float) -> str | None:
    """Connect and return None, or say why that cannot be done."""
    # only who has a RabbitMQ waits for the import
    from amqp.exceptions import AMQPError  # noqa: PLC0415
    from kombu.connection import Connection  # noqa: PLC0415

    try:
        tls = tls_options(url) or None
        with Connection(without_query(url), ssl=tls, connect_timeout=timeout_s) as client:  # type: ignore[no-untyped-call]
            client.connect()
    except (AMQPError, OSError, ValueError, ConfigError) as err:
        return str(err) or type(err).__name__
    return None
