"""All phones: one watch each, one version counter."""

import asyncio
import gc
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path as File
from types import MappingProxyType
from typing import TYPE_CHECKING

from phonetui.archive.archive import Archive
from phonetui.config import places
from phonetui.config.settings import Config, ControlMode, PhoneSettings, Poll
from phonetui.fleet.protocol import Permission, Trust, TrustReason
from phonetui.monitor.adopted_phones import AdoptedPhones, initial_phone
from phonetui.monitor.alerts import AlertMonitor
from phonetui.monitor.audit import AuditEntry
from phonetui.monitor.call_history import CallArchiver, OlderCalls, RememberedCalls
from phonetui.monitor.cloud import WEBEX, WebexOrganization
from phonetui.monitor.connection_state import ConnectionState
from phonetui.monitor.firmware_profile import KeyArgumentStore, LossRateUnitStore
from phonetui.monitor.fleet_analysis import FleetAnalysis
from phonetui.monitor.journal import EVERYBODY, Journal, PhoneLog, Report
from phonetui.monitor.jump_hosts import JumpHosts
from phonetui.monitor.knowledge import Knowledge
from phonetui.monitor.machine_time import MachineTime
from phonetui.monitor.schedule import DIRECT, METERED, Schedule
from phonetui.monitor.transports import TransportFactory
from phonetui.monitor.tree_reader import Schemas, fetch_known
from phonetui.monitor.watch import Watch
from phonetui.monitor.webex_match import WebexMatch, disagreement_note
from phonetui.phone.alerts.alert import Alert, AlertKey
from phonetui.phone.calls.call_legs import Ambiguous, Leg, Partner
from phonetui.phone.calls.call_record import CallRecord, noted
from phonetui.phone.diagnosis import Diagnosis
from phonetui.phone.history import CallHistory, PortHistory
from phonetui.phone.journal import JournalEntry, Weight
from phonetui.phone.state import CallKey, Phone, PhoneId, TunnelState
from phonetui.storage.writer import WRITER, StorageNotices
from phonetui.text import NOTHING, printable
from phonetui.transport.subscription import SlotStore
from phonetui.transport.trust import PinStore
from phonetui.transport.websocket_support import WebSocketSupport
from phonetui.webex.inventory import CloudState
from phonetui.xapi.document import EMPTY, Document
from phonetui.xapi.path import Path
from phonetui.xapi.schema import CommandSchema, published

if TYPE_CHECKING:
    from phonetui.monitor.cloud import Open
    from phonetui.transport.ssh.config import LoginPrompter

START_GAP_S = 0.01
"""Between the starts of two phones: a thousand at once froze the screen for 0.8 s."""
LOOK_S = 0.25
"""Between two looks at which state each phone is in."""
FREEZE_AFTER_S = 30.0
"""When the long-lived objects leave the garbage collector's sight: its pauses were 40 ms with a big fleet."""

_FILES = PhoneId("files")
"""Stands in the journal where a phone's name would: the program's own files."""
_log = logging.getLogger(__name__)


