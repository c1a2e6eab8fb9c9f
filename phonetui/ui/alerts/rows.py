"""Rows of alerts and of events: one each, the chosen one in full, and causes that several phones share."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

from phonetui.phone.alerts.alert import Alert, Severity
from phonetui.phone.diagnosis import Diagnosis
from phonetui.phone.journal import JournalEntry, Weight
from phonetui.phone.state import State
from phonetui.ui.current_alerts import is_eased
from phonetui.ui.snapshot import Snapshot
from phonetui.ui.text.filters import Readers
from phonetui.ui.text.format import DASH, SEVERITIES, TIMES, Mark, steps
from phonetui.ui.text.rows import LazyRows, Role, Row, Run, clipped, pad, right, row, wrapped

MAX_DIAGNOSES = 3
DETAIL_HEIGHT = 4
"""Rows of the chosen alert, where a terminal isn't tall."""
_ID_FROM = 100
"""Cells across from which a row has room for the alert's id."""
_CLEARED = Mark("○", "cleared", Role.DIM)
_EASED = Mark("·", "eased", Role.INFO)


def alert_mark(alert: Alert) -> Mark:
    """How an alert shows: its severity while it holds, without its colour while it is muted."""
    if not alert.is_active:
        return _CLEARED
    found = _EASED if is_eased(alert) else SEVERITIES[alert.severity]
    return found._replace(word="muted", role=Role.DIM) if alert.is_muted else found


def alert_rows(alerts: Sequence[Alert], now: datetime, width: int) -> list[Row]:
    return [_alert(alert, now, width) for alert in alerts]


def _alert(alert: Alert, now: datetime, width: int) -> Row:
    """Muted and cleared ones are dim in every part."""
    shown = alert_mark(alert)
    is_dim = shown.role is Role.DIM
    is_wide = width >= _ID_FROM
    changed_at = alert.cleared_at or alert.raised_at
    return clipped(
        row(
            Run(pad(f"{shown.glyph} {shown.word}", 11), shown.role),
            Run(right(steps((now - changed_at).total_seconds()) or "now", 6) + "  ", Role.DIM),
            Run(pad(alert.phone or DASH, 14 if is_wide else 12) + " ", Role.DIM if is_dim else Role.VALUE),
            Run(pad(alert.id, 14) if is_wide else "", Role.DIM if is_dim else Role.INFO),
            Run(alert.text, Role.DIM if is_dim else Role.PLAIN),
            Run(_counts_of(alert), Role.LABEL),
        ),
        width,
    )


def _counts_of(alert: Alert) -> str:
    """How often it was raised, and at how many ends of the call; empty of what was raised once at one end."""
    parts = [f"{TIMES}{alert.times}"] if alert.times > 1 else []
    if alert.ends > 1:
        parts.append(f"{TIMES}{alert.ends} ends")
    return f"  ({', '.join(parts)})" if parts else ""


def mute_pattern(alert: Alert) -> str:
    """The alert as `[alerts] mute` of the configuration has it: by the phone's id."""
    return f"{alert.phone or '*'}:{alert.id}"


def alert_detail(alert: Alert, zone: tzinfo | None, width: int, pattern: str, height: int = DETAIL_HEIGHT) -> list[Row]:
    """The chosen alert whole, in `height` rows: what, its words, its times, how to mute it for good.

    `alert` by the phone's name, `pattern` by its id; empty where the mask hides that.
    """
    shown = alert_mark(alert)
    about = Run(f"{alert.phone or DASH}  {alert.about}", Role.LABEL)
    title = row(" ", shown.run(), "  ", Run(f"{alert.id}  ", Role.TITLE), about)
    words = [row(" ", line) for line in wrapped(alert.text, width - 2, height - 2)]
    return [clipped(found, width) for found in (title, *words, _times(alert, zone, pattern))]


def _times(alert: Alert, zone: tzinfo | None, pattern: str) -> Row:
    times = [f"raised {alert.raised_at.astimezone(zone):%H:%M:%S}"]
    if alert.cleared_at is not None:
        times.append(f"cleared {alert.cleared_at.astimezone(zone):%H:%M:%S}")
    if alert.times > 1:
        times.append(f"{alert.times} times")
    mutes = f'mute = ["{pattern}"]' if pattern else "take the mask away, which hides the phone's id"
    return row(" ", Run(f"{'  '.join(times)}  to mute it for good: {mutes}", Role.DIM))


def diagnosis_rows(found: Sequence[Diagnosis], width: int) -> list[Row]:
    """What to look at, each in two rows at most; the rest counted."""
    rows: list[Row] = []
    for hint in found[:MAX_DIAGNOSES]:
        lines = wrapped(str(hint), width - 3, 2)
        rows += [row(Run("→ " if line is lines[0] else "  ", Role.INFO), Run(line, Role.INFO)) for line in lines]
    if len(found) > MAX_DIAGNOSES:
        rows.append(row(Run(f"  and {len(found) - MAX_DIAGNOSES} more", Role.DIM)))
    return rows


