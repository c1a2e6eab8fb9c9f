"""`phonetui watch` against the simulator's own log of what it did: what must be told, once, and in order.

The office runs in this process so that its posts can be made to misbehave; `watch` is the real program.
"""

import asyncio
import json
import os
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import groupby, pairwise
from pathlib import Path as File
from typing import Any

import pytest

from phonetui.simulator.server import ServedOffice
from tests.live import PASSWORD, served, until

SECONDS = 60
POLL = {"call": 1.0, "idle": 2.0, "slow": 4.0}
SEEN_WITHIN_S = 4.0
"""A value that stood this long stood longer than its poll interval (2 s), a request gap and a busy machine's delays."""
EDGE_S = 3.0
"""Changes this close to the beginning or the end may or may not be seen."""
BACK_S = 6.0
"""After a reboot, until pushes flow again."""
CUTS = 10
CUT_EVERY_S = 5.0

pytestmark = [pytest.mark.slow, pytest.mark.live]


def seen_within_s() -> float:
    """Longer where others kept the machine busy in the minute that was watched: phones are then read as often as may be."""
    busy = os.getloadavg()[0] / (os.cpu_count() or 1)
    return SEEN_WITHIN_S * min(max(busy, 1.0), 4.0)


@dataclass(frozen=True)
class Change:
    value: str | None
    at: float


Leaf = tuple[str, str]
History = dict[Leaf, list[Change]]


def histories(lines: list[dict[str, Any]]) -> History:
    """Every leaf's values in order; a ghost ends each leaf below it."""
    found: History = defaultdict(list)
    for line in lines:
        if line["type"] != "status":
            continue
        at = datetime.fromisoformat(line["at"]).timestamp()
        phone, path = line["phone"], line["path"]
        if not line.get("ghost"):
            found[phone, path].append(Change(line["value"], at))
            continue
        for leaf, changes in found.items():
            below = leaf[0] == phone and (leaf[1] == path or leaf[1].startswith(f"{path} "))
            if below and changes[-1].value is not None:
                changes.append(Change(None, at))
    return found


def outages(lines: list[dict[str, Any]]) -> dict[str, list[tuple[float, float]]]:
    """When each phone was away: from saying so to a while after its return."""
    away: dict[str, list[tuple[float, float]]] = defaultdict(list)
    began: dict[str, float] = {}
    for line in lines:
        if line["type"] != "phone":
            continue
        at = datetime.fromisoformat(line["at"]).timestamp()
        if line["state"] == "rebooting":
            began[line["phone"]] = at
        elif line["phone"] in began:
            away[line["phone"]].append((began.pop(line["phone"]) - 1.0, at + BACK_S))
    for phone, at in began.items():
        away[phone].append((at - 1.0, float("inf")))
    return away


def unexplained(done: list[Change], told: list[Change], must: Callable[[int], bool]) -> str | None:
    """None if `told` is `done` in order, with nothing left out but what need not be told.

    A value that came back before anybody saw that it had been away need not be told again.
    """
    reachable = {0}  # how many of `done` are used up
    known: str | None = None
    for number, change in enumerate(told):
        after = set()
        for used in reachable:
            for place in range(used, len(done)):
                if done[place].value == change.value:
                    after.add(place + 1)
                if must(place) and done[place].value != known:
                    break
        if not after:
            return f"{change.value!r}, told as number {number}, does not follow: {done} told as {told}"
        reachable, known = after, change.value
    for used in reachable:
        if not any(must(place) and done[place].value != known for place in range(used, len(done))):
            return None
    return f"something was left out: {done} told as {told}"


def configured(office: ServedOffice, file: File, *, push: bool) -> File:
    poll = ", ".join(f"{name} = {value}" for name, value in POLL.items())
    transport = "auto" if office.phones[0].websocket else "http"
    lines = ["[defaults]", 'password = { env = "OFFICE" }', f"poll = {{ {poll} }}", f'transport = "{transport}"']
    lines += [] if push else ["[feedback]", 'listen = "off"']
    for phone in office.phones:
        lines += ["[[phone]]", f'name = "{phone.name}"', f'url = "{phone.url}"', f'fingerprint = "{phone.fingerprint}"']
    file.write_text("\n".join(lines))
    return file


async def watched(
    office: ServedOffice, folder: File, *, push: bool
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """What the office did and what `watch` told, over the same minute."""
    config = configured(office, folder / "config.toml", push=push)
    environment = {**os.environ, "OFFICE": PASSWORD, "HOME": str(folder)}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "phonetui", "watch", "--for", str(SECONDS), "--config", str(config),
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE, env=environment,
    )  # fmt: skip
    out, err = await process.communicate()
    assert process.returncode == 0, err.decode()
    assert err == b""
    return read(folder / "office.log"), [json.loads(line) for line in out.splitlines()]


def read(log: File) -> list[dict[str, Any]]:
    return [json.loads(line) for line in log.read_text("ascii").splitlines()]


