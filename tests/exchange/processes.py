"""Collectors as programs of their own, so that they can be killed as a machine kills them."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from phonetui.simulator.server import SimulatedPhone
from tests.live import PASSWORD

INTEGRATOR = "integrator"
"""The second collector's account, which tells its requests from the first one's in the phones' logs."""


def config_file(
    folder: Path, phones: Sequence[SimulatedPhone], username: str, *, shards: int = 4, more: str = ""
) -> Path:
    rows = "".join(
        f'[[phone]]\nname = "{phone.name}"\nurl = "{phone.url}"\nfingerprint = "{phone.fingerprint}"\n'
        for phone in phones
    )
    file = folder / f"{username}.toml"
    file.write_text(
        f'[defaults]\nusername = "{username}"\npassword = {{ env = "PHONES" }}\ncontrol = "on"\n'
        f"poll = {{ call = 0.5, idle = 1.0, slow = 3.0 }}\n"
        f'[feedback]\nlisten = "off"\n[history]\ndays = 0\n[nats]\nshards = {shards}\n{more}\n{rows}'
    )
    file.chmod(0o600)
    return file


class CollectorProcess:
    def __init__(self, folder: Path, config: Path, url: str, site: str = "hq") -> None:
        self._folder = folder / config.stem
        self._folder.mkdir(exist_ok=True)
        self._words = ("collect", "--config", str(config), "--nats", url, "--site", site)
        self.process: asyncio.subprocess.Process | None = None
        self.errors = self._folder / "errors"

    async def start(self) -> None:
        places = {f"XDG_{name}_HOME": str(self._folder / name.lower()) for name in ("STATE", "DATA", "CONFIG", "CACHE")}
        with self.errors.open("ab") as errors:
            self.process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "phonetui", *self._words, stderr=errors,
                env={**os.environ, **places, "PHONES": PASSWORD, "PYTHONPATH": str(Path.cwd())},
            )  # fmt: skip

    async def kill(self) -> None:
        """As no program can prepare for."""
        if self.process is not None and self.process.returncode is None:
            self.process.send_signal(signal.SIGKILL)
            await self.process.wait()

    async def stop(self) -> None:
        if self.process is not None and self.process.returncode is None:
            self.process.terminate()
            await self.process.wait()


@asynccontextmanager
async def collector_process(folder: Path, config: Path, url: str, site: str = "hq") -> AsyncIterator[CollectorProcess]:
    collector = CollectorProcess(folder, config, url, site)
    await collector.start()
    try:
        yield collector
    finally:
        await collector.kill()
