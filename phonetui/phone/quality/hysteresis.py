"""A grade that neither one bad reading worsens nor one good reading mends.

Of the latest samples so many must agree: at 3 of 5 the grade is their median. A sample without a figure counts as
milder than any grade, so that a figure that goes away leaves as slowly as it came.
"""

from dataclasses import dataclass

from phonetui.phone.measure import Grade

_ABSENT = -1


@dataclass(frozen=True, slots=True)
class Standing:
    """One metric's latest samples, oldest first, and the grade that they made of it."""

    samples: tuple[Grade | None, ...] = ()
    grade: Grade | None = None
    """None while the metric takes no part."""

    def after(self, sample: Grade | None, *, worsen: tuple[int, int], recover: tuple[int, int]) -> "Standing":
        """`worsen` and `recover`: samples of the last so many. At the beginning, as large a part of those there are."""
        kept = max(worsen[1], recover[1])
        if sample is self.grade and self.samples == (sample,) * kept:
            return self
        samples = (*self.samples, sample)[-kept:]
        worse = _agreed(samples, worsen, worst_first=True)
        better = max(worse, _agreed(samples, recover, worst_first=False), key=_rank)
        grade = self.grade
        if _rank(worse) > _rank(grade):
            grade = worse
        elif _rank(better) < _rank(grade):
            grade = better
        return Standing(samples, grade)


def _agreed(samples: tuple[Grade | None, ...], share: tuple[int, int], *, worst_first: bool) -> Grade | None:
    """What at least `share` of the latest samples reach, or don't exceed."""
    some, of = share
    latest = sorted(samples[-of:], key=_rank, reverse=worst_first)
    needed = -(-some * len(latest) // of)
    return latest[needed - 1]


def _rank(grade: Grade | None) -> int:
    return _ABSENT if grade is None else grade.severity