def span(told: list[dict[str, Any]]) -> tuple[float, float]:
    times = [datetime.fromisoformat(line["at"]).timestamp() for line in told]
    return times[0], times[-1]


def misses(
    done: list[dict[str, Any]], told: list[dict[str, Any]], must: Callable[[Leaf, list[Change], int], bool]
) -> Iterator[str]:
    heard = histories(told)
    for leaf, changes in histories(done).items():
        problem = unexplained(changes, heard.get(leaf, []), partial(must, leaf, changes))
        if problem:
            yield f"{leaf}: {problem}"


def pushed(leaf: Leaf) -> bool:
    return not leaf[1].startswith(
        ("DownloadStatus", "DownloadedLocalePackage", "HttpFeedback", "SystemUnit", "Conference")
    )


def lifetime(changes: list[Change], number: int, end: float) -> float:
    return (changes[number + 1].at if number + 1 < len(changes) else end) - changes[number].at


def inside(at: float, spans: list[tuple[float, float]]) -> bool:
    return any(begin <= at <= end for begin, end in spans)


@dataclass(frozen=True)
class Minute:
    """What an office did, and what `watch` told of it."""

    done: list[dict[str, Any]]
    told: list[dict[str, Any]]
    written: int
    """Requests that write, counted by the phones."""
    cuts: dict[str, list[float]]
    """When each phone's open WebSocket was cut off, in seconds since 1970."""


MODES: dict[str, dict[str, bool]] = {
    "push": {},
    "poll": {},
    "overtake": {"overtake": True},
    "duplicate": {"duplicate": True},
    "websocket": {},
    "cut": {},
}
"""Each mode and how its phones' posts misbehave; in the last two the phones offer WebSocket."""


async def minute(mode: str, folder: File) -> Minute:
    dialect = "websocket" if mode in ("websocket", "cut") else "plain"
    async with served(5, scenario="busy", log=folder / "office.log", dialect=dialect) as office:
        for phone in office.phones:
            for mischief in MODES[mode]:
                setattr(phone.feedback, mischief, True)
        cuts: dict[str, list[float]] = {phone.name: [] for phone in office.phones}
        cutting = asyncio.create_task(cut(office, cuts)) if mode == "cut" else None
        done, told = await watched(office, folder, push=mode != "poll")
        if cutting is not None:
            await cutting
        written = sum(request.path == "/putxml" for phone in office.phones for request in phone.requests)
    return Minute(done, told, written, cuts)


async def cut(office: ServedOffice, cuts: dict[str, list[float]]) -> None:
    """Ten times, every open connection in the office, from when all phones have one."""
    await until(lambda: all(phone.connections for phone in office.phones), 30.0)
    for _ in range(CUTS):
        await asyncio.sleep(CUT_EVERY_S)
        for phone in office.phones:
            if phone.connections:
                cuts[phone.name].append(time.time())
                phone.cut()


def side_by_side(modes: list[str], factory: pytest.TempPathFactory) -> dict[str, Minute]:
    """These modes over the same minute: an office and a program for each."""
    folders = {mode: factory.mktemp(mode) for mode in modes}

    async def run() -> dict[str, Minute]:
        results = await asyncio.gather(*(minute(mode, folder) for mode, folder in folders.items()))
        return dict(zip(modes, results, strict=True))

    return asyncio.run(run())


class Minutes(dict[str, Minute]):
    """Each group of modes is run when one of them is first asked for: all at once, two cores would not keep up."""

    def __init__(self, factory: pytest.TempPathFactory) -> None:
        super().__init__()
        self._factory = factory

    def __missing__(self, mode: str) -> Minute:
        group = next(group for group in GROUPS.values() if mode in group)
        self.update(side_by_side(group, self._factory))
        return self[mode]


GROUPS = {"posts": ["push", "poll"], "mischief": ["overtake", "duplicate"], "websocket": ["websocket", "cut"]}


def in_group(mode: str, *marks: pytest.MarkDecorator) -> Any:
    """The mode as a parameter of a test that runs where the others of its group do: they share a minute."""
    group = next(name for name, modes in GROUPS.items() if mode in modes)
    return pytest.param(mode, marks=(pytest.mark.xdist_group(group), *marks))


@pytest.fixture(scope="module")
def minutes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Minute]:
    return Minutes(tmp_path_factory)


