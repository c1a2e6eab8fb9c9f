"""The book: what is raised, changed and cleared, and when. Times are seconds from the first look."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from msgspec.structs import replace

from phonetui.phone.alerts.alert import (
    CALM_S,
    FACT_S,
    FIGURES,
    POLICIES,
    Alert,
    AlertBook,
    AlertCondition,
    AlertId,
    Severity,
    Visibility,
    visibility,
)
from phonetui.phone.alerts.rules_phone import Past, assess_phone, ending
from phonetui.phone.measure import Grade, JudgedMetric, Measure, Metric
from phonetui.phone.quality.grading import DEFAULT
from phonetui.phone.state import Connection, PhoneId, State
from phonetui.text import Printable, printable
from tests.phone.alerts.phones import NOON, phone, talking

INFO, FAIR, POOR, CRITICAL = Severity
CLEAR, DIM, LOST = Visibility
LOBBY = PhoneId("lobby")


def trouble(
    severity: Severity = POOR, text: str = "loss", alert: AlertId = AlertId.ONE_WAY_AUDIO, subject: str = ""
) -> AlertCondition:
    return AlertCondition(alert, subject, severity, printable(text))


class Log:
    """A book that is looked at, and what it told."""

    def __init__(self) -> None:
        self.book = AlertBook(LOBBY)
        self.told: list[tuple[float, str]] = []

    def look(self, at: float, *troubles: AlertCondition, visibility: Visibility = CLEAR) -> None:
        self.book, changes = self.book.take(
            troubles,
            at,
            NOON + timedelta(seconds=at),
            ending=lambda alert: Printable(f"over: {alert.text}"),
            visibility=visibility,
        )
        self.told += [(at, str(alert.severity) if alert.is_active else alert.text) for alert in changes]


def test_a_trouble_is_raised_once_and_cleared_once_it_is_gone_for_a_while() -> None:
    log = Log()
    for at in range(5):
        log.look(at, trouble())
    for at in range(5, 20):
        log.look(at)
    assert log.told == [(0, "poor"), (5 + POLICIES[AlertId.ONE_WAY_AUDIO].clear_s, "over: loss")]
    assert log.book.alerts == ()


def test_a_short_relief_clears_nothing() -> None:
    log = Log()
    for at in range(60):
        log.look(at, *([trouble()] if at % 8 == 0 else []))
    assert log.told == [(0, "poor")]


def test_some_troubles_must_hold_before_they_are_told() -> None:
    log = Log()
    mwi = trouble(INFO, "light", AlertId.MWI)
    for at in range(0, 25, 5):
        log.look(at, mwi)
    log.look(26)
    assert log.told == []
    for at in range(30, 65, 5):
        log.look(at, mwi)
    assert log.told == [(60, "info")]


def test_worse_is_told_at_once_and_milder_only_once_it_lasts() -> None:
    log = Log()
    for at, severity in enumerate([POOR, FAIR, CRITICAL, POOR, CRITICAL, *[POOR] * 12]):
        log.look(at, trouble(severity))
    assert log.told == [(0, "poor"), (2, "critical"), (15, "poor")]


def test_what_became_milder_is_told_as_the_worst_that_it_was_since() -> None:
    log = Log()
    for at, severity in enumerate([CRITICAL, FAIR, POOR, *[FAIR] * 30]):
        log.look(at, trouble(severity))
    assert log.told == [(0, "critical"), (11, "poor"), (22, "fair")]


def test_new_words_are_taken_without_a_word() -> None:
    log = Log()
    log.look(0, trouble(text="loss up to 4 %"))
    log.look(1, trouble(text="loss up to 5 %"))
    assert [alert.text for alert in log.book.alerts] == ["loss up to 5 %"]
    assert log.told == [(0, "poor")]
    (alert,) = log.book.alerts
    assert (alert.phone, alert.raised_at, alert.is_active) == (LOBBY, NOON, True)


def test_of_two_troubles_with_one_name_the_worse_counts() -> None:
    log = Log()
    log.look(0, trouble(FAIR, "bursts"), trouble(POOR, "loss"), trouble(FAIR, "other call", subject="line 1 call 1"))
    assert [(alert.severity, alert.text) for alert in log.book.alerts] == [(POOR, "loss"), (FAIR, "other call")]


def test_while_a_phone_is_late_its_alerts_stand_as_they_were() -> None:
    log = Log()
    log.look(0, trouble())
    for at in range(1, 100):
        log.look(at, visibility=DIM)
    assert len(log.book.alerts) == 1
    log.look(104)
    assert log.told == [(0, "poor")], "its relief is counted from when it was last in doubt"
    log.look(109)
    assert log.told[1:] == [(109, "over: loss")]


def test_what_a_lost_phone_said_is_cleared_but_not_what_is_known_without_it() -> None:
    log = Log()
    found = trouble(CRITICAL, "refused", AlertId.CERTIFICATE)
    log.look(0, trouble(), found, trouble(INFO, "restarts", AlertId.REBOOT))
    log.look(20, found, visibility=LOST)
    assert log.told[3:] == [(20, "over: loss")]
    assert [alert.id for alert in log.book.alerts] == [AlertId.CERTIFICATE, AlertId.REBOOT]


def test_an_alert_stays_for_ten_seconds_even_where_the_phone_is_lost() -> None:
    log = Log()
    log.look(0, trouble())
    log.look(1, visibility=LOST)
    assert log.book.due == CALM_S
    log.look(CALM_S, visibility=LOST)
    assert log.told == [(0, "poor"), (CALM_S, "over: loss")]


def test_what_happened_once_stays_in_sight_for_a_while() -> None:
    log = Log()
    log.look(0, trouble(INFO, "restarted", AlertId.REBOOT))
    log.look(1)
    log.look(FACT_S)
    assert log.told == [(0, "info")]
    log.look(FACT_S + 1)
    assert log.told[1:] == [(FACT_S + 1, "over: restarted")]


def test_the_book_says_when_time_alone_may_change_something() -> None:
    log = Log()
    assert log.book.due == float("inf")
    log.look(0, trouble(INFO, "light", AlertId.MWI))
    assert log.book.due == POLICIES[AlertId.MWI].raise_s
    log.look(1, trouble())
    assert log.book.due == float("inf")
    log.look(2)
    assert log.book.due == 2 + POLICIES[AlertId.ONE_WAY_AUDIO].clear_s
    log.look(3, trouble(FAIR))
    assert log.book.due == 3 + POLICIES[AlertId.ONE_WAY_AUDIO].clear_s


@pytest.mark.parametrize("state", State)
def test_what_can_be_seen_of_a_phone(state: State) -> None:
    expected = {State.LIVE: CLEAR, State.STALE: DIM, State.CONNECTING: DIM}
    assert visibility(state) is expected.get(state, LOST)


@pytest.mark.parametrize(
    ("state", "in_call", "words"),
    [
        (State.LIVE, True, "cleared after 45 s: loss"),
        (State.LIVE, False, "call ended: loss"),
        (State.UNREACHABLE, True, "no longer known, phone unreachable: loss"),
    ],
)
def test_the_words_of_an_end_say_what_was_seen_of_it(state: State, in_call: bool, words: str) -> None:
    raised_at = datetime(2026, 11, 21, 11, 59, 15, tzinfo=UTC)
    alert = Alert(
        phone=LOBBY, id=AlertId.LOSS, subject="line 1 call 0", severity=POOR, text=Printable("loss"), raised_at=raised_at
    )  # fmt: skip
    assert ending(phone(state=state, call=talking() if in_call else None), alert, NOON) == words


def test_every_alert_has_its_patience() -> None:
    assert set(POLICIES) == set(AlertId)
    assert {id_ for id_, policy in POLICIES.items() if policy.clear_s < CALM_S} == set(FIGURES)


def test_figures_of_one_call_are_one_alert_of_the_first_cause() -> None:
    log = Log()
    log.look(0, trouble(FAIR, "jitter", AlertId.JITTER))
    log.look(2, trouble(CRITICAL, "loss, MOS", AlertId.LOSS))
    assert [(alert.id, alert.severity, alert.text) for alert in log.book.alerts] == [
        (AlertId.LOSS, CRITICAL, "loss, MOS")
    ]
    log.look(4)
    log.look(11)
    assert [text for _, text in log.told] == ["fair", "critical", "over: loss, MOS"]


CALLS, READINGS = 10_000, 10
IN_CALL = phone(call=talking())
LOOKS = {state: replace(IN_CALL, connection=Connection(state)) for state in State}


@pytest.mark.slow
def test_no_alert_of_ten_thousand_calls_flaps_more_than_once_in_ten_seconds() -> None:
    """Random grades of random figures, stalls that come and go, a phone that is late or lost now and then."""
    rng = Random(4)
    raised, shortest = 0, float("inf")
    for _ in range(CALLS):
        moves = list(_moves(rng))
        raised += sum(is_up for _, _, is_up in moves)
        for key in {key for key, _, _ in moves}:
            times = [at for known, at, _ in moves if known == key]
            shortest = min((later - at for at, later in zip(times, times[2:], strict=False)), default=shortest)
            ways = [is_up for known, _, is_up in moves if known == key]
            assert ways == [place % 2 == 0 for place in range(len(ways))], "raised and cleared by turns"
    assert raised > CALLS, "there was something to flap"
    assert shortest >= CALM_S


def _moves(rng: Random) -> Iterable[tuple[tuple[AlertId, str], float, bool]]:
    """Every raise and clear of one call: what, when, whether raised."""
    book, past, at = AlertBook(LOBBY), Past(), 0.0
    held: set[tuple[AlertId, str]] = set()
    for _ in range(READINGS):
        at += rng.choice((0.25, 1.0, 2.0, 5.0))
        state = rng.choices((State.LIVE, State.STALE, State.UNREACHABLE), (90, 5, 5))[0]
        now = replace(LOOKS[state], measures=(_measure(rng, at),))
        seen_at = NOON + timedelta(seconds=at)
        found, past = assess_phone(now, past, at=at, seen_at=seen_at, thresholds=DEFAULT, diagnose=lambda *_: ())
        book, _ = book.take(found, at, seen_at, ending=lambda alert: alert.text, visibility=visibility(state))
        standing = {(alert.id, alert.subject) for alert in book.alerts}
        yield from ((key, at, key in standing) for key in standing ^ held)
        held = standing


def _measure(rng: Random, at: float) -> Measure:
    verdicts = (Grade.GOOD, Grade.FAIR, Grade.POOR, Grade.CRITICAL)
    judged = tuple(
        JudgedMetric(metric, rng.uniform(0.0, 10.0), rng.choice(verdicts))
        for metric in rng.sample((Metric.LOSS, Metric.JITTER, Metric.MOS, Metric.DELAY), 2)
    )
    grade = max((one.grade for one in judged), key=lambda grade: grade.severity)
    no_receive_s = rng.choice((0.1, 0.1, 3.0, 6.0))
    return Measure(
        1, 0, grade=rng.choice((grade, grade, Grade.MEASURING)), judged=judged, measured_s=at, no_receive_s=no_receive_s,
        no_media_s=rng.choice((0.1, no_receive_s)),
    )  # fmt: skip
