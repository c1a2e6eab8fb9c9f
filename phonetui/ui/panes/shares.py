"""How a whole call stood: the seconds of each grade as a bar and in words."""

from collections.abc import Iterator

from phonetui.phone.quality.measure import Grade, Shares
from phonetui.ui.format import GRADES
from phonetui.ui.row import Role, Row, Run, row

_HEIGHTS = {Grade.GOOD: "▁", Grade.FAIR: "▃", Grade.POOR: "▅", Grade.CRITICAL: "█"}
"""Worse is higher, so that the bar tells without colours."""


def parts(shares: Shares) -> tuple[tuple[Grade, float], ...]:
    """Grade and seconds, best first."""
    return (
        (Grade.GOOD, shares.good_s),
        (Grade.FAIR, shares.fair_s),
        (Grade.POOR, shares.poor_s),
        (Grade.CRITICAL, shares.critical_s),
    )


def bar(shares: Shares, cells: int) -> Row:
    """`cells` cells, best first; what held at all has one at least. Blank where nothing was judged."""
    held = [(grade, seconds) for grade, seconds in parts(shares) if seconds]
    if not held:
        return row(Run(" " * cells))
    drawn, left, rest_s = [], cells, shares.total_s
    for place, (grade, seconds) in enumerate(held):
        others = len(held) - place - 1
        width = left if not others else min(max(round(left * seconds / rest_s), 1), left - others)
        drawn.append(Run(_HEIGHTS[grade] * width, GRADES[grade].role))
        left -= width
        rest_s -= seconds
    return row(*drawn)


def words(shares: Shares) -> Iterator[Row]:
    """A row a grade that held: glyph and word, seconds, percent."""
    for grade, seconds in parts(shares):
        if seconds:
            told = f"{seconds:6.0f} s {100 * seconds / shares.total_s:5.0f} %"
            yield row(GRADES[grade].run(), " " * (10 - len(GRADES[grade].word)), Run(told, Role.VALUE))


def in_short(shares: Shares) -> str:
    """`good 92 %, poor 8 %`; empty where nothing was judged."""
    told = ((grade.word, round(100 * seconds / shares.total_s)) for grade, seconds in parts(shares) if seconds)
    return ", ".join(f"{word} {percent} %" for word, percent in told)
