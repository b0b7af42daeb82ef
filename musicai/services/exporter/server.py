"""The endpoint: `/metrics`, and `/healthcheck` for whoever looks after the process."""

import hmac
import socket
from base64 import b64encode
from collections.abc import Callable, Iterable
from typing import Any, NoReturn
from wsgiref.simple_server import WSGIRequestHandler, make_server

from prometheus_client import CollectorRegistry, PlatformCollector, ProcessCollector
from prometheus_client.exposition import ThreadingWSGIServer, make_wsgi_app

from musicai.catalogue.session import open_engine
from musicai.config import Settings
from musicai.errors import ServiceError
from musicai.logs import configure_service
from musicai.services.exporter.broker_part import BrokerPart
from musicai.services.exporter.catalogue_part import read_catalogue
from musicai.services.exporter.collector import Collector
from musicai.services.exporter.flower_part import FlowerPart
from musicai.services.exporter.metrics import families
from musicai.services.node.exporter import check

Respond = Callable[..., Any]
Application = Callable[[dict[str, Any], Respond], Iterable[bytes]]


def registry(settings: Settings) -> CollectorRegistry:
    """Return what is exposed. Nothing is connected yet: all of it may be away."""
    engine = open_engine(settings.catalogue_url, settings.database_timeout_s)
    broker = BrokerPart.of(settings)
    flower = FlowerPart(settings.flower_location)
    exposed = CollectorRegistry()
    parts = {
        "catalogue": lambda: families(read_catalogue(engine)),
        "broker": lambda: families(broker.read()),
        "flower": flower.read,
    }
    exposed.register(Collector(parts))
    ProcessCollector(registry=exposed)
    PlatformCollector(registry=exposed)
    return exposed


def open_server(settings: Settings) -> ThreadingWSGIServer:
    """Return a server that listens.

    Raises
    ------
    ServiceError: the address cannot be had.
    """
    application = guarded(make_wsgi_app(registry(settings)), settings.exporter_auth)
    address, port = settings.exporter_address, settings.exporter_port
    try:
        server_class = _server_class(address, port)
        return make_server(address, port, application, server_class, handler_class=_Handler)
    except OSError as err:
        raise ServiceError(
            f"the exporter cannot listen on {address} port {port} ({err.strerror or err}): "
            "choose another with MUSICAI_EXPORTER_PORT"
        ) from err


def serve(settings: Settings) -> NoReturn:
    """Serve until somebody ends the process.

    Raises
    ------
    ConfigError: it would listen beyond this machine and ask for no password.
    ServiceError: the address cannot be had.
    """
    check(settings)
    configure_service(settings, "exporter")
    with open_server(settings) as server:
        while True:
            server.serve_forever()


def guarded(metrics: Application, auth: str) -> Application:
    """Return an application that asks for user and password, if there are any."""
    wanted = f"Basic {b64encode(auth.encode()).decode()}".encode() if auth else b""

    def application(environ: dict[str, Any], respond: Respond) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        given = environ.get("HTTP_AUTHORIZATION", "").encode()
        if path == "/healthcheck":
            return _say(respond, "200 OK", "OK")
        if wanted and not hmac.compare_digest(given, wanted):
            return _say(respond, "401 Unauthorized", "user and password, please")
        if path not in ("/", "/metrics"):
            return _say(respond, "404 Not Found", "there is /metrics")
        return metrics(environ, respond)

    return application


def _say(respond: Respond, status: str, text: str) -> list[bytes]:
    headers = [("Content-Type", "text/plain; charset=utf-8")]
    if status.startswith("401"):
        headers.append(("WWW-Authenticate", 'Basic realm="musicai"'))
    respond(status, headers)
    return [f"{text}\n".encode()]


class _Handler(WSGIRequestHandler):
    """Says nothing of each request, and waits for nobody for ever."""

    timeout = 30

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name of the base
        """Say nothing: a line every fifteen seconds hides the others."""


def _server_class(address: str, port: int) -> type[ThreadingWSGIServer]:
    family = socket.getaddrinfo(address, port, type=socket.SOCK_STREAM)[0][0]
    return type("Server", (ThreadingWSGIServer,), {"address_family": family})
