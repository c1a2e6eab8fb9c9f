"""In which unit a phone writes `LossRate` and `DiscardRate`: nobody publishes it, so the phone's own counters vote.

A reading votes where exactly one unit fits what its counters say. Three votes that agree settle the unit for a model
and firmware; three later ones against it open the question again. A phone whose rates aren't of the whole call gives
votes that contradict each other, and so never gets a wrong verdict for long.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from phonetui import numeric
from phonetui.phone.state import Call
from phonetui.text import Printable

LEAST_EXPECTED = 500
LEAST_PCT = 0.4
"""Of a rate by the counters, to tell one unit from another."""
AGREEING = 3
"""Votes that settle a unit, or unsettle it."""
_TOLERANCE = 0.05
_RATE = re.compile(r"(\d{1,9})(?:\.(\d{1,9}))?\s*(%)?", re.ASCII)


class LossRateUnit(StrEnum):
    """Words of the configuration."""

    PERCENT = "percent"
    RFC3611 = "rfc3611"
    """256ths, cut at 255 (RFC 3611 §4.7.1)."""
    FRACTION = "fraction"

    @property
    def per_pct(self) -> float:
        """What one percent is written as."""
        return {LossRateUnit.PERCENT: 1.0, LossRateUnit.RFC3611: 2.56, LossRateUnit.FRACTION: 0.01}[self]


@dataclass(frozen=True, slots=True)
class UnitVotes:
    """The votes of one model and firmware so far."""

    verdict: LossRateUnit | None = None
    votes: tuple[LossRateUnit, ...] = ()
    """Since the last verdict: for any unit while there is none, against it once there is one."""

    def cast(self, vote: LossRateUnit) -> "UnitVotes":
        if vote is self.verdict:
            return self
        votes = (*self.votes, vote)
        if self.verdict is not None:
            return UnitVotes() if len(votes) >= AGREEING else replace(self, votes=votes)
        if votes[-AGREEING:] == (vote,) * AGREEING:
            return UnitVotes(vote)
        return UnitVotes(votes=votes[-AGREEING:])


def votes(call: Call) -> Iterator[LossRateUnit]:
    """At most one each by loss and discard: both come from the same report."""
    expected = (call.packets_received or 0) + (call.lost_packets or 0)
    if expected >= LEAST_EXPECTED:
        for raw, packets in ((call.loss_rate, call.lost_packets), (call.discard_rate, call.discarded_packets)):
            truth_pct = 100.0 * (packets or 0) / expected
            if raw is not None and truth_pct >= LEAST_PCT and (fitting := _fitting(raw, truth_pct)) is not None:
                yield fitting


def percent(raw: Printable | None, scale: LossRateUnit | None) -> float | None:
    """0 … 100; None without a value, and where its unit isn't known and the value itself doesn't tell."""
    match = _RATE.fullmatch(raw.strip()) if raw is not None else None
    if match is None:
        return None
    value, decimals = _value(match), len(match[2] or "")
    said = LossRateUnit.PERCENT if match[3] else scale or _telling(value, decimals)
    found = 0.0 if value == 0.0 else value / said.per_pct if said else None
    return found if found is not None and found <= 100.0 else None


def _telling(value: float, decimals: int) -> LossRateUnit | None:
    """The unit that a value itself gives away."""
    if not decimals:
        return LossRateUnit.RFC3611 if value > 100.0 else None
    return (
        LossRateUnit.PERCENT if decimals == 1 or value > 1.0 else None
    )  # finely written and small, it may be a fraction


def _fitting(raw: Printable, truth_pct: float) -> LossRateUnit | None:
    """The unit in which `raw` is the truth, rounded or cut off; None where none fits, or several do."""
    match = _RATE.fullmatch(raw.strip())
    if match is None:
        return None
    if match[3]:
        return LossRateUnit.PERCENT
    value, unit = _value(match), 10.0 ** -len(match[2] or "")
    fitting = []
    for scale in LossRateUnit:
        expected = truth_pct * scale.per_pct
        slack = _TOLERANCE * expected
        could_be = scale is not LossRateUnit.FRACTION or (match[2] is not None and value <= 1.0)
        if could_be and value - 0.5 * unit - slack <= expected <= value + unit + slack:
            fitting.append(scale)
    return fitting[0] if len(fitting) == 1 else None


def _value(match: re.Match[str]) -> float:
    return numeric.decimal(f"{match[1]}.{match[2] or 0}") or 0.0
