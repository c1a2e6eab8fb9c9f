"""Groups alerts into few notifications: one for each cause, and one more when it is over. Pure: time is a parameter.

gathering ──GATHER_S, in which shows how many phones share it──► told: one notification
told ──another phone, a worse figure, a flap──► told
told ──none of its alerts for CALM_S──► resolved: one more, that it is over
resolved ──the cooldown since it was reported──► forgotten; until then what comes again is not told again
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from phonetui.phone.alerts.alert import Alert, AlertId, AlertKey, Severity
from phonetui.phone.state import Phone, PhoneId
from phonetui.text import Printable, printable

GATHER_S = 10.0
"""How long alerts are collected before a group is sent: phones are polled one after the other."""
CALM_S = 60.0
"""How long a group must be without alerts to count as over, so that a flapping fault stays one group."""
SHARED = 3
"""From this many phones with the same alert at one place on, they form one group of that place."""
MOST_GROUPS = 500
"""Groups kept at a time; beyond that the oldest are forgotten."""
MOST_NAMED = 5
"""How many phones a text names; the others are counted."""


class NotificationKind(StrEnum):
    RAISED = "raised"
    RESOLVED = "resolved"


class Notification(Struct, frozen=True):
    kind: NotificationKind
    group: str
    """The id of the group: the same when it is raised and when it is over."""
    alert: AlertId
    severity: Severity
    title: Printable
    """One line: what is wrong, and where."""
    text: Printable
    """Several lines, with the evidence of each alert."""
    phones: tuple[PhoneId, ...]
    site: str
    began_at: datetime
    """Aware UTC: of the first alert."""
    ended_at: datetime | None = None
    """None while it holds."""


GroupKey = tuple[str, str]
"""The kind of alert, and the place that has it: a phone, a switch, a site, a jump host."""


class GroupPhase(StrEnum):
    GATHERING = "gathering"
    TOLD = "told"
    RESOLVED = "resolved"
    """The group is over; within the cooldown it is not sent again."""


class AlertGroup(Struct):
    alert: Alert
    """The most severe alert of the group."""
    began_s: float
    began_at: datetime
    phones: dict[PhoneId, None] = {}  # msgspec copies an empty default
    phase: GroupPhase = GroupPhase.GATHERING
    told_s: float = 0.0
    cleared_s: float | None = None
    """Monotonic second since which it has no alert; None while it has one."""


class AlertGrouping:
    """Groups the alerts of a fleet into notifications."""

    def __init__(self, least: Severity, cooldown_s: float) -> None:
        """Nothing milder than `least` is reported, and nothing of one group twice within `cooldown_s`."""
        self._least = least
        self._cooldown_s = cooldown_s
        self._groups: dict[GroupKey, AlertGroup] = {}
        self._places: dict[AlertKey, GroupKey] = {}
        """Where each alert that holds was put; it stays there once its group was reported."""

    @property
    def is_empty(self) -> bool:
        """Whether nothing is followed, so that time alone brings nothing to be told."""
        return not self._groups

    def update(
        self, alerts: Iterable[Alert], phones: Mapping[PhoneId, Phone], now_s: float, seen_at: datetime
    ) -> list[Notification]:
        """The notifications to send at monotonic second `now_s`, which is `seen_at` (aware UTC)."""
        held = [alert for alert in alerts if self._is_worth_telling(alert)]
        kept = {alert.key for alert in held}
        self._places = {key: place for key, place in self._places.items() if key in kept}
        self._place(held, phones, now_s)
        holding: dict[GroupKey, list[Alert]] = defaultdict(list)
        for alert in held:
            holding[self._places[alert.key]].append(alert)
        found = []
        for key, group in list(self._groups.items()):
            kind = self._step(key, holding.get(key, ()), now_s)
            if kind is not None:
                ended_at = seen_at if kind is NotificationKind.RESOLVED else None
                found.append(_notification(kind, key, group, phones, ended_at))
        while len(self._groups) > MOST_GROUPS:
            del self._groups[next(iter(self._groups))]
        return found

    def _is_worth_telling(self, alert: Alert) -> bool:
        is_held = alert.cleared_at is None and not alert.is_muted and not alert.is_second_end
        return is_held and alert.severity.rank >= self._least.rank

    def _place(self, held: Sequence[Alert], phones: Mapping[PhoneId, Phone], now_s: float) -> None:
        """Assigns each alert to a group: that of a place that many share, else its own."""
        wide = {alert.key: [(str(alert.id), place) for place in _places(alert, phones)] for alert in held}
        shared = Counter(key for keys in wide.values() for key in keys)
        for alert in held:
            known = self._places.get(alert.key)
            if known is not None and self._is_told(known):
                continue
            whose = f"phone {alert.phone}" if alert.phone is not None else f"tunnel {alert.subject}"
            many = (key for key in wide[alert.key] if shared[key] >= SHARED or self._is_told(key))
            key = self._places[alert.key] = next(many, (str(alert.id), whose))
            if key not in self._groups:
                self._groups[key] = AlertGroup(alert, now_s, alert.raised_at)

    def _is_told(self, key: GroupKey) -> bool:
        group = self._groups.get(key)
        return group is not None and group.phase is not GroupPhase.GATHERING

    def _step(self, key: GroupKey, alerts: Sequence[Alert], now_s: float) -> NotificationKind | None:
        """The notification to send for a group whose current alerts are `alerts`; None where there is none."""
        group = self._groups[key]
        if alerts:
            group.cleared_s = None
            group.alert = max(alerts, key=lambda alert: alert.severity.rank)
            group.phones |= {alert.phone: None for alert in alerts if alert.phone is not None}
        elif group.cleared_s is None:
            group.cleared_s = now_s
        match group.phase:
            case GroupPhase.GATHERING if not alerts:
                del self._groups[key]  # over before it was reported, or its alerts are those of a wider group now
            case GroupPhase.GATHERING if now_s - group.began_s >= GATHER_S:
                group.phase, group.told_s = GroupPhase.TOLD, now_s
                return NotificationKind.RAISED
            case GroupPhase.TOLD if group.cleared_s is not None and now_s - group.cleared_s >= CALM_S:
                group.phase = GroupPhase.RESOLVED
                return NotificationKind.RESOLVED
            case GroupPhase.RESOLVED if now_s - group.told_s >= self._cooldown_s:
                del self._groups[key]  # what holds still is a new trouble
                for alert in alerts:
                    del self._places[alert.key]
        return None


def _places(alert: Alert, phones: Mapping[PhoneId, Phone]) -> Iterable[str]:
    """The places that the phone shares with others, the narrowest first: switch, jump host, site."""
    phone = phones.get(alert.phone) if alert.phone is not None else None
    if phone is None:
        return
    port = next((port for port in phone.ports if port.index == 1), None)
    if port is not None and port.neighbour:
        yield f"switch {port.neighbour}"
    if phone.via:
        yield f"via {phone.via}"
    if phone.place:
        yield f"site {phone.place[0]}"


def _notification(
    kind: NotificationKind, key: GroupKey, group: AlertGroup, phones: Mapping[PhoneId, Phone], ended_at: datetime | None
) -> Notification:
    named = tuple(group.phones)
    names = [str(phones[phone].name) if phone in phones else str(phone) for phone in named]
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    whose = ", ".join(names[:MOST_NAMED]) + more or key[1]
    where = f"{len(names)} phones, {key[1]}" if len(names) > 1 else whose
    over = " over" if kind is NotificationKind.RESOLVED else ""
    site = next((str(phones[phone].place[0]) for phone in named if phone in phones and phones[phone].place), "")
    return Notification(
        kind=kind,
        group=" / ".join(key),
        alert=group.alert.id,
        severity=group.alert.severity,
        title=printable(f"{where}: {group.alert.id}{over}"),
        text=printable(f"{whose}: {group.alert.text}" if len(names) > 1 else str(group.alert.text)),
        phones=named,
        site=site,
        began_at=group.began_at,
        ended_at=ended_at,
    )
