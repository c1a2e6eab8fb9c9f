"""A record for every call, from first sight to last word, whatever comes first, gets lost or is used again."""

from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest
from msgspec.structs import replace

from phonetui.monitor.knowledge import Knowledge
from phonetui.phone.alerts.alert import Alert, AlertId, Severity
from phonetui.phone.calls.call_legs import Partner
from phonetui.phone.calls.call_record import FIGURES, CallRecord, annotate, other_end, unique_calls
from phonetui.phone.calls.call_series import CallSeries
from phonetui.phone.calls.call_tracker import FIELDS, JOIN_S, KEPT, KEPT_S, STEPS, CallTracker, Units
from phonetui.phone.diagnosis import Diagnosis
from phonetui.phone.measure import Grade, Measure, Shares, WorstWindow
from phonetui.phone.quality.grading import DEFAULT
from phonetui.phone.quality.loss import LossRateUnit
from phonetui.phone.state import Call, CallDirection, CallKey, Line, Phase, Phone, PhoneId
from phonetui.simulator.call import Leg
from phonetui.simulator.device import SimulatedDevice
from phonetui.text import Printable, printable
from phonetui.xapi.document import Document, Event
from phonetui.xapi.path import Path
from tests.simulator.offices import opened

BEGAN = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
FINAL = {"LineId": "1", "CallId": "0", "CauseCode": "200", "CauseString": "Normal", "PacketsLost": "84", "MOSLQ": "3.8", "Novel": "x"}  # fmt: skip


SERIES = CallSeries(BEGAN, 2.0, mos=Printable("44*3"))
LATER = CallSeries(BEGAN + timedelta(minutes=5), 2.0, mos=Printable("21*2"))


class Desk:
    """A phone and its tracker, with a clock that is moved by hand."""

    def __init__(self, tracker: CallTracker | None = None, at: float = 0.0, units: Units | None = None) -> None:
        self.tracker = tracker or CallTracker()
        self.units = units or Units()
        self.series: dict[CallKey, CallSeries] = {}
        """Figures over time of calls."""
        self.at = at
        self.phone = Phone(id=PhoneId("lobby"), name=Printable("lobby"), address=Printable("a"), is_mpp=True)

    def sees(self, *calls: Call, after: float = 2.0, measures: tuple[Measure, ...] = ()) -> "Desk":
        self.at += after
        self.phone = replace(self.phone, lines=(Line(1, calls=calls),), measures=measures)
        self.tracker = self.tracker.take(self.phone, self.at, self.now, self.units, self.series.get)
        return self

    def hears(self, name: str = "SipCallDisconnect", after: float = 0.1, **fields: str) -> "Desk":
        self.at += after
        happened = event(self.at, name, **fields)
        self.tracker = self.tracker.take_event(happened, self.phone, self.at, self.now, self.units)
        return self

    def loses(self) -> "Desk":
        self.tracker = self.tracker.lose(self.series.get)
        return self

    @property
    def now(self) -> datetime:
        return BEGAN + timedelta(seconds=self.at)

    @property
    def records(self) -> tuple[CallRecord, ...]:
        return self.tracker.records

    @property
    def only(self) -> CallRecord:
        (record,) = self.records
        return record


def event(at: float, name: str = "SipCallDisconnect", **fields: str) -> Event:
    said = {key: value for key, value in (FINAL | fields).items() if value}
    return Event(printable(name), tuple((printable(key), printable(value)) for key, value in said.items()), at)


def talks(duration: float | None = None, **more: Any) -> Call:
    said: dict[str, Any] = {
        "state": Printable("Connected"), "phase": Phase.TALK, "direction": CallDirection.INCOMING, "duration_s": duration,
        "remote_number": Printable("5000"), "lost_packets": 80,
    }  # fmt: skip
    return Call(1, 0, **(said | more))


