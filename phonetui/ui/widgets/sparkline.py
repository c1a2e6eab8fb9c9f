"""A line of blocks on a fixed scale, so that a height always means the same value."""

from collections.abc import Sequence
from math import sqrt

BLOCKS = "▁▂▃▄▅▆▇█"
GAP = "·"
"""A moment without a value: never drawn as if it were zero."""


def sparkline(values: Sequence[float | None], low: float, high: float, *, rooted: bool = False) -> str:
    """One character a value. Values outside `low` … `high` are drawn at the end of the scale.

    `rooted` draws the square root, which shows small values that a linear scale would hide. Whatever is above `low`
    is drawn above the lowest block then, so that a little is never taken for none.
    """
    return "".join(GAP if value is None else _block(value, low, high, rooted) for value in values)


def _block(value: float, low: float, high: float, rooted: bool) -> str:
    share = min(max((value - low) / (high - low), 0.0), 1.0)
    if not rooted:
        return BLOCKS[min(int(share * len(BLOCKS)), len(BLOCKS) - 1)]
    if share == 0.0:
        return BLOCKS[0]
    return BLOCKS[1 + min(int(sqrt(share) * (len(BLOCKS) - 1)), len(BLOCKS) - 2)]
