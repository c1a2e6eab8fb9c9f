"""Whose report a voice quality report is: by Call-ID, numbers and times; a wrong call never, and no call is lost."""

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest
from msgspec.structs import replace

from phonetui.phone.calls.call_record import FIGURES, CallRecord, unique_calls
from phonetui.phone.calls.call_tracker import CallTracker
from phonetui.phone.calls.voice_report_match import MOST_REPORTS, MOST_WAITING, WAIT_S
from phonetui.phone.measure import Grade
from phonetui.phone.quality.voice_report import VoiceMetrics, VoiceParty, VoiceQualityReport, VoiceReportKind
from phonetui.phone.state import Call, CallDirection, Line, Phase, Phone, PhoneId
from phonetui.text import Printable, printable
from phonetui.xapi.document import Event

BEGAN = datetime(2026, 11, 30, 12, 0, tzinfo=UTC)


def talk(number: str = "5002", duration_s: float = 0.0, place: int = 0, **more: Any) -> Call:
    return Call(1, place, phase=Phase.TALK, remote_number=Printable(number), duration_s=duration_s, direction=CallDirection.OUTGOING, **more)  # fmt: skip


def who(number: str) -> VoiceParty:
    return VoiceParty(printable(f"sip:{number}@pbx"), printable(number))


def report(start_s: float, stop_s: float, number: str = "5002", **fields: Any) -> VoiceQualityReport:
    """By the phone's clock, in seconds from the beginning of the test."""
    figures = fields.pop("figures", {"loss_pct": 0.4, "mos_lq": 4.1})
    times: dict[str, Any] = {
        "start_at": BEGAN + timedelta(seconds=start_s),
        "stop_at": BEGAN + timedelta(seconds=stop_s),
    }
    known: dict[str, Any] = {
        "kind": VoiceReportKind.SESSION,
        "is_last": True,
        "call_id": printable(f"call-{start_s:g}-{number}@pbx"),
        "local": VoiceMetrics(**times, **figures),
        "local_party": who("5001"),
        "remote_party": who(number),
        "origin": who("5001"),
    }
    return VoiceQualityReport(**(known | fields))


class Desk:
    """A phone that is read every two seconds, unless told otherwise."""

    def __init__(self) -> None:
        self.tracker = CallTracker()
        self.at = 0.0
        self.phone = Phone(id=PhoneId("lobby"), name=Printable("lobby"), address=Printable("a"), is_mpp=True)

    def sees(self, *calls: Call, at: float) -> "Desk":
        self.at = at
        self.phone = replace(self.phone, lines=(Line(1, calls=calls),))
        self.tracker = self.tracker.take(self.phone, at, self.now)
        return self.settles(at)

    def settles(self, at: float) -> "Desk":
        self.at = at
        self.tracker = self.tracker.settle_reports(self.phone, at)
        return self

    def reports(self, report: VoiceQualityReport, at: float) -> "Desk":
        self.at = at
        self.tracker = self.tracker.take_report(report, self.phone, at, self.now)
        return self

    def talks(self, start_s: int, stop_s: int, number: str = "5002") -> "Desk":
        """A call that is seen from its first to its last reading."""
        for at in range(start_s + 1, stop_s, 2):
            self.sees(talk(number, at - start_s), at=at)
        return self.sees(at=stop_s + 1)

    @property
    def now(self) -> datetime:
        return BEGAN + timedelta(seconds=self.at)

    @property
    def records(self) -> tuple[CallRecord, ...]:
        return self.tracker.records

    @property
    def one(self) -> CallRecord:
        (only,) = self.records
        return only


def test_a_report_after_the_end_finds_its_call() -> None:
    sent = report(10, 30)
    desk = Desk().talks(10, 30).reports(sent, at=31.5)
    assert desk.one.reports == (sent,)
    assert desk.one.report is sent
    assert not desk.one.is_from_report


def test_a_report_before_the_end_was_seen_stays_with_its_call() -> None:
    desk = Desk().sees(talk(duration_s=1), at=11).sees(talk(duration_s=19), at=29)
    desk.reports(report(10, 30), at=30.1)
    assert desk.one.is_up
    desk.sees(at=31)
    assert not desk.one.is_up
    assert len(desk.one.reports) == 1