def rings(number: str = "5000", **more: Any) -> Call:
    said: dict[str, Any] = {"state": Printable("Ringing"), "phase": Phase.ALERTING, "remote_number": Printable(number)}
    return Call(1, 0, **(said | more))


def after(seconds: float) -> datetime:
    return BEGAN + timedelta(seconds=seconds)


# From the first sight to the end


def test_a_call_is_remembered_from_its_ringing_to_its_end() -> None:
    desk = Desk().sees(rings(), after=1).sees(talks(0), after=3).sees(talks(60), after=60).sees(after=2)
    record = desk.only
    assert (record.began_at, record.answered_at, record.ended_at) == (after(1), after(4), after(66))
    assert (record.is_up, record.is_lost, record.talk_s) == (False, False, 60)
    assert [(step.state, step.began_at) for step in record.steps] == [("Ringing", after(1)), ("Connected", after(4))]


def test_a_call_that_nobody_answers_is_remembered_too() -> None:
    record = Desk().sees(rings()).sees(after=9).only
    assert (record.answered_at, record.talk_s, record.ended_at) == (None, None, after(11))


def test_a_call_that_was_up_already_began_when_the_phone_says() -> None:
    record = Desk(at=600).sees(talks(100), after=0).only
    assert record.began_at == record.answered_at == after(500)


def test_figures_over_time_are_kept_at_the_end_and_not_before() -> None:
    desk = Desk()
    desk.series = {(1, 0): SERIES}
    assert desk.sees(talks(10)).only.series is None
    assert desk.sees().only.series == SERIES


def test_a_call_that_is_lost_from_sight_has_its_figures_and_later_those_since() -> None:
    desk = Desk().sees(talks(10))
    desk.series = {(1, 0): SERIES}
    assert desk.loses().only.series == SERIES
    resumed = Desk(CallTracker.resume(desk.tracker.current), desk.at)
    resumed.sees(talks(300), after=290)
    resumed.series = {(1, 0): LATER}
    series = resumed.sees().only.series
    assert series is not None
    scores = [values[0] for _, values in series.readings()]
    assert (scores[:3], scores[-2:]) == ([4.4] * 3, [2.1] * 2)


def test_what_is_no_call_is_not_remembered() -> None:
    for call in (Call(1, 0, Printable("Disabled")), Call(1, 0, Printable("No Service"), Phase.ERROR)):
        assert Desk().sees(call).records == ()
    assert Desk().sees(Call(1, 0, Printable("Idle"), Phase.IDLE)).records == ()


def test_a_failed_call_is_one_record_through_its_reorder_tone() -> None:
    dials = Call(1, 0, Printable("Dialing"), Phase.SETUP)
    reorder = Call(1, 0, Printable("Reorder"), Phase.ERROR)
    record = Desk().sees(dials).sees(reorder).sees().only
    assert [step.phase for step in record.steps] == [Phase.SETUP, Phase.ERROR]


def test_what_the_phone_leaves_out_at_the_end_is_kept() -> None:
    ending = Call(1, 0, Printable("Disconnecting"), Phase.ENDING)
    record = Desk().sees(talks(5, decoder=Printable("G722"))).sees(ending).only
    assert (record.call.remote_number, record.call.decoder, record.call.phase) == ("5000", "G722", Phase.ENDING)


def test_holds_show_in_the_steps_which_are_bounded() -> None:
    desk = Desk()
    for number in range(STEPS):
        desk.sees(talks(4 * number)).sees(talks(4 * number + 2, phase=Phase.HELD, state=Printable("Hold")))
    assert len(desk.only.steps) == STEPS
    assert desk.only.steps[-1].phase is Phase.HELD


# The phone's report of the end


def test_the_removal_first_then_the_report() -> None:
    desk = Desk().sees(talks(3)).sees()
    assert (desk.only.is_final, desk.only.call.lost_packets) == (False, 80)
    record = desk.hears(after=0.4).only
    assert (record.call.remote_number, record.call.lost_packets, record.call.mos_lq) == ("5000", 84, 3.8)
    assert (record.cause, record.cause_code, record.ended_at) == ("Normal", "200", after(4))
    assert dict(record.final)[printable("Novel")] == "x"


