"""The data of a report from a recording: calls, alerts, and the phones at intervals."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from phonetui.phone.alerts.alert import Alert, AlertId, Severity
from phonetui.phone.inventory import PhoneChange, PhoneRecord, changes, merge, phone_record
from phonetui.phone.state import PhoneId
from phonetui.recording.outline import Outline, RecordedAlert
from phonetui.recording.player import Player
from phonetui.recording.reader import Recording
from phonetui.recording.values import microseconds, moment_of
from phonetui.report.fleet_report import ReportSource
from phonetui.text import NOTHING, printable

LOOKS = 60
"""At phones, evenly over the time: one that was back in between has not moved."""


def report_source(recording: Recording, began_at: datetime, ended_at: datetime) -> ReportSource:
    """Of a part of a recording between two moments (aware UTC). Raises ProtocolError where nothing can be played."""
    first, last = microseconds(began_at), microseconds(ended_at)
    player = Player(recording)
    phones, found = _phones(player, first, last)
    up = [record for record in player.fleet.records.newest_first if record.is_up]
    calls = [record for record in (*recording.calls(), *up) if began_at <= record.last_at <= ended_at]
    return ReportSource(
        calls=sorted(calls, key=lambda record: record.last_at),
        phones=tuple(phones.values()),
        changes=found,
        alerts=_alerts(Outline(recording).alerts, first, last),
        kept_since=recording.first,
        gaps=tuple(printable(words) for words in (*recording.warnings, *(span.words for span in recording.lost))),
    )


def _phones(player: Player, first: int, last: int) -> tuple[dict[PhoneId, PhoneRecord], Sequence[PhoneChange]]:
    """As they were last, and what changed; the player ends at the last moment."""
    known: dict[PhoneId, PhoneRecord] = {}
    found: list[PhoneChange] = []
    for look in range(LOOKS + 1):
        at = player.recording.position_before(first + (last - first) * look // LOOKS).at_us if look < LOOKS else last
        if known and look < LOOKS and at <= player.position_us:
            continue
        player.seek(max(at, first))
        for phone in player.fleet.phones.values():
            now, before = phone_record(phone, player.moment), known.get(phone.id)
            found += changes(before, now) if before else ()
            known[phone.id] = merge(before, now)
    return known, found


def _alerts(recorded: Iterable[RecordedAlert], first: int, last: int) -> Sequence[Alert]:
    """Those that were raised in the time; of an alert that changed the worst severity. Their texts are not recorded."""
    raised: dict[tuple[PhoneId | None, str, str], Alert] = {}
    found: list[Alert] = []
    for one in recorded:
        key = (one.phone, one.id, one.subject)
        if not one.is_active:
            found += [before] if (before := raised.pop(key, None)) else []
            continue
        try:
            alert_id, severity = AlertId(one.id), Severity(one.severity)
        except ValueError:  # of another release
            continue
        before = raised.get(key)
        worse = severity if before is None or severity.rank > before.severity.rank else before.severity
        raised[key] = Alert(
            phone=one.phone, id=alert_id, subject=one.subject, severity=worse, text=NOTHING,
            raised_at=before.raised_at if before else moment_of(one.at_us),
        )  # fmt: skip
    found += raised.values()
    return [alert for alert in found if first <= microseconds(alert.raised_at) <= last]
