"""Observations as columns and back, whatever they are."""

from datetime import UTC, datetime, timedelta
from typing import Any, get_args

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from phonetui.errors import ProtocolError
from phonetui.monitor import observations
from phonetui.monitor.keyframe import PhoneSetup
from phonetui.monitor.observations import (
    AlertMuted,
    ClaimChanged,
    ConnectionChanged,
    CountingResumed,
    EntryWritten,
    EventTaken,
    FleetCompared,
    LeavesChanged,
    MarkSet,
    Observation,
    PhoneAdded,
    PhoneRemoved,
    PlacesForbidden,
    ReadingScope,
    SightLost,
    TunnelsChanged,
    VoiceReportTaken,
)
from phonetui.phone.alerts.alert import AlertId
from phonetui.phone.journal import JournalEntry
from phonetui.phone.quality.voice_report import (
    MediaAddress,
    VoiceMetrics,
    VoiceParty,
    VoiceQualityReport,
    VoiceReportKind,
)
from phonetui.phone.state import Claim, Connection, Phone, PhoneId, State, TunnelState
from phonetui.recording.block_decoder import observations_of
from phonetui.recording.block_encoder import BlockBase, BlockEncoder
from phonetui.recording.columns import KINDS
from phonetui.recording.keyframes import KeyframeTables
from phonetui.text import Printable
from phonetui.xapi.document import Document, Event, Update
from phonetui.xapi.path import Path

NOW = datetime(2026, 11, 30, 14, 3, 21, 123456, tzinfo=UTC)
LOBBY = PhoneId("lobby")

seconds = st.integers(0, 10**12).map(lambda us: us / 1_000_000)
moments = st.integers(-(10**15), 10**15).map(lambda us: NOW + timedelta(microseconds=us))
phones = st.sampled_from(["lobby", "desk", "sim-1"]).map(PhoneId)
steps: st.SearchStrategy[str | int] = st.sampled_from(["Line", "Call", "Jitter", 1, 2, 0])
paths = st.lists(steps, min_size=1, max_size=5).map(Path)
numbers = st.integers(-5, 10**17).map(str)
values = st.none() | numbers | st.sampled_from(["", "007", "14 ms", "Connected", "٣", "0"])


@st.composite
def readings(draw: st.DrawFn) -> LeavesChanged:
    at = draw(seconds)
    changes = draw(st.lists(st.tuples(paths, values), max_size=6))
    updates = tuple(Update(path, None if value is None else Printable(value), at) for path, value in changes)
    return LeavesChanged(draw(phones), at, draw(moments), updates, ReadingScope(draw(st.integers(0, 7))))


@st.composite
def connections(draw: st.DrawFn) -> ConnectionChanged:
    at, seen_at = draw(seconds), draw(moments)
    connection = Connection(
        state=draw(st.sampled_from(State)),
        reason=draw(st.sampled_from(["", "timeout"])),
        fresh_at=draw(st.none() | st.just(at)),
        seen_at=draw(st.none() | st.just(seen_at)),
        interval_s=draw(st.sampled_from([2.0, 10.0])),
        answer_ms=draw(st.none() | st.integers(0, 10**7).map(lambda us: us / 1000)),
    )
    return ConnectionChanged(draw(phones), at, seen_at, connection, draw(st.booleans()))


looks = st.builds(FleetCompared, seconds, moments)


KNOWN: dict[PhoneId, Document] = {
    LOBBY: Document({Path.of("Line", 1, "Jitter"): Printable("14"), Path.of("Call"): Printable("On")})
}
"""What a keyframe has of the phones."""


def tables() -> KeyframeTables:
    paths = [path for document in KNOWN.values() for path in document]
    shapes: list[Any] = [
        (range(len(paths)), list(KNOWN), [[value] for each in KNOWN.values() for value in each.values()], [])
    ]
    return KeyframeTables(1, {"paths": paths, "shapes": shapes})


def encoded(*blocks: list[Observation]) -> list[Any]:
    """All of them after one keyframe."""
    base, contents = BlockBase(1, KNOWN, tables()), []
    for taken in blocks:
        encoder = BlockEncoder(base)
        for each in taken:
            encoder.add(each)
        contents.append(msgspec.msgpack.decode(msgspec.msgpack.encode(encoder.content)))
    return contents


