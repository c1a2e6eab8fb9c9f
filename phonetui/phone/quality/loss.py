"""Packet loss of a call between readings, its recent loss, and the unit of a phone's own loss rate.

A phone refreshes its figures when it likes, so the readings compared are those whose counters differ. Counters that
went back are another stream's, unless they wrapped at 32 bits.

What is shown as current is of the last `WINDOW_S`: `RecentIntervals.current`. Whether a change lasts is decided sooner,
by shorter runs: `RecentIntervals.onset`. One packet lost of three is no reason for an alarm, and at a packet or two a
second chance alone would carry a share over any limit. So heavy loss is measured there over the shortest run of
intervals that says anything, and anything less over two longer ones that must agree: the shorter of them forgets what
is over, the longer one doesn't mind a single mishap.

    … ▕ interval ▕ interval ▕ interval ▕ interval ▏◄ now
                                        └ ENOUGH ─┘
                             └───── PLENTY ───────┘
      └────────────── twice PLENTY ───────────────┘    but nothing older than KEPT_S

In which unit a phone writes `LossRate` and `DiscardRate` is not published, so its own counters vote: where exactly one
unit fits what they say. Three votes that agree settle the unit for a model and firmware; three later ones against it
open the question again. A phone whose rates aren't of the whole call gives votes that contradict each other, and so
never keeps a wrong verdict for long.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from enum import StrEnum
from operator import attrgetter

from msgspec import Struct
from msgspec.structs import replace

from phonetui import numeric
from phonetui.phone.state import Call
from phonetui.text import Printable

_WRAP = 2**32
_WRAP_MOST = 2**24
"""A smaller rise over the wrap is a wrap, a greater one a counter that was reset."""


class Counts(Struct, frozen=True):
    """A call's counters at one reading; None where the phone doesn't count something."""

    received: int
    lost: int | None = None
    discarded: int | None = None
    sent: int | None = None

    @property
    def expected(self) -> int:
        return self.received + (self.lost or 0)


class Interval(Struct, frozen=True):
    """How much was counted in a span of time."""

    seconds: float
    received: int
    lost: int | None = None
    discarded: int | None = None
    sent: int | None = None

    @property
    def expected(self) -> int:
        return self.received + (self.lost or 0)

    @property
    def loss_pct(self) -> float | None:
        """0 … 100 of what was expected; None where nothing was, and where lost packets aren't counted."""
        return self.pct(self.lost)

    @property
    def discard_pct(self) -> float | None:
        return self.pct(self.discarded)

    @property
    def loss_discard_pct(self) -> float | None:
        """Lost and discarded together, which RFC 3611 counts alike; None where lost packets aren't counted."""
        return None if self.lost is None else self.pct(self.lost + (self.discarded or 0))

    @property
    def received_per_s(self) -> float | None:
        return self.received / self.seconds if self.seconds else None

    @property
    def sent_per_s(self) -> float | None:
        return None if self.sent is None or not self.seconds else self.sent / self.seconds

    def pct(self, packets: int | None) -> float | None:
        """`packets` in percent of those expected, 0 … 100; None where nothing was expected, or `packets` is None."""
        expected = self.received + (self.lost or 0)
        return None if packets is None or not expected else min(100.0 * packets / expected, 100.0)


def counts(call: Call) -> Counts | None:
    """The call's counters; None where the phone publishes none."""
    if call.packets_received is None:
        return None
    return Counts(call.packets_received, call.lost_packets, call.discarded_packets, call.packets_sent)


def interval(before: Counts, after: Counts, seconds: float) -> Interval | None:
    """What was counted between two readings; None where a counter was reset.

    That is after a hold, a reboot, or with another call in the slot.
    """
    received = _rise(before.received, after.received)
    sent = _rise(before.sent, after.sent)
    discarded = _rise(before.discarded, after.discarded)
    lost = _rise(before.lost, after.lost)
    if received is None or any(rise is not None and rise < 0 for rise in (received, sent, discarded)):
        return None
    if lost is not None and lost < 0:
        if -lost > received + 1:
            return None
        lost = 0  # RFC 3550 A.3: packets that come late or twice take lost ones back
    return Interval(seconds, received, lost, discarded, sent)


