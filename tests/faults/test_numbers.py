"""Odd numbers and words, at every limit and in every leaf; and what one phone's fault may end: nothing of the others."""

import ast
import asyncio
import json
import os
import random
from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import cache
from typing import Any

import pytest
from msgspec.structs import replace

from phonetui.cli.json_lines import line
from phonetui.config.settings import PhoneSettings
from phonetui.fleet.startup import initial_phone
from phonetui.monitor.alerts import AlertMonitor
from phonetui.monitor.call_history import CallArchiver, RememberedCalls
from phonetui.monitor.fleet_analysis import FleetAnalysis
from phonetui.monitor.journal import CallReport, Journal
from phonetui.monitor.knowledge import Knowledge
from phonetui.monitor.watches import ConnectionState
from phonetui.phone.calls.call_record import annotate
from phonetui.phone.calls.call_tracker import CallTracker
from phonetui.phone.calls.pairing import Pairing
from phonetui.phone.quality.grading import Thresholds
from phonetui.phone.state import Connection, PhoneId, State
from phonetui.text import printable
from phonetui.ui.fleet.screen import FleetScreen
from phonetui.ui.panes.call import CallsPane
from phonetui.ui.panes.network import PortsPane
from phonetui.ui.status.screen import StatusScreen
from phonetui.ui.status.tree import StatusRows
from phonetui.ui.text import rows as fault_log
from phonetui.xapi.document import Document, Event
from phonetui.xapi.path import ROOT, Path
from tests.faults.odd_words import ODD_WORDS, leaves, number
from tests.faults.scripted import Says, Scripted, calling, scripted
from tests.faults.table import fault
from tests.pace import least_ms, slowness
from tests.sources import trees, within
from tests.ui.matrix import SCREENS, Seen, _go, settled
from tests.ui.office import AT, NOW, FakeFleet, office
from tests.ui.screen import Desk, opened
from tests.virtual_time import run_virtually

ROOMS = ("monitor", "phone", "probe", "transport", "ui", "webex", "xapi")
OURS = {
    ("probe/known_secrets.py", "int(f'0x{raw[2:]}', base=0)"): "four hex digits, by its pattern",
    ("transport/feedback.py", "int(port)"): "the configuration's",
    ("transport/http_answer.py", "int(head[1])"): "three digits, by its pattern",
    ("transport/http_answer.py", "int(length)"): "at most twelve digits, by its pattern",
    ("ui/mesh/screen.py", "int(self._session.clock.steady())"): "a clock's",
    ("xapi/xml.py", "int(match[1], 16)"): "at most eight digits, by its pattern",
    ("xapi/xml.py", "int(match[2])"): "at most eight digits, by its pattern",
}
"""Calls that may stay, and why."""
A, B = "a-odd", "b-sound"
LOBBY = PhoneId("lobby")

FUZZ_PARTS = int(os.environ.get("PHONETUI_FUZZ_PARTS", "1"))
"""Of 10,000 documents each; ten are what is held to, which takes some minutes of a processor."""


@fault("a number is read somewhere without a bound", holds="`phonetui.numeric` is the one reader of numbers")
def test_no_other_module_reads_numbers_out_of_text() -> None:
    found = {
        (place, ast.unparse(node))
        for module, tree in trees().items()
        if (place := within(module)).partition("/")[0] in ROOMS
        for node in ast.walk(tree)
        if _reads_text(node)
    }
    assert found == OURS.keys()


def _reads_text(node: ast.AST) -> bool:
    """`int(x)`, `float(x)` and `map(int, xs)`, unless what is converted is a constant or an arithmetic expression."""
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
        return False
    if node.func.id in ("int", "float"):
        return bool(node.args) and not isinstance(node.args[0], ast.Constant | ast.BinOp | ast.Compare)
    return node.func.id == "map" and any(
        isinstance(argument, ast.Name) and argument.id in ("int", "float") for argument in node.args
    )