def returned(taken: list[Observation]) -> list[Observation]:
    (content,) = encoded(taken)
    return list(observations_of(content, tables()))


@given(st.lists(st.one_of(readings(), connections(), looks), max_size=12))
def test_what_was_observed_comes_back(taken: list[Observation]) -> None:
    assert returned(taken) == taken


@given(st.lists(st.lists(readings(), max_size=6), max_size=4))
def test_no_block_depends_on_another(taken: list[list[Observation]]) -> None:
    contents = encoded(*taken)
    for content, block in reversed(list(zip(contents, taken, strict=True))):
        assert list(observations_of(content, tables())) == block


def test_a_block_whose_keyframe_is_lost_is_an_error() -> None:
    (content,) = encoded([LeavesChanged(LOBBY, 1.0, NOW, (), ReadingScope.CALLS)])
    with pytest.raises(ProtocolError, match="lost"):
        list(observations_of(content))
    content["base"] = 2
    with pytest.raises(ProtocolError, match="lost"):
        list(observations_of(content, tables()))


def test_next_to_nothing_is_written_of_what_a_keyframe_has() -> None:
    jitter = Path.of("Line", 1, "Jitter")
    (content,) = encoded([LeavesChanged(LOBBY, 1.0, NOW, (Update(jitter, Printable("15"), 1.0),), ReadingScope.CALLS)])
    assert (content["phones"], content["paths"], content["numbers"]) == ([], [], [1])


REPORT = VoiceQualityReport(
    kind=VoiceReportKind.SESSION, is_last=True, call_id=Printable("1@x"), local=VoiceMetrics(start_at=NOW, loss_pct=0.5),
    local_party=VoiceParty(Printable("sip:5001@x"), Printable("5001")), local_address=MediaAddress(port=5),
)  # fmt: skip
SELDOM: list[Observation] = [
    EventTaken(LOBBY, 1.0, NOW, Event(Printable("BootEvent"), ((Printable("Action"), Printable("x")),), 1.0)),
    SightLost(LOBBY, 1.0, NOW),
    CountingResumed(LOBBY, 2.0, NOW),
    PlacesForbidden(LOBBY, 2.0, NOW, frozenset({"Network"})),
    ClaimChanged(LOBBY, 2.0, NOW, Claim(device="d", by="mac", status_at=1.0)),
    ClaimChanged(LOBBY, 2.0, NOW, None),
    PhoneAdded(PhoneSetup(Phone(id=LOBBY, name=Printable("lobby"), address=Printable("192.0.2.1")), ("5002",))),
    PhoneRemoved(LOBBY),
    TunnelsChanged((TunnelState(name=Printable("bastion"), state="up", since=NOW, phones=(LOBBY,)),)),
    AlertMuted((LOBBY, AlertId.LOSS, "line 1 call 0"), True),
    EntryWritten(JournalEntry(NOW, LOBBY, Printable("live"))),
    MarkSet(3.0, NOW, "here"),
    VoiceReportTaken(LOBBY, 3.0, NOW, REPORT),
]


def test_what_comes_seldom_comes_back() -> None:
    assert returned(SELDOM) == SELDOM


def test_every_kind_has_its_number() -> None:
    assert set(KINDS) == set(get_args(Observation))
    assert observations.CallsResumed in KINDS


@pytest.mark.parametrize("missing", ["kinds", "times", "paths", "leaves", "words", "classes"])
def test_a_block_without_a_column_is_an_error(missing: str) -> None:
    (content,) = encoded(
        [LeavesChanged(LOBBY, 1.0, NOW, (Update(Path.of("Mute"), Printable("On"), 1.0),), ReadingScope.NONE)]
    )
    content[missing] = None
    with pytest.raises(ProtocolError):
        list(observations_of(content, tables()))


@given(st.dictionaries(st.sampled_from(["kinds", "times", "phones", "of", "leaves", "words"]), st.lists(st.integers())))
def test_columns_that_do_not_fit_are_an_error(changed: dict[str, list[int]]) -> None:
    (content,) = encoded(SELDOM)
    try:
        found = list(observations_of(content | changed, tables()))
    except ProtocolError:
        return
    assert len(found) <= len(SELDOM)
