"""The watched phones: settings, watches and their tasks, connection states; and gaps of this machine's own clocks.

Also what the machine itself did with time (slept, stood still, had its clock set), which is no phone's doing:

gap between two looks ──► phones are read again over new connections; nothing is late, nothing held on meanwhile
wall clock was set    ──► times recorded before are moved to the new clock; durations stay as they are
"""

import asyncio
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from enum import Enum
from itertools import compress
from math import inf
from operator import attrgetter, ne

from msgspec.structs import replace

from phonetui.config.settings import PhoneSettings
from phonetui.errors import PhonetuiError
from phonetui.monitor.alerts import AlertMonitor
from phonetui.monitor.connection_facts import lasts_until, state
from phonetui.monitor.journal import EVERYBODY, Journal
from phonetui.monitor.watch import Watch
from phonetui.phone.clock import TimeReference, span
from phonetui.phone.state import Connection, PhoneId
from phonetui.text import NOTHING

STARTED_AT_ONCE = 50
"""Tasks that begin in one turn of the loop: some 2 ms."""
GAP_S = 10.0
"""Between two looks, which come every few seconds at least: nothing ran, and connections may have died unheard."""
SPREAD_S = 3.0
"""Over which phones are asked again: a thousand at once would freeze the screen."""


class Watches(dict[PhoneId, Watch]):
    """The watches in the order of the configuration; those that were added later stand last."""

    def __init__(self, make: Callable[[PhoneSettings], Watch]) -> None:
        super().__init__()
        self.settings: dict[PhoneId, PhoneSettings] = {}
        self._make = make
        self.connections: dict[PhoneId, ConnectionState] = {}
        self._known: tuple[list[PhoneId], list[tuple[object, ...]]] = ([], [])
        """At the latest look: the phones, and what their connections follow from."""
        self._tasks: asyncio.TaskGroup | None = None
        self._running: dict[PhoneId, asyncio.Task[None]] = {}

    def add(self, settings: PhoneSettings) -> Watch:
        """Adds a watch and returns it; it runs at once if the others do."""
        self.settings[settings.id] = settings
        watch = self[settings.id] = self._make(settings)
        self.connections[settings.id] = ConnectionState(watch)
        self._start(settings.id)
        return watch

    def remove(self, phone: PhoneId) -> Watch:
        """The watch that it had, which ends with its connection."""
        if (task := self._running.pop(phone, None)) is not None:
            task.cancel()
        del self.settings[phone], self.connections[phone]
        return self.pop(phone)

    def due(self, now: float) -> list[PhoneId]:
        """Phones whose connection may stand otherwise than at the look before, by what happened, time or a tunnel."""
        phones, inputs = list(self), list(map(_CONNECTION_INPUTS, self.values()))
        before, self._known = self._known, (phones, inputs)
        changed = compress(phones, map(ne, inputs, before[1])) if phones == before[0] else phones
        late = [phone for phone, connection in self.connections.items() if now > connection.until]
        tunnelled = [phone for phone, settings in self.settings.items() if settings.jump]
        return list(dict.fromkeys((*changed, *late, *tunnelled)))

    @property
    def until(self) -> float:
        """Monotonic second up to which time alone changes no connection."""
        return min([connection.until for connection in self.connections.values()], default=inf)

    async def start(self, tasks: asyncio.TaskGroup) -> None:
        """Runs them within `tasks`; who connects when is the affair of `StartLimiter`."""
        self._tasks = tasks
        for place, phone in enumerate(tuple(self), 1):
            self._start(phone)
            if place % STARTED_AT_ONCE == 0:
                await asyncio.sleep(0)

    def stopped(self) -> None:
        """The tasks of `start` have ended."""
        self._tasks = None
        self._running.clear()

    async def close(self) -> None:
        """Ends the connections that single requests opened."""
        await asyncio.gather(*(watch.close() for watch in self.values()))

    def _start(self, phone: PhoneId) -> None:
        """Once, and only while the fleet runs."""
        if self._tasks is not None and phone not in self._running and phone in self:
            self._running[phone] = self._tasks.create_task(self[phone].run())


_CONNECTION_INPUTS = attrgetter(
    "facts", "knowledge.phone.lines", "schedule.poll", "registration.is_active", "registration.refusal"
)
"""Of a watch: objects that stay the same as long as nothing in them changes."""