def test_one_that_comes_before_the_call_was_seen_waits_for_it() -> None:
    """A reading that was under way when the call ended."""
    desk = Desk().sees(at=9).reports(report(10, 12), at=12.1)
    assert desk.records == ()
    desk.sees(talk(duration_s=2), at=12.5).sees(at=14)
    assert len(desk.one.reports) == 1
    assert not desk.one.is_from_report
    assert len(desk.settles(60).records) == 1


def test_a_call_between_two_readings_is_known_by_its_report() -> None:
    desk = Desk().sees(at=0).reports(report(3, 8, figures={"loss_pct": 7.0, "mos_lq": 3.1, "jitter_ms": 12.0}), at=8.1)
    assert desk.sees(at=10).settles(8.1 + WAIT_S - 0.1).records == ()
    desk.settles(8.1 + WAIT_S)
    call = desk.one
    assert call.is_from_report
    assert (call.call.remote_number, call.call.direction, call.talk_s) == ("5002", CallDirection.OUTGOING, 5.0)
    assert (call.answered_at, call.ended_at) == (BEGAN + timedelta(seconds=3), BEGAN + timedelta(seconds=8))
    assert (call.grade, call.mos, call.mos_source) == (Grade.CRITICAL, 3.1, "phone-lq")
    sides = {figure.name: figure.sides(call) for figure in FIGURES}
    assert sides["loss"] == ("", "7.0 %")
    assert sides["jitter, last"] == (None, "12 ms")


def test_the_same_report_again_changes_nothing() -> None:
    sent = report(3, 8)
    desk = Desk().reports(sent, at=8.1).reports(sent, at=8.6).settles(30).reports(sent, at=31).settles(60)
    assert desk.one.reports == (sent,)
    seen = Desk().talks(10, 30).reports(report(10, 30), at=31).reports(report(10, 30), at=33).settles(60)
    assert len(seen.one.reports) == 1


@pytest.mark.parametrize(
    "other",
    [
        report(10, 30, number="5077"),
        report(10, 30, origin=who("5002")),
        report(40, 60),
        report(-40, -20),
        report(10, 14),  # it was there for long after
        report(0, 4),
    ],
    ids=["another number", "another direction", "later", "earlier", "ended before", "before it began"],
)
def test_what_contradicts_is_another_call(other: VoiceQualityReport) -> None:
    desk = Desk().talks(10, 30).reports(other, at=61).settles(61 + WAIT_S)
    seen, unseen = desk.records
    assert seen.reports == ()
    assert unseen.is_from_report


def test_another_call_id_is_another_call() -> None:
    desk = Desk().talks(10, 30).reports(report(10, 30), at=31)
    desk.reports(report(11, 30, call_id=Printable("another@pbx")), at=31.5).settles(60)
    assert [len(record.reports) for record in desk.records] == [1, 1]
    assert [record.is_from_report for record in desk.records] == [False, True]


def test_the_same_number_twice_in_a_row() -> None:
    """Each finds its own, whichever comes first, and one that was never seen does not take another's place."""
    desk = Desk().talks(10, 14).talks(17, 27)
    desk.reports(report(17, 27), at=28.5).reports(report(10, 14), at=29)
    assert [record.reports[0].start_at == record.answered_at for record in desk.records] == [True, True]
    missed = Desk().sees(at=9).reports(report(10, 13), at=13.1).talks(15, 20).settles(40)
    assert sorted(record.is_from_report for record in missed.records) == [False, True]


def test_of_two_that_fit_alike_neither_is_taken() -> None:
    desk = Desk()
    for at in range(11, 30, 2):
        desk.sees(talk(duration_s=at - 10), talk(duration_s=at - 10, place=1), at=at)
    desk.sees(at=31).reports(report(10, 30), at=31).settles(60)
    assert [len(record.reports) for record in desk.records] == [0, 0, 1]


def test_the_next_call_in_its_place_is_another_once_its_end_was_reported() -> None:
    """Where the phone was read too seldom to see the place empty; a reading that was under way shows the same call."""
    desk = Desk().sees(talk(duration_s=1), at=11).reports(report(10, 20), at=20.1)
    desk.sees(talk(duration_s=10), at=20.4)
    assert len(desk.records) == 1
    desk.sees(talk("5003", duration_s=12), at=36).reports(report(24, 38, number="5003"), at=38.1).sees(at=39)
    (first, second) = sorted(desk.records, key=lambda record: record.began_at)
    assert (first.call.remote_number, second.call.remote_number) == ("5002", "5003")
    assert [len(record.reports) for record in (first, second)] == [1, 1]


