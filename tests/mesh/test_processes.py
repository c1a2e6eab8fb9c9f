"""The program as a process, interrupted in the midst of test calls: ctrl+c, kill -9 and the next start, a tunnel cut.

`PHONETUI_MESH_RUNS=100` tries as many, each at a moment of its own; with `-n` several at once.
"""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path
from random import Random

import pytest

from phonetui.simulator.call import Leg
from phonetui.simulator.server import ServedOffice
from tests.deadlines import SLOWER
from tests.faults.programs import environment
from tests.live import served, until
from tests.tunnel.sshd import Sshd, needs_sshd, sshd

RUNS = int(os.environ.get("PHONETUI_MESH_RUNS", "3"))
END_S = 10.0
"""In which every call is ended, on an idle machine."""
TUNNEL = 2
"""Of the kinds of interruption: ctrl+c, kill, the tunnel."""


def configured(folder: Path, office: ServedOffice, server: Sshd | None) -> tuple[Path, Path]:
    """Configuration and plan; the second half of the phones is behind the jump host."""
    lines = ["[defaults]", "poll = { call = 0.5, idle = 1.0, slow = 5.0 }", 'transport = "http"', "timeout_s = 5.0"]
    if server is not None:
        known = server.known_hosts(folder / "known")
        lines += ["[jump.bastion]", f'host = "{server.address}"', f"port = {server.port}", f'user = "{server.user}"']
        lines += [f'key_file = "{server.key}"', f'known_hosts = "{known}"']
    plan = ['name = "night"', "talk_s = 20"]
    for place, phone in enumerate(office.phones):
        is_far = place >= len(office.phones) // 2
        lines += ["[[phone]]", f'name = "{phone.name}"', f'url = "{phone.url}"', f'fingerprint = "{phone.fingerprint}"']
        lines += [f'numbers = ["{phone.number}"]', f'group = "{"Branch" if is_far else "HQ"}"', 'control = "on"']
        lines += ['jump = "bastion"'] if is_far and server is not None else []
        plan += ["[[phone]]", f'name = "{phone.name}"']
    config, file = folder / "config.toml", folder / "night.toml"
    config.write_text("\n".join(lines))
    file.write_text("\n".join(plan))
    return config, file


class MeshProcess:
    """`phonetui mesh PLAN --yes`, with files of its own."""

    def __init__(self, folder: Path, config: Path, plan: Path) -> None:
        self._folder = folder
        self._command = [
            sys.executable,
            "-m",
            "phonetui",
            "--config",
            str(config),
            "mesh",
            str(plan),
            "--yes",
            "--json",
        ]
        self._running: asyncio.subprocess.Process | None = None
        self.said = ""

    async def start(self) -> None:
        pipe = asyncio.subprocess.PIPE
        self._running = await asyncio.create_subprocess_exec(
            *self._command, env=environment(self._folder), stdout=pipe, stderr=pipe
        )

    async def begun(self, office: ServedOffice, what: str) -> None:
        """Waits for its first call."""
        running = self._running
        assert running is not None
        await until(lambda: up(office) or running.returncode is not None, 30.0, what)
        if running.returncode is not None:
            _, errors = await running.communicate()
            raise AssertionError(f"{what}: it ended: {errors.decode()}")

    async def end(self, number: int) -> int:
        """Sends a signal, and waits; the exit code."""
        assert self._running is not None
        with suppress(ProcessLookupError):
            self._running.send_signal(number)
        async with asyncio.timeout(SLOWER * (END_S + 5.0)):
            _, errors = await self._running.communicate()
        self.said += errors.decode()
        return self._running.returncode or 0


def legs(office: ServedOffice) -> list[Leg]:
    return [leg for phone in office.phones for leg in phone.device.legs]


def up(office: ServedOffice) -> list[str]:
    return [f"{leg.device.label} {leg.state}" for leg in legs(office)]


@asynccontextmanager
async def arranged(folder: Path, kind: int) -> AsyncIterator[tuple[ServedOffice, MeshProcess, Sshd | None]]:
    async with AsyncExitStack() as stack:
        office = await stack.enter_async_context(served(4))
        server = await stack.enter_async_context(sshd(folder / "sshd")) if kind == TUNNEL else None
        config, plan = configured(folder, office, server)
        yield office, MeshProcess(folder, config, plan), server


@pytest.mark.slow
@needs_sshd
@pytest.mark.parametrize("seed", range(RUNS))
async def test_an_interrupted_mesh_leaves_no_call_up(seed: int, tmp_path: Path) -> None:
    random, kind = Random(seed), seed % 3
    async with arranged(tmp_path, kind) as (office, mesh, server):
        await mesh.start()
        await mesh.begun(office, "the first call is dialled")
        await asyncio.sleep(random.choice((0.0, 0.2, 0.5, 1.0, random.uniform(1.0, 6.0))))
        match kind:
            case 0:
                assert await mesh.end(signal.SIGINT) == 130
            case 1:
                await mesh.end(signal.SIGKILL)
                left = legs(office)
                talked = any(leg.state == "Connected" for leg in left)
                await asyncio.sleep(random.uniform(0.0, 5.0))
                await mesh.start()
                await until(lambda: not set(map(id, left)) & set(map(id, legs(office))), 30.0, "what was left is ended")
                await mesh.begun(office, "the next mesh has begun")
                assert await mesh.end(signal.SIGINT) == 130
                assert not talked or "of an earlier run was still up, and was ended" in mesh.said
            case _:
                assert server is not None
                server.kill()
                await asyncio.sleep(random.uniform(0.5, 8.0))
                server.start()
                await asyncio.sleep(random.uniform(0.0, 4.0))
                assert await mesh.end(signal.SIGINT) == 130
        await until(lambda: not up(office), END_S, f"no call is up: {mesh.said}")
        begun = tmp_path / "state" / "phonetui" / "begun-calls.json"
        assert json.loads(begun.read_text()) == {}, mesh.said
