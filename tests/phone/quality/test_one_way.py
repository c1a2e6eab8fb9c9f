"""One-way audio in scripted talks: a direction that is lost is told soon, and no pause is ever taken for one."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest
from msgspec import Struct
from msgspec.structs import replace

from phonetui.phone.alerts import rules_calls
from phonetui.phone.alerts.alert import AlertCondition, AlertId, Severity
from phonetui.phone.measure import Grade, Metric, Pause
from phonetui.phone.quality.call_quality import CallQuality, take
from phonetui.phone.quality.grading import DEFAULT
from phonetui.phone.state import Line
from tests.phone.alerts.phones import phone
from tests.phone.quality.generated_talk import (
    AMR_SID,
    G729B,
    NOISE_1S,
    NOISE_5S,
    NOISE_20S,
    OPUS_DTX,
    End,
    Silence,
    Talk,
    Voice,
    ends,
    first_lost,
)

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
SEEDS = [
    range(2),
    pytest.param(range(2, 6), marks=pytest.mark.slow),
    pytest.param(range(6, 25), marks=(pytest.mark.slow, pytest.mark.long)),
]
"""Of the talks' chances: the first few at every run."""
TOLD_S = {1.0: 5.0, 2.0: 8.0}
"""By the poll interval."""
OVER_S = 11.0
FROM_NOW = 999.0

DTX = {"G729ab": G729B, "OPUS": OPUS_DTX, "AMR": AMR_SID}
NOISES = {"1 s": NOISE_1S, "5 s": NOISE_5S, "20 s": NOISE_20S}


def quiet(silence: Silence, codec: str = "G711u", **more: Any) -> Talk:
    """Neither end sends silence."""
    return Talk(codec, Voice(silence), Voice(silence), **more)


PAUSES: dict[str, Talk] = {
    **{f"{name} pauses": quiet(silence, name) for name, silence in DTX.items()},
    **{f"{name} pauses, both monitored": quiet(silence, name, is_monitored=True) for name, silence in DTX.items()},
    **{f"noise every {name}": quiet(silence) for name, silence in NOISES.items()},
    **{f"noise every {name}, both monitored": quiet(silence, is_monitored=True) for name, silence in NOISES.items()},
    "noise every 20 s from one end": Talk(b=Voice(NOISE_20S)),
    "held here": Talk(a=Voice(holds=((20.0, 45.0),))),
    "held there": Talk(b=Voice(holds=((20.0, 45.0),))),
    "held there, not told": Talk(b=Voice(holds=((20.0, 45.0),)), tells_hold=False),
    "held there, not told, both monitored": Talk(b=Voice(holds=((20.0, 45.0),)), tells_hold=False, is_monitored=True),
    "held there, and sent on": Talk(b=Voice(holds=((20.0, 45.0),)), sends_while_held=True),
    "held there with music": Talk(b=Voice(holds=((20.0, 45.0),), has_music=True)),
    "held twice, counted anew": Talk(a=Voice(holds=((15.0, 25.0),)), b=Voice(holds=((35.0, 50.0),)), counts_anew=True),
    "muted, silence is sent": Talk(b=Voice(mutes=((20.0, 50.0),))),
    "muted, nothing is sent, both monitored": Talk(b=Voice(stops=((20.0, 50.0),)), is_monitored=True),
    "muted with noise": Talk(b=Voice(NOISE_5S, mutes=((20.0, 50.0),))),
    "muted here, nothing is sent": Talk(a=Voice(stops=((20.0, 50.0),))),
    "media after two and a half seconds": Talk(b=Voice(starts_s=2.5)),
    "early media": Talk(b=Voice(starts_s=-6.0)),
    "early media, then another stream": Talk(b=Voice(starts_s=-6.0, stops=((0.0, 2.5),))),
    "counted every 5 s": Talk(refresh_s=5.0),
    "OPUS counted every 5 s": quiet(OPUS_DTX, "OPUS", refresh_s=5.0),
    "noise every 5 s, counted as seldom": quiet(NOISE_5S, refresh_s=5.0),
    "a third is lost": Talk(loss=0.3),
    "gone for a second and a half": Talk(drops=((30.0, 31.5),)),
}  # fmt: skip
"""Nothing is wrong with the way from b to a but what loss tells."""

LOST: dict[str, Talk] = {
    "no packet ever": Talk(drops=((0.0, FROM_NOW),)),
    "no packet ever, both monitored": Talk(drops=((0.0, FROM_NOW),), is_monitored=True),
    "no packet ever of OPUS": quiet(OPUS_DTX, "OPUS", drops=((0.0, FROM_NOW),)),
    "NAT forgets": Talk(drops=((30.0, FROM_NOW),)),
    "NAT forgets, both monitored": Talk(drops=((30.0, FROM_NOW),), is_monitored=True),
    "gone, and back": Talk(drops=((30.0, 45.0),)),
    "gone after a hold": Talk(b=Voice(holds=((20.0, 35.0),)), drops=((20.0, FROM_NOW),)),
    "gone while 5 % is lost": Talk(drops=((30.0, FROM_NOW),), loss=0.05),
    "counted every 5 s, gone": Talk(drops=((30.0, FROM_NOW),), refresh_s=5.0),
    **{
        f"{name} is gone, both monitored": Talk(
            name, a=Voice(silence), b=Voice(silence, monologue=((30.0, 60.0),)), drops=((30.0, FROM_NOW),), is_monitored=True
        )
        for name, silence in DTX.items()
    },
    **{
        f"noise every {name} is gone, both monitored": Talk(
            a=Voice(silence), b=Voice(silence, monologue=((30.0, 60.0),)), drops=((30.0, FROM_NOW),), is_monitored=True
        )
        for name, silence in NOISES.items()
    },
}  # fmt: skip
"""From b nothing reaches a."""