def joined(intervals: Iterable[Interval]) -> Interval:
    """Several intervals in a row as one; what one of them doesn't know isn't known of all."""
    parts = tuple(intervals)
    if len(parts) == 1:
        return parts[0]
    seconds, received = 0.0, 0
    lost: int | None = 0
    discarded: int | None = 0
    sent: int | None = 0
    for part in parts:
        seconds += part.seconds
        received += part.received
        lost = None if lost is None or part.lost is None else lost + part.lost
        discarded = None if discarded is None or part.discarded is None else discarded + part.discarded
        sent = None if sent is None or part.sent is None else sent + part.sent
    return Interval(seconds, received, lost, discarded, sent)


def _rise(before: int | None, after: int | None) -> int | None:
    """Negative where it fell; None where one of them isn't known."""
    if before is None or after is None:
        return None
    rise = after - before
    wrapped = rise + _WRAP
    return wrapped if rise < 0 and before < _WRAP and wrapped < _WRAP_MOST else rise


ENOUGH = 40
"""Expected packets: a second of speech, less what the timing of two readings takes from it."""
PLENTY = 200
"""Four seconds of speech."""
KEPT_S = 30.0
WINDOW_S = 10.0
"""What is current: as many whole intervals as fit, at least one."""
_LATE = 0.25
"""Of an interval, by which they may be longer together: no phone is read to the millisecond."""


class RecentLoss(Struct, frozen=True):
    """Loss and discard in percent of the packets expected lately; None where not counted, or too few were expected."""

    loss_pct: float | None = None
    discard_pct: float | None = None
    loss_discard_pct: float | None = None
    """Lost and discarded together."""
    received_per_s: float | None = None
    loss_s: float | None = None
    """Over how long each was counted."""
    discard_s: float | None = None
    loss_discard_s: float | None = None


class RecentIntervals(Struct, frozen=True):
    """The latest intervals of one stream, oldest first."""

    intervals: tuple[Interval, ...] = ()
    is_cut: bool = False
    """Whether the first interval of all isn't among them any more."""

    def append(self, interval: Interval) -> "RecentIntervals":
        """The intervals with another one; the oldest beyond `KEPT_S` seconds are dropped."""
        kept, seconds = [interval], interval.seconds
        for earlier in reversed(self.intervals):
            seconds += earlier.seconds
            if seconds > KEPT_S:
                break
            kept.append(earlier)
        return RecentIntervals(tuple(reversed(kept)), self.is_cut or len(kept) <= len(self.intervals))

    @property
    def window(self) -> Interval | None:
        """The last `WINDOW_S` as one, longer where little was expected in that time; None before the first interval."""
        if not self.intervals:
            return None
        run = joined(self.intervals[_first_of_window(self.intervals) :])
        return self._latest(ENOUGH) if 0 < run.expected < ENOUGH else run

    @property
    def rates(self) -> Interval | None:
        """The window without the very first interval, whose counters may have been old when they were first read."""
        later = self.intervals if self.is_cut else self.intervals[1:]
        return joined(later[_first_of_window(later) :]) if later else None

    @property
    def current(self) -> RecentLoss:
        """Over the `window`, or what was before it where nothing was expected, if that is enough to judge by."""
        run = self.window
        if run is not None and not run.expected:
            run = self._latest(ENOUGH)
        if run is None or run.expected < ENOUGH:
            return RecentLoss()
        shares = (run.loss_pct, run.discard_pct, run.loss_discard_pct)
        return RecentLoss(*shares, run.received_per_s, run.seconds, run.seconds, run.seconds)

    def onset(self, heavy_pct: float) -> RecentLoss:
        """What the latest readings alone come to; `heavy_pct` is the share from which on it must be known soon."""
        near, *wider = (self._latest(packets) for packets in (ENOUGH, PLENTY, 2 * PLENTY))
        if near.expected < ENOUGH:
            return RecentLoss()
        loss_pct, loss_s = _share(near, wider, _LOSS_PCT, heavy_pct)
        discard_pct, discard_s = _share(near, wider, _DISCARD_PCT, heavy_pct)
        both_pct, both_s = _share(near, wider, _LOSS_DISCARD_PCT, heavy_pct)
        return RecentLoss(loss_pct, discard_pct, both_pct, wider[-1].received_per_s, loss_s, discard_s, both_s)

    def _latest(self, packets: int) -> Interval:
        """The shortest latest one with so many expected packets, or all there is."""
        expected = 0
        for place in range(len(self.intervals) - 1, -1, -1):
            expected += self.intervals[place].expected
            if expected >= packets:
                return joined(self.intervals[place:])
        return joined(self.intervals)


