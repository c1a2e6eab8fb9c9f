"""Publishes what a collector knows: each phone's row and whole state whenever something visible changed.

    fleet's version moves ──► phones that are another object than before ──► rows, at most one in ROW_S and phone
                                                                       └───► states, at most one in STATE_S
                                                            where something happened: either, one in URGENT_S
After a reconnection everything is sent again: what was on its way when the connection broke is not known.
"""

import asyncio
import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from phonetui.errors import PhonetuiError
from phonetui.exchange import nats_subjects as subjects
from phonetui.exchange import wire
from phonetui.exchange.connection import NatsConnection
from phonetui.exchange.fleet_row import FleetRow, row_of
from phonetui.exchange.whole_state import WholeState, sent, state_of
from phonetui.phone.calls.call_legs import Partner

if TYPE_CHECKING:
    from phonetui.fleet.protocol import Fleet
    from phonetui.phone.alerts.alert import Alert
    from phonetui.phone.state import CallKey, Phone, PhoneId

ROW_S = 2.0
STATE_S = 1.0
URGENT_S = 0.05
LINGER_S = 0.01
"""Delay from a change to its publication, so that changes are sent together."""
IN_A_TURN = 100
"""Phones that are written in one turn of the loop: some 10 ms."""
_log = logging.getLogger(__name__)


@dataclass(slots=True)
class _SentPhone:
    """What was last sent of a phone."""

    phone: "Phone | None" = None
    alerts: "tuple[Alert, ...]" = ()
    row: FleetRow | None = None
    row_at: float = 0.0
    urgent_row: object = None
    urgent_state: object = None
    """Of the row, at the latest row and the latest state."""
    state: object = None
    state_at: float = 0.0
    due_at: float | None = None
    """Monotonic seconds at which what was held back may go; None where nothing was."""


class Publisher:
    """Sends the phones of a fleet, as far as this collector holds their shards."""

    def __init__(self, connection: NatsConnection, fleet: "Fleet", site: str, collector: str, shards: int) -> None:
        self._connection = connection
        self._fleet = fleet
        self._site, self._collector, self._shards = site, collector, shards
        self._sent: dict[PhoneId, _SentPhone] = {}
        self._alerts: tuple[object, Mapping[PhoneId, tuple[Alert, ...]]] = (None, {})
        self._epochs: Mapping[int, int] = {}
        self.number = 0
        """The number of the latest row."""
        self._changed = asyncio.Event()

    def hold(self, epochs: Mapping[int, int]) -> None:
        """These shards from now on, with their epochs: what was sent under another one is sent again."""
        before, self._epochs = self._epochs, dict(epochs)
        for phone in list(self._sent):
            shard = subjects.shard_of(phone, self._shards)
            if before.get(shard) != epochs.get(shard):
                del self._sent[phone]
        self._changed.set()

    def send_again(self) -> None:
        """Sends everything again: what reached the server is unknown."""
        self._sent.clear()
        self._changed.set()

    async def forget(self, phones: "Iterable[PhoneId]") -> None:
        """Takes phones away that are configured no more. Raises PhonetuiError."""
        for phone in phones:
            self._sent.pop(phone, None)
            key = subjects.phone_key(self._site, phone, self._shards)
            for bucket in (subjects.ROWS, subjects.STATES):
                await self._connection.publish(key.subject(bucket), b"", headers={"KV-Operation": "DEL"})

    async def run(self) -> None:
        """Runs until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            self._watch_changes()
            due_at = min((each.due_at for each in self._sent.values() if each.due_at is not None), default=None)
            try:
                async with asyncio.timeout_at(due_at):
                    await self._changed.wait()
                    await asyncio.sleep(LINGER_S)
            except TimeoutError:
                pass
            self._changed.clear()
            if not self._connection.is_connected:
                await asyncio.sleep(LINGER_S * 10)
                self._changed.set()
                continue
            try:
                await self._send_changes(loop)
            except PhonetuiError as error:
                _log.info("not everything was sent: %s", error)
                self.send_again()
                await asyncio.sleep(1.0)

    def _watch_changes(self) -> None:
        from phonetui.fleet.protocol import NotifyingFleet  # noqa: PLC0415 - for the check alone

        if isinstance(self._fleet, NotifyingFleet):
            self._fleet.on_next_change(self._changed.set)

    async def _send_changes(self, loop: asyncio.AbstractEventLoop) -> None:
        alerts, written = self._alerts_by_phone(), 0
        for phone in tuple(self._fleet.phones.values()):
            epoch = self._epochs.get(subjects.shard_of(phone.id, self._shards))
            if epoch is None:
                continue
            known = self._sent.setdefault(phone.id, _SentPhone())
            own = alerts.get(phone.id, ())
            is_due = known.due_at is not None and known.due_at <= loop.time()
            if known.phone is phone and known.alerts == own and not is_due:
                continue
            known.phone, known.alerts = phone, own
            await self._send(phone, own, known, epoch, loop.time())
            written += 1
            if written % IN_A_TURN == 0:
                await self._connection.flush()
        if written:
            await self._connection.flush()

    async def _send(
        self, phone: "Phone", alerts: "tuple[Alert, ...]", known: _SentPhone, epoch: int, at: float
    ) -> None:
        seen_at, key = datetime.now(UTC), subjects.phone_key(self._site, phone.id, self._shards)
        known.due_at = None
        row = row_of(
            phone, alerts, self._partners(phone), control=self._fleet.permission(phone.id).value, epoch=epoch,
            collector=self._collector, number=self._next_number(), at=at, seen_at=seen_at,
        )  # fmt: skip
        urgent = row.urgent
        if known.row is None or known.row.visible != row.visible:
            row_due_at = known.row_at + (ROW_S if known.urgent_row == urgent else URGENT_S)
            if known.row is None or at >= row_due_at:
                known.row, known.row_at, known.urgent_row = row, at, urgent
                await self._connection.publish(key.subject(subjects.ROWS), wire.encode(row))
            else:
                known.due_at = row_due_at
        state = state_of(
            phone, alerts, self._fleet, epoch=epoch, collector=self._collector, number=row.number, seen_at=seen_at
        )
        visible = state.visible
        if known.state != visible:
            due_at = known.state_at + (STATE_S if known.urgent_state == urgent else URGENT_S)
            if known.state is None or at >= due_at:
                known.state, known.state_at, known.urgent_state = visible, at, urgent
                await self._connection.publish(key.subject(subjects.STATES), _packed(state, at))
            else:
                known.due_at = due_at if known.due_at is None else min(due_at, known.due_at)

    def _next_number(self) -> int:
        self.number += 1
        return self.number

    def _partners(self, phone: "Phone") -> "dict[CallKey, Partner]":
        found = {call.key: self._fleet.partner(phone.id, call.key) for call in phone.calls}
        return {key: partner for key, partner in found.items() if isinstance(partner, Partner)}

    def _alerts_by_phone(self) -> "Mapping[PhoneId, tuple[Alert, ...]]":
        alerts = self._fleet.alerts
        if self._alerts[0] is not alerts:
            by_phone: dict[PhoneId, tuple[Alert, ...]] = {}
            for alert in alerts:
                if alert.phone is not None:
                    by_phone[alert.phone] = (*by_phone.get(alert.phone, ()), alert)
            self._alerts = (alerts, by_phone)
        return self._alerts[1]


def _packed(state: WholeState, at: float) -> bytes:
    return wire.encode(sent(state, at))