@pytest.mark.parametrize("is_early", [True, False])
def test_the_report_is_read_in_the_units_that_were_found_out(is_early: bool) -> None:
    desk = Desk(units=Units(LossRateUnit.RFC3611, mos_divisor=100.0)).sees(talks(3, loss_rate=Printable("10")))
    desk = desk.hears(MOSLQ="380", MOSCQ="41").sees() if is_early else desk.sees().hears(MOSLQ="380", MOSCQ="41")
    assert (desk.only.call.mos_lq, desk.only.call.mos_cq) == (3.8, None)
    loss = next(figure for figure in FIGURES if figure.name == "loss")
    assert loss.sides(desk.only) == ("", "3.9 %")
    assert loss.sides(replace(desk.only, rates=None)) == ("", "raw 10")


def test_the_report_first_then_the_removal() -> None:
    desk = Desk().sees(talks(3)).hears()
    assert (desk.only.is_up, desk.only.is_final) == (True, False)
    record = desk.sees(after=0.2).only
    assert (record.call.lost_packets, record.cause) == (84, "Normal")


def test_the_next_call_in_the_same_place_keeps_its_own_report() -> None:
    desk = Desk().sees(talks(3)).sees().sees(talks(0), after=1).hears()
    assert [record.is_final for record in desk.records] == [False, True]
    desk.sees(after=2).hears(PacketsLost="1")
    assert [record.call.lost_packets for record in desk.records] == [84, 1]


@pytest.mark.parametrize("is_early", [True, False])
def test_the_report_of_a_call_that_nobody_saw_is_not_the_one_before_it(is_early: bool) -> None:
    """A program that lags sees no more than that the place is empty."""
    desk = Desk().sees(talks(3))
    desk = desk.hears(PeerPhone="5007").sees() if is_early else desk.sees().hears(PeerPhone="5007")
    assert (desk.only.is_final, desk.only.call.remote_number) == (False, "5000")
    assert desk.hears(PeerPhone="sip:5000@pbx.example").only.is_final


def test_the_report_of_a_shorter_call_with_the_same_party_is_not_the_one_that_was_seen() -> None:
    desk = Desk().sees(talks(60)).sees().hears(Duration="1")
    assert (desk.only.is_final, desk.only.call.duration_s) == (False, 60)
    assert desk.hears(Duration="61").only.is_final


def test_a_report_that_comes_too_late_or_means_no_call_joins_nothing() -> None:
    desk = Desk().sees(talks(3)).hears().sees(after=1 + JOIN_S).hears(after=1 + JOIN_S)
    desk.hears(name="SipCallSuccessful").hears(LineId="x").hears(CallId="7").hears(LineId="", CallId="")
    assert not desk.only.is_final


def test_a_report_is_kept_only_so_far() -> None:
    many: dict[str, Any] = {f"Field{number}": "x" for number in range(2 * FIELDS)}
    assert len(Desk().sees(talks(3)).sees().hears(**many).only.final) == FIELDS


def test_a_report_without_words_has_a_number_alone() -> None:
    record = Desk().sees(talks(3)).sees().hears(CauseString="").only
    assert (record.cause, record.cause_code, record.is_final) == (None, "200", True)


def test_the_last_ones_are_held_and_no_more() -> None:
    desk = Desk()
    for _ in range(KEPT + 5):
        desk.sees(talks(0), after=1.0).sees(after=1.0)
    assert len(desk.records) == KEPT


def test_what_ended_long_ago_goes_with_the_next_that_ends() -> None:
    desk = Desk()
    for _ in range(3):
        desk.sees(talks(0)).sees()
    desk.sees(talks(0), after=KEPT_S).sees()
    assert len(desk.records) == 1


# The same place again


