"""Who gets into Flower by OAuth: with a provider of our own that says who somebody is."""

import json
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.cookiejar import CookieJar
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import psutil

from musicai.config import Settings
from musicai.services.node import Node
from tests.services.ports import free_port
from tests.waiting import PATIENCE_S, until

SECRET = "hush-hush"


class Provider(BaseHTTPRequestHandler):
    """Says of everybody that he is `who`, as Okta's authorisation server does."""

    who = ""

    def do_GET(self) -> None:
        place = urlsplit(self.path)
        if place.path.endswith("/authorize"):
            asked = {name: values[0] for name, values in parse_qs(place.query).items()}
            self.send_response(302)
            self.send_header("Location", f"{asked['redirect_uri']}?code=c-1&state={asked['state']}")
            self.end_headers()
        else:
            self._say({"email": self.who, "email_verified": True})

    def do_POST(self) -> None:
        form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        assert form["client_secret"] == [SECRET]
        self._say({"access_token": "t-1"})

    def _say(self, value: dict[str, object]) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps(value).encode())

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def provider() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Provider)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/oauth2/default"
    server.shutdown()
    server.server_close()


def visit(url: str) -> int:
    """Return the status of a page after all redirections, with the cookies of a browser."""
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
    try:
        with browser.open(url, timeout=PATIENCE_S) as answer:
            status: int = answer.status
            return status
    except urllib.error.HTTPError as err:
        with err:
            return err.code
    except OSError:
        return 0


def test_those_on_the_list_get_in_and_nobody_else(settings: Settings) -> None:
    port = free_port()
    with provider() as base:
        given = replace(
            settings,
            flower_port=port,
            flower_oauth="okta",
            flower_oauth_allow="ann@example.org|bob@example.org",
            flower_oauth_key="client-1",
            flower_oauth_secret=SECRET,
            flower_oauth_redirect=f"http://127.0.0.1:{port}/login",
            flower_oauth_domain=base,
        )
        with Node(given, ("broker", "flower")) as node:
            until(lambda: visit(f"http://127.0.0.1:{port}/healthcheck") == 200, "Flower")
            Provider.who = "ann@example.org"
            assert visit(f"http://127.0.0.1:{port}/tasks") == 200
            Provider.who = "eve@example.org"
            assert visit(f"http://127.0.0.1:{port}/tasks") == 403
            process = psutil.Process(node.services["flower"].child.pid)
            assert SECRET not in " ".join(process.cmdline())
        assert SECRET not in (given.run_folder / "logs" / "flower.log").read_text()
