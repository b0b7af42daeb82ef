"""OpenSSH's server on a loopback port, with keys of its own; it serves the files of this machine."""

import getpass
import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.services import absent
from tests.services.ports import free_port
from tests.waiting import PATIENCE_S, until

_SFTP_SERVERS = ("/usr/lib/openssh/sftp-server", "/usr/lib/ssh/sftp-server", "/usr/libexec/sftp-server")


class SftpServer:
    """A server that can be stopped and started again, and the home folder of somebody whom it knows."""

    def __init__(self, folder: Path) -> None:
        program = shutil.which("sshd", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
        helper = next((path for path in _SFTP_SERVERS if Path(path).exists()), None)
        if program is None or helper is None:
            absent("needs OpenSSH's `sshd` and `sftp-server`")
        self._program, self._folder = program, folder
        self.home, self._port = folder / "home", free_port()
        self.url = f"sftp://{getpass.getuser()}@127.0.0.1:{self._port}"
        self.process: subprocess.Popen[bytes] | None = None
        self._write(helper)

    def _write(self, helper: str) -> None:
        ssh = self.home / ".ssh"
        ssh.mkdir(parents=True, mode=0o700)
        for key in (self._folder / "host", ssh / "id_ed25519"):
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
        host_key = (self._folder / "host.pub").read_text()
        (ssh / "known_hosts").write_text(f"[127.0.0.1]:{self._port} {host_key}")
        shutil.copy(ssh / "id_ed25519.pub", self._folder / "authorized_keys")
        self._config = self._folder / "sshd_config"
        self._config.write_text(
            f"ListenAddress 127.0.0.1:{self._port}\nHostKey {self._folder}/host\nPidFile none\n"
            f"AuthorizedKeysFile {self._folder}/authorized_keys\nStrictModes no\nUsePAM no\n"
            f"PermitRootLogin yes\nPasswordAuthentication no\nMaxStartups 100\n"
            f"Subsystem sftp {helper}\n"
        )

    def start(self) -> None:
        command = [self._program, "-D", "-e", "-f", str(self._config)]
        self.process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        until(lambda: _answers(self._port), "sshd to answer")

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.wait(timeout=PATIENCE_S)


@contextmanager
def sftp_server(folder: Path) -> Iterator[SftpServer]:
    """Run a server as long as the block; HOME is that of somebody whom it lets in."""
    Path("/run/sshd").mkdir(exist_ok=True) if os.getuid() == 0 else None
    server = SftpServer(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOME", str(server.home))
        patch.delenv("SSH_AUTH_SOCK", raising=False)
        server.start()
        try:
            yield server
        finally:
            server.stop()


def _answers(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1) as probe:
            return probe.recv(4) == b"SSH-"
    except OSError:
        return False