@pytest.mark.parametrize(
    ("before", "now"),
    [
        (talks(60), talks(3)),
        (talks(60), rings()),
        (talks(60), Call(1, 0, Printable("Dialing"), Phase.SETUP)),
        (rings("5000"), rings("5001")),
        (
            rings("5000", direction=CallDirection.INCOMING),
            Call(1, 0, Printable("Calling"), Phase.SETUP, direction=CallDirection.OUTGOING),
        ),
        (Call(1, 0, Printable("Reorder"), Phase.ERROR, remote_number=Printable("5000")), talks(1)),
    ],
)
def test_another_call_without_a_gap_is_another_record(before: Call, now: Call) -> None:
    first, second = sorted(Desk(at=100).sees(before).sees(now).records, key=lambda record: record.began_at)
    assert (first.is_up, second.is_up) == (False, True)
    assert first.ended_at == after(104)
    assert first.id != second.id


@pytest.mark.parametrize(
    ("before", "now"),
    [
        (rings("5000"), rings("5000", remote_name=Printable("Front Desk"))),
        (rings("5000"), talks(0)),
        (talks(60), talks(62, remote_number=Printable("5009"))),  # passed on to somebody else
        (talks(60), talks(59)),  # a push that was overtaken
        (talks(60), talks(None)),
        (talks(60), Call(1, 0, Printable("Reorder"), Phase.ERROR)),
    ],
)
def test_the_same_call_is_the_same_record(before: Call, now: Call) -> None:
    desk = Desk(at=100).sees(before)
    identity = desk.only.id
    assert desk.sees(now).only.id == identity


def test_two_calls_of_one_line_are_two_records() -> None:
    second = replace(rings("5009"), id=1)
    desk = Desk().sees(talks(3), second).sees(second)
    assert [(record.key, record.is_up) for record in desk.records] == [((1, 1), True), ((1, 0), False)]


@pytest.mark.parametrize("seed", [1, 2, 4])
def test_however_unevenly_phones_are_read_each_call_is_one_record(seed: int) -> None:
    """A busy office of four for three minutes. What is seen too seldom may be missed, but is never told twice."""
    for slowest_s in (2.0, 10.0):
        office, random = opened("busy", phones=4, seed=seed).office, Random(seed)
        knows = {
            device: Knowledge(Phone(id=PhoneId(device.name), name=Printable("p"), address=Printable("a")), DEFAULT)
            for device in office.devices
        }
        trackers, due = dict.fromkeys(knows, CallTracker()), dict.fromkeys(knows, 0.0)
        calls: dict[SimulatedDevice, set[Leg]] = {device: set() for device in knows}
        records: dict[SimulatedDevice, dict[str, CallRecord]] = {device: {} for device in knows}
        while (at := min(due.values())) < 180.0:
            device = min(due, key=lambda each: due[each])
            office.advance(at)
            calls[device] |= {leg for leg in device.legs if leg.state != "Idle"}
            read = Document({path: printable(text) for path, text in device.tree.leaves.items() if path[0] == "Line"})
            known = knows[device]
            known.apply(known.differences(read, Path.of("Line"), at), at)
            trackers[device] = trackers[device].take(known.phone, at, after(at))
            records[device] |= {record.id: record for record in trackers[device].records}
            due[device] = at + random.uniform(0.5, slowest_s)
        for device, seen in calls.items():
            assert len(records[device]) <= len(seen)
            assert slowest_s > 2.0 or len(records[device]) == len(seen)
        assert sum(map(len, calls.values())) > 10


# Out of sight


def test_a_call_that_is_back_with_a_duration_that_went_on_is_the_same() -> None:
    desk = Desk().sees(talks(60)).loses()
    assert (desk.only.is_lost, desk.only.ended_at, desk.only.seen_at) == (True, None, after(2))
    identity = desk.only.id
    desk.sees(talks(95), after=35)
    assert (desk.only.id, desk.only.is_up, desk.only.is_lost) == (identity, True, False)


