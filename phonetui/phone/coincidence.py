"""Two calls that came up, were answered and ended at the same moments, with nobody else's fitting: probably one call.

That is too little to show them as one, but when it happens twice with the same numbers it is how numbers are learned.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from phonetui.phone.directory import Directory
from phonetui.phone.partner import Ambiguous, Leg, Partner
from phonetui.phone.sighting import Sight


@dataclass(frozen=True, slots=True)
class Coincidence:
    legs: tuple[Leg, Leg]
    sights: tuple[Sight, Sight]
    """As they were when it was noticed."""
    patience_s: float
    """How far apart the two ends of one call may be seen to end."""
    ended_at: float | None = None
    """Monotonic seconds when the first of both was gone."""

    def is_over(self, sights: Mapping[Leg, Sight]) -> bool:
        return not any(self._up(sights))

    def followed(self, sights: Mapping[Leg, Sight], at: float) -> "Coincidence | None":
        """None once it has come to nothing: only one of both has ended, or it has another far end."""
        up = self._up(sights)
        if any(now and now.began != before.began for now, before in zip(up, self.sights, strict=True)):
            return None
        if all(up):
            return self
        ended_at = at if self.ended_at is None else self.ended_at
        return None if at - ended_at > self.patience_s else replace(self, ended_at=ended_at)

    def taught(self, directory: Directory) -> Directory:
        """What both calls, now that they ended together, say of each other's numbers."""
        (mine, theirs), (near, far) = self.legs, self.sights
        directory = directory.agreed((theirs[0], theirs[1][0]), near.number)
        return directory.agreed((mine[0], mine[1][0]), far.number)

    def _up(self, sights: Mapping[Leg, Sight]) -> tuple[Sight | None, ...]:
        """The calls as they are now; None where one is gone and its place is empty or another call's."""
        return tuple(_same(before, sights.get(leg)) for leg, before in zip(self.legs, self.sights, strict=True))


def followed(
    known: Iterable[Coincidence], sights: Mapping[Leg, Sight], partners: Mapping[Leg, Partner | Ambiguous], at: float
) -> tuple[Coincidence, ...]:
    """Those that have not come to nothing; a call whose other end has been found is no coincidence."""
    free = (one for one in known if not any(isinstance(partners.get(leg), Partner) for leg in one.legs))
    return tuple(after for before in free if (after := before.followed(sights, at)))


def _same(before: Sight, now: Sight | None) -> Sight | None:
    return now if now and (now.began == before.began or now.was_passed) else None
