"""What Prometheus scrapes equals what `watch` and `status` print of the same readings: three programs, real phones' sockets.

While calls go on, each reading is compared by its own moment: a `watch` that is attached to the collector prints every one.
Then the phones' clock stands still, so that whoever asks them is told the same: `status` reads them itself.
"""

import asyncio
import json
import os
import sys
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from subprocess import DEVNULL, PIPE
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from phonetui.metrics.server import CACHE_S
from phonetui.simulator.server import ServedOffice
from tests.deadlines import EVENTUALLY_S
from tests.exchange.server import nats_server
from tests.live import served
from tests.metrics.test_collect import collecting, free_port, get, wait_until_ready, written

Sample = tuple[str, frozenset[tuple[str, str]]]
Line = Mapping[str, Any]
SCRAPES = 2
_LEAVES = {
    "rtp_packets_received_total": "PacketsReceived",
    "rtp_packets_lost_total": "PacketsLost",
    "rtp_packets_discarded_total": "PacketsDiscarded",
}
_ERRORS = {
    "CRC": "RxCrcErr", "alignment": "RxAlignErr", "late collisions": "TxLateCollision", "collisions": "TxCollisions",
    "short frames": "RxShortErr", "long frames": "RxLongErr", "dropped": "RxTokenDrop", "deferred": "TxExcessDefer",
}  # fmt: skip


class Scrape:
    def __init__(self, text: str) -> None:
        self._samples: dict[Sample, float] = {
            (sample.name.removeprefix("phonetui_"), frozenset(sample.labels.items())): sample.value
            for family in text_string_to_metric_families(text)
            for sample in family.samples
        }

    def value(self, name: str, **labels: object) -> float | None:
        return self._samples.get((name, frozenset((label, str(value)) for label, value in labels.items())))

    def of(self, phone: str, name: str) -> Mapping[frozenset[tuple[str, str]], float]:
        """A series of a phone, by its other labels."""
        own = ("phone", phone)
        return {
            labels - {own}: value for (known, labels), value in self._samples.items() if known == name and own in labels
        }

    @property
    def alerts(self) -> Counter[tuple[str, str]]:
        held = ((dict(labels), value) for (name, labels), value in self._samples.items() if name == "alerts")
        return Counter({(labels["alert"], labels["severity"]): int(value) for labels, value in held})


def surroundings(folder: Path) -> dict[str, str]:
    places = {f"XDG_{name}_HOME": str(folder) for name in ("STATE", "DATA", "CONFIG", "CACHE")}
    return {**os.environ, **places}


@asynccontextmanager
async def watching(folder: Path, url: str, lines: list[Line]) -> AsyncIterator[None]:
    """What an attached `watch` prints goes to `lines`."""
    words = [sys.executable, "-m", "phonetui", "watch", "--attach", url, "--site", "hq"]
    process = await asyncio.create_subprocess_exec(
        *words, env=surroundings(folder / "watch"), stdout=PIPE, stderr=DEVNULL
    )
    assert process.stdout is not None

    async def read(printed: asyncio.StreamReader) -> None:
        while line := await printed.readline():
            lines.append(json.loads(line))

    reading = asyncio.create_task(read(process.stdout))
    try:
        yield
    finally:
        process.terminate()
        await process.wait()
        await reading


async def status(folder: Path, config: Path, phone: str) -> dict[str, Any]:
    words = [sys.executable, "-m", "phonetui", "--config", str(config), "status", phone, "--json"]
    process = await asyncio.create_subprocess_exec(*words, env=surroundings(folder / "status"), stdout=PIPE)
    printed, _ = await process.communicate()
    tree: dict[str, Any] = json.loads(printed)["status"]
    return tree


def moment(line: Line) -> float:
    return datetime.fromisoformat(line["at"]).timestamp()


async def scraped(port: int) -> Scrape:
    return Scrape(await get(port, "/metrics"))


def is_same_reading(line: Line, scrape: Scrape) -> bool:
    """Whether everything that a line of `watch` says of a call stands in the scrape."""
    call = {"phone": line["phone"], "line": line["line"], "slot": 0}
    grades = {"phonetui_call_grade": line["grade"]}
    kind = {"phone-lq": "lq", "phone-cq": "cq", "estimate": "estimate"}.get(line["mos_source"])
    loss, jitter = scrape.value("call_loss_ratio", **call), scrape.value("call_jitter_seconds", **call)
    mos = scrape.value("call_mos", **call, kind=kind) if kind else None
    return (
        (None if loss is None else round(100 * loss, 2)) == line["loss_pct"]
        and (None if jitter is None else round(1000 * jitter, 2)) == line["jitter_ms"]
        and (None if mos is None else round(mos, 2)) == line["mos"]
        and scrape.value("call_grade", **call, **grades) == 1
        and scrape.value("call_active", **call) == (line["state"] == "Connected")
    )


def numbers(call: Mapping[str, str], *names: str) -> Iterator[float]:
    return (float(call[name]) for name in names)