def test_a_call_that_ended_out_of_sight_has_no_end() -> None:
    desk = Desk().sees(talks(60)).loses().sees(after=300)
    assert (desk.only.is_lost, desk.only.ended_at, desk.tracker.current) == (True, None, ())
    record = desk.hears(Duration="00:01:10").only  # unless the phone tells of it yet
    assert record.ended_at == after(2 + 10)


def test_after_a_reboot_the_same_place_has_another_call() -> None:
    desk = Desk().sees(talks(60)).loses().sees(talks(20), after=90)
    assert [(record.is_up, record.is_lost) for record in desk.records] == [(True, False), (False, True)]


@pytest.mark.parametrize(
    ("now", "is_same"),
    [
        (talks(95), True),
        (talks(70), False),  # thirty-five seconds passed, not ten
        (talks(150), False),
        (talks(95, remote_number=Printable("5009")), False),
        (talks(61, phase=Phase.HELD, state=Printable("Hold")), True),  # some phones' durations stand in a hold
    ],
)
def test_out_of_sight_another_call_may_have_taken_the_place(now: Call, is_same: bool) -> None:
    assert (len(Desk().sees(talks(60)).loses().sees(now, after=35).records) == 1) is is_same


def test_a_call_that_rang_when_it_got_lost_goes_on_where_nothing_speaks_against_it() -> None:
    assert len(Desk().sees(rings()).loses().sees(rings(), after=5).records) == 1
    assert len(Desk().sees(rings()).loses().sees(talks(40), after=45).records) == 1
    assert len(Desk().sees(rings()).loses().sees(talks(90), after=45).records) == 2
    assert len(Desk().sees(talks()).loses().sees(talks(), after=45).records) == 1


def test_losing_a_phone_without_calls_changes_nothing() -> None:
    tracker = CallTracker()
    assert tracker.lose() is tracker
    assert Desk(tracker).sees().tracker is tracker


def test_a_restart_of_the_program_goes_on_with_the_call_and_its_shares() -> None:
    worst = WorstWindow(BEGAN, 10.0, 7.0, 7.0, 30.0, 3.0)
    measure = Measure(
        1, 0, shares=Shares(good_s=20.0, poor_s=30.0), worst=worst, call_loss_pct=2.0, highest_jitter_ms=30.0
    )
    before = Desk().sees(talks(60), measures=(measure,)).only
    later = Measure(
        1,
        0,
        shares=Shares(good_s=5.0),
        worst=replace(worst, loss_discard_pct=1.0),
        call_loss_pct=1.5,
        highest_jitter_ms=9.0,
    )
    desk = Desk(CallTracker.resume([before]), at=80).sees(talks(140), after=2, measures=(later,))
    record = desk.only
    assert (record.id, record.is_up) == (before.id, True)
    assert record.shares == Shares(good_s=25.0, poor_s=30.0)
    assert (record.worst, record.highest_jitter_ms, record.loss_pct) == (worst, 30.0, 1.5)
    assert desk.sees().sees(talks(0), measures=(later,)).records[0].shares == later.shares  # the next one begins anew


def test_two_lost_calls_of_one_place_are_not_both_back() -> None:
    before = Desk().sees(talks(60)).only
    twin = replace(before, began_at=before.began_at - timedelta(seconds=3))
    desk = Desk(CallTracker.resume([before, twin]), at=30).sees(talks(90), after=2)
    assert [(record.id, record.is_up) for record in desk.records] == [(before.id, True), (twin.id, False)]


# How it stood


def test_measures_make_the_grade_of_the_whole_call() -> None:
    measuring = Measure(1, 0, grade=Grade.MEASURING, mos=4.1, mos_source="phone-cq")
    desk = Desk().sees(talks(3), measures=(measuring,))
    assert (desk.only.grade, desk.only.mos, desk.only.mos_source) == (Grade.MEASURING, 4.1, "phone-cq")
    judged = Measure(1, 0, grade=Grade.GOOD, shares=Shares(good_s=10.0, poor_s=40.0), call_loss_pct=4.0)
    desk.sees(talks(5), measures=(judged,))
    assert (desk.only.grade, desk.only.loss_pct, desk.only.mos) == (Grade.POOR, 4.0, 4.1)


