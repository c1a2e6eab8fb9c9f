"""The whole program among hostile phones: `watch` over nine sound ones, with every kind of harm beside them for a minute."""

import asyncio
import json
import os
import statistics
import subprocess
import sys
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path as File

import psutil
import pytest

from phonetui.simulator.server import SimulatedPhone
from tests.hostile import Peer
from tests.live import PASSWORD, served, until

pytestmark = [pytest.mark.slow, pytest.mark.live, pytest.mark.timeout(240)]

ROOT = File(__file__).parent.parent
HEALTHY = 9
CALM_S, HARM_S, WARM_S = 15.0, 60.0, 15.0
LONGER = 1.2
"""How much longer a sound phone's interval may get."""
GROWTH = 40 * 2**20
"""Bytes; the harms send hundreds of times as much, and a busy machine holds more of it at a time."""

DEFAULTS = """
[defaults]
password = { env = "OFFICE" }
timeout_s = 2.0
transport = "http"
poll = { call = 0.5, idle = 1.0, slow = 2.0 }
"""

EXPECTED: dict[str, tuple[set[str], str]] = {
    "drip": ({"unreachable"}, "no answer to reading SystemUnit within 2 s"),
    "headers": ({"not-xapi", "unreachable"}, "what it answers is not HTTP"),
    "continue": ({"not-xapi", "unreachable"}, "an answer that never begins"),
    "body": ({"not-xapi", "unreachable"}, "an answer of more than 4 MiB"),
    "crumbs": ({"not-xapi", "unreachable"}, "an answer in more than 16,384 pieces"),
    "bomb": ({"not-xapi"}, "an answer of more than 4 MiB"),
    "redirects": ({"not-xapi"}, "the phone redirects to https://127.0.0.1:"),
    "unasked": ({"live", "not-xapi"}, ""),
    "too-long": ({"unreachable"}, "the connection broke"),
    "too-short": ({"not-xapi"}, "broken XML"),
    "reset": ({"unreachable"}, "the connection broke"),
    "html": ({"not-xapi"}, "an HTML page instead of xAPI"),
    "dtd": ({"not-xapi"}, "DTD"),
    "deep": ({"not-xapi"}, "more than 10,000 tags"),
    "busy": ({"unreachable"}, "the phone limits requests"),
    "boots": ({"rebooting", "live"}, "the phone is starting"),
}
"""In which states each may end, and what an operator reads. What needs much to come first may once take a busy machine
longer than an answer may."""

FLOOD = """
import socket, sys, time, urllib.parse
url = urllib.parse.urlsplit(sys.argv[1])
def post(path):
    body = b"<Status><Standby><Level>Off</Level></Standby></Status>"
    return b"POST %s HTTP/1.1\\r\\nHost: x\\r\\nContent-Length: %d\\r\\n\\r\\n%s" % (path.encode(), len(body), body)
own, stray = post(url.path) * 50, post("/fb/nobody") * 50
while True:
    for words in (own, stray):
        try:
            with socket.create_connection((url.hostname, url.port), timeout=1) as line:
                line.sendall(words)
        except OSError:
            pass
    time.sleep(0.02)
"""
"""Some thousand posts a second: half of them to a phone's own path, half to nobody's."""


@asynccontextmanager
async def harmful() -> AsyncIterator[dict[str, Peer]]:
    """Every kind of harm, served beside the sound phones and not by their process."""
    serving = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.hostile", stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT
    )
    assert serving.stdout is not None
    assert serving.stdin is not None
    try:
        places = json.loads(await serving.stdout.readline())
        yield {name: Peer(port, fingerprint) for name, (port, fingerprint) in places.items()}
    finally:
        serving.stdin.close()
        await serving.wait()


def configuration(folder: File, phones: tuple[SimulatedPhone, ...], harm: dict[str, Peer]) -> File:
    rows = [(phone.name, phone.url, phone.fingerprint) for phone in phones]
    rows += [(name, f"https://127.0.0.1:{peer.port}", peer.fingerprint) for name, peer in harm.items()]
    tables = [f'[[phone]]\nname = "{name}"\nurl = "{url}"\nfingerprint = "{print_}"' for name, url, print_ in rows]
    file = folder / "config.toml"
    file.write_text("\n".join([DEFAULTS, *tables]))
    return file