def with_end(desk: Desk, at: float, **fields: str) -> Desk:
    """The phone's own report of the end of the call in the first place is heard."""
    said = {"LineId": "1", "CallId": "0", "CauseCode": "200", **fields}
    happened = Event(Printable("SipCallDisconnect"), tuple((printable(k), printable(v)) for k, v in said.items()), at)
    desk.at = at
    desk.tracker = desk.tracker.take_event(happened, desk.phone, at, desk.now)
    return desk


@pytest.mark.parametrize("is_early", [False, True], ids=["after the end was seen", "before it"])
def test_a_call_id_in_the_phone_s_own_report_of_the_end_is_proof(*, is_early: bool) -> None:
    """Whatever the number, which a transfer may have changed."""
    end = {"PeerPhone": "5002", "Duration": "20", "Reference": "call-10-5099@pbx"}
    if is_early:
        seen = Desk().sees(talk(duration_s=1), at=11).sees(talk(duration_s=19), at=29)
        desk = with_end(seen, 30.1, **end).sees(at=35)
    else:
        desk = with_end(Desk().talks(10, 30), 30.3, **end)
    assert len(desk.reports(report(10, 30, number="5099"), at=36).one.reports) == 1


@pytest.mark.parametrize(
    "end",
    [
        {},
        {"PeerPhone": "5002"},
        {"Duration": "20"},
        {"PeerPhone": "5002", "Duration": "24"},
    ],
    ids=["names nobody", "no duration", "no number", "another beginning"],
)
@pytest.mark.parametrize("start_s", [10, -7200], ids=["a clock that is right", "a wrong clock"])
def test_a_call_id_that_may_be_another_call_s_is_no_proof(end: dict[str, str], start_s: int) -> None:
    """A call was in the same place and never seen: its end, and the report of it, are not those of the one before."""
    unseen = report(start_s, start_s + 20, number="5099")
    desk = with_end(Desk().talks(10, 30), 31.1, **end, Reference=str(unseen.call_id))
    assert desk.one.is_final
    desk.reports(unseen, at=31.2).settles(31.2 + WAIT_S)
    assert [record.is_from_report for record in desk.records] == [False, True]
    assert desk.records[0].reports == ()
    own = report(10, 30)
    assert desk.reports(own, at=45).records[0].reports == (own,), "what is not proven rules nothing out either"


def test_a_phone_with_a_wrong_clock() -> None:
    """Two hours slow: its length and its arrival count."""
    desk = Desk().talks(10, 30).reports(report(10 - 7200, 30 - 7200), at=30.2)
    assert len(desk.one.reports) == 1
    unseen = Desk().sees(at=0).reports(report(-7200, -7180), at=30).settles(60).one
    assert (unseen.answered_at, unseen.ended_at) == (BEGAN + timedelta(seconds=10), BEGAN + timedelta(seconds=30))


def test_one_that_comes_minutes_late_is_believed() -> None:
    desk = Desk().talks(10, 30).talks(40, 60).reports(report(10, 30), at=400)
    first, second = desk.records
    assert (len(first.reports), len(second.reports)) == (1, 0)


def test_intervals_and_alerts_of_a_call_that_goes_on() -> None:
    desk = Desk().sees(talk(duration_s=1), at=11).sees(talk(duration_s=39), at=49)
    for start_s in (10, 20, 30):
        part = report(start_s, start_s + 10, kind=VoiceReportKind.INTERVAL, is_last=False, call_id=Printable("x@pbx"))
        desk.reports(part, at=start_s + 40)
    assert len(desk.one.reports) == 3
    assert desk.one.is_up
    desk.sees(at=71)
    final = report(10, 70, call_id=Printable("x@pbx"))
    assert desk.reports(final, at=71).one.report is final


def test_an_interval_of_an_unseen_call_makes_no_call() -> None:
    desk = Desk().reports(report(0, 10, kind=VoiceReportKind.INTERVAL, is_last=False), at=10).settles(60)
    assert desk.records == ()
    assert not desk.tracker.has_waiting_reports


def test_a_call_answered_and_over_between_two_readings_was_answered() -> None:
    ringing = Call(1, 0, phase=Phase.SETUP, remote_number=Printable("5002"))
    desk = Desk().sees(ringing, at=10).sees(at=14)
    assert desk.one.answered_at is None
    desk.reports(report(11, 13), at=14.5)
    assert (desk.one.talk_s, desk.one.mos) == (2.0, 4.1)


