"""Ten thousand calls of every kind: whatever a phone leaves out or makes up, nothing unmeasured is called good."""

import random
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest
from msgspec.structs import replace

from phonetui.phone.measure import Grade, Measure, Metric
from phonetui.phone.quality.loss import LossRateUnit
from phonetui.phone.state import Call, Phase
from phonetui.text import printable
from tests.phone.quality.conversation import Conversation, Desk, Weather

CALLS = 10_000
BATCHES = 10
CODECS = ("G722", "G711u", "PCMA", "OPUS", "G729a", "G.729ab", "iLBC", "clearmode", "")
RATES = ("0", "1", "3.2", "64", "0.02", "n/a", "", "255", "2 %")
FIGURES = {
    "packets_received": (Metric.LOSS, Metric.DISCARD, Metric.STALL),
    "packets_sent": (Metric.STALL,),
    "lost_packets": (Metric.LOSS,),
    "discarded_packets": (Metric.DISCARD,),
    "jitter_ms": (Metric.JITTER,),
    "round_trip_ms": (Metric.DELAY,),
    "decode_latency_ms": (Metric.DECODER,),
    "burst_ms": (Metric.BURST,),
    "mos_cq": (),
    "r_factor": (Metric.RATING,),
    "duration_s": (),
}
"""What a phone may leave out, and the metrics that then cannot be judged."""


def weather(rng: random.Random) -> Weather:
    return Weather(
        loss=rng.choice([0.0, 0.0, 0.004, 0.02, 0.1, 0.6, 1.0]),
        discard=rng.choice([0.0, 0.0, 0.0, 0.015, 0.1, 1.5]),
        comes=rng.random() > 0.1,
        goes=rng.random() > 0.1,
        jitter_ms=rng.choice([None, 0.0, 3.0, 35.0, 80.0]),
        round_trip_ms=rng.choice([None, 20.0, 350.0, 900.0]),
        decode_latency_ms=rng.choice([None, 45.0, 100.0, 400.0]),
    )


def readings(rng: random.Random, missing: set[str]) -> Iterator[tuple[float, Call]]:
    """A call with its troubles, holds, resets and late readings."""
    conversation = Conversation(rng.choice(CODECS), scored=rng.random() < 0.7)
    every_s, phase = rng.choice([0.5, 1.0, 2.0, 5.0]), Phase.TALK
    for _ in range(rng.randint(3, 20)):
        if rng.random() < 0.2:
            conversation.weather = weather(rng)
        if rng.random() < 0.05:
            phase = rng.choice([Phase.TALK, Phase.TALK, Phase.HELD, Phase.UNKNOWN])
        if rng.random() < 0.02:
            at, conversation = conversation.at, Conversation(rng.choice(CODECS))
            conversation.at = at
        conversation.wait(every_s * rng.choice([0.0, 0.1, 1.0, 1.0, 1.0, 1.0, 7.0]))
        call = replace(
            conversation.reading(),
            phase=phase,
            burst_ms=rng.choice([0.0, 120.0, 400.0]),
            remote_hold=rng.choice([None, False, False, True]),
            loss_rate=printable(rng.choice(RATES)),
            discard_rate=printable(rng.choice(RATES)),
        )
        absent: dict[str, Any] = dict.fromkeys(missing)
        yield conversation.at, replace(call, **absent)


def is_sound(measure: Measure, call: Call, missing: set[str]) -> bool:
    unmeasured = {metric for name in missing for metric in FIGURES[name]}
    judged = {one.metric for one in measure.judged}
    percents = (
        measure.loss_pct,
        measure.discard_pct,
        measure.phone_loss_pct,
        measure.phone_discard_pct,
        measure.call_loss_pct,
        measure.call_discard_pct,
    )
    scores = (measure.mos, measure.estimate)
    return (
        not judged & unmeasured
        and all(one.grade.is_verdict for one in measure.judged)
        and (bool(judged) or not measure.grade.is_verdict)
        and (call.phase is Phase.TALK or measure.grade is Grade.UNKNOWN)
        and all(pct is None or 0.0 <= pct <= 100.0 for pct in percents)
        and all(score is None or 1.0 <= score <= 5.0 for score in scores)
        and (measure.mos is None or measure.mos_source is not None)
        and (measure.worst is None or 0.0 <= measure.worst.loss_pct <= measure.worst.loss_discard_pct <= 100.0)
    )


@pytest.mark.parametrize("batch", [0, *(pytest.param(batch, marks=pytest.mark.slow) for batch in range(1, BATCHES))])
def test_no_metric_without_a_report_is_ever_good(batch: int) -> None:
    rng = random.Random(batch)
    seen: set[Grade] = set()
    for _ in range(CALLS // BATCHES):
        missing = {name for name in FIGURES if rng.random() < 0.25}
        desk = Desk(scale=rng.choice([None, *LossRateUnit]))
        measures = []
        for at, call in readings(rng, missing):
            measures.append(desk.take(at, call))
            assert is_sound(measures[-1], call, missing), (missing, call, measures[-1])
        seen |= {measure.grade for measure in measures}
        assert all(before.shares.total_s <= after.shares.total_s for before, after in pairwise(measures))
    assert seen == set(Grade)


def test_a_phone_that_reports_nothing_is_never_judged() -> None:
    rng = random.Random(11)
    for _ in range(200):
        desk = Desk()
        for at, call in readings(rng, set(FIGURES)):
            measure = desk.take(at, call)
            assert (measure.grade, measure.judged, measure.worst) == (Grade.UNKNOWN, (), None)
