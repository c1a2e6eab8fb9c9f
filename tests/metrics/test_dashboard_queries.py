"""Each expression of the Grafana dashboard, asked of a real Prometheus that scrapes a collector over phones in calls."""

import asyncio
import json
import re
import shutil
import signal
import urllib.error
from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from subprocess import DEVNULL
from typing import Any
from urllib.parse import quote

import pytest

from phonetui.archive.meshes import MeshArchive
from phonetui.mesh.result_file import text
from phonetui.simulator.server import ServedOffice
from tests.deadlines import EVENTUALLY_S
from tests.live import served
from tests.mesh.test_results import AT, result_of
from tests.metrics.test_collect import collecting, free_port, get, wait_until_ready, written

DATA = files("phonetui").joinpath("data")
PROGRAM = shutil.which("prometheus")
CONFIG = """
global: {{ scrape_interval: 1s, evaluation_interval: 1s }}
rule_files: ["{rules}"]
scrape_configs:
  - job_name: phonetui
    static_configs: [{{ targets: ["127.0.0.1:{port}"] }}]
"""
Series = Mapping[str, Any]
"""A series of an answer: its labels in `metric`, moment and number in `value`."""


def targets() -> list[tuple[str, Mapping[str, Any]]]:
    """Each query of the dashboard, by its panel's title."""
    panels = json.loads(DATA.joinpath("grafana.json").read_text())["panels"]
    return [(panel["title"], target) for panel in panels for target in panel.get("targets", ())]


async def asked(port: int, expr: str) -> Sequence[Series]:
    """The answer to a query. Fails where Prometheus calls it an error."""
    try:
        answer = json.loads(await get(port, f"/api/v1/query?query={quote(expr)}"))
    except urllib.error.HTTPError as error:
        raise AssertionError(f"{expr}: {error.read().decode()}") from None
    assert answer["status"] == "success"
    assert not answer.get("warnings"), expr
    found: Sequence[Series] = answer["data"]["result"]
    return found


def has_number(series: Sequence[Series]) -> bool:
    return any(one["value"][1] not in ("NaN", "+Inf", "-Inf") for one in series)


async def keep_calling(office: ServedOffice) -> None:
    """Calls that end and are reported, one after the other, beside one that stays and loses packets."""
    office.start_call("sim-1", "sim-2", profile="congested")
    errors = 0
    while True:
        errors += 1
        office.set_value("sim-1", "Network Statistics Port 1 RxCrcErr", str(errors))
        office.start_call("sim-3", "sim-4", profile="lossy")
        await asyncio.sleep(3.0)
        office.hang_up("sim-3")
        await asyncio.sleep(1.0)


@pytest.mark.slow
@pytest.mark.live
@pytest.mark.skipif(PROGRAM is None, reason="prometheus is not here")
async def test_each_panel_is_answered_with_data(tmp_path: Path) -> None:
    port, own, vq = free_port(), free_port(), free_port()
    MeshArchive(tmp_path / "phonetui" / "meshes").keep("test", AT, text(result_of({("p0", "p3"): 4.0})))
    rules, scrape = tmp_path / "alerts.yml", tmp_path / "prometheus.yml"
    rules.write_text(DATA.joinpath("alerts.yml").read_text())
    scrape.write_text(CONFIG.format(port=port, rules=rules))
    words = [
        f"--config.file={scrape}",
        f"--storage.tsdb.path={tmp_path / 'tsdb'}",
        f"--web.listen-address=127.0.0.1:{own}",
    ]
    async with served(4, vq_report=f"udp://127.0.0.1:{vq}") as office:
        config = written(tmp_path / "config.toml", list(office.phones), "[vq]", f'listen = ["udp://127.0.0.1:{vq}"]')
        async with collecting(tmp_path, config, port) as process:
            await wait_until_ready(port)
            calling = asyncio.create_task(keep_calling(office))
            scraping = await asyncio.create_subprocess_exec(str(PROGRAM), *words, stdout=DEVNULL, stderr=DEVNULL)
            try:
                answers = await answered(own)
                loaded = json.loads(await get(own, "/api/v1/rules"))["data"]["groups"]
                sites = json.loads(await get(own, "/api/v1/label/site/values?match[]=phonetui_phone_up"))["data"]
            finally:
                calling.cancel()
                scraping.terminate()
                await asyncio.gather(scraping.wait(), calling, return_exceptions=True)
            process.send_signal(signal.SIGTERM)
            await asyncio.wait_for(process.wait(), EVENTUALLY_S)
    assert sites == ["HQ"], "the dashboard's variable"
    assert {rule["health"] for group in loaded for rule in group["rules"]} == {"ok"}
    for title, target, series in answers:
        for label in re.findall(r"\{\{(\w+)\}\}", target.get("legendFormat", "")):
            assert all(label in one["metric"] for one in series), f"{title}: no {label} for the legend"


async def answered(own: int) -> Sequence[tuple[str, Mapping[str, Any], Sequence[Series]]]:
    """Every panel's answer, each asked until it has a number: increases need time."""
    async with asyncio.timeout(6 * EVENTUALLY_S):
        while not await is_listening(own):  # noqa: ASYNC110 - another program
            await asyncio.sleep(0.2)
    answers, silent = [], list(targets())
    try:
        async with asyncio.timeout(2 * EVENTUALLY_S):
            while silent:
                await asyncio.sleep(1.0)
                for title, target in list(silent):
                    for site in ("HQ", ".*"):  # one that was chosen, and all
                        series = await asked(own, target["expr"].replace("$site", site))
                    if has_number(series):
                        answers.append((title, target, series))
                        silent.remove((title, target))
    except TimeoutError:
        raise AssertionError(f"no data: {[(title, target['expr']) for title, target in silent]}") from None
    print(f"{len(answers)} queries of the dashboard have data")
    return answers


async def is_listening(own: int) -> bool:
    try:
        return bool(await get(own, "/-/ready"))
    except OSError:
        return False
