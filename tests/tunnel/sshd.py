"""OpenSSH servers for tests: ordinary processes with their own keys and configuration, on loopback or in a namespace."""

import getpass
import os
import shutil
import signal
import socket
import subprocess
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.live import until

SSHD = shutil.which("sshd") or "/usr/sbin/sshd"

needs_sshd = pytest.mark.skipif(not Path(SSHD).exists(), reason="no OpenSSH server is installed")

_CONFIG = """\
Port {port}
ListenAddress {address}
HostKey {folder}/host_key
PidFile none
AuthorizedKeysFile {folder}/authorized_keys
UsePAM no
StrictModes no
PasswordAuthentication no
KbdInteractiveAuthentication no
AllowTcpForwarding yes
MaxStartups 200
LogLevel VERBOSE
GatewayPorts {gateway_ports}
SetEnv HOME={folder}
{more}
"""


def free_port(address: str = "127.0.0.1") -> int:
    with socket.socket() as probe:
        probe.bind((address, 0))
        return int(probe.getsockname()[1])


def make_key(file: Path, passphrase: str = "") -> Path:
    """An ed25519 key pair; the public half beside it."""
    command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", passphrase, "-C", "test", "-f", str(file)]
    subprocess.run(command, check=True, capture_output=True)
    return file


class Sshd:
    """One server; the same key and port over restarts."""

    def __init__(
        self,
        folder: Path,
        *,
        address: str = "127.0.0.1",
        port: int | None = None,
        gateway_ports: str = "no",
        more: str = "",
        prefix: Sequence[str] = (),
    ) -> None:
        """`prefix` goes before the command line: `ip netns exec NAME`."""
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.address = address
        self.port = port or free_port()
        self.user = getpass.getuser()
        self.key = make_key(folder / "client_key")
        make_key(folder / "host_key")
        shutil.copy(folder / "client_key.pub", folder / "authorized_keys")
        config = _CONFIG.format(port=self.port, address=address, folder=folder, gateway_ports=gateway_ports, more=more)
        (folder / "sshd_config").write_text(config)
        self._prefix = tuple(prefix)
        self._log = folder / "log"
        self._log.touch()
        self._said = 0
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def host_key(self) -> str:
        return " ".join((self.folder / "host_key.pub").read_text().split()[:2])

    @property
    def log(self) -> str:
        return self._log.read_text()

    def known_hosts(self, file: Path) -> Path:
        """Adds this server to a file of known hosts."""
        with file.open("a") as kept:
            kept.write(f"[{self.address}]:{self.port} {self.host_key}\n")
        return file

    def start(self) -> None:
        if os.geteuid() == 0:
            Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)  # where root's server shuts its helpers in
        command = [*self._prefix, SSHD, "-D", "-e", "-f", str(self.folder / "sshd_config")]
        self._said = len(self.log)
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    async def listening(self, seconds: float = 5.0) -> None:
        """Waits until it says so itself: a connection to find out would be one more that it serves."""
        line = f"listening on {self.address} port {self.port}"
        await until(lambda: line in self.log[self._said :], seconds)

    def kill(self) -> None:
        """With every connection that it serves."""
        process, self._process = self._process, None
        if process is None:
            return
        family = [*psutil.Process(process.pid).children(recursive=True), psutil.Process(process.pid)]
        for member in family:
            try:
                member.send_signal(signal.SIGKILL)
            except psutil.NoSuchProcess:
                continue
        process.wait(5)


@asynccontextmanager
async def sshd(folder: Path, **fields: Any) -> AsyncIterator[Sshd]:
    """A server that listens."""
    server = Sshd(folder, **fields)
    server.start()
    try:
        await server.listening()
        yield server
    finally:
        server.kill()
