"""A row of the table that `python -m tests.bench` prints, and how much is measured for it."""

import os
from dataclasses import dataclass, replace

FREEZE_S = 32.0
"""After the start the garbage collector is told what stays; that is no steady state."""
MOST_OTHERS, MOST_OTHERS_BY_CLOCK = 0.6, 0.3
"""Cores that other programs may take meanwhile: figures by the clock say nothing sooner."""


ANYWAY = bool(os.environ.get("PHONETUI_BENCH_ANYWAY"))
"""Whether figures are told whatever else the machine does: for whoever works on them."""


@dataclass(frozen=True, slots=True)
class Gate:
    """One figure."""

    what: str
    ours: float
    unit: str
    most: float | None
    """None: told for comparison."""
    ratio: float | None = None
    """To the yardstick; where there is one, that is what is held to."""
    beside: str = ""
    """The yardstick's figures."""
    by_clock: bool = False
    """Whether it is a time that passed, and not processor time: waiting for a processor is in it."""
    others: float = 0.0
    """Cores that other programs took meanwhile."""

    @property
    def is_valid(self) -> bool:
        """Whether the machine had time for it."""
        return ANYWAY or self.others <= (MOST_OTHERS_BY_CLOCK if self.by_clock else MOST_OTHERS)

    @property
    def holds(self) -> bool:
        return self.most is None or (self.ours if self.ratio is None else self.ratio) <= self.most

    def among(self, others: float) -> "Gate":
        """Measured while other programs took so many cores."""
        return replace(self, others=others)

    def __str__(self) -> str:
        most = "" if self.most is None else f"<= {self.most:g}"
        if not self.is_valid:
            return f"{self.what:52} {busy_words(self.others):64} {most:8}".rstrip()
        found = f"{self.ours:9.2f} {self.unit}"
        ratio = "" if self.ratio is None else f"{self.ratio:.2f} x"
        return (
            f"{self.what:52} {found:20} {self.beside:34} {ratio:8} {most:8} {'' if self.holds else 'BEYOND'}".rstrip()
        )


def busy_words(others: float) -> str:
    return f"too busy to tell: others took {others:.1f} cores, load {os.getloadavg()[0]:.1f}"


class NotMeasured(Exception):
    """What is missing for it, in words."""


@dataclass(frozen=True, slots=True)
class Size:
    """How much is measured."""

    phones: int
    turns: int
    seconds: float
    keys: int
    warm_s: float


FULL = Size(int(os.environ.get("PHONETUI_BENCH_PHONES", "1000")), 5, 5.0, 300, FREEZE_S + 4.0)
SHORT = Size(60, 3, 2.0, 30, 6.0)


def percentile(values: list[float], share: float) -> float:
    return sorted(values)[min(int(len(values) * share), len(values) - 1)]
