"""Phones that say far too much, with nine sound ones beside them: what it costs the sound ones.

The loop's clock is a virtual one that computing moves on, so that a run takes the processor's time alone; the rows
marked slow are the same in real time.
"""

import asyncio
import gc
import json
import statistics
import tracemalloc
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import cycle, pairwise
from typing import NamedTuple

import pytest
from msgspec.structs import replace

from phonetui.config.settings import PhoneSettings
from phonetui.fleet.startup import initial_phone
from phonetui.monitor.alerts import AlertMonitor
from phonetui.monitor.journal import LONGEST_ENTRY, EventReport, Journal
from phonetui.monitor.knowledge import Knowledge
from phonetui.phone.calls.call_tracker import CallTracker
from phonetui.phone.observe import CALLS, LEAVES, LINES
from phonetui.phone.quality.grading import Thresholds
from phonetui.phone.state import Connection, Line, Phone, PhoneId, State
from phonetui.text import Printable, printable
from phonetui.xapi.document import Document, Event, Update
from phonetui.xapi.path import ROOT, Path
from tests.faults.scripted import Answers, Says, Scripted, calling, scripted, xml
from tests.faults.table import fault
from tests.pace import least_ms, slowness
from tests.virtual_time import run_virtually

HEALTHY = 9
CALM_S, FLOOD_S = 4.0, 6.0
LONGER = 1.2
"""How much longer a sound phone's interval may get."""
FLOODER = PhoneId("flooder")
SETTINGS = PhoneSettings(id=FLOODER, host="192.0.2.21", username="xapi")
NOW = datetime(2026, 11, 21, 3, 4, 29, tzinfo=UTC)


class Flood(NamedTuple):
    answers: Answers
    """What the phone answers to every reading."""
    posts: Callable[[], Iterator[bytes]] = lambda: iter(())
    """What it pushes while it floods, one right after another."""


def _taking_turns(*bodies: bytes) -> Answers:
    turns = cycle(bodies)
    return lambda _: next(turns)


def _quiet(_: float) -> bytes:
    return xml({"SystemUnit ProductId": "DP-9851", "Standby Level": "Off"})


def _json(branch: object) -> bytes:
    return json.dumps({"Status": branch}, separators=(",", ":")).encode()


def _pushes() -> Iterator[bytes]:
    """Twenty of 9,900 leaves, 160 KB each, each time others."""
    for push in range(20):
        yield _json({"SystemUnit": {f"P{push}x{leaf:05}": "123" for leaf in range(9_900)}})


def _ghosts() -> Iterator[bytes]:
    """Calls that come and go by the thousand."""
    for push in range(10):
        calls = [{"id": push * 3000 + call, "CallState": "Connected"} for call in range(3_000)]
        yield _json({"Line": [{"id": 1, "Call": calls}]})
        yield _json({"Line": [{"id": 1, "Call": [{"id": call["id"], "ghost": "True"} for call in calls]}]})


def _lines() -> Iterator[bytes]:
    """65,000 lines, a part at a time."""
    for first in range(1, 65_000, 3_000):
        yield _json({"ExtStatus": [{"id": first + line, "RegistrationState": "Failed"} for line in range(3_000)]})


def _tree(kind: str) -> bytes:
    """4 MB in 4,900 leaves."""
    return xml({f"SystemUnit {kind}{leaf:05}": kind * 820 for leaf in range(4_900)})


def _calls(first: int) -> bytes:
    """2,400 calls in talk."""
    return xml({f"Line {1 + call % 16} Call {first + call} CallState": "Connected" for call in range(2_400)})


def _extensions(word: str) -> bytes:
    return xml({f"ExtStatus {line} RegistrationState": word for line in range(1, 2_001)})


FLOODS: dict[str, Callable[[], Flood]] = {
    "twenty pushes of 9,900 leaves": lambda: Flood(_quiet, _pushes),
    "30,000 calls that are pushed and taken back": lambda: Flood(_quiet, _ghosts),
    "65,000 pushed lines": lambda: Flood(_quiet, _lines),
    "a tree of 4 MB that changes wholly": lambda: Flood(_taking_turns(_tree("A"), _tree("B"))),
    "10,000 call ids": lambda: Flood(_taking_turns(*(_calls(first) for first in range(0, 9_600, 2_400)))),
    "2,000 extensions that change": lambda: Flood(_taking_turns(_extensions("Registered"), _extensions("Failed"))),
}
LONG = ("30,000 calls that are pushed and taken back", "65,000 pushed lines", "twenty pushes of 9,900 leaves")


