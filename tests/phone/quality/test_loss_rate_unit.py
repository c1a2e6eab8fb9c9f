"""Nobody says in which unit a phone writes its rates; its own counters do, and are never wrong."""

import random

import pytest
from msgspec.structs import replace

from phonetui.phone.quality.loss import LossRateUnit, UnitVotes, percent, votes
from phonetui.text import printable
from tests.phone.quality.conversation import TALK

PERCENT, BYTE, FRACTION = LossRateUnit.PERCENT, LossRateUnit.RFC3611, LossRateUnit.FRACTION


def cast(raw: str, received: int, lost: int, discard_rate: str | None = None, discarded: int = 0) -> list[LossRateUnit]:
    call = replace(TALK, packets_received=received, lost_packets=lost, discarded_packets=discarded)
    rate = None if discard_rate is None else printable(discard_rate)
    return list(votes(replace(call, loss_rate=printable(raw), discard_rate=rate)))


@pytest.mark.parametrize(
    ("raw", "vote"),
    [("2", PERCENT), ("3", PERCENT), ("2.5", PERCENT), ("6", BYTE), ("0.025", FRACTION), ("2.5 %", PERCENT)],
)
def test_250_lost_of_10000(raw: str, vote: LossRateUnit) -> None:
    assert cast(raw, 9750, 250) == [vote]


@pytest.mark.parametrize("raw", ["", "n/a", "40", "0", "-2", "250"])
def test_what_fits_no_unit_casts_no_vote(raw: str) -> None:
    assert cast(raw, 9750, 250) == []


def test_what_fits_two_units_casts_no_vote() -> None:
    assert cast("1", 9950, 50) == []  # half a percent: 1 rounded up, or 1.28 cut off


def test_few_packets_and_little_loss_cast_no_vote() -> None:
    assert cast("10", 400, 44) == []
    assert cast("0.3", 9970, 30) == []


def test_discards_vote_too() -> None:
    assert cast("2.5", 9750, 250, "10", 400) == [PERCENT, BYTE]


def test_three_votes_that_agree_settle_it_and_three_later_ones_unsettle_it() -> None:
    ballot = UnitVotes()
    for votes_, verdict in (
        ((BYTE, PERCENT, PERCENT), None),
        ((PERCENT,), PERCENT),
        ((BYTE, PERCENT, FRACTION), PERCENT),
        ((BYTE,), None),
        ((BYTE, BYTE), None),
        ((BYTE,), BYTE),
    ):
        for vote in votes_:
            ballot = ballot.cast(vote)
        assert ballot.verdict is verdict


def written(share: float, scale: LossRateUnit, digits: int, rng: random.Random) -> str:
    """As firmware writes it: rounded or cut off, a byte cut at 255."""
    value = min(100 * share * scale.per_pct, 255.0 if scale is BYTE else 100.0)
    if rng.random() < 0.5:
        value = int(value * 10**digits) / 10**digits
    return f"{value:.{digits}f}"


@pytest.mark.parametrize(("scale", "digits"), [(PERCENT, 0), (PERCENT, 1), (BYTE, 0), (FRACTION, 3), (FRACTION, 4)])
def test_no_vote_is_ever_wrong(scale: LossRateUnit, digits: int) -> None:
    rng = random.Random(7)
    undecided = counted = 0
    for _ in range(3000):
        packets, share = rng.randint(500, 20_000), rng.uniform(0.004, 0.2)
        lost = round(packets * share)
        found = cast(written(lost / packets, scale, digits, rng), packets - lost, lost)
        assert set(found) <= {scale}
        if share > 0.015:
            counted += 1
            undecided += not found
    assert undecided <= 0.001 * counted


@pytest.mark.parametrize(
    ("raw", "scale", "expected"),
    [
        (None, PERCENT, None),
        ("", PERCENT, None),
        ("n/a", BYTE, None),
        ("0", None, 0.0),
        ("0.0", None, 0.0),
        ("2.5 %", BYTE, 2.5),
        ("64", BYTE, 25.0),
        ("0.025", FRACTION, 2.5),
        ("12", PERCENT, 12.0),
        ("12", None, None),
        ("128", None, 50.0),
        ("2.5", None, 2.5),
        ("0.4", None, 0.4),
        ("0.025", None, None),
        ("12", FRACTION, None),
        ("300", BYTE, None),
    ],
)
def test_rates_are_read_as_far_as_their_unit_is_known(
    raw: str | None, scale: LossRateUnit | None, expected: float | None
) -> None:
    assert percent(None if raw is None else printable(raw), scale) == pytest.approx(expected)
