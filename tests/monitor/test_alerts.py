"""What is told of alerts, and to whom: reports for programs, journal lines for people, the list for the screen."""

from datetime import timedelta
from itertools import pairwise

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from msgspec.structs import replace

from phonetui.monitor.alerts import KEPT_FOR, AlertMonitor
from phonetui.monitor.journal import AlertReport, Journal, Report
from phonetui.phone.alerts.alert import AlertId
from phonetui.phone.calls.call_legs import Partner
from phonetui.phone.journal import Weight
from phonetui.phone.measure import Grade, Measure, Metric
from phonetui.phone.quality.grading import DEFAULT
from phonetui.phone.state import Line, Phone, PhoneId, State
from phonetui.recording.values import ValueDecoder, ValueEncoder
from phonetui.text import Printable
from tests.phone.alerts.phones import DARK, LIT, NOON, judged, phone, talking
from tests.phone.quality.conversation import TALK, Desk, Weather
from tests.phone.quality.test_response import TROUBLE_S, readings

LOBBY, DESK = PhoneId("lobby"), PhoneId("desk")
NAMED = Printable("they name each other")
SOUND = phone(call=talking())
LOSSY = replace(SOUND, measures=(judged(Metric.LOSS, 4.1, Grade.POOR),))
LOST = replace(LOSSY, connection=replace(LOSSY.connection, state=State.UNREACHABLE))
DARKENED = phone(lines=(Line(1, Printable("Registered"), True, True),))
ANOTHER = replace(SOUND, id=DESK, measures=(judged(Metric.LOSS, 6.0, Grade.CRITICAL),))


class Office:
    """Alarms over a hand-moved clock, and everything that they told."""

    def __init__(self, *mutes: str) -> None:
        self.reports: list[Report] = []
        self.ledger = Journal(self.reports.append)
        ends = {LOBBY: Partner(DESK, (1, 0), NAMED), DESK: Partner(LOBBY, (1, 0), NAMED)}
        self.alarms = AlertMonitor(self.ledger, DEFAULT, mutes, lambda *_: (), lambda phone, _: ends.get(phone))
        self.at = 0.0

    def look(self, *phones: Phone, after: float = 1.0) -> None:
        self.at += after
        for one in phones:
            self.alarms.update(one, self.at, NOON + timedelta(seconds=self.at))

    @property
    def told(self) -> list[tuple[AlertId, bool]]:
        alerts = [report.alert for report in self.reports if isinstance(report, AlertReport)]
        return [(alert.id, alert.is_active) for alert in alerts]

    @property
    def journal(self) -> list[tuple[str, Weight]]:
        return [(entry.text, entry.weight) for entry in self.ledger.entries]


def test_trouble_and_relief_are_told_once_each_with_their_evidence() -> None:
    office = Office()
    for _ in range(5):
        office.look(LOSSY)
    for _ in range(15):
        office.look(SOUND)
    assert office.told == [(AlertId.LOSS, True), (AlertId.LOSS, False)]
    loss = "loss up to 4.1 %  L1 Front Desk 5000"
    assert office.journal == [(f"poor: {loss}", Weight.TROUBLE), (f"cleared after 10 s: {loss}", Weight.GOOD)]


def test_what_was_lost_from_sight_is_no_good_news() -> None:
    office = Office()
    office.look(LOSSY)
    office.look(LOST, after=20)
    loss = "loss up to 4.1 %  L1 Front Desk 5000"
    assert office.journal[1:] == [(f"no longer known, phone unreachable: {loss}", Weight.INFO)]


def test_the_past_of_a_fact_goes_without_saying() -> None:
    office = Office()
    office.look(SOUND)
    office.look(restarted := replace(SOUND, up_s=3.0))
    office.look(replace(restarted, up_s=4.0))
    office.look(replace(restarted, up_s=700.0), after=700)
    assert office.told == [(AlertId.REBOOT, True), (AlertId.REBOOT, False)]
    assert [words for words, _ in office.journal] == ["restarted: up 3 s, was up 1 d"]


def test_nothing_is_computed_for_a_phone_that_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    office = Office()
    office.look(SOUND)
    monkeypatch.setattr("phonetui.monitor.alerts.assess_phone", lambda *_, **__: pytest.fail("computed again"))
    version, alerts = office.ledger.version, office.alarms.alerts
    for _ in range(100):
        office.look(SOUND)
    assert office.ledger.version == version
    assert office.alarms.alerts is alerts