class Pace(NamedTuple):
    """Seconds between two readings of sound phones."""

    median_s: float
    worst_s: float


def _pace(found: Scripted, since: float) -> Pace:
    gaps = []
    for name, phone in found.phones.items():
        if name != FLOODER:
            times = [at for at in phone.read_at if at >= since]
            gaps += [later - earlier for earlier, later in pairwise((*times, asyncio.get_running_loop().time()))]
    return Pace(statistics.median(gaps), max(gaps))


def _poll_alone(found: Scripted) -> None:
    """Sound phones don't push: what is read at once needs no patience with a push on its way."""
    for name, phone in found.phones.items():
        phone.pushes = name == FLOODER


async def _flooded(flood: Flood) -> tuple[Pace, Pace, Scripted]:
    """How sound phones are read without the flood and in it."""
    sound = {f"sound-{number}": calling(number) for number in range(HEALTHY)}
    loop = asyncio.get_running_loop()
    async with scripted(sound) as found:
        _poll_alone(found)
        await asyncio.sleep(2.0)
        began = loop.time()
        await asyncio.sleep(CALM_S)
        calm = _pace(found, began)
    async with scripted({**sound, FLOODER: _quiet}) as found:
        _poll_alone(found)
        await asyncio.sleep(2.0)
        found.phones[FLOODER].says = flood.answers
        began = loop.time()
        for body in flood.posts():
            found.phones[FLOODER].post(body)
            found.reports.clear()
            await asyncio.sleep(0.05)
        while loop.time() - began < FLOOD_S:
            await asyncio.sleep(0.2)
            found.reports.clear()
        return calm, _pace(found, began), found


def _holds(name: str, calm: Pace, flooded: Pace, found: Scripted) -> None:
    ratio = flooded.median_s / calm.median_s
    print(
        f"\n{name}: read every {calm.median_s:.2f} s (worst {calm.worst_s:.2f}), in the flood every "
        f"{flooded.median_s:.2f} s (worst {flooded.worst_s:.2f}): {ratio:.2f} x"
    )
    assert ratio <= LONGER
    assert found.faults() == []
    phone, knowledge = found.fleet.phones[FLOODER], found.fleet._watches[FLOODER].knowledge
    assert len(knowledge.document) == len(knowledge.changed_at) <= LEAVES
    assert len(phone.lines) <= LINES
    assert sum(len(line.calls) for line in phone.lines) <= CALLS
    assert {found.state(name) for name in found.phones if name != FLOODER} == {"live"}
    assert found.state(FLOODER) in ("live", "stale"), "whatever it costs itself, it answers"
    unread = [entry.text for entry in found.fleet.entries if "of more than" in entry.text]
    assert unread == [], "the flood was refused where it came in"


@pytest.mark.parametrize("name", [pytest.param(name, marks=[pytest.mark.slow] * (name in LONG)) for name in FLOODS])
@fault("a phone floods", holds="nine sound phones are read at 1.2 times their interval at most", seconds=120)
def test_sound_phones_keep_their_pace(name: str) -> None:
    _holds(name, *run_virtually(_flooded(FLOODS[name]()), is_charged=True))


@pytest.mark.slow
@pytest.mark.parametrize("name", FLOODS)
@fault("a phone floods", holds="nine sound phones are read at 1.2 times their interval at most", seconds=120)
def test_sound_phones_keep_their_pace_in_real_time(name: str) -> None:
    _holds(name, *asyncio.run(_flooded(FLOODS[name]())))


# What one push costs, and what a run remembers


@fault("one leaf is pushed on a phone of 32 lines", holds="it costs 0.2 ms, and hardly more than on a phone of two")
def test_a_pushed_leaf_is_cheap_on_a_big_phone() -> None:
    def took_ms(lines: int) -> float:
        watch = Knowledge(initial_phone(SETTINGS), Thresholds())
        places: dict[Path, Printable] = {}
        for line in range(1, lines + 1):
            places |= {Path.parse(place): printable(said) for place, said in calling(line=line)(1000.0).items()}
            places[Path.of("LEDStatus", "Line", line, "LEDColor")] = printable("Green")
        watch.apply(watch.differences(Document(places), ROOT, 1.0), 1.0)
        watch.measure(1.0)
        tracker, values = CallTracker().take(watch.phone, 1.0, NOW, watch.units), iter(range(1_000_000))
        jitter = Path.of("Line", 1, "Call", 0, "Jitter")

        def push() -> None:
            nonlocal tracker
            for _ in range(50):
                assert watch.apply(watch.pushed([Update(jitter, printable(str(next(values) % 90)), 2.0)]), 2.0)
                tracker = tracker.take(watch.phone, 2.0, NOW, watch.units)

        return least_ms(push, times=10) / 50

    small, great, slow = took_ms(2), took_ms(32), slowness()
    print(f"\n2 lines {small:.3f} ms, 32 lines {great:.3f} ms on a machine {slow:.1f} times as slow")
    assert great <= 0.2 * slow
    assert great <= 5 * small


