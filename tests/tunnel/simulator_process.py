"""Simulated phones that are not in this process: what is measured or walled in here is the client alone."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from phonetui.config.address import parse_address
from phonetui.config.settings import ControlMode, PhoneSettings, Poll, Secret
from phonetui.phone.state import PhoneId
from tests.deadlines import ANSWER_S, EVENTUALLY_S
from tests.live import PASSWORD


@asynccontextmanager
async def phones_at(
    host: str, count: int, dialect: str, prefix: Sequence[str] = (), **fields: Any
) -> AsyncIterator[list[PhoneSettings]]:
    """Simulated phones in a process of their own; `prefix` comes before its command: `ip netns exec NAME`."""
    command = ["-m", "phonetui", "simulate", "--phones", str(count), "--host", host, "--dialect", dialect]
    process = await asyncio.create_subprocess_exec(
        *prefix,
        sys.executable,
        *command,
        "--scenario",
        "quiet",
        stdout=asyncio.subprocess.PIPE,
        env=os.environ | {"PHONETUI_PASSWORD": PASSWORD},
    )
    assert process.stdout is not None
    try:
        found = []
        async with asyncio.timeout(EVENTUALLY_S):
            while (told := json.loads(await process.stdout.readline()))["type"] != "ready":
                found.append(_settings(told, fields))
        yield found
    finally:
        process.terminate()
        await process.wait()


def _settings(told: dict[str, Any], fields: dict[str, Any]) -> PhoneSettings:
    address = parse_address(told["url"])
    known: dict[str, Any] = {
        "id": PhoneId(told["name"]),
        "host": address.host,
        "port": address.port,
        "username": told["username"],
        "password": Secret(PASSWORD),
        "fingerprint": told["fingerprint"],
        "poll": Poll(call_s=1.0, idle_s=2.0, slow_s=10.0),
        "timeout_s": ANSWER_S,
        "control": ControlMode.ON,
        "jump": "bastion",
    }
    return PhoneSettings(**(known | fields))