def test_time_alone_raises_what_had_to_hold() -> None:
    office = Office()
    dark = replace(DARKENED, lights=replace(DARKENED.lights, message=DARK))
    office.look(dark)
    office.look(dark, after=29)
    assert office.told == []
    office.look(dark, after=2)
    assert office.told == [(AlertId.MWI, True)]
    lit = replace(dark, lights=replace(dark.lights, message=LIT))
    office.look(lit)
    office.look(lit, after=11)
    assert office.told[1:] == [(AlertId.MWI, False)]


def test_the_list_has_the_worst_first_then_the_muted_then_the_cleared() -> None:
    office = Office("*:reboot")
    office.look(replace(SOUND, id=PhoneId("kitchen"), measures=LOSSY.measures), SOUND, ANOTHER)
    office.look(replace(SOUND, id=PhoneId("kitchen")), replace(LOSSY, up_s=3.0), after=1)
    office.look(replace(SOUND, id=PhoneId("kitchen")), after=20)
    shown = [(alert.phone, alert.id, alert.is_muted, alert.is_active) for alert in office.alarms.alerts]
    assert shown == [
        (DESK, AlertId.LOSS, False, True),
        (LOBBY, AlertId.LOSS, False, True),
        (LOBBY, AlertId.REBOOT, True, True),
        ("kitchen", AlertId.LOSS, False, False),
    ]


def test_an_alert_that_comes_again_is_one_and_says_how_often() -> None:
    office = Office()
    for _ in range(3):
        office.look(LOSSY)
        office.look(SOUND)
        office.look(SOUND, after=20)
    assert [(alert.times, alert.is_active) for alert in office.alarms.alerts] == [(3, False)]
    office.look(LOSSY)
    assert [(alert.times, alert.is_active) for alert in office.alarms.alerts] == [(4, True)]


def test_the_cleared_are_forgotten_in_the_end() -> None:
    office = Office()
    office.look(LOSSY)
    office.look(SOUND)
    office.look(SOUND, after=20)
    office.look(ANOTHER, after=KEPT_FOR.total_seconds())
    office.look(replace(ANOTHER, measures=()))
    office.look(replace(ANOTHER, measures=()), after=20)
    assert [alert.phone for alert in office.alarms.alerts] == [DESK]


def test_the_muted_are_kept_and_told_nowhere() -> None:
    office = Office("lobby:loss")
    office.look(LOSSY)
    assert office.told == []
    assert office.journal == []
    (alert,) = office.alarms.alerts
    assert alert.is_muted
    version = office.ledger.version
    office.alarms.mute(alert.key, muted=False)
    assert not office.alarms.alerts[0].is_muted
    assert office.ledger.version > version
    office.look(SOUND)
    office.look(SOUND, after=20)
    assert office.told == [(AlertId.LOSS, False)]


def test_a_bad_call_of_three_minutes_has_two_lines_in_the_journal() -> None:
    """Loss that comes and goes, gets worse, and is heard at both ends: one line while it holds, one when it is over."""
    office = Office()
    far = replace(SOUND, id=DESK)
    bad = (judged(Metric.LOSS, 4.1, Grade.POOR), judged(Metric.LOSS, 25.0, Grade.CRITICAL))
    for minute in range(12):
        office.look(replace(SOUND, measures=(bad[minute % 2],)), replace(far, measures=(bad[0],)), after=8)
        office.look(SOUND, far, after=1)
        office.look(SOUND, far, after=12)
        assert len(office.journal) <= 2
    raised, cleared = office.ledger.entries
    assert raised.text.startswith("critical: loss up to 25.0 %")
    assert (raised.times, raised.since, raised.ends) == (12, NOON + timedelta(seconds=8), 2)
    assert cleared.text.startswith("cleared after ")
    office.look(LOSSY)
    assert [entry.times for entry in office.ledger.entries] == [13], "it holds again: nothing says that it was cleared"


def test_a_call_that_is_in_trouble_at_both_ends_is_counted_once() -> None:
    office = Office()
    office.look(LOSSY, ANOTHER)
    assert [(alert.phone, alert.ends, alert.is_second_end) for alert in office.alarms.alerts] == [
        (DESK, 2, False), (LOBBY, 2, True),
    ]  # fmt: skip