def test_how_much_is_kept_is_bounded() -> None:
    desk = Desk()
    for number in range(3 * MOST_WAITING):
        desk.reports(report(number, number + 1, number=f"6{number:03}"), at=float(number) / 100)
    assert len(desk.settles(100).records) <= MOST_WAITING
    many = Desk().talks(10, 30)
    for part in range(3 * MOST_REPORTS):
        many.reports(report(10, 30, call_id=Printable("x@pbx"), figures={"loss_pct": float(part)}), at=31)
    assert len(many.one.reports) == MOST_REPORTS


def test_reported_calls_at_the_same_time_are_not_taken_for_one() -> None:
    desk = Desk().reports(report(0, 20), at=20).reports(report(1, 20, number="5003"), at=20.5).settles(60)
    assert len(unique_calls(desk.records)) == len({record.id for record in desk.records}) == 2


def rings(number: str = "5002") -> Call:
    return replace(talk(number), phase=Phase.SETUP, duration_s=None)


def test_a_short_call_in_whole_seconds_is_found_however_late_it_was_seen_to_be_answered() -> None:
    """Of 2.9 s, which the report says are two; a busy program reads the answer when it is nearly over."""
    desk = Desk().sees(rings(), at=0.7).sees(talk(), at=1.8).sees(at=3.5).reports(report(0, 2), at=6)
    assert len(desk.settles(30).one.reports) == 1
    late = Desk().sees(rings(), at=0.4).sees(talk(), at=2.6).sees(at=6.5).reports(report(0, 1), at=9)
    assert len(late.settles(30).one.reports) == 1


def test_a_number_that_is_called_again_at_once_is_another_call() -> None:
    for gap_s in (0.6, 1.5, 3.0):
        desk = Desk().sees(at=-1).reports(report(0, 3), at=3.9).sees(rings(), at=3.9 + gap_s)
        desk.sees(talk(), at=6).sees(talk(duration_s=8), at=14).sees(at=16).settles(40)
        assert sorted(len(record.reports) for record in desk.records if not record.is_from_report) == [0]
        assert [record.call.duration_s for record in desk.records if record.is_from_report] == [3.0]


@pytest.mark.parametrize("seed", range(4))
def test_of_many_short_calls_each_report_finds_its_own_or_none(seed: int) -> None:
    """Two numbers are called again and again; readings lag by up to a second, and miss calls altogether."""
    random = Random(seed)
    at, wrong, paired, made = 0.0, 0, 0, 60
    for number in range(made):
        desk, calls, seen = Desk(), [], defaultdict[str, set[int]](set)
        for _ in range(2):  # two calls on end
            rung_at, at = at, at + random.uniform(0.3, 2.0)
            answered_at, at = at, at + random.uniform(1.0, 9.0)
            calls.append((rung_at, answered_at, at))
            at += random.uniform(0.8, 4.0)
        moments: list[tuple[float, int]] = []
        for place, (_, _, over_at) in enumerate(calls):
            moments.append((over_at + random.uniform(0.05, 0.5), place))
        look_at = calls[0][0] - 1.0
        while look_at < calls[1][2] + 20.0:
            seen_of = look_at - random.uniform(0.0, 1.0)
            for moment, place in [one for one in moments if one[0] <= look_at]:
                _, answered_at, over_at = calls[place]
                desk.reports(report(int(answered_at), int(over_at), call_id=printable(f"{number}-{place}")), at=moment)
                moments.remove((moment, place))
            up = [place for place, (rung_at, _, over_at) in enumerate(calls) if rung_at <= seen_of < over_at]
            talked_s = [seen_of - calls[place][1] for place in up]
            desk.sees(*(rings() if one < 0.0 else talk(duration_s=float(int(one))) for one in talked_s), at=look_at)
            for record in desk.records:
                if record.is_up:
                    seen[record.id] |= {*up}
            look_at += random.choice((1.0, 1.0, 2.5))
        for record in desk.records:
            for one in record.reports:
                place = int(str(one.call_id).partition("-")[2])
                paired += not record.is_from_report
                wrong += not record.is_from_report and place not in seen[record.id]
        at += 60.0
    print(f"{paired} of {2 * made} with their call, {wrong} with another one")
    assert wrong == 0
    assert paired >= 1.6 * made
