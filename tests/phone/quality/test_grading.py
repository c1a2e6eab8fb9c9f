"""What each figure of one reading is worth, and what it isn't."""

from typing import Any

import pytest
from msgspec.structs import replace

from phonetui.phone.measure import Grade, Metric, Pause
from phonetui.phone.quality.emodel import Score, estimate
from phonetui.phone.quality.grading import DEFAULT, ReceiveStall, figures, judged_score
from phonetui.phone.quality.loss import Counts, RecentLoss
from phonetui.text import printable
from tests.phone.quality.conversation import TALK

G, F, P, C = Grade.GOOD, Grade.FAIR, Grade.POOR, Grade.CRITICAL
CLEAN = RecentLoss(0.0, 0.0, 0.0)


def grades(
    lately: RecentLoss = CLEAN,
    said: Score | None = None,
    no_receive_s: float | None = None,
    decoder: str = "G722",
    pause: Pause = Pause.NONE,
    **fields: Any,
) -> dict[str, Grade | None]:
    call, still = replace(TALK, decoder=printable(decoder), **fields), ReceiveStall(no_receive_s, pause)
    return {str(one.metric): one.grade for one in figures(call, lately, said or Score(), still, DEFAULT)}


@pytest.mark.parametrize(
    ("lately", "loss", "discard"),
    [
        (RecentLoss(0.0, 0.0, 0.0), G, G),
        (RecentLoss(1.0, 0.0, 1.0), G, G),
        (RecentLoss(1.01, 0.0, 1.01), F, G),
        (RecentLoss(3.5, 0.0, 3.5), P, G),
        (RecentLoss(6.0, 0.0, 6.0), C, G),
        (RecentLoss(2.0, 1.9, 3.9), P, F),
        (RecentLoss(0.0, 2.5, 2.5), G, P),
        (RecentLoss(0.0, 6.0, 6.0), G, C),
        (RecentLoss(1.9, 2.0, 3.9), F, P),
    ],
)
def test_loss_and_discard_are_judged_together_under_the_name_of_the_greater(
    lately: RecentLoss, loss: Grade, discard: Grade
) -> None:
    assert grades(lately) == {"loss": loss, "discard": discard}


def test_a_figure_that_is_not_there_takes_no_part() -> None:
    assert grades(RecentLoss()) == {}
    assert grades(RecentLoss(loss_pct=None, discard_pct=2.5, loss_discard_pct=2.5)) == {"discard": P}
    assert grades(RecentLoss(loss_pct=4.0, loss_discard_pct=4.0)) == {"loss": P}


@pytest.mark.parametrize(
    ("fields", "metric", "grade"),
    [
        ({"jitter_ms": 30.0}, Metric.JITTER, G),
        ({"jitter_ms": 31.0}, Metric.JITTER, F),
        ({"round_trip_ms": 350.0}, Metric.DELAY, F),
        ({"round_trip_ms": 501.0}, Metric.DELAY, C),
        ({"decode_latency_ms": 160.0}, Metric.DECODER, P),
    ],
)
def test_what_the_phone_says_of_now(fields: dict[str, Any], metric: Metric, grade: Grade) -> None:
    assert grades(**fields)[metric] is grade


def test_jitter_is_fair_at_most_while_the_buffer_absorbs_it() -> None:
    assert grades(jitter_ms=80.0)["jitter"] is F
    assert grades(RecentLoss(1.5, 0.0, 1.5), jitter_ms=80.0)["jitter"] is P
    assert grades(RecentLoss(), jitter_ms=80.0)["jitter"] is P


def test_discards_without_loss_and_jitter_may_be_comfort_noise() -> None:
    noise = RecentLoss(0.0, 12.0, 12.0, received_per_s=30.0)
    assert grades(noise, jitter_ms=4.0)["discard"] is F
    assert grades(noise, jitter_ms=40.0)["discard"] is C
    assert grades(RecentLoss(0.5, 12.0, 12.5), jitter_ms=4.0)["discard"] is C
    ours = estimate(TALK, 12.0)
    assert grades(noise, ours, jitter_ms=4.0)["estimate"] is F
    assert grades(noise, ours, jitter_ms=40.0)["estimate"] is P


@pytest.mark.parametrize("received_per_s", [50.0, 46.0, None])
def test_ten_percent_discards_are_as_bad_as_ten_percent_loss(received_per_s: float | None) -> None:
    """Comfort noise comes in place of speech: a stream at its full rate has no room for it."""
    late = RecentLoss(0.0, 10.0, 10.0, received_per_s)
    assert grades(late, jitter_ms=4.0)["discard"] is grades(RecentLoss(10.0, 0.0, 10.0))["loss"] is C
    assert (
        grades(late, estimate(TALK, 10.0), jitter_ms=4.0)["estimate"] is grades(said=estimate(TALK, 10.0))["estimate"]
    )


