"""A frozen moment of the fleet as the operator sees it, from which all panes draw, with a summary of all phones.

A phone in which nothing changed is the same object as before. So of a thousand phones the summary compares identities,
and computes again only those that are other objects:

phones ──which are other objects?──► what each comes to ──anything new?──no──► the same summary as before
                                                                        └──yes──► assembled anew
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence, Set
from datetime import datetime, tzinfo
from itertools import compress
from operator import is_not
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from msgspec import Struct, field
from msgspec.structs import replace

from phonetui.fleet.extensions import ReplayControl
from phonetui.phone.alerts.alert import Alert
from phonetui.phone.calls.call_legs import Ambiguous, Leg, Partner
from phonetui.phone.diagnosis import Diagnosis
from phonetui.phone.history import Baseline, CallHistory, PortHistory
from phonetui.phone.journal import JournalEntry
from phonetui.phone.lights import Cadence
from phonetui.phone.quality.grading import Thresholds
from phonetui.phone.state import COLLECTOR_LOST, CallKey, Phone, PhoneId, State
from phonetui.ui.text.format import NOBODY, STATES, Troubled, aged, mark, troubled, urgency_of
from phonetui.ui.text.rows import Role, Row, Run, row

if TYPE_CHECKING:
    from phonetui.phone.calls.call_record import CallRecord
    from phonetui.webex.devices import WebexDevice
    from phonetui.webex.inventory import CloudState

_AT_PEACE = (State.LIVE, State.CONNECTING, State.SLEEPING)
"""States in which nothing is wrong with the connection."""


class FleetSummary(Struct, frozen=True):
    """Counts of all phones; the same object as long as nothing in it changed."""

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
    unheard: int = 0
    """Phones of which nobody knows whether they do: whoever watches them is not heard."""
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
    is_unheard: bool
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
        """The summary of `phones` in their order; `alerts` has the worst first."""
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
            unheard=sum([each.is_unheard for each in facts]),
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
        is_away=connection.state not in _AT_PEACE and connection.reason != COLLECTOR_LOST,
        is_unheard=connection.reason == COLLECTOR_LOST,
        is_unverified=connection.unverified,
        placement=(phone.name, phone.place, claim.device if claim else None, claim.place if claim else None),
    )


OfPhone = TypeVar("OfPhone", "Alert", "CallRecord", "JournalEntry")
"""What is told of a phone, under its id."""


class Snapshot(Struct, frozen=True, kw_only=True):
    phones: Mapping[PhoneId, Phone]
    """In the order of the configuration."""
    selected: PhoneId | None
    cloud: "CloudState | None" = None
    """The organization in Webex; None where none is configured."""
    device: "WebexDevice | None" = None
    """Of Webex's alone, where the cursor is on such a one: no phone is selected then."""
    adopts: bool = False
    """Whether such a device can be watched through Webex."""
    entries: Sequence[JournalEntry]
    histories: Mapping[CallKey, CallHistory]
    """Of the selected phone."""
    port_histories: Mapping[int, PortHistory] = field(default_factory=dict)
    """Of the selected phone, by the port's index."""
    alerts: Sequence[Alert] = ()
    """Those that hold, worst first, then those cleared lately."""
    summary: FleetSummary = field(default_factory=FleetSummary)
    """Of all phones together."""
    hints: Sequence[Diagnosis] = ()
    """What comparing the phones points at."""
    partners: Mapping[CallKey, Partner | Ambiguous] = field(default_factory=dict)
    """The other ends of the selected phone's calls."""
    calls: int = 0
    """That are up: one between two phones of ours is one."""
    far_histories: Mapping[CallKey, CallHistory] = field(default_factory=dict)
    """The figures of those ends, by the selected phone's calls."""
    causes: Mapping[CallKey, Sequence[Diagnosis]] = field(default_factory=dict)
    """What the figures of the selected phone's calls point at."""
    baseline: Baseline | None = None
    """From when the counters of the selected phone are counted; None: since it boots, since a call begins."""
    at: float
    """Monotonic seconds: ages are counted from here."""
    zone: tzinfo | None
    """For times of day; None is the operator's own."""
    thresholds: Thresholds
    worst_first: bool = False
    """Whether phones in trouble are listed first; else they lie by place."""
    title: str = ""
    demo: bool = False
    read_only: bool = False
    private: bool = False
    """Whether names, numbers and addresses are masked."""
    controlled: tuple[PhoneId, ...] = ()
    """Phones that the operator may act on without being asked again."""
    granted: Set[PhoneId] = frozenset()
    """Those among them whose control can be given back."""
    dark: Set[Cadence] = frozenset()
    """How the lights blink that are off just now; none where nobody wants to see them blink."""
    frozen_at: datetime | None = None
    """Aware UTC; None while the display follows."""
    now: datetime
    """Aware UTC, for the clock."""
    timeline: ReplayControl | None = None
    """Where a recording is shown, its time."""
    strip_of: PhoneId | None = None
    """Whose grades the strip has; None is the whole fleet."""
    records: bool = False
    """Whether what is observed is recorded."""
    unrecorded: bool = False
    """Whether a recording has ended by itself."""
    cut_off_at: datetime | None = None
    """Aware UTC; since when nothing comes from those who watch the phones for us. None where all is well."""

    @property
    def moment(self) -> datetime:
        """Aware UTC: when what is shown was so."""
        return self.frozen_at or self.now

    @property
    def troubles(self) -> tuple[Alert, ...]:
        """The alerts that hold and are not muted, worst first; of a call that is bad at both ends there are two."""
        return tuple(alert for alert in self.alerts if alert.is_active and not alert.is_muted)

    @property
    def since(self) -> str:
        """The moment from which counters are counted, in words; empty where nobody chose one."""
        return f"since {self.baseline.taken_at.astimezone(self.zone):%H:%M}" if self.baseline else ""

    def named(self, items: Sequence[OfPhone]) -> Sequence[OfPhone]:
        """As they are drawn and written: by the phone's name, which under the mask is another than its id may be."""
        names = self.names
        if not names:
            return items
        return [replace(item, phone=names.get(item.phone, item.phone)) for item in items]

    @property
    def names(self) -> Mapping[PhoneId | None, PhoneId]:
        """Of those phones that are called otherwise than their id."""
        return {id_: name for id_, phone in self.phones.items() if (name := PhoneId(phone.name)) != id_}

    @property
    def phone(self) -> Phone | None:
        return self.phones.get(self.selected) if self.selected is not None else None


def seen(phone: Phone, runs: Row) -> Row:
    """`runs` about a phone as they may be shown: without colours where the phone has not answered lately."""
    return runs if phone.is_current else row(*map(aged, runs))


NO_PHONES = "There are no phones: the configuration names none."
NO_PHONE = row(Run("No phone is selected.", Role.DIM))
_NOT_OURS = row(Run("Not read: Webex alone knows it.", Role.DIM))


def no_phone_row(snapshot: Snapshot) -> Row:
    """Why there is no phone to tell of."""
    return _NOT_OURS if snapshot.device is not None else NO_PHONE


def title_with_state(words: str, phone: Phone | None) -> str:
    """A pane's title, which says why what is shown may not hold any more."""
    if phone is None or phone.is_current or phone.connection.fresh_at is None:
        return words
    return f"{words} · {STATES[phone.connection.state].word}"


def nothing_read_row(phone: Phone) -> Row | None:
    """Why a pane about the phone is empty, where that is because the phone never answered."""
    return row(Run("Nothing was read yet.", Role.DIM)) if phone.connection.fresh_at is None else None
