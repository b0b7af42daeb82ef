"""A private PostgreSQL server on a Unix socket in a temporary folder."""

import itertools
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from tests.services import absent
from tests.services.network import Host
from tests.services.ports import free_port
from tests.services.tls import Authority
from tests.waiting import PATIENCE_S

# not durable, and quick: these databases live for one test
_QUICK = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
_OPTIONS = {
    "listen_addresses": "",
    "shared_buffers": "32MB",
    "max_connections": "60",
    "log_min_messages": "fatal",
}
PASSWORD = "swordfish"


class PostgresServer:
    """A running server that hands out fresh databases, and that can be stopped and started again."""

    def __init__(
        self,
        folder: Path,
        tls: Authority | None = None,
        host: Host | None = None,
        *,
        durable: bool = False,
    ) -> None:
        self._folder, self._tls, self._host = folder, tls, host
        self._options = _OPTIONS | ({} if durable else _QUICK)
        self.port = free_port() if tls else 0
        self._names = (f"test_{n}" for n in itertools.count())
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def socket(self) -> str:
        """The path of its Unix socket."""
        return str(self._folder / f".s.PGSQL.{self.port or 5432}")

    def start(self) -> None:
        """Start it and wait until it answers."""
        data, owner = self._folder / "data", _owner()
        given = self._options | (_encrypted(self, self._tls, data, owner) if self._tls else {})
        given |= _on_host(self._host, data) if self._host else {}
        options = [f"-c{name}={value}" for name, value in given.items()]
        # whoever enters a host needs root's rights, and gives them up there
        there = [*self._host.prefix, "setpriv", f"--reuid={owner}", "--clear-groups"] if self._host else []
        self._process = subprocess.Popen(
            [*there, _binary("postgres"), "-D", data, "-k", self._folder, *options],
            user=None if there else owner, cwd=self._folder, stdout=subprocess.DEVNULL,
        )  # fmt: skip
        deadline = time.monotonic() + PATIENCE_S
        while not self.is_ready():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"PostgreSQL did not start (exit status {self._process.poll()})")
            time.sleep(0.05)

    @property
    def pid(self) -> int:
        """The process that all its others come from."""
        assert self._process is not None
        return self._process.pid

    def stop(self, how: signal.Signals = signal.SIGQUIT) -> None:
        """Stop it: SIGQUIT at once and without a word to anybody, SIGINT fast and in good order."""
        assert self._process is not None
        # the parent of a host's processes is deaf to all else, and takes them along
        self._process.send_signal(signal.SIGKILL if self._host else how)
        self._process.wait(timeout=PATIENCE_S)

    def url(self, name: str) -> str:
        """Return the URL of a database, as MUSICAI_DATABASE_URL takes it."""
        if self._host is not None:
            return f"postgresql+psycopg://musicai:{PASSWORD}@{self._host.address}/{name}"
        if self._tls is None:
            # the product's own three seconds are for networks
            patience = f"connect_timeout={PATIENCE_S:.0f}"
            return f"postgresql+psycopg://musicai@/{name}?host={self._folder}&{patience}"
        checked = f"sslmode=verify-full&sslrootcert={self._tls.ca}"
        return f"postgresql+psycopg://musicai:{PASSWORD}@localhost:{self.port}/{name}?{checked}"

    def _admin(self) -> psycopg.Connection:
        return psycopg.connect(
            host=str(self._folder),
            port=self.port or None,
            user="musicai",
            dbname="postgres",
            autocommit=True,
        )

    def is_ready(self) -> bool:
        """Whether it answers."""
        try:
            self._admin().close()
        except psycopg.OperationalError:
            return False
        return True

    @contextmanager
    def database(self, template: str = "template1") -> Iterator[str]:
        """Create a database, an empty one or a copy, and yield its URL.

        It is dropped afterwards, whoever is still connected.
        """
        name = next(self._names)
        with self._admin() as admin:
            admin.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
            admin.execute(f"ALTER USER musicai PASSWORD '{PASSWORD}'")
        try:
            yield self.url(name)
        finally:
            with self._admin() as admin:
                admin.execute(f"DROP DATABASE {name} WITH (FORCE)")


def _binary(name: str) -> str:
    """Return the server program, from Debian's place or from the PATH."""
    debian = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda p: int(p.parts[-3]))
    found = str(debian[-1]) if debian else shutil.which(name)
    if found is None:
        absent(f"needs PostgreSQL: no `{name}` in /usr/lib/postgresql/*/bin or on the PATH")
    assert found
    return found


def _owner() -> str | None:
    """Return the user to run as: PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


@contextmanager
def postgres_server(
    tls: Authority | None = None, host: Host | None = None, *, durable: bool = False
) -> Iterator[PostgresServer]:
    """Start a server, yield it, and take it down with its folder.

    Parameters
    ----------
    tls: listen on a port, too, with this certificate, and ask for a password there.
    host: run on a host of a network, listen to it, and ask for a password there.
    durable: lose nothing in a power cut, as in production, at the price of its speed.
    """
    initdb, owner = _binary("initdb"), _owner()
    # /tmp and not pytest's folder: the path of a Unix socket has at most 107 bytes
    folder = Path(tempfile.mkdtemp(prefix="musicai-pg-", dir="/tmp"))
    if owner is not None:
        shutil.chown(folder, owner)
    locale = "C.UTF-8" if sys.platform == "linux" else "en_US.UTF-8"
    data = folder / "data"
    try:
        subprocess.run(
            [initdb, "-D", data, "-U", "musicai", "-A", "trust", "-E", "UTF8", "--locale", locale, "-N"],
            user=owner, cwd=folder, check=True, stdout=subprocess.DEVNULL,
        )  # fmt: skip
        server = PostgresServer(folder, tls, host, durable=durable)
        try:
            server.start()
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _on_host(host: Host, data: Path) -> dict[str, str]:
    (data / "pg_hba.conf").write_text("local all all trust\nhost all all 0.0.0.0/0 scram-sha-256\n")
    return {"listen_addresses": host.address}


def _encrypted(
    server: PostgresServer, tls: Authority, data: Path, owner: str | None
) -> dict[str, str | int]:
    """Let others than the folder's owner in by TLS and password only; return the options."""
    certificate, key = data / "tls.pem", data / "tls.key"
    for source, copy in ((tls.certificate, certificate), (tls.key, key)):
        shutil.copyfile(source, copy)
        copy.chmod(0o600)
        if owner is not None:
            shutil.chown(copy, owner)
    (data / "pg_hba.conf").write_text("local all all trust\nhostssl all all 127.0.0.1/32 scram-sha-256\n")
    listening = {"listen_addresses": "127.0.0.1", "port": server.port}
    return {**listening, "ssl": "on", "ssl_cert_file": certificate.name, "ssl_key_file": key.name}