def test_packets_of_thirty_milliseconds_are_no_pause() -> None:
    late = RecentLoss(0.0, 10.0, 10.0, 33.3)
    assert grades(late, jitter_ms=4.0, packets_received=1000, bytes_received=240_000)["discard"] is C
    assert grades(late, jitter_ms=4.0, packets_received=1000, bytes_received=160_000)["discard"] is F


def test_bursts_speak_only_of_what_is_gone_now() -> None:
    assert grades(burst_ms=150.0)["burst"] is None
    assert grades(RecentLoss(0.5, 0.0, 0.5), burst_ms=150.0)["burst"] is None  # the mean since the call began
    assert grades(RecentLoss(1.5, 0.0, 1.5), burst_ms=150.0)["burst"] is F


def test_packets_that_come_are_no_proof_of_quality() -> None:
    assert [grades(no_receive_s=seconds)["stall"] for seconds in (0.0, 2.0, 2.5, 4.5)] == [None, None, F, P]


@pytest.mark.parametrize(("pause", "grade"), [(Pause.NONE, P), (Pause.POSSIBLE, F), (Pause.LIKELY, None)])
def test_a_silence_that_may_be_a_pause_is_fair_at_most(pause: Pause, grade: Grade | None) -> None:
    assert grades(no_receive_s=20.0, pause=pause)["stall"] is grade


@pytest.mark.parametrize(("mos", "wide", "narrow"), [(3.6, F, G), (3.4, P, F), (3.0, C, P), (2.5, C, C)])
def test_a_narrow_codec_is_judged_by_its_own_scale(mos: float, wide: Grade, narrow: Grade) -> None:
    said = Score(mos, "phone-cq")
    assert (grades(said=said)["mos"], grades(said=said, decoder="G.729ab")["mos"]) == (wide, narrow)


@pytest.mark.parametrize(("rating", "wide", "narrow"), [(75.0, F, G), (65.0, P, F), (55.0, C, P), (110.0, G, G)])
def test_and_so_are_its_ratings(rating: float, wide: Grade, narrow: Grade) -> None:
    said = Score(None, None, rating)
    assert (grades(said=said)["rating"], grades(said=said, decoder="G729a")["rating"]) == (wide, narrow)


def told(loss_discard_pct: float | None, counted: Counts | None, decoder: str = "G722", **fields: Any) -> Score:
    return judged_score(replace(TALK, decoder=printable(decoder), **fields), loss_discard_pct, counted, DEFAULT)


WHOLE = Counts(970, 30, 0)
"""3 % of everything."""


def test_the_phones_score_counts_while_it_speaks_for_now() -> None:
    assert told(3.0, WHOLE, mos_cq=4.1, mos_lq=4.2, r_factor=82.0) == Score(4.1, "phone-cq", 82.0)
    assert told(3.0, WHOLE, mos_lq=4.2) == Score(4.2, "phone-lq")
    assert told(None, None, mos_lq=4.2) == Score(4.2, "phone-lq")


def test_else_our_estimate_does() -> None:
    fresh = told(12.0, WHOLE, mos_cq=4.1)
    assert fresh.source == "estimate"
    assert fresh.mos == pytest.approx(3.22, abs=0.01)
    assert told(0.0, Counts(900, 100, 0), mos_cq=3.4).mos == pytest.approx(4.41, abs=0.01)
    assert told(0.0, WHOLE).source == "estimate"


def test_a_small_change_is_one_where_it_is_another_grade() -> None:
    slow: dict[str, Any] = {"round_trip_ms": 300.0, "decode_latency_ms": 30.0}
    assert told(0.0, WHOLE, mos_cq=3.9, **slow).source == "estimate"
    assert told(0.0, WHOLE, mos_cq=4.1).source == "phone-cq"


def test_of_an_unknown_codec_there_is_no_estimate_and_an_old_score_says_nothing() -> None:
    stale = told(12.0, WHOLE, decoder="clearmode", mos_cq=4.1)
    assert (stale.mos, stale.source, stale.speaks_for_now) == (4.1, "phone-cq", False)
    assert told(0.0, WHOLE, decoder="clearmode") == Score()
    assert grades(said=stale) == {"loss": G, "discard": G}


def test_a_phone_that_contradicts_itself_raises_no_alarm() -> None:
    assert not told(0.0, None, mos_cq=2.0, r_factor=90.0).speaks_for_now
    assert told(0.0, None, mos_cq=4.4, r_factor=112.0).speaks_for_now
