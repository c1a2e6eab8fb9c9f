"""A network with a wall in it: phones that only the jump host can reach, in namespaces of their own.

this machine ── 10.213.N.0/28 ── bastion ── 10.213.N.16/28 ── phones
"""

import asyncio
import json
import os
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from phonetui.config.address import parse
from phonetui.config.settings import Control, PhoneSettings, Poll, Secret
from phonetui.phone.state import PhoneId
from tests.live import PASSWORD


@dataclass(frozen=True, slots=True)
class Network:
    bastion: str
    """The bastion's address for us."""
    inside: str
    """The bastion's address for phones."""
    phones: str
    enter_bastion: tuple[str, ...]
    """What to write before a command for it to run there."""
    enter_phones: tuple[str, ...]


@contextmanager
def network() -> Iterator[Network]:
    """Skips where namespaces may not be made, saying why."""
    if shutil.which("ip") is None:
        pytest.skip("there is no ip command to make network namespaces with")
    tag, number = f"pt{os.getpid() % 100_000}", os.getpid() % 250
    here, bastion, inside, phones = (f"10.213.{number}.{last}" for last in (1, 2, 17, 18))
    steps = [
        f"netns add {tag}b",
        f"netns add {tag}p",
        f"link add {tag}0 type veth peer name out netns {tag}b",
        f"-n {tag}b link add in type veth peer name in netns {tag}p",
        f"address add {here}/28 dev {tag}0",
        f"link set {tag}0 up",
        f"-n {tag}b address add {bastion}/28 dev out",
        f"-n {tag}b address add {inside}/28 dev in",
        f"-n {tag}p address add {phones}/28 dev in",
        *(f"-n {tag}{space} link set {link} up" for space, link in (("b", "out"), ("b", "in"), ("p", "in"))),
        *(f"-n {tag}{space} link set lo up" for space in "bp"),
    ]
    try:
        for step in steps:
            made = subprocess.run(["ip", *step.split()], capture_output=True, text=True, check=False)
            if made.returncode:
                pytest.skip(f"no network namespace can be made here: ip {step}: {made.stderr.strip()}")
        yield Network(bastion, inside, phones, ("ip", "netns", "exec", f"{tag}b"), ("ip", "netns", "exec", f"{tag}p"))
    finally:
        for space in "bp":
            subprocess.run(["ip", "netns", "delete", f"{tag}{space}"], capture_output=True, check=False)


@asynccontextmanager
async def phones_in(walled: Network, count: int, dialect: str, **fields: Any) -> AsyncIterator[list[PhoneSettings]]:
    """Simulated phones behind the wall, in a process of their own."""
    command = ["-m", "phonetui", "simulate", "--phones", str(count), "--host", walled.phones, "--dialect", dialect]
    process = await asyncio.create_subprocess_exec(
        *walled.enter_phones,
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
        async with asyncio.timeout(20):
            while (told := json.loads(await process.stdout.readline()))["type"] != "ready":
                found.append(_settings(told, fields))
        yield found
    finally:
        process.terminate()
        await process.wait()


def _settings(told: dict[str, Any], fields: dict[str, Any]) -> PhoneSettings:
    address = parse(told["url"])
    known: dict[str, Any] = {
        "id": PhoneId(told["name"]),
        "host": address.host,
        "port": address.port,
        "username": told["username"],
        "password": Secret(PASSWORD),
        "fingerprint": told["fingerprint"],
        "poll": Poll(call_s=1.0, idle_s=2.0, slow_s=10.0),
        "timeout_s": 5.0,
        "control": Control.ON,
        "jump": "bastion",
    }
    return PhoneSettings(**(known | fields))
