"""Phones that say far too much, with nine sound ones beside them: what it costs the sound ones.

The loop's clock is a virtual one that computing moves on, so that a run takes the processor's time alone; the rows
marked slow are the same in real time.
"""

import asyncio
import json
import statistics
from collections.abc import Callable, Iterator
from itertools import cycle, pairwise
from typing import NamedTuple

import pytest

from phonetui.phone.capacity import CALLS, LEAVES, LINES
from phonetui.phone.state import PhoneId
from tests.faults.scripted import Answers, Scripted, calling, scripted, xml
from tests.faults.table import fault
from tests.virtual_time import run_virtually

HEALTHY = 9
CALM_S, FLOOD_S = 4.0, 6.0
LONGER = 1.2
"""How much longer a sound phone's interval may get."""
FLOODER = PhoneId("flooder")


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


FLOODS = {
    "twenty pushes of 9,900 leaves": Flood(_quiet, _pushes),
    "30,000 calls that are pushed and taken back": Flood(_quiet, _ghosts),
    "65,000 pushed lines": Flood(_quiet, _lines),
    "a tree of 4 MB that changes wholly": Flood(_taking_turns(_tree("A"), _tree("B"))),
    "10,000 call ids": Flood(_taking_turns(*(_calls(first) for first in range(0, 9_600, 2_400)))),
    "2,000 extensions that change": Flood(_taking_turns(_extensions("Registered"), _extensions("Failed"))),
}
LONG = ("30,000 calls that are pushed and taken back", "65,000 pushed lines")


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
    assert {found.state(name) for name in found.phones} == {"live"}
    unread = [entry.text for entry in found.fleet.entries if "of more than" in entry.text]
    assert unread == [], "the flood was refused where it came in"


@pytest.mark.parametrize("name", [pytest.param(name, marks=[pytest.mark.slow] * (name in LONG)) for name in FLOODS])
@fault("a phone floods", holds="nine sound phones are read at 1.2 times their interval at most", seconds=120)
def test_sound_phones_keep_their_pace(name: str) -> None:
    _holds(name, *run_virtually(_flooded(FLOODS[name]), is_charged=True))


@pytest.mark.slow
@pytest.mark.parametrize("name", FLOODS)
@fault("a phone floods", holds="nine sound phones are read at 1.2 times their interval at most", seconds=120)
def test_sound_phones_keep_their_pace_in_real_time(name: str) -> None:
    _holds(name, *asyncio.run(_flooded(FLOODS[name])))