@asynccontextmanager
async def watching(folder: File, config: File) -> AsyncIterator[psutil.Process]:
    """`phonetui watch`, its lines in `out`, its complaints in `err` and its log in `log`."""
    environment = {**os.environ, "HOME": str(folder), "OFFICE": PASSWORD}
    for name in ("CONFIG", "STATE", "DATA", "CACHE"):
        environment[f"XDG_{name}_HOME"] = str(folder / name.lower())
    words = ["--config", str(config), "--log-file", str(folder / "log"), "--log-level", "info"]
    with (folder / "out").open("wb") as out, (folder / "err").open("wb") as err:
        running = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "phonetui", "watch", *words, stdout=out, stderr=err, env=environment
        )
        try:
            yield psutil.Process(running.pid)
            assert running.returncode is None, (folder / "err").read_text()
        finally:
            if running.returncode is None:
                running.terminate()
            await running.wait()


def interval_s(phones: tuple[SimulatedPhone, ...], since: datetime) -> float:
    """The mean of what lies between two readings of a whole tree."""
    gaps = []
    for phone in phones:
        times = [request.at for request in phone.requests if request.path == "/status.xml" and request.at > since]
        gaps += [(later - earlier).total_seconds() for earlier, later in pairwise(times)]
    return statistics.mean(gaps)


def states(out: File) -> dict[str, list[str]]:
    """What each phone was in, one after the other."""
    found: dict[str, list[str]] = defaultdict(list)
    for line in out.read_text("ascii").splitlines():
        told = json.loads(line)
        if told["type"] == "phone":
            found[told["phone"]].append(told["state"])
    return found


async def test_sound_phones_keep_their_pace_among_every_kind_of_harm(tmp_path: File) -> None:
    async with served(HEALTHY + 1) as office, harmful() as harm:
        healthy, flooded = office.phones[:HEALTHY], office.phones[HEALTHY]
        calm = tmp_path / "calm"
        calm.mkdir()
        async with watching(calm, configuration(calm, healthy, {})):
            await until(lambda: all(phone.requests for phone in healthy), 15.0)
            await asyncio.sleep(3.0)
            since = datetime.now(UTC)
            await asyncio.sleep(CALM_S)
            before_s = interval_s(healthy, since)
        wild = tmp_path / "wild"
        wild.mkdir()
        async with watching(wild, configuration(wild, office.phones, harm)) as process:
            await until(lambda: _url(flooded), 15.0)
            flood = await asyncio.create_subprocess_exec(sys.executable, "-c", FLOOD, _url(flooded))
            try:
                await asyncio.sleep(WARM_S)
                since, warm = datetime.now(UTC), process.memory_info().rss
                most, cpu_s = warm, sum(process.cpu_times()[:2])
                for _ in range(int(HARM_S - WARM_S)):
                    await asyncio.sleep(1.0)
                    most = max(most, process.memory_info().rss)
                cpu = (sum(process.cpu_times()[:2]) - cpu_s) / (HARM_S - WARM_S)
                after_s = interval_s(healthy, since)
            finally:
                flood.kill()
                await flood.wait()
            await asyncio.sleep(3.0)  # phones whose posts were refused in the flood are live all the same
            found = states(wild / "out")
        log, complaints = (wild / "log").read_text("utf-8"), (wild / "err").read_text("utf-8")
    print(
        f"\nevery {before_s:.3f} s alone, every {after_s:.3f} s among {len(harm)} harms and a flood "
        f"({after_s / before_s:.2f}); {(most - warm) / 2**20:.1f} MB more; {100 * cpu:.0f} % of a core"
    )
    print({name: found[name][-1] for name in harm})
    assert after_s <= LONGER * before_s
    assert most - warm <= GROWTH
    assert "Traceback" not in log + complaints
    assert "fault in" not in log
    assert {found[phone.name][-1] for phone in office.phones} == {"live"}
    for name, (allowed, words) in EXPECTED.items():
        assert found[name][-1] in allowed, (name, found[name])
        assert any(f" {name}: " in line and words in line for line in log.splitlines()), (name, words)
    assert "rebooting" in found["boots"]


def _url(phone: SimulatedPhone) -> str:
    """Where the phone was told to post to."""
    told = [dict(request.arguments).get("ServerUrl", "") for request in phone.requests if request.path == "/putxml"]
    return told[-1] if told else ""