def saying(leaf: str, *words: str) -> Says:
    """A phone in a call that says one leaf otherwise, each word for three seconds and then the sane one."""
    sane = calling()

    def says(now: float) -> Mapping[str, str]:
        step = int((now - 1003.0) // 3)
        return {**sane(now), **({leaf: words[step]} if 0 <= step < len(words) else {})}

    return says


async def _watched(says: Says, seconds: float, then: Callable[[Scripted], object] | None = None) -> Scripted:
    async with scripted({A: says, B: calling()}) as found:
        await asyncio.sleep(seconds)
        if then is not None:
            then(found)
            await asyncio.sleep(3.0)
        lines = [json.loads(line(report)) for report in found.reports]
    assert {written["type"] for written in lines} >= {"phone", "status", "call"}
    return found


def _goes_on(found: Scripted) -> None:
    assert found.faults() == []
    assert (found.state(A), found.state(B)) == ("live", "live")


@pytest.mark.parametrize(
    "leaf",
    ["PhoneStatus ElapsedTime", "PhoneStatus CurrentTime", "Line 1 Call 0 Duration", "Line 1 Call 0 PacketsReceived",
     "Line 1 Call 0 LossRate", "Network Statistics Port 1 RxCrcErr", "Network Statistics Port 1 RxTotalPkt"],
)  # fmt: skip
@fault("a leaf counts in 400 digits, then sanely", holds="both phones stay live and every line is written", seconds=30)
def test_an_odd_number_and_then_a_sane_one(leaf: str) -> None:
    words = ("9" * 400, "12", "99999999999", "4294967295", "99999999999 days, 02:13:02", "1e400", "NaN", "-1")
    _goes_on(run_virtually(_watched(saying(leaf, *words), 33.0)))


@fault(
    "the report of a call's end says odd numbers", holds="the call's record is kept, both phones stay live", seconds=30
)
@pytest.mark.parametrize("word", ["9" * 400, "4294967295", "99999999999", "-1", "1e400", "99999999999 days"])
def test_an_odd_report_of_a_calls_end(word: str) -> None:
    def ends(found: Scripted) -> None:
        fields = (("LineId", "1"), ("CallId", "0"), ("Duration", word), ("PacketsLost", word), ("CauseCode", word))
        event = Event(printable("SipCallDisconnect"), tuple((printable(k), printable(v)) for k, v in fields), AT)
        found.phones[PhoneId(A)].says = lambda _: {"SystemUnit ProductId": "DP-9851"}
        found.phones[PhoneId(A)].push({"Line 1 Call 0": None}, event)
        odd = (("LineId", word), ("CallId", word))
        found.phones[PhoneId(A)].push({}, Event(event.name, tuple((printable(k), printable(v)) for k, v in odd), AT))

    found = run_virtually(_watched(calling(), 6.0, ends))
    _goes_on(found)
    record = next(record for record in found.fleet.records if record.phone == A)
    assert record.ended_at is not None
    assert record.ended_at >= record.began_at


PARTS: dict[str, tuple[type, str, Callable[..., bool]]] = {
    "state": (ConnectionState, "update", lambda connection, *_, **__: connection._watch.log.phone == A),
    "alerts": (AlertMonitor, "update", lambda _, phone, *__: phone.id == A),
    "pushes": (Knowledge, "pushed", lambda knowledge, *_: knowledge.phone.id == A),
    "port errors": (FleetAnalysis, "_rise", lambda _, phone, *__: phone.id == A),
    "causes": (FleetAnalysis, "_diagnose", lambda _, leg, *__: leg[0] == A),
    "pairing": (Pairing, "look", lambda _, phones, *__: A in phones),
    "records": (RememberedCalls, "update", lambda _, phone, *__: phone == A),
}
"""What is done for each phone in turn: the class and method, and whether a call of it is about the first phone."""


@pytest.mark.parametrize("part", PARTS)
@fault("one phone's part of what is done for all fails", holds="the other phone is followed, and it is told once")
def test_one_phones_fault_is_that_phones(part: str, monkeypatch: pytest.MonkeyPatch) -> None:
    owner, name, concerns = PARTS[part]
    sound = getattr(owner, name)

    def failing(self: Any, *arguments: Any, **named: Any) -> Any:
        if concerns(self, *arguments, **named):
            raise OverflowError("int too large to convert to float")
        return sound(self, *arguments, **named)

    monkeypatch.setattr(owner, name, failing)
    found = run_virtually(
        _watched(calling(), 5.0, lambda found: found.phones[PhoneId(A)].push({"Line 1 Call 0 Jitter": "7"}))
    )
    told = found.faults()
    assert len(told) == 1, told
    assert told[0].startswith(f"{A}: fault in phonetui, in ")
    assert "OverflowError" in told[0]
    assert found.state(B) == "live"
    assert any(record.phone == B for record in found.fleet.records)
    assert len([report for report in found.reports if isinstance(report, CallReport) and report.phone == B]) >= 5


@fault("what no single phone is to blame for fails at each look", holds="both phones are followed, and it is told once")
@pytest.mark.parametrize(
    ("owner", "name"), [(CallArchiver, "take_records"), (FleetAnalysis, "update"), (AlertMonitor, "update_tunnels")]
)
def test_a_fault_of_no_phone_ends_nothing(owner: type, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async def watched() -> Scripted:
        async with scripted({A: calling(), B: calling()}) as found:
            await asyncio.sleep(2.0)
            monkeypatch.setattr(owner, name, _failing)
            await asyncio.sleep(5.0)
            monkeypatch.undo()
        return found

    found = run_virtually(watched())
    assert len(found.faults()) == 1
    assert (found.state(A), found.state(B)) == ("live", "live")


@fault("the calls of earlier runs bring an error that nobody foresaw", holds="both phones are followed, calls are kept")
def test_a_fault_in_the_calls_of_earlier_runs_ends_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(RememberedCalls, "load", _failing)
    found = run_virtually(_watched(calling(), 5.0))
    assert [fault.partition(":")[0] for fault in found.faults()] == ["history"]
    assert {record.phone for record in found.fleet.records} == {A, B}


def _failing(*_: object, **__: object) -> None:
    raise OverflowError("date value out of range")


# What is drawn


@cache
def known(word: str, *, in_talk: bool) -> tuple[Knowledge, CallTracker]:
    """What is known of a phone that says `word` in every leaf, after 14 sane seconds; `in_talk`: its call goes on."""
    settings = PhoneSettings(id=LOBBY, host="192.0.2.21", username="xapi")
    knowledge, tracker = Knowledge(initial_phone(settings), Thresholds()), CallTracker()
    odd = {Path.parse(place): printable(word) for place in leaves()}
    kept = {Path.parse(f"Line 1 Call 0 {name}") for name in ("CallState", "Decoder", "Encoder")} if in_talk else set()
    for step in range(10):
        at = AT - 20 + 2 * step
        sane = {Path.parse(place): printable(said) for place, said in calling(began=AT - 20)(at).items()}
        read = Document(sane if step < 7 else {**sane, **odd, **{path: sane[path] for path in kept}})
        knowledge.apply(knowledge.differences(read, ROOT, at), at)
        knowledge.count_ports(at)
        knowledge.measure(at)
        tracker = tracker.take(knowledge.phone, at, NOW - timedelta(seconds=AT - at), knowledge.units)
    live = Connection(State.LIVE, fresh_at=AT - 1, seen_at=NOW - timedelta(seconds=1))
    knowledge.phone = replace(knowledge.phone, connection=live)
    return knowledge, tracker


def say(fleet: FakeFleet, word: str, *, in_talk: bool) -> None:
    """Has the phone in the lobby say `word` everywhere, with all that comes of it: alerts, records, histories."""
    knowledge, tracker = known(word, in_talk=in_talk)
    fleet.documents[LOBBY], fleet.changes[LOBBY] = knowledge.document, dict(knowledge.changed_at)
    fleet.histories[LOBBY], fleet.port_histories[LOBBY] = knowledge.histories, knowledge.port_histories
    alarms = AlertMonitor(Journal(), Thresholds(), (), lambda *_: ())
    for seconds in (60.0, 30.0, 0.0):
        alarms.update(replace(knowledge.phone, up_s=seconds), AT - seconds, NOW - timedelta(seconds=seconds))
    alarms.update(knowledge.phone, AT, NOW)
    fleet.alerts = alarms.alerts
    fleet.records = tuple(annotate(record, alarms.alerts, (), None) for record in tracker.records)
    fleet.put(knowledge.phone)


def _look_of(desk: Desk) -> None:
    screen: Any = desk.app.screen
    if hasattr(screen, "refresh_view"):
        screen.refresh_view()
    else:
        desk.main.refresh_view()
    assert "Cannot be drawn" not in desk.text()


OF_PHONES = ("main", "fleet", "chart", "events", "status", "calls", "card", "alerts")
"""Screens that draw what phones say; the others do so beside it or below it, and are tried when there is time."""


def _row(seen: Seen) -> Any:
    return pytest.param(seen, id=seen.name, marks=[] if seen.name in OF_PHONES else [pytest.mark.slow])


@pytest.mark.parametrize("in_talk", [True, pytest.param(False, marks=pytest.mark.slow)], ids=["talk", "no-talk"])
@pytest.mark.parametrize("seen", [_row(seen) for seen in SCREENS])
@fault("a phone says odd words in every leaf", holds="the screen is drawn with each of them", seconds=90)
async def test_every_screen_is_drawn_with_each_odd_word(seen: Seen, in_talk: bool) -> None:
    fleet = office()
    say(fleet, "12", in_talk=True)
    async with opened(fleet) as desk:
        await _go(desk, seen.there)
        for word in ODD_WORDS.values():
            say(fleet, word, in_talk=in_talk)
            _look_of(desk)
        await settled(desk)
        desk.app.view_state.zero()
        say(fleet, "9" * 19, in_talk=True)
        _look_of(desk)
        assert desk.app.failure is None


@pytest.mark.parametrize(
    ("owner", "name", "keys"),
    [(CallsPane, "rows_of", ""), (CallsPane, "dependencies", ""), (PortsPane, "title_of", ""), (StatusScreen, "_read", "x"),
     (StatusRows, "__getitem__", "x"), (FleetScreen, "_in_order", "f")],
)  # fmt: skip
@fault(
    "drawing one pane or screen fails", holds="a sentence stands in its place, the rest is drawn, the program goes on"
)
async def test_a_fault_in_drawing_stands_in_its_place(
    owner: type, name: str, keys: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    fault_log._logged.clear()
    monkeypatch.setattr(owner, name, _failing)
    async with opened() as desk:
        await desk.press(*keys)
        await desk.refresh_view()
        words = " ".join(desk.text().split())
        assert "Cannot be drawn: Overf" in words
        assert "HQ lab" in words
        monkeypatch.undo()
        if keys:
            await desk.press("escape")
        desk.fleet.put(desk.fleet.phones[LOBBY])
        await desk.refresh_view()
        assert "Cannot be drawn" not in desk.text()
        assert desk.app.is_running
    assert len([record for record in caplog.records if "in drawing" in record.message]) == 1


@pytest.mark.parametrize(
    "word", ["5000 digits", *(pytest.param(word, marks=pytest.mark.slow) for word in ("spaces", "colons", "very long"))]
)
@fault("every leaf says thousands of characters", holds="no screen spends a second on them, masked or not", seconds=60)
async def test_long_words_are_drawn_in_no_time(word: str) -> None:
    fleet = office()
    say(fleet, ODD_WORDS[word], in_talk=True)
    async with opened(fleet) as desk:
        for keys in ("x", "f", "c", "P", "x", "f", "c"):
            took = least_ms(lambda: _look_of(desk), times=2)
            await desk.press(keys)
            took = max(took, least_ms(lambda: _look_of(desk), times=2))
            assert took < 1000 * slowness(), f"{keys}: {took:.0f} ms"
            if keys != "P":
                await desk.press("escape")


# A fuzz over everything


class Fuzzed:
    """A phone whose every reading says something else, in XML as phones do; now and then it pushes."""

    def __init__(self, seed: int) -> None:
        self._rng = random.Random(seed)
        self._sane = calling()
        self.readings = 0

    def __call__(self, now: float) -> Mapping[str, str]:
        self.readings += 1
        rng, places = self._rng, leaves()
        odd = rng.choice((1, 1, 2, 5, 20, len(places)))
        words = {place: number(rng) for place in rng.sample(places, odd)} if rng.random() < 0.8 else {}
        if rng.random() < 0.5:
            words |= {
                place: said for place, said in self._sane(now).items() if place.endswith(("CallState", "Decoder"))
            }
        return {**self._sane(now), **words}

    def event(self) -> Event:
        names = ("LineId", "CallId", "Duration", "PacketsLost", "MOSLQ", "CauseCode", "Jitter", "PacketsReceived")
        fields = {name: number(self._rng) for name in names}
        if self._rng.random() < 0.7:
            fields |= {"LineId": "1", "CallId": "0"}
        return Event(
            printable("SipCallDisconnect"), tuple((printable(k), printable(v)) for k, v in fields.items()), 0.0
        )


async def _fuzzed(documents: int, seed: int) -> None:
    rng, phones = random.Random(seed), {f"fuzzed-{place}": Fuzzed(seed + place) for place in range(10)}
    async with scripted({B: calling(), **phones}) as found:
        while sum(phone.readings for phone in phones.values()) < documents:
            await asyncio.sleep(rng.uniform(0.1, 0.5))
            name = rng.choice(tuple(phones))
            place, said = rng.choice(leaves()), number(rng)
            found.phones[PhoneId(name)].push({place: rng.choice((said, None))}, phones[name].event())
            for report in found.reports:
                json.loads(line(report))
            found.reports.clear()
        assert found.faults() == [], f"seed {seed}"
        assert {found.state(name) for name in (B, *phones)} == {"live"}, f"seed {seed}"


@pytest.mark.slow
@fault(
    "phones say random numbers of 1 to 500 digits in every leaf", holds="not one fault in 2,000 documents", seconds=90
)
def test_a_fuzz_over_all_leaves() -> None:
    run_virtually(_fuzzed(2_000, seed=20261130))


@pytest.mark.slow
@pytest.mark.long
@pytest.mark.parametrize("part", range(FUZZ_PARTS))
@fault(
    "phones say random numbers of 1 to 500 digits in every leaf",
    holds="not one fault in 100,000 documents",
    seconds=600,
)
def test_a_long_fuzz_over_all_leaves(part: int) -> None:
    run_virtually(_fuzzed(10_000, seed=1000 * part))