def compare_with_tree(scrape: Scrape, phone: str, tree: Mapping[str, Any]) -> int:
    """Compares every series of a phone that its status tree has the like of; the number of samples compared."""
    said = dict[Sample, float]()

    def says(name: str, value: float, **labels: object) -> None:
        said[name, frozenset((label, str(text)) for label, text in labels.items())] = float(value)

    for line in tree["Line"]:
        for slot, call in enumerate(line.get("Call", ())):
            where = {"line": line["id"], "slot": slot}
            jitter_ms, round_trip_ms, lq, cq = numbers(call, "Jitter", "RoundTripDelay", "MOSLQ", "MOSCQ")
            says("call_active", 1, **where)
            says("call_jitter_seconds", jitter_ms / 1000, **where)
            says("call_round_trip_seconds", round_trip_ms / 1000, **where)
            says("call_mos", lq, **where, kind="lq")
            says("call_mos", cq, **where, kind="cq")
            for name, leaf in _LEAVES.items():
                says(name, float(call[leaf]))
    for extension in tree["ExtStatus"]:
        says("line_registered", extension["RegistrationState"] == "Registered", line=extension["id"])
        says("message_waiting", extension["MessageWaiting"] == "Yes", line=extension["id"])
    for port, name in zip(tree["Network"]["Statistics"]["Port"], ("switch", "pc"), strict=True):
        speed, _, duplex = port["PortInformation"].partition(" ")
        says("port_up", bool(duplex), port=name)
        if duplex:
            says("port_speed_bytes_per_second", float(speed) * 125_000, port=name)
            says("port_full_duplex", duplex == "Full", port=name)
        says("port_packets_total", float(port["RxTotalPkt"]), port=name, direction="received")
        says("port_packets_total", float(port["TxTotalGoodPkt"]), port=name, direction="sent")
        for kind, leaf in _ERRORS.items():
            says("port_errors_total", float(port[leaf]), port=name, kind=kind)
    days, _, clock = tree["PhoneStatus"]["ElapsedTime"].partition(" days, ")
    hours, minutes, seconds = map(int, clock.split(":"))
    says("phone_uptime_seconds", ((int(days) * 24 + hours) * 60 + minutes) * 60 + seconds)
    (switch, *_) = tree["Network"]["Statistics"]["Port"]
    says(
        "phone_info", 1, model=tree["SystemUnit"]["ProductId"], version=tree["SystemUnit"]["Software"]["Version"],
        vlan=tree["PhoneStatus"]["OperationalVLANID"], site="HQ", switch=switch["CdpNeighborDeviceId"],
        switch_port=switch["CdpNeighborPort"],
    )  # fmt: skip
    for (name, labels), value in said.items():
        found = scrape.of(phone, name).get(labels)
        assert found == pytest.approx(value, abs=1e-9), f"{phone}: {name} {dict(labels)}"
    return len(said)


def held(lines: Sequence[Line]) -> Counter[tuple[str, str]]:
    """The alerts that hold by what `watch` printed."""
    latest = {(one["phone"], one["alert"], one["subject"]): one for one in lines if one["type"] == "alert"}
    return Counter((one["alert"], one["severity"]) for one in latest.values() if one["raised"])


@pytest.mark.slow
@pytest.mark.live
async def test_a_scrape_has_the_figures_that_watch_and_status_print(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines: list[Line] = []
    async with nats_server(tmp_path) as server, served(4) as office:
        more = ("[nats]", f'url = "{server.url}"', 'site = "hq"', "[feedback]", 'listen = "off"')
        config, port = written(tmp_path / "config.toml", list(office.phones), *more), free_port()
        office.start_call("sim-1", "sim-2", profile="congested")
        office.start_call("sim-3", "sim-4", profile="lossy")
        names = [phone.name for phone in office.phones]
        async with collecting(tmp_path, config, port), watching(tmp_path, server.url, lines):
            await wait_until_ready(port)
            async with asyncio.timeout(6 * EVENTUALLY_S):
                while {one["phone"] for one in lines if one["type"] == "call" and one["loss_pct"]} < {"sim-2", "sim-4"}:  # noqa: ASYNC110 - another program
                    await asyncio.sleep(0.2)
                readings = [reading async for reading in compared(port, names, lines)]

                now = office.now
                monkeypatch.setattr(ServedOffice, "now", property(lambda _: now))
                trees = {name: await status(tmp_path, config, name) for name in ("sim-2", "sim-3")}
                await asyncio.sleep(CACHE_S)  # every phone is read meanwhile, and what is served is made anew
                scrape = await scraped(port)
                samples = sum(compare_with_tree(scrape, name, tree) for name, tree in trees.items())
                assert scrape.alerts == held(lines)
                monkeypatch.undo()

                office.hang_up("sim-1")
                while sum((await calls(port)).values()) < 2:  # noqa: ASYNC110 - another program
                    await asyncio.sleep(0.5)
                over = await scraped(port)
    assert len(set(readings)) > len(readings) / 2, "figures that never change would be equal by chance"
    assert [name for name in names if over.of(name, "call_active")] == ["sim-3", "sim-4"]
    print(f"{len(readings)} readings of calls, {samples} samples of {len(trees)} phones equal")


async def compared(port: int, names: Sequence[str], lines: Sequence[Line]) -> AsyncIterator[tuple[object, ...]]:
    """Each call's reading in some scrapes, once it equals the line that was printed of the same moment."""
    for _ in range(SCRAPES):
        scrape = await scraped(port)
        await asyncio.sleep(CACHE_S)  # a state waits for a second until it is sent
        for name in names:
            at = scrape.value("phone_last_answer_timestamp_seconds", phone=name)
            assert at is not None
            of_phone = [one for one in lines if one["type"] == "call" and one["phone"] == name]
            near = sorted(of_phone, key=lambda one: abs(moment(one) - at))[
                :2
            ]  # it may be sent a moment later than it was read
            line = next((one for one in near if is_same_reading(one, scrape)), None)
            assert line is not None, f"{near}: {at}"
            yield (name, line["loss_pct"], line["jitter_ms"], line["mos"])


async def calls(port: int) -> Mapping[object, float]:
    scrape = await scraped(port)
    return {labels: value for (name, labels), value in scrape._samples.items() if name == "calls_total"}
