"""A mesh beside an earlier one of the same phones: what became worse, what better, what is new.

A difference of the opinion score counts from 0.2 on, as Cisco advises for lasting changes; one of the verdict always.
"""

from collections.abc import Iterator

from msgspec import Struct

from phonetui.mesh.direction import DirectionFigures, Verdict
from phonetui.mesh.result import MeshResult
from phonetui.phone.state import PhoneId

LEAST_MOS = 0.2


class DirectionChange(Struct, frozen=True):
    speaker: PhoneId
    listener: PhoneId
    mos: float | None
    """How much the score rose; None where one of both has none."""
    before: Verdict
    after: Verdict
    is_new_silence: bool = False

    @property
    def is_worse(self) -> bool:
        return self.is_new_silence or self.after.severity > self.before.severity or (self.mos or 0.0) < 0

    def __str__(self) -> str:
        parts = [
            "new one-way audio" if self.is_new_silence else "",
            f"{self.mos:+.1f} MOS" if self.mos is not None and abs(self.mos) >= LEAST_MOS else "",
            f"{self.before.word} → {self.after.word}" if self.before is not self.after else "",
        ]
        return f"{self.speaker} → {self.listener}: {', '.join(filter(None, parts))}"


class MeshComparison(Struct, frozen=True):
    changes: tuple[DirectionChange, ...]
    """The worse ones first."""
    compared: int
    """Directions that both have."""
    mean_mos: float | None
    """How much the score rose on average; None where no direction has one twice."""

    @property
    def worse(self) -> int:
        return sum(change.is_worse for change in self.changes)

    def __str__(self) -> str:
        mean = f", {self.mean_mos:+.2f} MOS on average" if self.mean_mos is not None else ""
        better = len(self.changes) - self.worse
        return f"{self.compared} directions compared: {self.worse} worse, {better} better{mean}"


def compare(before: MeshResult, after: MeshResult) -> MeshComparison:
    """By direction; those that only one of both measured are left out."""
    known = {(one.speaker, one.listener): one for one in before.directions}
    pairs = [
        (known[one.speaker, one.listener], one) for one in after.directions if (one.speaker, one.listener) in known
    ]
    judged = [(old, new) for old, new in pairs if old.verdict.is_judged and new.verdict.is_judged]
    rises = [new.mos - old.mos for old, new in judged if old.mos is not None and new.mos is not None]
    changes = sorted(_changes(judged), key=lambda change: (not change.is_worse, change.mos or 0.0))
    return MeshComparison(tuple(changes), len(judged), sum(rises) / len(rises) if rises else None)


def _changes(pairs: list[tuple[DirectionFigures, DirectionFigures]]) -> Iterator[DirectionChange]:
    for old, new in pairs:
        mos = round(new.mos - old.mos, 2) if old.mos is not None and new.mos is not None else None
        is_new_silence = new.is_silent and not old.is_silent
        is_moved = mos is not None and abs(mos) >= LEAST_MOS
        if is_new_silence or is_moved or old.verdict is not new.verdict:
            yield DirectionChange(new.speaker, new.listener, mos, old.verdict, new.verdict, is_new_silence)