def test_the_next_call_in_a_place_begins_with_lines_of_its_own() -> None:
    office = Office()
    office.look(LOSSY)
    office.look(SOUND, after=20)
    office.look(SOUND, after=20)
    office.look(phone())
    office.look(LOSSY)
    assert [entry.times for entry in office.ledger.entries] == [1, 1, 1]


def up_for(seconds: float, *measures: Measure) -> Phone:
    return phone(call=talking(duration_s=seconds), measures=measures)


LOSS = judged(Metric.LOSS, 4.1, Grade.POOR)


def test_the_trouble_of_a_call_ends_where_another_call_takes_its_place() -> None:
    office = Office()
    office.look(up_for(60.0, LOSS))
    office.look(phone())
    office.look(up_for(1.0))
    office.look(up_for(20.0), after=20)
    assert [(entry.times, entry.text.partition(":")[0]) for entry in office.ledger.entries] == [
        (1, "poor"), (1, "call ended"),
    ]  # fmt: skip
    office.look(up_for(40.0, LOSS))
    assert [entry.times for entry in office.ledger.entries] == [1, 1, 1]


def test_a_cleared_alert_says_how_often_it_was_raised_also_when_its_call_is_over() -> None:
    office = Office()
    for _ in range(3):
        office.look(up_for(60.0, LOSS))
        office.look(up_for(60.0), after=1)
        office.look(up_for(60.0), after=20)
    office.look(phone())
    office.look(ANOTHER)
    assert [alert.times for alert in office.alarms.alerts if not alert.is_active] == [3]


PHONES = [phone(), up_for(60.0), up_for(60.0, LOSS), up_for(1.0), up_for(1.0, LOSS), LOST]


@example([(up_for(60.0, LOSS), 20.0), (phone(), 1.0), (up_for(1.0), 1.0), (up_for(20.0), 20.0)], 2)
@given(st.lists(st.tuples(st.sampled_from(PHONES), st.sampled_from([1.0, 4.0, 20.0])), max_size=12), st.integers(0, 12))
def test_alerts_go_on_from_a_keyframe_as_they_would_have(looks: list[tuple[Phone, float]], place: int) -> None:
    whole = Office()
    for one, after in looks[:place]:
        whole.look(one, after=after)
    encoder, later = ValueEncoder(), Office()
    known = msgspec.msgpack.encode(encoder.encode((whole.alarms.state(), tuple(whole.ledger.entries))))
    state, entries = ValueDecoder(encoder.classes).decode(msgspec.msgpack.decode(known))
    later.alarms.restore(state)
    later.at = whole.at
    for entry in entries:
        later.ledger.write(entry)
    for one, after in looks[place:]:
        for office in (whole, later):
            office.look(one, after=after)
        assert later.alarms.alerts == whole.alarms.alerts
        assert later.ledger.entries == whole.ledger.entries
    assert later.alarms.alerts == whole.alarms.alerts


@pytest.mark.parametrize("place", [0.01, 0.5, 0.99])
@pytest.mark.parametrize("every_s", [1.0, 2.0])
def test_loss_is_raised_within_eight_seconds_and_cleared_within_fifteen(every_s: float, place: float) -> None:
    """10 % for 15 s; the phone is read every so often, and looked at four times a second."""
    office, desk, said = Office(), Desk(), list(readings(Weather(loss=0.1), every_s, place))
    told: list[tuple[float, bool]] = []
    for (at, call), (until, _) in pairwise([*said, (said[-1][0] + every_s, TALK)]):
        measure = desk.take(at, call)
        now = replace(SOUND, lines=(replace(SOUND.lines[0], calls=(call,)),), measures=(measure,))
        while at < until:
            before = len(office.told)
            office.alarms.update(now, at, NOON + timedelta(seconds=at))
            told += [(at, is_active) for id_, is_active in office.told[before:] if id_ is AlertId.LOSS]
            at += 0.25  # noqa: PLW2901 - the same reading, looked at again
    raised, cleared = told[0][0], told[-1][0]
    assert (told[0][1], told[-1][1]) == (True, False)
    print(
        f"\nevery {every_s:g} s: raised after {raised:.2f} s, cleared {cleared - TROUBLE_S:.2f} s after the end", end=""
    )
    assert 0 < raised <= 8.0
    assert 0 < cleared - TROUBLE_S <= 15.0
    assert len([text for text, _ in office.journal if "loss" in text]) == 2
