"""How soon trouble shows, and how soon it is over: each metric, at the default interval and at one second.

Readings fall anywhere between the beginning of trouble and the next reading, so each row is tried at several places.
"""

from collections.abc import Iterator

import pytest
from msgspec.structs import replace

from phonetui.phone.measure import Grade, Measure, Metric
from phonetui.phone.quality.grading import DEFAULT, step
from phonetui.phone.state import Call
from tests.phone.quality.conversation import FAIR_WEATHER, TALK, Conversation, Desk, Weather

CLEAR_S, TROUBLE_S, AFTER_S = 40.0, 15.0, 30.0
PLACES = (0.01, 0.25, 0.5, 0.75, 0.99)
"""How much of an interval is left when trouble begins."""

TABLE = [
    # metric, what happens for 15 s, worst grade, seconds until it is told and until it is good at 2 s and at 1 s;
    # figures are of ten seconds, so that loss is over once these are
    (Metric.LOSS, Weather(loss=0.1), Grade.POOR, (8.0, 5.0), (12.0, 11.0)),
    (Metric.LOSS, Weather(loss=0.02), Grade.FAIR, (12.0, 9.0), (12.0, 11.0)),
    (Metric.DISCARD, Weather(discard=0.1, jitter_ms=45.0), Grade.POOR, (8.0, 5.0), (12.0, 11.0)),
    (Metric.DISCARD, Weather(discard=0.1), Grade.POOR, (8.0, 5.0), (12.0, 11.0)),
    (Metric.JITTER, Weather(jitter_ms=80.0), Grade.FAIR, (6.0, 3.0), (6.0, 3.0)),
    (Metric.DELAY, Weather(round_trip_ms=450.0), Grade.POOR, (6.0, 3.0), (6.0, 3.0)),
    (Metric.DECODER, Weather(decode_latency_ms=200.0), Grade.POOR, (6.0, 3.0), (6.0, 3.0)),
    (Metric.ESTIMATE, Weather(loss=0.1), Grade.POOR, (8.0, 5.0), (12.0, 11.0)),
    (Metric.STALL, Weather(comes=False), Grade.POOR, (8.0, 6.0), (14.0, 11.0)),
]


def readings(weather: Weather, every_s: float, place: float) -> Iterator[tuple[float, Call]]:
    """Seconds since the trouble began, and the call as read then."""
    conversation = Conversation()
    began_at = CLEAR_S + every_s * (1 - place)
    changes = {began_at: weather, began_at + TROUBLE_S: FAIR_WEATHER}
    while conversation.at < began_at + TROUBLE_S + AFTER_S:
        next_at = conversation.at + every_s
        for at in [at for at in changes if at <= next_at]:
            conversation.wait(at - conversation.at)
            conversation.weather = changes.pop(at)
        conversation.wait(next_at - conversation.at)
        yield conversation.at - began_at, conversation.reading()


def told_and_good(
    measures: list[tuple[float, Measure]], metric: Metric, worst: Grade, good: Grade = Grade.GOOD
) -> tuple[float, float]:
    """When the call stood as bad as this by that metric, and from when on after the end it was good."""
    told = [
        at
        for at, measure in measures
        if measure.grade.severity >= worst.severity
        and any(judged.metric is metric and judged.grade is not Grade.GOOD for judged in measure.judged)
    ]
    bad = [at for at, measure in measures if measure.grade is not good and at > 0]
    return told[0], next(at for at, _ in measures if at > bad[-1]) - TROUBLE_S


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("pace", [0, 1], ids=["2s", "1s"])
@pytest.mark.parametrize(("metric", "weather", "worst", "told_s", "good_s"), TABLE)
def test_onset_and_recovery(
    metric: Metric,
    weather: Weather,
    worst: Grade,
    told_s: tuple[float, float],
    good_s: tuple[float, float],
    pace: int,
    place: float,
) -> None:
    desk, every_s = Desk(), (2.0, 1.0)[pace]
    measures = [(at, desk.take(at, call)) for at, call in readings(weather, every_s, place)]
    onset_s, recovery_s = told_and_good(measures, metric, worst)
    assert 0 < onset_s <= told_s[pace]
    assert recovery_s <= good_s[pace] <= 15.0


@pytest.mark.parametrize(("every_s", "within_s"), [(2.0, 6.0), (1.0, 3.0)])
def test_a_phone_that_gives_nothing_but_its_score(every_s: float, within_s: float) -> None:
    desk = Desk()
    measures = []
    for number in range(int((CLEAR_S + TROUBLE_S + AFTER_S) / every_s)):
        at = number * every_s - CLEAR_S
        mos = 3.2 if 0 <= at < TROUBLE_S else 4.3
        measures.append((at, desk.take(at, replace(TALK, mos_cq=mos, duration_s=at + CLEAR_S))))
    onset_s, recovery_s = told_and_good(measures, Metric.MOS, Grade.POOR, good=Grade.UNKNOWN)  # loss isn't told
    assert onset_s <= within_s
    assert recovery_s <= within_s


def test_good_again_while_the_phones_own_averages_still_complain() -> None:
    desk, conversation = Desk(), Conversation()
    far = replace(FAIR_WEATHER, round_trip_ms=280.0)
    for weather, seconds in ((far, 20), (replace(far, loss=0.1), 15), (far, 15)):
        conversation.weather = weather
        measure = desk.follow(conversation, seconds, 1.0)[-1]
    call = conversation.reading()
    assert (call.mos_cq, call.lost_packets, call.packets_received) == (3.8, 75, 2425)
    assert step(3.8, DEFAULT.mos) is Grade.FAIR
    assert (measure.grade, measure.mos_source, measure.mos, measure.loss_pct) == (Grade.GOOD, "phone-cq", 3.8, 0.0)
    assert measure.judgement(Metric.MOS) is None
    assert measure.estimate == 4.2
