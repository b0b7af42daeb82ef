"""A RabbitMQ server with a password, on a loopback port."""

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from musicai.broker import is_answering
from tests.services import absent
from tests.services.ports import free_port
from tests.services.redis import PASSWORD
from tests.services.tls import Authority
from tests.waiting import PATIENCE_S, until

_PROGRAM = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")


class RabbitMqServer:
    """A server that can be killed and started again, with what it kept on disk.

    It listens on two ports, and speaks TLS on one of them: at `tls_url`.
    """

    def __init__(self, folder: Path) -> None:
        program = _PROGRAM if _PROGRAM.exists() else shutil.which("rabbitmq-server")
        if program is None:
            absent("needs `rabbitmq-server` on the PATH")
        port, tls_port, distribution = free_port(), free_port(), free_port()
        self.url = f"amqp://musicai:{PASSWORD}@127.0.0.1:{port}//"
        self.process: subprocess.Popen[bytes] | None = None
        folder.mkdir(parents=True, exist_ok=True)
        tls = Authority.make(folder / "tls")
        self.tls_url = f"amqps://musicai:{PASSWORD}@localhost:{tls_port}//?ssl_ca_certs={tls.ca}"
        config = folder / "rabbitmq.conf"
        config.write_text(
            f"listeners.tcp.1 = 127.0.0.1:{port}\ndefault_user = musicai\ndefault_pass = {PASSWORD}\n"
            f"loopback_users = none\nlisteners.ssl.1 = 127.0.0.1:{tls_port}\n"
            f"ssl_options.certfile = {tls.certificate}\nssl_options.keyfile = {tls.key}\n"
            f"ssl_options.cacertfile = {tls.ca}\n"
        )
        (folder / "plugins").write_text("[].\n")
        self._command = [str(program)]
        self._environ = os.environ | {
            # the Erlang node's name: two servers of one name would find each other
            "RABBITMQ_NODENAME": f"musicai-{uuid4().hex}@localhost",
            "RABBITMQ_CONFIG_FILE": str(config),
            "RABBITMQ_MNESIA_BASE": str(folder / "data"),
            "RABBITMQ_LOG_BASE": str(folder / "log"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "plugins"),
            "RABBITMQ_DIST_PORT": str(distribution),
            # no daemon that outlives the test keeps the names of nodes
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": f"-start_epmd false -erl_epmd_port {distribution}",
            "HOME": str(folder),
        }

    def start(self) -> None:
        self.process = subprocess.Popen(
            self._command, env=self._environ, stdout=subprocess.DEVNULL, start_new_session=True
        )
        until(lambda: all(map(is_answering, (self.url, self.tls_url))), "RabbitMQ to answer")

    def kill(self) -> None:
        self._signal(signal.SIGKILL)

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self._signal(signal.SIGTERM)

    def _signal(self, number: int) -> None:
        """Send a signal to the shell that started it, the machine of Erlang, and its port programs."""
        assert self.process is not None
        os.killpg(self.process.pid, number)
        self.process.wait(timeout=PATIENCE_S)


@contextmanager
def rabbitmq_server(folder: Path) -> Iterator[RabbitMqServer]:
    """Run a server as long as the block."""
    server = RabbitMqServer(folder)
    try:
        server.start()
        yield server
    finally:
        server.stop()
