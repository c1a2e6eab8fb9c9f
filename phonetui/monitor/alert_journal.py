"""Journal entries about alerts: one when an alert is raised, one when it is cleared.

Trouble of a call that comes and goes has two lines in all for as long as the call is up, whichever of its ends has it:

    raised   "critical: loss up to 9 % …"              written
    cleared  "cleared after 18 s: …"                   written
    raised   "critical: loss up to 25 % … (twice)"     written; both lines before are taken back
    worse    the same line with the graver word        written; the line before is taken back
"""

import logging
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from phonetui.monitor.journal import Journal
from phonetui.phone.alerts.alert import POLICIES, Alert, AlertId, Severity, kind
from phonetui.phone.calls.call_legs import Ambiguous, Leg, Partner
from phonetui.phone.journal import EntryKind, JournalEntry, Weight
from phonetui.phone.state import CallKey, PhoneId
from phonetui.text import printable

FindPartner = Callable[[PhoneId, CallKey], Partner | Ambiguous | None]
"""The other end of a call."""
_WEIGHTS = {
    Severity.INFO: Weight.INFO,
    Severity.FAIR: Weight.WARNING,
    Severity.POOR: Weight.TROUBLE,
    Severity.CRITICAL: Weight.TROUBLE,
}
_log = logging.getLogger(__name__)


@dataclass(slots=True)
class CallTrouble:
    """One kind of trouble of one call, at one of its ends or both."""

    since: datetime
    """Aware UTC: when it was raised first."""
    times: int = 0
    holding: dict[Leg, Alert] = field(default_factory=dict)
    """The alerts that hold, by the end that has it."""
    raised: JournalEntry | None = None
    """The lines in the journal."""
    cleared: JournalEntry | None = None


Troubles = Mapping[tuple[Leg, AlertId], CallTrouble]


class AlertJournal:
    """Writes alerts into the journal; trouble of both ends of one call is one entry."""

    def __init__(self, journal: Journal, partner: FindPartner) -> None:
        self._journal = journal
        self._partner = partner
        self._troubles: dict[tuple[Leg, AlertId], CallTrouble] = {}

    def write(self, alert: Alert, call: CallKey | None, seen_at: datetime) -> None:
        """An alert was raised, changed its severity or was cleared; `call` is what it is about, if that is one."""
        if call is None or alert.phone is None:
            self._write(alert, seen_at)
        else:
            self._write_of_call(alert, (alert.phone, call), seen_at)

    def times(self, alert: Alert, call: CallKey | None) -> int | None:
        """How often a call had this trouble; None where it isn't a call's, or was never raised."""
        trouble = self._of(alert, call)
        return trouble.times if trouble else None

    def ends(self, alert: Alert, call: CallKey | None) -> tuple[int, bool]:
        """The number of ends of the call at which the alert holds, and whether another alert stands for the call."""
        trouble = self._of(alert, call)
        held = list(trouble.holding.values()) if trouble else []
        if len(held) < 2:
            return 1, False
        return len(held), _gravest(held).phone != alert.phone

    def state(self) -> Troubles:
        """What a replay can go on from; both ends of a call still share one trouble."""
        copies = {id(each): replace(each, holding=dict(each.holding)) for each in self._troubles.values()}
        return {key: copies[id(each)] for key, each in self._troubles.items()}

    def restore(self, troubles: Troubles) -> None:
        """Goes on from a keyframe."""
        self._troubles = dict(troubles)

    def forget(self, phone: PhoneId, calls: Collection[CallKey] | None = None) -> None:
        """These calls of a phone are over, or all: what was written of them stays."""
        if self._troubles:
            for (owner, key), id_ in tuple(self._troubles):
                if owner == phone and (calls is None or key in calls):
                    del self._troubles[(owner, key), id_]

    def _of(self, alert: Alert, call: CallKey | None) -> CallTrouble | None:
        return self._troubles.get(((alert.phone, call), kind(alert.id))) if alert.phone and call else None

    def _write_of_call(self, alert: Alert, leg: Leg, seen_at: datetime) -> None:
        trouble = self._trouble(leg, kind(alert.id), alert.raised_at)
        if not alert.is_active:
            trouble.holding.pop(leg, None)
            if not trouble.holding:
                before = () if trouble.cleared is None else (trouble.cleared,)
                trouble.cleared = self._write(alert, seen_at, before, trouble)
            return
        known = trouble.holding.get(leg)
        trouble.times += known is None and not trouble.holding
        trouble.holding[leg] = alert
        if known is not None and alert.severity.rank <= known.severity.rank:
            return  # milder: the list of alerts says so
        taken_back = tuple(line for line in (trouble.raised, trouble.cleared) if line is not None)
        worst = _gravest(trouble.holding.values())
        trouble.raised, trouble.cleared = self._write(worst, seen_at, taken_back, trouble), None

    def _trouble(self, leg: Leg, id_: AlertId, since: datetime) -> CallTrouble:
        """The call's, which the other end may have begun."""
        known = self._troubles.get((leg, id_))
        if known is None:
            found = self._partner(*leg)
            known = self._troubles.get(((found.phone, found.key), id_)) if isinstance(found, Partner) else None
            known = self._troubles[leg, id_] = known or CallTrouble(since)
        return known

    def _write(
        self,
        alert: Alert,
        seen_at: datetime,
        taken_back: tuple[JournalEntry, ...] = (),
        trouble: CallTrouble | None = None,
    ) -> JournalEntry | None:
        policy = POLICIES[alert.id]
        if not policy.is_journalled or (policy.is_fact and not alert.is_active):
            return None  # a restart is not over, it is long ago
        prefix = f"{alert.severity}: " if alert.is_active and alert.severity is not Severity.INFO else ""
        weight = _WEIGHTS[alert.severity] if alert.is_active else _relief(alert)
        owner = alert.phone or PhoneId("")
        _log.info("%s: %s%s", owner, prefix, alert.text)
        times, since = (trouble.times, trouble.since) if trouble else (1, alert.raised_at)
        entry = JournalEntry(
            seen_at, owner, printable(f"{prefix}{alert.text}"), weight, EntryKind.ALERT, times=times, since=since,
            ends=len(trouble.holding) or 1 if trouble else 1, topic=f"{kind(alert.id)} {alert.subject}",
        )  # fmt: skip
        self._journal.write(entry, instead_of=taken_back)
        return entry


def _gravest(alerts: Iterable[Alert]) -> Alert:
    """Of two that are alike the earlier."""
    return max(alerts, key=lambda one: (one.severity.rank, -one.raised_at.timestamp(), one.phone or ""))


def _relief(alert: Alert) -> Weight:
    """Only an end that was observed is worded as good news."""
    return Weight.GOOD if alert.text.startswith("cleared ") else Weight.INFO
