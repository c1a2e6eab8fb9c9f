"""A change over an organization: previewed at once, made within Webex's limit, killed at random moments and resumed.

`PHONETUI_WEBEX_PHONES` and `PHONETUI_WEBEX_KILLS` make it larger; the small form runs with the others.
"""

import json
import os
import random
import re
import signal
import subprocess
import sys
import time
from collections import Counter, deque
from pathlib import Path
from typing import Any

import httpx
import pytest

from phonetui.webex.answer import WebexAnswer
from phonetui.webex.auth import FixedToken
from phonetui.webex.client import WebexClient
from phonetui.webex.configuration_change import DesiredConfiguration
from phonetui.webex.devices import device
from phonetui.webex.operations import Values, operation
from phonetui.webex.rollout import Rollout, RolloutHeader, RolloutState, listed_event, preview_lines
from phonetui.webex.rollout_file import create_plan, open_plan
from phonetui.webex.rollout_runner import RequestPacer, RolloutRunner
from tests.virtual_time import run_virtually
from tests.webex.conftest import Words
from tests.webex.fake.site import ADMIN, Fake
from tests.webex.fake.world import configurations, ident
from tests.webex.fake.world import device as listed

PHONES = int(os.environ.get("PHONETUI_WEBEX_PHONES", "150"))
KILLS = int(os.environ.get("PHONETUI_WEBEX_KILLS", "3"))
LIMIT = 300
"""Requests that are answered in any minute."""
DESIRED = DesiredConfiguration({"Audio.Volume": 30})
HEADER: Any = RolloutHeader(DESIRED, "everywhere", "now", "https://webex.example.com/v1")  # type: ignore[arg-type]


class LimitedCloud:
    """Configurations behind a limit of requests in any minute of the loop's clock, without a socket."""

    def __init__(self, others: int = 0) -> None:
        """`others`: of each minute's requests so many are used up by somebody else."""
        self.values: dict[str, int] = {}
        self.patches: Counter[str] = Counter()
        self.answered: deque[float] = deque()
        self.all: list[float] = []
        self.refused: list[float] = []
        self.room = LIMIT - others

    def handle(self, request: httpx.Request) -> httpx.Response:
        import asyncio

        now = asyncio.get_running_loop().time()
        while self.answered and self.answered[0] <= now - 60:
            self.answered.popleft()
        self.all.append(now)
        if len(self.answered) >= self.room:
            self.refused.append(now)
            return httpx.Response(429, headers={"Retry-After": str(int(self.answered[0] + 61 - now))})
        self.answered.append(now)
        identity = request.url.params["deviceId"]
        if request.method == "PATCH":
            self.patches[identity] += 1
            self.values[identity] = json.loads(request.content)[0]["value"]
        one: Any = configurations()["Audio.Volume"]
        if identity in self.values:
            one |= {"value": self.values[identity], "source": "configured"}
            one["sources"]["configured"]["value"] = one["value"]
            one["appliedConfigurationValue"]["value"] = one["value"]
        return httpx.Response(200, json={"deviceId": identity, "items": {"Audio.Volume": one}})


async def rolled_out(cloud: LimitedCloud, phones: int, rate: float) -> tuple[Rollout, float]:
    """The rollout at its end, and how many seconds it took."""
    import asyncio

    loop = asyncio.get_running_loop()
    webex = WebexClient("https://webex.example.com/v1", FixedToken(ADMIN))
    await webex._client.aclose()
    webex._client = httpx.AsyncClient(transport=httpx.MockTransport(cloud.handle))
    rollout = Rollout(HEADER)
    for number in range(phones):
        rollout.apply(listed_event(device(listed(number))))

    async def ask(name: str, values: Values, _: str) -> WebexAnswer:
        return await webex.run(operation(name), values)

    async def note(event: dict[str, Any]) -> None:
        rollout.apply(event)

    began = loop.time()
    runner = RolloutRunner(rollout, ask, note, pacer=RequestPacer(rate), clock=loop.time)
    await runner.stage()
    await runner.apply()
    await runner.verify(120)
    await webex.close()
    return rollout, loop.time() - began


