"""Calls of phones that publish none: by the events of their beginning and end, and by the lights of their lines."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from phonetui.monitor.knowledge import Knowledge
from phonetui.phone.calls.call_record import CallRecord
from phonetui.phone.calls.call_tracker import CallTracker
from phonetui.phone.calls.event_calls import (
    MOST,
    REPORT_S,
    after_event,
    after_reading,
    call_fields,
    call_key,
    without_event_calls,
)
from phonetui.phone.lights import Cadence, Colour, Light
from phonetui.phone.measure import Grade
from phonetui.phone.quality.grading import DEFAULT
from phonetui.phone.state import Call, CallDirection, Line, Phase, Phone, PhoneId
from phonetui.simulator import dialect
from phonetui.simulator.presentation import Presentation
from phonetui.simulator.tree import TreeChange
from phonetui.simulator.tree import TreeEvent as SimulatedEvent
from phonetui.text import Printable, printable
from phonetui.xapi.document import Event, Update
from tests.simulator.offices import EPOCH, opened

BEGUN = {"LineId": "1", "CallId": "0", "Direction": "Inbound", "PeerName": "Front Desk", "PeerPhone": "5000"}
OVER = {
    **BEGUN, "CauseCode": "200", "CauseString": "Normal", "Duration": "00:01:43", "PacketsReceived": "4700", "PacketsLost": "300",
    "Jitter": "12", "MOSCQ": "2.9", "Decoder": "G711u",
}  # fmt: skip
LIT, DARK = Light(Colour.RED, Cadence.STEADY), Light(Colour.OFF, Cadence.OFF)


def event(name: str, fields: dict[str, str], at: float = 0.0) -> Event:
    return Event(printable(name), tuple((printable(key), printable(value)) for key, value in fields.items()), at)


def phone(**fields: object) -> Phone:
    known: dict[str, object] = {"id": PhoneId("lobby"), "name": Printable("lobby"), "address": Printable("192.0.2.21")}
    return Phone(**(known | fields))  # type: ignore[arg-type]  # fields of the phone


def began(before: Phone, at: float = 0.0, **fields: str) -> Phone:
    return after_event(before, event("SipCallSuccessful", {**BEGUN, **fields}, at), at)


def test_a_call_is_there_between_its_two_events() -> None:
    during = began(phone())
    (call,) = during.calls
    assert (call.key, call.phase, call.direction, call.remote_number) == (
        (1, 0),
        Phase.TALK,
        CallDirection.INCOMING,
        "5000",
    )
    assert call.is_from_events
    after = after_event(during, event("SipCallDisconnect", OVER), 103.0)
    assert list(after.calls) == []
    (report,) = after.reported_calls
    assert (report.call.lost_packets, report.call.mos_cq, report.at) == (300, 2.9, 103.0)
    assert after_reading(after, after, 103.0 + REPORT_S).reported_calls == ()


def test_a_phone_that_publishes_calls_is_read_by_its_rows_alone() -> None:
    known = phone(is_mpp=True)
    assert began(known) is known
    shown = replace(began(phone()), lines=(Line(1, calls=(Call(1, 0, phase=Phase.HELD),)),))
    assert [call.is_from_events for call in after_reading(shown, shown, 1.0).calls] == [False]
    turned_out = replace(began(phone()), is_mpp=True)
    assert list(after_reading(turned_out, turned_out, 1.0).calls) == []


def test_a_light_that_goes_dark_ends_a_call_whose_end_was_not_heard() -> None:
    lit = replace(began(phone()), lines=(Line(1, light=LIT), Line(2, light=DARK)))
    dark = replace(lit, lines=(Line(1, light=DARK), Line(2, light=DARK)))
    assert len(list(after_reading(lit, lit, 1.0).calls)) == 1
    assert list(after_reading(lit, dark, 2.0).calls) == []
    unknown = replace(lit, lines=(Line(1, light=Light(raw_colour=Printable("Mauve"))),))
    assert len(list(after_reading(lit, unknown, 2.0).calls)) == 1
    never_lit = replace(lit, lines=(Line(1, light=DARK),))
    assert len(list(after_reading(never_lit, never_lit, 2.0).calls)) == 1
    assert list(without_event_calls(lit).calls) == []


@pytest.mark.parametrize(
    ("fields", "key"),
    [
        ({"LineId": "2", "CallId": "5"}, (2, 5)), ({"lineid": "2", "CALLID": " 5 "}, (2, 5)), ({"CallId": "5"}, (1, 5)),
        ({"LineId": "2"}, None), ({"LineId": "x", "CallId": "1"}, None), ({"LineId": "1", "CallId": "9" * 400}, None), ({}, None),
    ],
)  # fmt: skip
def test_whose_event_it_is(fields: dict[str, str], key: tuple[int, int] | None) -> None:
    assert call_key(event("SipCallSuccessful", fields)) == key


@pytest.mark.parametrize(
    "names",
    [
        {"CallId": "CallID", "LineId": "LineID", "PeerName": "DisplayName", "PeerPhone": "RemoteURI", "Duration": "CallDuration"},
        {"Direction": "OrigCallDirection", "CauseCode": "CauseValue", "CauseString": "Cause", "PeerPhone": "remote_number"},
        {name: name.lower() for name in OVER},
        {name: name.upper() for name in OVER},
    ],
)  # fmt: skip
def test_fields_of_other_names_say_the_same(names: dict[str, str]) -> None:
    def ended(fields: dict[str, str]) -> CallRecord:
        during = after_event(phone(), event("SipCallSuccessful", BEGUN), 0.0)
        tracker = CallTracker().take(during, 0.0, EPOCH)
        tracker = tracker.take_event(event("SipCallDisconnect", fields), during, 9.0, EPOCH + timedelta(seconds=9))
        (record,) = tracker.take(phone(), 9.1, EPOCH + timedelta(seconds=9)).records
        return replace(record, final=())

    spelled = {names.get(name, name): value for name, value in OVER.items()}
    assert ended(spelled) == ended(OVER)
    assert (ended(OVER).call.mos_cq, ended(OVER).call.remote_number, ended(OVER).cause_code) == (2.9, "5000", "200")


def test_of_two_fields_for_one_thing_the_one_of_its_own_name_counts() -> None:
    said = event("SipCallDisconnect", {"Cause": "17", "CauseString": "Busy", "RemoteURI": "", "RemoteNumber": "5000"})
    assert call_fields(said) == {"CauseString": "Busy", "PeerPhone": "5000"}


def test_a_flood_of_calls_is_bounded() -> None:
    known = phone()
    for number in range(1000):
        known = began(known, CallId=str(number))
    assert len(known.event_calls) == MOST


def test_the_record_is_graded_by_the_report_alone() -> None:
    knowledge, tracker = Knowledge(phone(), DEFAULT), CallTracker()
    for name, fields, at in (("SipCallSuccessful", BEGUN, 0.0), ("SipCallDisconnect", OVER, 103.0)):
        happened, now = event(name, fields, at), EPOCH + timedelta(seconds=at)
        tracker = tracker.take_event(happened, knowledge.phone, at, now, knowledge.units)
        assert knowledge.apply_event(happened, at)
        tracker = tracker.take(knowledge.phone, at, now, knowledge.units)
    (record,) = tracker.records
    assert (record.began_at, record.ended_at, record.cause) == (EPOCH, EPOCH + timedelta(seconds=103), "Normal")
    assert (record.grade, record.mos, record.mos_source, record.loss_pct) == (Grade.CRITICAL, 2.9, "phone-cq", 6.0)


def test_a_report_without_a_beginning_is_a_call_too() -> None:
    tracker = CallTracker().take_event(event("SipCallDisconnect", OVER), phone(), 5.0, EPOCH)
    (record,) = tracker.records
    assert (record.began_at, record.talk_s, record.call.remote_number) == (
        EPOCH - timedelta(seconds=103),
        103.0,
        "5000",
    )
    assert CallTracker().take_event(event("SipCallDisconnect", OVER), phone(is_mpp=True), 5.0, EPOCH).records == ()


def test_unknown_is_not_good_in_a_report_either() -> None:
    fields = {**BEGUN, "Duration": "60", "Jitter": "3", "MOSCQ": "4.3"}
    (record,) = CallTracker().take_event(event("SipCallDisconnect", fields), phone(), 5.0, EPOCH).records
    assert (record.grade, record.loss_pct, record.mos) == (Grade.UNKNOWN, None, 4.3)


def test_every_call_of_an_on_prem_office_is_remembered_with_the_figures_of_its_report() -> None:
    """Twenty phones for ten minutes, each second told to whoever listens, in the words of an On-Prem phone."""
    watched = opened("office", phones=20)
    voice = dialect.read("onprem")
    shows = {device.name: Presentation(device, voice) for device in watched.office.devices}
    knows = {name: Knowledge(phone(id=PhoneId(name)), DEFAULT) for name in shows}
    trackers = {name: CallTracker() for name in shows}
    reported: dict[str, list[dict[str, str]]] = {name: [] for name in shows}
    remembered: dict[str, dict[str, object]] = {name: {} for name in shows}
    for second in range(1, 601):
        told_before = len(watched.notices)
        watched.office.advance(float(second))
        at, now = float(second), EPOCH + timedelta(seconds=second)
        for name, notice in watched.notices[told_before:]:
            knowledge = knows[name]
            for shown in shows[name].present([notice]):
                if isinstance(shown, TreeChange):
                    if shown.path[0] == "Network":
                        continue  # counters of ports, most of all that is told, say nothing of calls
                    value = None if shown.value is None else printable(shown.value)
                    knowledge.apply(knowledge.pushed([Update(shown.path, value, at)]), at)
                elif isinstance(shown, SimulatedEvent):
                    fields = dict(shown.fields)
                    if shown.name == "SipCallDisconnect":
                        reported[name].append(fields)
                    happened = event(shown.name, fields, at)
                    trackers[name] = trackers[name].take_event(happened, knowledge.phone, at, now, knowledge.units)
                    knowledge.apply_event(happened, at)
                    trackers[name] = trackers[name].take(knowledge.phone, at, now, knowledge.units)
            for record in trackers[name].records:
                if record.is_final:
                    remembered[name][record.id] = record
    total = sum(map(len, reported.values()))
    assert total > 40
    for name, reports in reported.items():
        finals = sorted(str(dict(record.final)) for record in remembered[name].values())  # type: ignore[attr-defined]
        assert finals == sorted(map(str, reports)), name
        assert not knows[name].phone.is_mpp
