"""A collector with all that it can do at once: recording, figures, notifications, voice quality reports and NATS.

SIGHUP comes ten times meanwhile, and takes a phone away and back. `PHONETUI_EVERYTHING_S=600` and
`PHONETUI_EVERYTHING_PHONES=50` are what is held to.
"""

import asyncio
import json
import os
import signal
import sys
from pathlib import Path
from subprocess import DEVNULL, PIPE

import psutil
import pytest
from prometheus_client.parser import text_string_to_metric_families

from phonetui.recording.player import Player
from phonetui.recording.reader import Recording
from tests.deadlines import EVENTUALLY_S
from tests.exchange.server import nats_server
from tests.live import served, until
from tests.metrics.test_collect import collecting, exposition_with, free_port, get, wait_until_ready, written

PHONES = int(os.environ.get("PHONETUI_EVERYTHING_PHONES", "8"))
RUN_S = float(os.environ.get("PHONETUI_EVERYTHING_S", "5"))
TURNS = 10
SECRET = "a-token-of-this-run"


async def seen_by_a_viewer(folder: Path, url: str) -> set[str]:
    """The phones of which `watch --attach` prints that they are live."""
    places = {f"XDG_{name}_HOME": str(folder / "viewer") for name in ("STATE", "DATA", "CONFIG", "CACHE")}
    words = [sys.executable, "-m", "phonetui", "watch", "--attach", url, "--site", "hq", "--for", "4"]
    process = await asyncio.create_subprocess_exec(*words, env={**os.environ, **places}, stdout=PIPE, stderr=DEVNULL)
    printed, _ = await process.communicate()
    lines = [json.loads(line) for line in printed.splitlines()]
    return {line["phone"] for line in lines if line["type"] == "phone" and line["state"] == "live"}


def value(text: str, name: str, **labels: str) -> float:
    return sum(
        sample.value for family in text_string_to_metric_families(text) for sample in family.samples
        if sample.name == f"phonetui_{name}" and labels.items() <= sample.labels.items()
    )  # fmt: skip


@pytest.mark.slow
@pytest.mark.timeout(RUN_S + 300)
async def test_ten_new_configurations_lose_nothing(tmp_path: Path) -> None:
    vq, port, told = free_port(), free_port(), tmp_path / "told.jsonl"
    hook = tmp_path / "hook"
    hook.write_text(f"#!/bin/sh\ncat >> {told}\n")
    hook.chmod(0o755)
    async with (
        nats_server(tmp_path) as server,
        served(PHONES, scenario="busy", vq_report=f"udp://127.0.0.1:{vq}") as office,
    ):
        phones = list(office.phones)
        more = (
            "[notify]", f'command = ["{hook}"]', 'severity = "info"', "cooldown_s = 0",
            "[metrics]", f'token = "{SECRET}"',
            "[recording]", f'directory = "{tmp_path / "recorded"}"',
            "[vq]", f'listen = ["udp://127.0.0.1:{vq}"]',
            "[nats]", f'url = "{server.url}"', 'site = "hq"',
        )  # fmt: skip
        config = written(tmp_path / "config.toml", phones, *more)
        async with collecting(tmp_path, config, port) as process:
            await wait_until_ready(port)
            memory = [psutil.Process(process.pid).memory_info().rss / 2**20]
            for turn in range(TURNS):
                await asyncio.sleep(RUN_S / TURNS)
                written(config, phones[: PHONES - 1] if turn % 2 == 0 else phones, *more)
                process.send_signal(signal.SIGHUP)
                last = f'phonetui_phone_up{{phone="{phones[-1].name}",site="HQ"}} 1.0'
                if turn % 2:
                    await exposition_with(last, port, SECRET)
                memory.append(psutil.Process(process.pid).memory_info().rss / 2**20)
            await until(told.exists, what="nobody was told of anything")
            async with asyncio.timeout(6 * EVENTUALLY_S):
                while not value(await get(port, "/metrics", SECRET), "voice_reports_total", result="taken"):  # noqa: ASYNC110
                    await asyncio.sleep(0.5)
            text = await get(port, "/metrics", SECRET)
            assert value(text, "phone_up") == PHONES
            assert await seen_by_a_viewer(tmp_path, server.url) == {phone.name for phone in phones}
            process.send_signal(signal.SIGTERM)
            _, errors = await asyncio.wait_for(process.communicate(), EVENTUALLY_S)
        assert process.returncode == 0
    said = errors.decode()
    assert "Traceback" not in said
    assert SECRET not in said
    assert said.count("configuration read again") >= TURNS // 2  # two that come together are read once
    notifications = [json.loads(line) for line in told.read_text().splitlines()]
    assert {one["type"] for one in notifications} == {"notification"}
    recording = Recording(tmp_path / "recorded")
    player = Player(recording)
    player.seek(recording.last_us)
    assert set(player.fleet.phones) == {phone.name for phone in phones}
    print(
        f"\n{PHONES} phones, {RUN_S:.0f} s: {value(text, 'voice_reports_total', result='taken'):.0f} reports taken,"
        f" {len(notifications)} notifications, memory {memory[0]:.0f}, then {memory[len(memory) // 2]:.0f}, then"
        f" {memory[-1]:.0f} MB"
    )