def test_within_the_limit_nothing_is_refused() -> None:
    cloud = LimitedCloud()
    rollout, took = run_virtually(rolled_out(cloud, PHONES, 240.0))
    assert rollout.counts == {RolloutState.ARRIVED: PHONES}
    assert set(cloud.patches.values()) == {1}
    assert len(cloud.patches) == PHONES
    assert cloud.refused == []
    print(f"{PHONES} phones, {len(cloud.all)} requests in {took / 60:.1f} minutes of virtual time, none refused")


def test_beside_somebody_else_a_refusal_is_no_storm() -> None:
    """Two thirds of the limit are gone: what is refused is not asked again before Webex said so, and the rate falls."""
    cloud = LimitedCloud(others=200)
    rollout, took = run_virtually(rolled_out(cloud, PHONES, 240.0))
    assert rollout.counts == {RolloutState.ARRIVED: PHONES}
    assert set(cloud.patches.values()) == {1}
    per_minute = Counter(int(at // 60) for at in cloud.refused)
    assert max(per_minute.values()) <= 4  # what was on its way when the first came back
    assert len(cloud.refused) <= len(cloud.all) / 100
    print(
        f"{PHONES} phones beside another program: {len(cloud.refused)} of {len(cloud.all)} refused, {took / 60:.1f} minutes"
    )


@pytest.mark.live
def test_a_preview_takes_no_time(tmp_path: Path) -> None:
    """Of a plan whose phones were read: opened, compared, drawn."""
    place = tmp_path / "p.plan"
    key = {"key": "Audio.Volume", "before": 50, "set": False, "default": 50, "after": 30}
    with create_plan(place, HEADER) as plan:
        for number in range(5000):
            event = listed_event(device(listed(number)))
            plan.add(event, {"device": event["device"], "state": "staged", "keys": [key]}, is_durable=False)
    began = time.process_time()
    with open_plan(place) as plan:
        shown = list(preview_lines(plan.rollout))
    took = time.process_time() - began
    assert shown[-1].startswith("5000 of 5000 phones would change")
    assert took <= 3.0
    print(f"preview of 5000 phones: {took:.2f} s")


_DONE = re.compile(r"changing (\d+) of")


@pytest.mark.slow
def test_killed_at_random_moments_each_phone_is_changed_exactly_once(webex: Words, fake: Fake, home: Path) -> None:
    """By SIGKILL, in the middle of reading, sending and noting; the last run comes to its end."""
    phones = 12 * KILLS
    fake.world.devices = {each["id"]: each for each in map(listed, range(1, phones + 1))}
    line = [
        "configurations",
        "change",
        "--everywhere",
        "--set",
        "Audio.Volume=30",
        "--plan",
        "k.plan",
        "--json",
        "--rate",
        "60000",
    ]
    assert webex(*line).code == 0
    rng, killed = random.Random(19), 0
    file = str(home / "webex.toml")
    command = [
        sys.executable,
        "-m",
        "phonetui",
        "webex",
        "configurations",
        "apply",
        "k.plan",
        "--yes",
        "--rate",
        "400",
        "--config",
        file,
    ]
    while killed < KILLS:
        before = len(fake.writes)
        run = subprocess.Popen(
            command,
            cwd=home,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "PHONETUI_WEBEX_TOKEN": ADMIN},
        )
        until = time.monotonic() + 60
        while len(fake.writes) == before and run.poll() is None and time.monotonic() < until:
            time.sleep(0.005)
        time.sleep(rng.uniform(0, 0.5))
        if run.poll() is not None:
            break
        os.kill(run.pid, signal.SIGKILL)
        run.wait()
        killed += 1
    with open_plan(home / "k.plan") as plan:
        print(f"killed {killed} times, then {dict(plan.rollout.counts)}")
    assert killed == KILLS
    run_ = webex("configurations", "apply", "k.plan", "--yes", "--rate", "60000")
    assert run_.code == 0, run_.err
    accepted = Counter(dict(each.query)["deviceId"] for each in fake.writes if each.status < 300)
    assert accepted == {ident("DEVICE", number): 1 for number in range(1, phones + 1)}
    assert {fake.world.configurations_of(each)["Audio.Volume"]["value"] for each in fake.world.devices} == {30}