def why_empty(snapshot: Snapshot, muted: Sequence[str]) -> list[Row]:
    """What it means that there is nothing to show. `muted` as the configuration has it."""
    phones = snapshot.phones.values()
    if not phones:
        return [row(Run("No phone is watched, so nothing can be wrong.", Role.DIM))]
    live = sum(phone.connection.state is State.LIVE for phone in phones)
    watched = f"Phones watched: {len(phones)}; answering: {live}."
    rows = [row(Run("No alert holds, and none was cleared lately.", Role.TITLE)), row(Run(watched, Role.LABEL))]
    if live < len(phones):
        rows.append(row(Run("A phone is judged only while it answers.", Role.DIM)))
    if muted:
        rows.append(row(Run(f"Muted by the configuration: {', '.join(muted)}.", Role.DIM)))
    return rows


def alert_counts(alerts: Sequence[Alert]) -> Row:
    """How much there is, for the end of the last line."""
    held = [alert for alert in alerts if alert.is_active]
    muted = sum(alert.is_muted for alert in held)
    severe = sum(alert.severity.rank >= Severity.POOR.rank for alert in held if not alert.is_muted)
    parts = (
        f"{len(held) - muted} active" + (f", {severe} poor or worse" if severe else ""),
        f"{muted} muted" if muted else "",
        f"{len(alerts) - len(held)} cleared" if len(alerts) > len(held) else "",
    )
    return row(Run(f"{', '.join(filter(None, parts))} ", Role.DIM))


def alert_line(alert: Alert, zone: tzinfo | None) -> str:
    """The alert as one line for the clipboard."""
    raised = f"{alert.raised_at.astimezone(zone):%Y-%m-%d %H:%M:%S %Z}"
    cleared = f" cleared {alert.cleared_at.astimezone(zone):%H:%M:%S}" if alert.cleared_at is not None else ""
    about = " ".join(filter(None, (alert.phone, alert.about)))
    severity = _EASED.word if is_eased(alert) else alert.severity.value
    return f"{raised}{cleared} {severity} {alert.id} {about}: {alert.text}"


ALERT_FILTER_HINT = "part of the words, !not, phone:lobby, id:loss, severity:critical, is:cleared, times>2"
ALERT_FIELDS: Readers[Alert] = {
    "text": lambda alert: alert.text,
    "phone": lambda alert: alert.phone,
    "id": lambda alert: alert.id,
    "severity": lambda alert: alert.severity.value,
    "subject": lambda alert: alert.subject,
    "is": lambda alert: "cleared" if not alert.is_active else "muted" if alert.is_muted else "active",
    "times": lambda alert: alert.times,
}


EVENT_MARKS = {
    Weight.INFO: ("·", Role.PLAIN),
    Weight.GOOD: ("●", Role.GOOD),
    Weight.WARNING: ("▲", Role.FAIR),
    Weight.TROUBLE: ("!", Role.POOR),
}
"""Glyph and role of an entry."""
EVENT_FILTER_HINT = "part of the words, !not, phone:lobby, weight:trouble, kind:alert"
NOTHING_YET = row(Run("Nothing has happened yet.", Role.DIM))
NAME_FROM = 100
"""Cells of a row from which on longer names have room."""


@dataclass(frozen=True)
class EventRows(LazyRows):
    entries: Sequence[JournalEntry]
    zone: tzinfo | None
    width: int
    is_dated: bool = False
    """Whether days are written, too."""
    name: int = 12
    """Cells for a phone's name."""

    def __len__(self) -> int:
        return len(self.entries)

    def make(self, place: int) -> Row:
        return entry_row(self.entries[place], self)


def entry_row(entry: JournalEntry, rows: EventRows) -> Row:
    glyph, role = EVENT_MARKS[entry.weight]
    seen_at = entry.seen_at.astimezone(rows.zone)
    return clipped(
        row(
            Run(f"{seen_at:%d %b %H:%M:%S} " if rows.is_dated else f"{seen_at:%H:%M:%S} ", Role.DIM),
            Run(f"{pad(entry.phone, rows.name)} ", Role.LABEL),
            Run(f"{glyph} ", role),
            Run(entry.text, role),
            Run(_times_of(entry, rows.zone), Role.LABEL),
        ),
        rows.width,
    )


def _times_of(entry: JournalEntry, zone: tzinfo | None) -> str:
    """How often its trouble came, since when, and at how many ends of the call; empty of what happened once."""
    parts = []
    if entry.times > 1 and entry.since is not None:
        parts.append(f"{TIMES}{entry.times} since {entry.since.astimezone(zone):%H:%M}")
    if entry.ends > 1:
        parts.append(f"{TIMES}{entry.ends} ends")
    return f"  ({', '.join(parts)})" if parts else ""


def event_rows(entries: Sequence[JournalEntry], zone: tzinfo | None, width: int) -> EventRows:
    """Rows of the whole journal, with days where it is of more than one."""
    days = {entry.seen_at.astimezone(zone).date() for entry in (entries[0], entries[-1])} if entries else set()
    return EventRows(entries, zone, width, is_dated=len(days) > 1, name=16 if width >= NAME_FROM else 10)


EVENT_FIELDS: Readers[JournalEntry] = {
    "text": lambda entry: entry.text,
    "phone": lambda entry: entry.phone,
    "weight": lambda entry: entry.weight.value,
    "kind": lambda entry: entry.kind.value,
}