class LiveFleet(AdoptedPhones):
    """Runs headless or under a screen; both pull from the same frozen phones."""

    def __init__(
        self,
        config: Config,
        *,
        pins: PinStore,
        slots: SlotStore | None = None,
        offers: WebSocketSupport | None = None,
        known_hosts: File | None = None,
        scales: LossRateUnitStore | None = None,
        key_arguments: KeyArgumentStore | None = None,
        report: Callable[[Report], None] | None = None,
        notice: Callable[[str], None] | None = None,
        audit: Callable[[AuditEntry], None] | None = None,
        archive: Archive | None = None,
        webex: "Open | None" = None,
        storage: StorageNotices | None = None,
    ) -> None:
        """`report` is called with everything that happens, `notice` with lines for standard error.

        `audit` is called with every command that was sent; it neither waits nor raises. Without an `archive` calls are
        remembered for this run alone. `webex` opens the organization's cloud, where there is one.
        `storage` is where the stores say what they cannot keep.
        """
        super().__init__(config, audit, key_arguments)
        self._storage = storage or StorageNotices()
        self._notice = notice or (lambda _: None)
        self.cloud = self._cloud(webex) if webex is not None else None
        self._scales = scales or LossRateUnitStore(None)
        self._ledger = Journal(report)
        self._jumps = JumpHosts(config, known_hosts or places.known_hosts(), self._tell_of_jump)
        self._slots = slots or SlotStore(None)
        self._connections = TransportFactory(
            config.feedback,
            pins,
            self._slots,
            offers or WebSocketSupport(None),
            notice=self._tell,
            jumps=self._jumps,
            cloud=self.cloud,
        )
        for settings in config.phones:
            self._connections.check(settings)
        self._schemas = Schemas()
        self._stands: dict[PhoneId, ConnectionState] = {}
        self._watches = {settings.id: self._watch(settings) for settings in config.phones}
        self._drawn: tuple[int, Mapping[PhoneId, Phone]] = (-1, {})
        self._alarms = AlertMonitor(self._ledger, config.quality, config.muted_alerts, self.causes)
        self._overview = FleetAnalysis(
            {settings.id: settings.numbers for settings in config.phones}, self._ledger.guard
        )
        self._records = RememberedCalls(archive)
        self._claims = WebexMatch(self._settings, self._ledger.guard)
        self._time = MachineTime(self._ledger, self._alarms, self._watches)
        self._memory = CallArchiver(self._records, self._ledger, self._watches, self._noted)
        self.older_calls = OlderCalls(self._records, self._told_apart) if archive is not None else None

    @property
    def version(self) -> int:
        """Moves whenever anything that can be seen changed."""
        return self._ledger.version

    @property
    def phones(self) -> Mapping[PhoneId, Phone]:
        """In the order of the configuration, adopted ones last; the same mapping as long as nothing changed."""
        if self._drawn[0] != self.version:
            phones = {phone: watch.knowledge.phone for phone, watch in self._watches.items()}
            self._drawn = (self.version, MappingProxyType(phones))
        return self._drawn[1]

    @property
    def entries(self) -> tuple[JournalEntry, ...]:
        """The journal, oldest first."""
        return self._ledger.entries

    def history(self, phone: PhoneId) -> Mapping[CallKey, CallHistory]:
        """Of a phone that is drawn; none of one that is not watched any more."""
        self._guests.looked_at(phone)
        watch = self._watches.get(phone)
        return watch.knowledge.histories if watch else {}

    def port_history(self, phone: PhoneId) -> Mapping[int, PortHistory]:
        return self._watches[phone].knowledge.port_histories

    @property
    def alerts(self) -> Sequence[Alert]:
        """Those that hold, worst first, then those cleared lately."""
        return self._alarms.alerts

    @property
    def hints(self) -> Sequence[Diagnosis]:
        """What comparing the phones points at."""
        return self._overview.hints

    @property
    def records(self) -> Sequence[CallRecord]:
        """Newest first, those that are up on top; the same object as long as nothing changed."""
        return self._records.newest_first

    @property
    def unkept(self) -> str:
        """Why calls don't outlive this run; empty where they do."""
        return self._records.unkept

    @property
    def answers_s(self) -> tuple[float, ...]:
        """How long the latest answer of each phone took; those that never answered are left out."""
        return tuple(watch.answer_ms / 1000 for watch in self._watches.values() if watch.answer_ms is not None)

    def partner(self, phone: PhoneId, call: CallKey) -> Partner | Ambiguous | None:
        """The other end; None where no monitored phone can be it."""
        return self._overview.partner((phone, call))

    def causes(self, phone: PhoneId, call: CallKey) -> Sequence[Diagnosis]:
        """What one call's figures point at."""
        return self._overview.causes((phone, call))

    @property
    def tunnels(self) -> Sequence[TunnelState]:
        """The jump hosts in use."""
        return self._jumps.states

    def ask_with(self, asking: "LoginPrompter | None") -> None:
        """Whom jump hosts' questions are put to: new host keys, passphrases, passwords."""
        self._jumps.ask_with(asking)

    async def open_tunnels(self) -> None:
        """Waits until every jump host is open, however long its questions take. Raises PhonetuiErrors."""
        await self._jumps.open()

    def mute(self, alert: AlertKey, *, muted: bool) -> None:
        """For this run."""
        self._alarms.mute(alert, muted=muted)

    def document(self, phone: PhoneId) -> Document:
        """Everything the phone said that still holds; the same object as long as nothing changed."""
        watch = self._watches.get(phone)
        return watch.knowledge.document if watch else EMPTY

    def changed_at(self, phone: PhoneId) -> Mapping[Path, float]:
        """When each leaf of the document came or changed last, in monotonic seconds."""
        watch = self._watches.get(phone)
        return watch.knowledge.changed_at if watch else {}

    def trust(self, phone: PhoneId) -> Trust:
        """Why the phone is believed to be itself."""
        settings = self._settings.get(phone)
        return self._connections.trust(settings) if settings else Trust(TrustReason.WEBEX, NOTHING)

    async def commands(self, phone: PhoneId) -> CommandSchema:
        """What the phone takes: by its own documents where it publishes them, else what is published of all phones."""
        watch = self._watches.get(phone)
        return await self._schemas.of(watch) if watch else published()

    def pace(self, phone: PhoneId, by: float) -> Poll:
        """Asks `by` times as often for this run, within limits; the intervals then in force."""
        return self._watches[phone].pace(by)

    async def run(self) -> None:
        """Follows every phone until cancelled; gives the feedback slots back on the way out."""
        try:
            await self._memory.begin()
            async with asyncio.TaskGroup() as self._tasks:
                tasks = self._tasks
                tasks.create_task(self._look())
                tasks.create_task(self._memory.load())
                if self.cloud is not None:
                    tasks.create_task(self.cloud.run())
                for watch in tuple(self._watches.values()):
                    self._follow(watch)
                    await asyncio.sleep(START_GAP_S)
        finally:
            self._tasks = None
            self._following.clear()
            if self.older_calls is not None:
                await self.older_calls.close()
            await asyncio.gather(self._memory.close(), self._connections.close())
            await self._jumps.close()
            await self._close_stores()

    async def close(self) -> None:
        """Ends the connections that single requests opened."""
        await asyncio.gather(*(watch.close() for watch in self._watches.values()))
        await self._connections.close()
        await self._jumps.close()
        if self.cloud is not None:
            await self.cloud.close()
        await self._close_stores()

    async def _close_stores(self) -> None:
        """Everything learnt is on the disk, or it is said that it isn't."""
        if not await asyncio.to_thread(WRITER.flush):
            self._storage.add("not everything that was learnt could be written in time: another program holds its lock")
        self._slots.close()
        self._tell_of_stores()

    def _tell_of_stores(self) -> None:
        for words in self._storage.take():
            self._warn(_FILES, words)

    async def fetch(self, phone: PhoneId, path: Path) -> Document:
        """Reads once. CommandRefused for a place that neither the phone nor the catalogue knows."""
        return await fetch_known(self._watches[phone].transport, path)

    async def _look(self) -> None:
        """States follow from facts and time; here is where time passes."""
        loop = asyncio.get_running_loop()
        freeze_at = loop.time() + FREEZE_AFTER_S
        guard = self._ledger.guard
        while True:
            guard.run(EVERYBODY, "this computer's clocks", self._time.look, loop.time())
            guard.run(EVERYBODY, "the jump hosts", self._look_at_tunnels, loop.time())
            for watch in tuple(self._watches.values()):
                watch.desk.guarded("its state and alerts", self._look_at, watch, loop.time())
            if self.cloud is not None:
                guard.run(EVERYBODY, "what Webex claims", self._claim, self.cloud.state, loop.time())
            guard.run(EVERYBODY, "comparing phones", self._compare, loop.time())
            guard.run(EVERYBODY, "control of phones", self.expire, loop.time())
            guard.run(EVERYBODY, "the call history", self._memory.look)
            guard.run(EVERYBODY, "what is kept on disk", self._tell_of_stores)
            if loop.time() >= freeze_at:
                freeze_at = float("inf")
                gc.collect()
                gc.freeze()
            await asyncio.sleep(LOOK_S)

    def _look_at_tunnels(self, now: float) -> None:
        self._ledger.version += self._jumps.look()
        self._alarms.look_at_tunnels(self._jumps.states, now, datetime.now(UTC))

    def _look_at(self, watch: Watch, now: float) -> None:
        self._stand(watch, now)
        self._alarms.look(watch.knowledge.phone, now, datetime.now(UTC))

    def _compare(self, now: float) -> None:
        if self._overview.look(self.phones, now):
            self._ledger.version += 1

    def _far_sent(self, leg: Leg) -> int | None:
        """How many packets the other end of a call counts as sent; None where it is no monitored phone in sight."""
        partner = self._overview.partner(leg)
        watch = self._watches.get(partner.phone) if isinstance(partner, Partner) else None
        if watch is None or not isinstance(partner, Partner) or not watch.knowledge.phone.is_current:
            return None
        calls = watch.knowledge.phone.calls
        return next((call.packets_sent for call in calls if call.key == partner.key), None)

    def _noted(self, record: CallRecord) -> CallRecord:
        partner = self.partner(record.phone, record.key)
        found = partner if isinstance(partner, Partner) else None
        return noted(record, self.alerts, self.causes(record.phone, record.key), found)

    def _stand(self, watch: Watch, now: float) -> None:
        settings, stand = self._settings[watch.desk.phone], self._stands[watch.desk.phone]
        jump = None if settings.is_behind_webex else settings.jump
        if stand.look(now, failure=self._jumps.failure(jump), tunnel_ms=self._jumps.round_trip_ms(jump)):
            self._ledger.version += 1

    def _claim(self, state: CloudState, now: float) -> None:
        for phone, claim in self._claims.look(state, self.phones, now):
            watch = self._watches[phone]
            if line := disagreement_note(watch.knowledge.phone.claim, claim):
                watch.desk.note(*line)
            watch.knowledge.phone = replace(watch.knowledge.phone, claim=claim)
            self._ledger.version += 1

    def _forget(self, watch: Watch) -> None:
        phone = watch.desk.phone
        del self._stands[phone]
        self._memory.leave(watch)
        for keeper in (self._alarms, self._overview, self._claims, self._connections):
            keeper.forget(phone)

    def _told_apart(self) -> None:
        self._ledger.version += 1

    def _watch(self, settings: PhoneSettings) -> Watch:
        pushes = self.permission(settings.id) is not Permission.DENIED  # a registration is a write
        watch = Watch(
            PhoneLog(settings.id, self._ledger),
            Knowledge(
                initial_phone(settings),
                self._config.quality,
                scales=self._scales,
                loss_rate_scale=settings.loss_rate_scale,
                mos_divisor=settings.mos_scale,
                far_sent=lambda call: self._far_sent((settings.id, call)),
            ),
            Schedule(settings.poll, METERED if settings.is_behind_webex else DIRECT),
            lambda: self._connections.transport(settings, pushes=pushes),
        )
        self._stands[settings.id] = ConnectionState(watch)
        return watch

    def _cloud(self, webex: "Open") -> WebexOrganization:
        def changed() -> None:
            self._ledger.version += 1

        def note(words: str, weight: Weight) -> None:
            self._ledger.write(JournalEntry(datetime.now(UTC), WEBEX, printable(words), weight))
            _log.info("%s: %s", WEBEX, words)

        read_only = self._config.read_only or self._config.defaults.control is ControlMode.OFF
        return WebexOrganization(webex, changed=changed, note=note, record=self._record, is_read_only=read_only)

    def _tell_of_jump(self, name: str, words: str, weight: Weight) -> None:
        self._ledger.write(JournalEntry(datetime.now(UTC), PhoneId(name), printable(words), weight))
        _log.info("%s: %s", name, words)
        if weight is Weight.WARNING:
            self._notice(f"{name}: {words}")

    def _warn(self, who: PhoneId, words: str) -> None:
        self._ledger.write(JournalEntry(datetime.now(UTC), who, printable(words), Weight.WARNING))
        self._notice(f"{who}: {words}")

    def _tell(self, settings: PhoneSettings, words: str) -> None:
        self._watches[settings.id].desk.note(words)
        self._notice(f"{settings.id}: {words}")