def test_the_worst_stretch_is_the_latest_word_of_the_measure() -> None:
    def measures(seconds: float, loss_discard_pct: float) -> tuple[Measure, ...]:
        return (Measure(1, 0, worst=WorstWindow(BEGAN, seconds, loss_discard_pct, loss_discard_pct, 9.0, 3.0)),)

    desk = Desk().sees(talks(6), measures=measures(6.0, 15.0)).sees(talks(10), measures=measures(10.0, 11.8))
    assert desk.only.worst == measures(10.0, 11.8)[0].worst  # six seconds were not yet a stretch


def test_a_call_that_was_never_judged_ends_unknown() -> None:
    measuring = Measure(1, 0, grade=Grade.MEASURING)
    assert Desk().sees(talks(3), measures=(measuring,)).sees().only.grade is Grade.UNKNOWN


# What else is known


def alert(subject: str, severity: Severity = Severity.FAIR, **more: Any) -> Alert:
    return Alert(
        phone=more.pop("phone", PhoneId("lobby")), id=more.pop("id", AlertId.LOSS), subject=subject, severity=severity,
        text=Printable(f"{severity} {subject}"), raised_at=more.pop("raised_at", after(5)), **more,
    )  # fmt: skip


def test_alerts_of_the_call_and_of_its_phone_are_noted_at_their_worst() -> None:
    record = Desk().sees(talks(0)).only
    mine, port = alert("line 1 call 0", Severity.POOR), alert("port 1", id=AlertId.PORT_ERRORS, raised_at=after(1))
    strangers = [
        alert("line 1 call 1"),
        alert("line 1 call 0", phone=PhoneId("other"), id=AlertId.MOS),
        alert("", id=AlertId.REBOOT, raised_at=after(-90), cleared_at=after(-10)),
    ]
    record = annotate(record, [mine, port, *strangers], (), None)
    assert record.alerts == (port, mine)
    milder = replace(mine, severity=Severity.INFO)
    assert annotate(record, [milder], (), None).alerts == (port, mine)


def test_hints_and_partner_stay_once_known() -> None:
    record = Desk().sees(talks(0)).only
    hint, partner = (
        Diagnosis(Printable("look at sw-2f"), Printable("3 phones lose packets")),
        Partner(PhoneId("b"), (2, 0), Printable("x")),
    )
    record = annotate(annotate(record, (), (hint,), partner), (), (), None)
    assert record.hints == ("3 phones lose packets: look at sw-2f",)
    assert record.partner == (PhoneId("b"), (2, 0))


def test_the_other_end_is_found_by_place_and_time() -> None:
    record = replace(Desk().sees(talks(0)).sees(talks(60), after=60).sees().only, partner=(PhoneId("b"), (2, 0)))
    there = replace(record, phone=PhoneId("b"), call=Call(2, 0), partner=None)
    earlier = replace(there, began_at=after(-90), seen_at=after(-60), ended_at=after(-60))
    assert other_end(record, [record, earlier, there]) is there
    assert other_end(there, [record]) is None
    assert other_end(record, [record]) is None


def test_one_call_that_two_programs_kept_is_one_record() -> None:
    record = Desk().sees(rings()).sees(talks(0)).sees(talks(60), after=60).sees().hears().only
    twin = replace(record, began_at=record.began_at + timedelta(seconds=1), final=())
    elsewhere = replace(twin, phone=PhoneId("b"))
    following = replace(record, began_at=record.last_at, seen_at=after(300), ended_at=after(300))
    assert set(unique_calls([twin, elsewhere, record, following])) == {record, elsewhere, following}
