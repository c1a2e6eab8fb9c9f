"""The clock that RTCP reports carry (RFC 3550 §4), and the round trip that they measure."""

_ERA_S = 2_208_988_800
"""Seconds from 1900, where NTP counts from, to 1970."""


def stamp(wall_s: float) -> int:
    """64 bits of NTP time for seconds since 1970."""
    return int((wall_s + _ERA_S) * (1 << 32)) & ((1 << 64) - 1)


def middle(ntp: int) -> int:
    """The 32 bits in the middle: 1/65536 s."""
    return ntp >> 16 & 0xFFFFFFFF


def round_trip_s(now: int, *, last_report: int, delay: int) -> float | None:
    """What is left of the time since our report when theirs arrives (RFC 3550 §6.4.1); `now` has 64 bits.

    `last_report` and `delay` are as their report has them. None when they have heard no report of ours, and where the
    clocks say that theirs came first.
    """
    left = middle(now) - last_report - delay & 0xFFFFFFFF
    return left / 65536 if last_report and left < 1 << 31 else None