_LOSS_PCT, _DISCARD_PCT = attrgetter("loss_pct"), attrgetter("discard_pct")
_LOSS_DISCARD_PCT = attrgetter("loss_discard_pct")


def _first_of_window(intervals: Sequence[Interval]) -> int:
    """Where the last `WINDOW_S` of them begin."""
    seconds = 0.0
    for place in range(len(intervals) - 1, -1, -1):
        seconds += intervals[place].seconds
        if seconds > WINDOW_S + _LATE * intervals[place].seconds:
            return min(place + 1, len(intervals) - 1)
    return 0


def _share(
    near: Interval, wider: Iterable[Interval], share: Callable[[Interval], float | None], heavy_pct: float
) -> tuple[float | None, float | None]:
    """Percent, and over how many seconds it was counted."""
    close = share(near)
    known = [(pct, run.seconds) for run in wider if (pct := share(run)) is not None]
    if close is None or not known:
        return None, None
    return (close, near.seconds) if close > heavy_pct else min(known)


LEAST_EXPECTED = 500
LEAST_PCT = 0.4
"""Of a rate by the counters, to tell one unit from another."""
AGREEING = 3
"""Votes that settle a unit, or unsettle it."""
_TOLERANCE = 0.05
_RATE = re.compile(r"(\d{1,9})(?:\.(\d{1,9}))?\s*(%)?", re.ASCII)


class LossRateUnit(StrEnum):
    """The unit in which a phone writes its own loss rates, in the words of the configuration."""

    PERCENT = "percent"
    RFC3611 = "rfc3611"
    """256ths, cut at 255 (RFC 3611 §4.7.1)."""
    FRACTION = "fraction"

    @property
    def per_pct(self) -> float:
        """The number by which one percent is written."""
        return {LossRateUnit.PERCENT: 1.0, LossRateUnit.RFC3611: 2.56, LossRateUnit.FRACTION: 0.01}[self]


class UnitVotes(Struct, frozen=True):
    """The votes of one model and firmware so far."""

    verdict: LossRateUnit | None = None
    votes: tuple[LossRateUnit, ...] = ()
    """Since the last verdict: for any unit while there is none, against it once there is one."""

    def cast(self, vote: LossRateUnit) -> "UnitVotes":
        """The votes with another one: AGREEING in a row settle the unit, and as many against it open it again."""
        if vote is self.verdict:
            return self
        votes = (*self.votes, vote)
        if self.verdict is not None:
            return UnitVotes() if len(votes) >= AGREEING else replace(self, votes=votes)
        if votes[-AGREEING:] == (vote,) * AGREEING:
            return UnitVotes(vote)
        return UnitVotes(votes=votes[-AGREEING:])


def votes(call: Call) -> Iterator[LossRateUnit]:
    """The units by which the phone's own rates agree with its counters; at most one by loss and one by discard."""
    expected = (call.packets_received or 0) + (call.lost_packets or 0)
    if expected >= LEAST_EXPECTED:
        for raw, packets in ((call.loss_rate, call.lost_packets), (call.discard_rate, call.discarded_packets)):
            truth_pct = 100.0 * (packets or 0) / expected
            if raw is not None and truth_pct >= LEAST_PCT and (fitting := _fitting(raw, truth_pct)) is not None:
                yield fitting


def percent(raw: Printable | None, scale: LossRateUnit | None) -> float | None:
    """A rate in percent, 0 … 100.

    None without a value, and where its unit isn't known and the value doesn't show it.
    """
    match = _RATE.fullmatch(raw.strip()) if raw is not None else None
    if match is None:
        return None
    value, decimals = _value(match), len(match[2] or "")
    unit = LossRateUnit.PERCENT if match[3] else scale or _evident_unit(value, decimals)
    found = 0.0 if value == 0.0 else value / unit.per_pct if unit else None
    return found if found is not None and found <= 100.0 else None


def _evident_unit(value: float, decimals: int) -> LossRateUnit | None:
    """The unit that a value itself gives away."""
    if not decimals:
        return LossRateUnit.RFC3611 if value > 100.0 else None
    return LossRateUnit.PERCENT if decimals == 1 or value > 1.0 else None  # else it may be a fraction


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
