"""What the machine itself did with time: slept, stood still, or had its clock set. None of it is any phone's doing.

gap between two looks ──► phones are read again over new connections; nothing is late, nothing held on meanwhile
wall clock was set    ──► what is told with its time is told by the new one; durations stay as they are
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from phonetui.monitor.alerts import AlertMonitor
from phonetui.monitor.journal import EVERYBODY, Journal
from phonetui.monitor.watch import Watch
from phonetui.phone.clock import TimeReference, span
from phonetui.phone.journal import JournalEntry
from phonetui.phone.state import PhoneId
from phonetui.text import printable

GAP_S = 10.0
"""Between two looks, which come four times a second: nothing ran, and connections may have died unheard."""
SPREAD_S = 3.0
"""Over which phones are asked again: a thousand at once would freeze the screen."""


class MachineTime:
    def __init__(self, ledger: Journal, alarms: AlertMonitor, watches: Mapping[PhoneId, Watch]) -> None:
        self._ledger = ledger
        self._alarms = alarms
        self._watches = watches
        self._before: TimeReference | None = None

    def look(self, at: float) -> None:
        """At monotonic second `at`, before anything else is judged at that moment."""
        now = TimeReference(at, datetime.now(UTC))
        before, self._before = self._before, now
        if before is None:
            return
        if at - before.at > GAP_S:
            self._resume(at - before.at, at)
        if step := before.set_by(at, now.seen_at):
            self._redate(step)

    def _resume(self, gap_s: float, at: float) -> None:
        self._note(f"this computer stood still for {span(gap_s)}: phones are read again")
        self._alarms.resume(at)
        for number, watch in enumerate(self._watches.values()):
            watch.resume(SPREAD_S * number / len(self._watches))

    def _redate(self, step: timedelta) -> None:
        way = "forward" if step > timedelta() else "back"
        self._note(f"this computer's clock was set {way} by {span(abs(step).total_seconds())}")
        self._alarms.redate(step)

    def _note(self, words: str) -> None:
        self._ledger.write(JournalEntry(datetime.now(UTC), EVERYBODY, printable(words)))
