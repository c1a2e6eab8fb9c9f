"""What screens need of all phones together, kept up to date by those alone that changed since the look before.

A phone in which nothing changed is the same object. So a look at a thousand phones compares a thousand identities, and
then works on the few that are others:

    phones ──which are other objects?──► what each comes to ──anything new?──no──► the same summary as before
                                                                 └──yes──► put together anew
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import compress
from operator import is_not
from types import MappingProxyType
from typing import NamedTuple

from msgspec import Struct

from phonetui.phone.alerts.alert import Alert
from phonetui.phone.calls.call_legs import Leg
from phonetui.phone.state import Phone, PhoneId, State
from phonetui.ui.text.format import NOBODY, Troubled, mark, troubled, urgency_of

_AT_PEACE = (State.LIVE, State.CONNECTING, State.SLEEPING)
"""States in which nothing is wrong with the connection."""


class FleetSummary(Struct, frozen=True):
    """The same object as long as nothing in it changed."""

    worst: Troubled = NOBODY
    """The worst alert of each phone that has a grave one."""
    worst_first: tuple[PhoneId, ...] = ()
    """In trouble first, then those in a call, then the others; alike ones in their order, so that rows stand still."""
    gravest: int = 0
    """The highest urgency, 0 … 6."""
    glyphs: Mapping[str, int] = MappingProxyType({})
    """How many phones stand under each sign."""
    legs: tuple[Leg, ...] = ()
    """The calls that are up, those between two phones of ours twice."""
    away: int = 0
    """Phones that don't answer as they should."""
    is_unverified: bool = False
    """Whether the certificate of any phone is not checked."""
    placement: object = None
    """The same object as long as phones, their names, places and what Webex claims of them are the same."""


class _Facts(NamedTuple):
    """What one phone adds."""

    rank: tuple[int, bool, int]
    """Sorts the worst first."""
    glyph: str
    legs: tuple[Leg, ...]
    is_away: bool
    is_unverified: bool
    placement: tuple[object, ...]


class FleetSummarizer:
    def __init__(self) -> None:
        self._summary = FleetSummary()
        self._phones: tuple[Phone, ...] = ()
        self._facts: list[_Facts] = []
        self._places: dict[PhoneId | None, int] = {}
        self._alerts: Sequence[Alert] = ()

    def summary(self, phones: Mapping[PhoneId, Phone], alerts: Sequence[Alert]) -> FleetSummary:
        """Of `phones` in their order; `alerts` has the worst first."""
        before, worst = self._phones, self._summary.worst
        self._phones = tuple(phones.values())
        if alerts is not self._alerts:
            self._alerts = alerts
            worst = troubled(alert for alert in alerts if alert.is_active and not alert.is_muted)
        changed = self._changed(before, worst)
        if changed is None:
            self._places = {phone.id: place for place, phone in enumerate(self._phones)}
            self._facts = [_facts(phone, place, worst) for place, phone in enumerate(self._phones)]
            self._summary = self._combined(worst, is_moved=True)
            return self._summary
        is_other, is_moved = worst != self._summary.worst, False
        for place in changed:
            known, now = self._facts[place], _facts(self._phones[place], place, worst)
            if now != known:
                self._facts[place] = now
                is_other = True
                is_moved |= now.placement != known.placement
        if is_other:
            self._summary = self._combined(worst, is_moved=is_moved)
        return self._summary

    def _changed(self, before: tuple[Phone, ...], worst: Troubled) -> Iterable[int] | None:
        """The places of phones that are other objects, or have another alert; None where others are among them."""
        now = self._phones
        if len(now) != len(before):
            return None
        changed = set(compress(range(len(now)), map(is_not, before, now)))
        if any(before[place].id != now[place].id for place in changed):
            return None
        known = self._summary.worst
        if worst is not known:
            others = (phone for phone in worst.keys() | known.keys() if worst.get(phone) is not known.get(phone))
            changed.update(self._places[phone] for phone in others if phone in self._places)
        return changed

    def _combined(self, worst: Troubled, *, is_moved: bool) -> FleetSummary:
        facts, before = self._facts, self._summary
        ranked = tuple([self._phones[rank[2]].id for rank in sorted([each.rank for each in facts])])
        return FleetSummary(
            worst=before.worst if worst == before.worst else worst,
            worst_first=before.worst_first if ranked == before.worst_first else ranked,
            gravest=-min((each.rank[0] for each in facts), default=0),
            glyphs=Counter([each.glyph for each in facts]),
            legs=tuple([leg for each in facts if each.legs for leg in each.legs]),
            away=sum([each.is_away for each in facts]),
            is_unverified=any(each.is_unverified for each in facts),
            placement=object() if is_moved else before.placement,
        )


def _facts(phone: Phone, place: int, worst: Troubled) -> _Facts:
    connection, claim, id_ = phone.connection, phone.claim, phone.id
    legs, found = tuple([(id_, call.key) for call in phone.calls]), mark(phone, worst)
    return _Facts(
        rank=(-urgency_of(found), not legs, place),
        glyph=found.glyph,
        legs=legs,
        is_away=connection.state not in _AT_PEACE,
        is_unverified=connection.unverified,
        placement=(phone.name, phone.place, claim.device if claim else None, claim.place if claim else None),
    )