def _calls_that_come_and_go(number: int) -> Says:
    """Another call every 20 s on other lines, some of them bad, and a line that loses its registration now and then."""

    def says(now: float) -> dict[str, str]:
        count, since = divmod(now + 3 * number, 20.0)
        said = dict(calling(int(count) % 7, line=1 + int(count) % 3, began=now - since, lost=int(count) % 4 * 3)(now))
        said = {place: word for place, word in said.items() if since < 17 or not place.startswith("Line")}
        return {**said, "ExtStatus 2 RegistrationState": "Failed" if count % 5 == 0 else "Registered"}

    return says


@pytest.mark.slow
@pytest.mark.long
@fault("calls come and go for an hour", holds="memory stands once every bound is reached", seconds=900)
def test_memory_stands_once_it_is_full(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the bounds lowered, so that they are reached in minutes of the loop's own clock."""
    for place, bound in (
        ("monitor.call_history.MOST_UNKEPT", 100), ("monitor.fleet.MOST_ENTRIES", 200), ("monitor.alerts.KEPT", 20),
        ("monitor.alerts.COUNTED", 50), ("monitor.push_order.MOST_EVENTS", 20), ("phone.calls.leg_matching._REMEMBERED", 50),
    ):  # fmt: skip
        monkeypatch.setattr(f"phonetui.{place}", bound)

    async def grown() -> list[int]:
        sizes = []
        async with scripted({f"busy-{number}": _calls_that_come_and_go(number) for number in range(5)}) as found:
            for stretch in range(5):
                for _ in range(30):
                    await asyncio.sleep(20.0)
                    found.reports.clear()
                    for phone in found.phones.values():
                        phone.read_at.clear()
                        phone.push({}, Event(printable("SipCallSuccessful"), (), asyncio.get_running_loop().time()))
                gc.collect()
                sizes.append(tracemalloc.get_traced_memory()[0] // 1024)
                print(f"after {10 * (stretch + 1)} minutes: {sizes[-1]:,} KB", flush=True)
        return sizes

    tracemalloc.start(1)
    try:
        sizes = run_virtually(grown())
    finally:
        tracemalloc.stop()
    hourly_kb = 2 * (sizes[-1] - sizes[1])  # the last half hour
    print(f"5 phones: {hourly_kb:+} KB an hour")
    assert hourly_kb <= 5 * 10 * 2, "1 MB an hour for a hundred phones, and as much for what tests keep"


@fault("a phone's event says a hundred thousand characters", holds="the journal's line is short, the report has all")
def test_a_long_event_makes_a_short_line() -> None:
    async def told() -> Scripted:
        async with scripted({FLOODER: _quiet}) as found:
            await asyncio.sleep(2.0)
            fields = ((printable("PeerName"), printable("x" * 100_000)),)
            found.phones[FLOODER].push({}, Event(printable("BootEvent"), fields, 0.0))
            await asyncio.sleep(1.0)
        return found

    found = run_virtually(told())
    assert max(len(entry.text) for entry in found.fleet.entries) <= LONGEST_ENTRY + 2
    report = next(report for report in found.reports if isinstance(report, EventReport))
    assert len(report.event.fields[0][1]) == 100_000


@fault("alerts of ever other lines are raised", holds="how often each was raised is remembered of the latest alone")
def test_how_often_alerts_were_raised_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("phonetui.monitor.alerts.COUNTED", 5)
    alarms = AlertMonitor(Journal(), Thresholds(), (), lambda *_: ())
    blank = Phone(id=FLOODER, name=printable("x"), address=printable("y"), connection=Connection(State.LIVE))
    for line in range(40):
        lines = (Line(1, is_registered=True), Line(2 + line, printable("Failed"), is_registered=False))
        for seconds in (0.0, 400.0, 800.0):
            at = 2000.0 * line + seconds
            phone = replace(blank, lines=lines if seconds < 800.0 else lines[:1], up_s=3600.0 + at)
            alarms.update(phone, at, NOW + timedelta(seconds=at))
    assert len(alarms._times) == 5
    assert all(alert.times == 1 for alert in alarms.alerts)