class ConnectionChange(Enum):
    NONE = "none"
    MOMENT = "moment"
    """The phone answered again, and nothing else of the connection is otherwise."""
    VISIBLE = "visible"


_shown = attrgetter("state", "reason", "detail", "hint", "interval_s", "pushes", "unpushed", "is_eased")


class ConnectionState:
    """How the connection to one phone stands, from the facts of its watch and of the jump host before it.

    Made anew only where something changed, or time alone may have changed it.
    """

    def __init__(self, watch: Watch) -> None:
        self._watch = watch
        self._inputs = _CONNECTION_INPUTS(watch)
        self._tunnel: tuple[PhonetuiError | None, float | None] = (None, None)
        self.until = -inf
        """Monotonic second up to which time alone makes nothing else of it."""

    def update(
        self, now: float, seen_at: datetime, *, failure: PhonetuiError | None, tunnel_ms: float | None
    ) -> ConnectionChange:
        """Brings the phone's connection up to monotonic second `now`, `seen_at` by the wall.

        `failure` is what is wrong with the jump host, `tunnel_ms` its round trip; None without one.
        """
        if (
            now <= self.until
            and self._tunnel == (failure, tunnel_ms)
            and self._inputs == _CONNECTION_INPUTS(self._watch)
        ):
            return ConnectionChange.NONE
        change = self._update(now, seen_at, failure, tunnel_ms)
        self._inputs, self._tunnel = _CONNECTION_INPUTS(self._watch), (failure, tunnel_ms)
        self.until = lasts_until(self._watch.facts, self._watch.interval_s, now)
        return change

    def _update(
        self, now: float, seen_at: datetime, failure: PhonetuiError | None, tunnel_ms: float | None
    ) -> ConnectionChange:
        watch = self._watch
        before, interval_s = watch.knowledge.phone.connection, watch.interval_s
        if interval_s != before.interval_s:
            watch.facts = replace(watch.facts, paced_at=now)
        facts = watch.facts
        error = failure or facts.error
        answered = facts.answered_at is not None and facts.answered_at != before.fresh_at
        after = Connection(
            state=state(facts, interval_s, now),
            reason=error.reason if error else "",
            detail=error.message if error else NOTHING,
            hint=error.hint if error else NOTHING,
            seen_at=seen_at if answered else before.seen_at,
            fresh_at=facts.answered_at,
            interval_s=interval_s,
            pushes=watch.registration.is_active,
            unpushed=watch.registration.refusal,
            unverified=before.unverified,
            is_eased=watch.is_eased,
            answer_ms=watch.answer_ms,
            tunnel_ms=tunnel_ms,
        )
        if after == before:
            return ConnectionChange.NONE
        watch.observed.connect(after, now, seen_at, is_shared=error is not None and error.is_shared)
        is_seen = any(map(ne, _shown(before), _shown(after)))
        return ConnectionChange.VISIBLE if is_seen else ConnectionChange.MOMENT


class MachineTime:
    """Whether the machine stood still or its clock was set since the last look."""

    def __init__(self, journal: Journal, alerts: AlertMonitor, watches: Mapping[PhoneId, Watch]) -> None:
        self._journal = journal
        self._alerts = alerts
        self._watches = watches
        self.before: TimeReference | None = None
        """The clocks at the latest look."""

    def update(self, at: float, seen_at: datetime | None = None) -> None:
        """Notes that it is monotonic second `at`, before anything else is judged at that moment.

        `seen_at` by the wall: now.
        """
        now = TimeReference(at, seen_at or datetime.now(UTC))
        before, self.before = self.before, now
        if before is None:
            return
        if at - before.at > GAP_S:
            self._resume(at - before.at, at)
        if step := before.set_by(at, now.seen_at):
            self._redate(step)

    def _resume(self, gap_s: float, at: float) -> None:
        self._journal.note(EVERYBODY, f"this computer stood still for {span(gap_s)}: phones are read again")
        self._alerts.resume(at)
        for number, watch in enumerate(self._watches.values()):
            watch.resume(SPREAD_S * number / len(self._watches))

    def _redate(self, step: timedelta) -> None:
        way = "forward" if step > timedelta() else "back"
        words = f"this computer's clock was set {way} by {span(abs(step).total_seconds())}"
        self._journal.note(EVERYBODY, words)
        self._alerts.redate(step)
