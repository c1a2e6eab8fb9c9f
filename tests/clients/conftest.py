"""Clients that others wrote, fetched for the session; where one cannot be had, its tests say so and are skipped."""

import asyncio
import importlib.util
import os
import shutil
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path as File

import pytest

from phonetui.simulator.server import ServedOffice, Settings, serve
from tests.deadlines import EVENTUALLY_S

PASSWORD = "a>>>b???c~~~"
"""Has both letters that base64url writes otherwise than base64."""
FETCH_S = 120


@pytest.fixture
async def office() -> AsyncIterator[ServedOffice]:
    settings = Settings(
        phones=2, seed=7, scenario="quiet", dialect="websocket", plain=True, password=PASSWORD, speed=10
    )
    async with serve(settings) as office:
        yield office


@pytest.fixture(scope="session")
def node_modules(tmp_path_factory: pytest.TempPathFactory) -> File:
    """A folder with Cisco's jsxapi in it."""
    for program in ("node", "npm"):
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not installed, so Cisco's jsxapi was not run")
    folder = tmp_path_factory.mktemp("npm")
    words = ["npm", "install", "--prefix", str(folder), "--no-audit", "--no-fund", "--ignore-scripts", "jsxapi@6"]
    try:
        fetched = subprocess.run(words, capture_output=True, text=True, check=False, timeout=FETCH_S)
    except subprocess.TimeoutExpired:
        pytest.skip(f"npm fetched nothing in {FETCH_S} s, so Cisco's jsxapi was not run")
    if fetched.returncode:
        said = next((line for line in fetched.stderr.splitlines() if line.startswith("npm error")), "no reason given")
        pytest.skip(f"npm could not fetch jsxapi ({said}), so Cisco's jsxapi was not run")
    return folder / "node_modules"


@pytest.fixture(scope="session")
def xows() -> None:
    if importlib.util.find_spec("xows") is None:
        pytest.skip("xows is not installed (extra 'test'), so Cisco's xows was not run")


@pytest.fixture(scope="session")
def curl() -> str:
    found = shutil.which("curl")
    if found is None:
        pytest.skip("curl is not installed")
    return found


async def output(*words: str, stdin: bytes | None = None, environment: dict[str, str] | None = None) -> tuple[int, str]:
    """Exit code and standard output of a program; what it complained of is in a failure's message."""
    process = await asyncio.create_subprocess_exec(
        *words,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, **(environment or {})},
    )
    try:
        async with asyncio.timeout(EVENTUALLY_S):
            said, complaints = await process.communicate(stdin)
    except TimeoutError:
        process.kill()
        await process.wait()
        raise
    assert process.returncode is not None
    assert not complaints or process.returncode, complaints.decode()
    return process.returncode, said.decode()