@pytest.mark.parametrize("mode", [in_group("push"), in_group("websocket")])
def test_with_pushes_every_change_once_and_in_order(minutes: dict[str, Minute], mode: str) -> None:
    done, told = minutes[mode].done, minutes[mode].told
    (begin, end), away = span(told), outages(done)

    def must(leaf: Leaf, changes: list[Change], number: int) -> bool:
        at = changes[number].at
        return pushed(leaf) and begin + EDGE_S < at < end - EDGE_S and not inside(at, away[leaf[0]])

    assert list(misses(done, told, must)) == []
    changes = sum(len(found) for found in histories(told).values())
    calls = [line for line in told if line["type"] == "call"]
    print(f"\n{changes} changes told in {SECONDS} s, {len(calls)} readings of calls")
    assert changes > 1000
    assert calls
    happened = [
        (line["phone"], line["event"]) for line in done if line["type"] == "event" and seen_in(line, begin, end)
    ]
    heard = [(line["phone"], line["event"]) for line in told if line["type"] == "event"]
    assert happened
    assert not Counter(happened) - Counter(heard)


def seen_in(line: dict[str, Any], begin: float, end: float) -> bool:
    return begin + EDGE_S < datetime.fromisoformat(line["at"]).timestamp() < end - EDGE_S


@pytest.mark.xdist_group("posts")
def test_with_polling_alone_every_value_that_stood_and_the_same_end(minutes: dict[str, Minute]) -> None:
    done, told = minutes["poll"].done, minutes["poll"].told
    assert minutes["poll"].written == 0
    (begin, end), away = span(told), outages(done)

    def must(leaf: Leaf, changes: list[Change], number: int) -> bool:
        at = max(changes[number].at, begin)
        stood = lifetime(changes, number, end) - (at - changes[number].at) > seen_within_s()
        return stood and at < end - seen_within_s() and not inside(at, away[leaf[0]])

    assert list(misses(done, told, must)) == []
    assert list(differences(done, told, end)) == []


@pytest.mark.xdist_group("websocket")
def test_over_websocket_nothing_is_registered_with_a_phone(minutes: dict[str, Minute]) -> None:
    assert minutes["websocket"].written == minutes["cut"].written == 0


def live_spans(told: list[dict[str, Any]], phone: str, end: float) -> list[tuple[float, float]]:
    """When a phone was live by what was told of it, in seconds since 1970."""
    lines = [line for line in told if line["type"] == "phone" and line["phone"] == phone]
    moments = [(datetime.fromisoformat(line["at"]).timestamp(), line["state"]) for line in lines]
    return [
        (at, after) for (at, state), (after, _) in pairwise([*moments, (end, "")]) if state == "live" and after > at
    ]


def overlap_s(spans: list[tuple[float, float]], begin: float, end: float) -> float:
    return max((min(end, last) - max(begin, first) for first, last in spans), default=0.0)


@pytest.mark.xdist_group("websocket")
def test_a_connection_cut_ten_times_loses_nothing_that_still_holds_and_says_so_each_time(
    minutes: dict[str, Minute],
) -> None:
    done, told = minutes["cut"].done, minutes["cut"].told
    (begin, end), away = span(told), outages(done)
    connected = {phone: live_spans(told, phone, end) for phone in minutes["cut"].cuts}

    def must(leaf: Leaf, changes: list[Change], number: int) -> bool:
        """What stood while the connection did: that it didn't, and for how long, is told."""
        at = max(changes[number].at, begin)
        until = changes[number].at + lifetime(changes, number, end)
        stood = overlap_s(connected[leaf[0]], at, until) > seen_within_s()
        return stood and at < end - seen_within_s() and not inside(at, away[leaf[0]])

    assert list(misses(done, told, must)) == []
    assert list(differences(done, told, end)) == []
    for phone, cuts in minutes["cut"].cuts.items():
        lines = [line for line in told if line["type"] == "phone" and line["phone"] == phone]
        states = [state for state, _ in groupby(line["state"] for line in lines)]  # a reason may change alone
        breaks = [at for at in cuts if begin < at < end and not inside(at, away[phone])]
        print(f"\n{phone}: cut {len(breaks)} times: {' '.join(states)}")
        assert len(breaks) == CUTS or (away[phone] and len(breaks) >= CUTS - 4)  # what restarts cannot be cut
        assert states.count("connecting") >= len(breaks)
        assert set(states) <= {"live", "connecting", "rebooting"}
        assert states[-1] == "live"


@pytest.mark.parametrize("mode", [in_group("overtake"), in_group("duplicate", pytest.mark.long)])
def test_posts_out_of_order_or_twice_end_in_the_same_state(minutes: dict[str, Minute], mode: str) -> None:
    done, told = minutes[mode].done, minutes[mode].told
    assert list(differences(done, told, span(told)[1])) == []


def differences(done: list[dict[str, Any]], told: list[dict[str, Any]], end: float) -> Iterator[str]:
    """Leaves that stand otherwise at the end, but for those that moved just before it."""
    heard, away = histories(told), outages(done)
    for leaf, changes in histories(done).items():
        before = [change for change in changes if change.at <= end]
        if not before or end - before[-1].at < seen_within_s() or inside(end, away[leaf[0]]):
            continue
        last = heard[leaf][-1].value if leaf in heard else None
        if last != before[-1].value:
            yield f"{leaf}: stands at {before[-1].value!r}, told as {last!r}"