@dataclass
class Ear:
    """A phone as it is followed: read at its moments, judged, and compared with the other end's."""

    end: End
    reads_at: float
    tally: CallQuality | None = None
    pasts: rules_calls.Pasts | None = None
    far_sent: int | None = None
    """What the other phone says that it sent."""

    def read(self, at: float) -> tuple[AlertCondition, ...]:
        call = self.end.reading(at)
        self.tally = take(
            self.tally, call, at, NOON + timedelta(seconds=at), DEFAULT, far_sent=self.far_sent
        )  # fmt: skip
        known = replace(phone(call=call), lines=(Line(1, calls=(call,)),), measures=(self.tally.measure,))
        found, self.pasts = rules_calls.assess_calls(known, self.pasts or {}, DEFAULT, lambda *_: ())
        return found


class Finding(Struct, frozen=True):
    at: float
    grade: Grade
    is_by_stall: bool
    pause: Pause
    troubles: tuple[AlertCondition, ...]

    @property
    def of_media(self) -> tuple[AlertCondition, ...]:
        return tuple(one for one in self.troubles if one.id in (AlertId.ONE_WAY_AUDIO, AlertId.SILENCE))

    @property
    def is_alarm(self) -> bool:
        """Whether it says of a direction that it is lost, without a perhaps."""
        stands = self.is_by_stall and self.grade.severity >= Grade.POOR.severity
        return stands or any(
            one.severity.rank > Severity.INFO.rank and self.pause is Pause.NONE for one in self.of_media
        )


def follow(talk: Talk, every_s: float, seed: int) -> Iterator[Finding]:
    """What is found at a, reading by reading."""
    random = Random(seed)
    near, far = (Ear(end, random.uniform(0.0, every_s)) for end in ends(talk, seed))
    while near.reads_at < talk.lasts_s:
        at = min(near.reads_at, far.reads_at)
        if at == far.reads_at:
            far.reads_at += every_s
            if talk.is_monitored:
                near.far_sent = far.end.reading(at).packets_sent
        else:
            near.reads_at += every_s
            troubles = near.read(at)
            assert near.tally is not None
            measure = near.tally.measure
            by_stall = bool(measure.judged) and measure.judged[0].metric is Metric.STALL
            yield Finding(at, measure.grade, by_stall, measure.pause, troubles)


def test_there_are_forty_talks() -> None:
    assert len(PAUSES) + len(LOST) >= 40


@pytest.mark.parametrize("seeds", SEEDS, ids=["few", "more", "many"])
@pytest.mark.parametrize("every_s", TOLD_S)
@pytest.mark.parametrize("name", PAUSES)
def test_no_pause_is_an_alarm(name: str, every_s: float, seeds: range) -> None:
    for seed in seeds:
        for found in follow(PAUSES[name], every_s, seed):
            assert not found.is_alarm, (seed, found)
            assert all(one.severity.rank <= Severity.FAIR.rank for one in found.of_media), (seed, found)


@pytest.mark.parametrize("seeds", SEEDS, ids=["few", "more", "many"])
@pytest.mark.parametrize("every_s", TOLD_S)
@pytest.mark.parametrize("name", LOST)
def test_a_lost_direction_is_told_soon(name: str, every_s: float, seeds: range) -> None:
    talk = LOST[name]
    for seed in seeds:
        onset = max(first_lost(talk, seed), *(end for _, end in talk.b.holds), 0.0)
        alarms = [found for found in follow(talk, every_s, seed) if found.is_alarm]
        assert alarms, seed
        slow_s = talk.refresh_s if talk.refresh_s > every_s else 0.0
        assert 0.0 < alarms[0].at - onset <= TOLD_S[every_s] + slow_s, (seed, alarms[0].at - onset)
        until = min(talk.drops[-1][1], talk.lasts_s)
        assert alarms[-1].at - until <= OVER_S, seed
        assert any(one.id is AlertId.ONE_WAY_AUDIO for one in alarms[0].troubles)


@pytest.mark.parametrize("codec", DTX)
def test_a_lost_direction_that_may_be_a_pause_is_possible_in_the_end(codec: str) -> None:
    talk = Talk(codec, b=Voice(DTX[codec]), drops=((25.0, FROM_NOW),))
    found = list(follow(talk, 1.0, 1))
    assert not any(one.is_alarm for one in found)
    said = [trouble for one in found for trouble in one.of_media if trouble.id is AlertId.ONE_WAY_AUDIO]
    assert {trouble.severity for trouble in said} == {Severity.INFO}
    assert said[0].text.startswith("possible one-way audio: nothing received for more than 30 s")
    assert found[-1].grade is not Grade.GOOD
