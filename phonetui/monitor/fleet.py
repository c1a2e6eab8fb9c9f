"""The live fleet: one watch for each phone, what comparing phones shows, and one version counter."""

import asyncio
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from math import inf
from pathlib import Path as File
from typing import TYPE_CHECKING

from phonetui.archive.archive import Archive
from phonetui.config import places
from phonetui.config.settings import Config, ControlMode, PhoneSettings, Poll
from phonetui.fleet.protocol import Permission, Trust, TrustReason
from phonetui.fleet.startup import initial_phone
from phonetui.monitor.adopted_phones import AdoptedPhones
from phonetui.monitor.cloud import WEBEX, WebexOrganization
from phonetui.monitor.control import PhoneControl
from phonetui.monitor.control_policy import AuditEntry
from phonetui.monitor.firmware_profile import KeyArgumentStore, LossRateUnitStore
from phonetui.monitor.fleet_analysis import WebexMatch, disagreement_note
from phonetui.monitor.inventory_archiver import InventoryArchiver
from phonetui.monitor.journal import EVERYBODY, FEW_ENTRIES, MOST_ENTRIES, Journal, PhoneLog, Report, both
from phonetui.monitor.jump_hosts import JumpHosts
from phonetui.monitor.keyframe import PhoneSetup
from phonetui.monitor.observations import (
    AlertMuted,
    EntryWritten,
    FleetCompared,
    Observation,
    ObservationSink,
    PhoneAdded,
    PhoneRemoved,
    TunnelsChanged,
)
from phonetui.monitor.observed_fleet import ObservedFleet
from phonetui.monitor.observed_phone import moment
from phonetui.monitor.older_calls import OlderCalls
from phonetui.monitor.process_memory import GarbageCollection, tend_heap
from phonetui.monitor.schedule import DIRECT, METERED, Schedule
from phonetui.monitor.transports import StartLimiter, TransportFactory, fetch_known
from phonetui.monitor.update_loop import UpdateLoop
from phonetui.monitor.voice_reports import VoiceReportRouter
from phonetui.monitor.watch import Watch
from phonetui.monitor.watches import ConnectionChange, MachineTime, Watches
from phonetui.phone.alerts.alert import Alert, AlertKey
from phonetui.phone.calls.call_record import CallRecord
from phonetui.phone.diagnosis import Diagnosis
from phonetui.phone.history import CallHistory
from phonetui.phone.journal import JournalEntry, Weight
from phonetui.phone.state import CallKey, Phone, PhoneId
from phonetui.storage.writer import WRITER, StorageNotices
from phonetui.text import NOTHING
from phonetui.transport.subscription import SlotStore
from phonetui.transport.trust import PinStore
from phonetui.transport.websocket_support import WebSocketSupport
from phonetui.webex.inventory import CloudState
from phonetui.xapi.document import Document
from phonetui.xapi.path import Path

if TYPE_CHECKING:
    from phonetui.monitor.cloud import Open

_FILES = PhoneId("files")
"""Stands in the journal where a phone's name would: the program's own files."""
_log = logging.getLogger(__name__)


class LiveFleet:
    """Runs headless or under a screen; both pull from the same frozen phones.

    Fulfils every protocol of `fleet.protocol`, where its members are described. `control` acts on phones, `_watches` is
    a watch for each, `_adopted` those that only Webex knows, `_analysis` both ends of calls and causes, `_history` the
    calls, `_match` what Webex claims of phones, `_jumps` the jump hosts, `_connections` the ways to phones.
    """

    def __init__(
        self,
        config: Config,
        *,
        pins: PinStore,
        slots: SlotStore | None = None,
        websocket_support: WebSocketSupport | None = None,
        known_hosts: File | None = None,
        loss_rate_units: LossRateUnitStore | None = None,
        key_arguments: KeyArgumentStore | None = None,
        report: Callable[[Report], None] | None = None,
        notice: Callable[[str], None] | None = None,
        audit: Callable[[AuditEntry], None] | None = None,
        archive: Archive | None = None,
        webex: "Open | None" = None,
        storage: StorageNotices | None = None,
        keeps_histories: bool = True,
        recorder: ObservationSink | None = None,
    ) -> None:
        """`report` is called with everything that happens, `notice` with lines for standard error.

        `audit` is called with every command that was sent; it neither waits nor raises. Without an `archive` calls are
        remembered for this run alone. `webex` opens the organization's cloud, where there is one.
        `storage` is where the stores say what they cannot keep. Without `keeps_histories` there are no figures over
        time, and only the latest calls and lines of the journal. `recorder` is given all that is observed.
        """
        self._config = config
        self._recorder = recorder
        self._storage = storage or StorageNotices()
        self._notice = notice or (lambda _: None)
        self._slots = slots or SlotStore(None)
        if recorder is not None:
            self.journal = Journal(both(report, recorder.take_report), self._record_entry)
        else:
            self.journal = Journal(report, most=MOST_ENTRIES if keeps_histories else FEW_ENTRIES)
        self.cloud = self._organization(webex, audit) if webex is not None else None
        """The organization in Webex; None where none is configured."""
        self._jumps = JumpHosts(config, known_hosts or places.known_hosts(), self._note_jump_host)
        self._connections = TransportFactory(
            config.feedback, pins, self._slots, websocket_support or WebSocketSupport(None),
            notice=self._note_connection, jumps=self._jumps, cloud=self.cloud,
        )  # fmt: skip
        for settings in config.phones:
            self._connections.check(settings)
        self._starts = StartLimiter()
        self._garbage = GarbageCollection()
        self._watches = Watches(self._watch)
        self.control = PhoneControl(config, self._watches, self._connections, audit=audit, key_arguments=key_arguments)
        self._observed = ObservedFleet(
            self.journal,
            config.quality,
            config.muted_alerts,
            numbers={settings.id: settings.numbers for settings in config.phones},
            units=loss_rate_units,
            archive=archive,
            keeps_histories=keeps_histories,
        )
        self._analysis, self._alerts = self._observed.analysis, self._observed.alerts
        self._records, self._history = self._observed.records, self._observed.archiver
        self._records.changed = recorder.take_record if recorder is not None else None
        self.partner, self.causes = self._observed.partner, self._observed.causes
        self.port_history, self.document = self._observed.port_histories, self._observed.document
        self.changed_at = self._observed.changed_at
        self.older_calls = OlderCalls(self._records, self.journal.touch) if archive is not None else None
        self.voice_reports = VoiceReportRouter(self._observed)
        self._adopted = AdoptedPhones(self._watches, self.cloud, config.defaults, self._forget)
        self._inventory = InventoryArchiver(archive, self._observed, self._watches.settings, self._connections.shown)
        self._match = WebexMatch(self._watches.settings, self.journal.guard)
        self._time = MachineTime(self.journal, self._alerts, self._watches)
        for settings in config.phones:
            self._watches.add(settings)
        control, accounts = self.control, self.control.accounts
        self.permission, self.grant, self.revoke = control.permission, control.grant, control.revoke
        self.dial, self.press, self.command = control.dial, control.press, control.command
        self.commands, self.key_argument, self.calls_now = control.commands, control.key_argument, control.calls_now
        self.read_calls, self.username, self.sign_in = control.read_calls, accounts.username, accounts.sign_in
        self.check_certificate, self.accept_certificate = control.check_certificate, control.accept_certificate
        self.numbers = control.numbers
        self.ask_with, self.open_tunnels = self._jumps.ask_with, self._jumps.open

    @property
    def version(self) -> int:
        return self.journal.version

    def on_next_change(self, changed: Callable[[], None]) -> None:
        self.journal.on_next_change(changed)

    @property
    def phones(self) -> Mapping[PhoneId, Phone]:
        """The phones in the order of the configuration, adopted ones last.

        The same mapping as long as nothing changed.
        """
        return self._observed.phones

    @property
    def entries(self) -> tuple[JournalEntry, ...]:
        """The journal, oldest first."""
        return self.journal.entries

    def history(self, phone: PhoneId) -> Mapping[CallKey, CallHistory]:
        """The series of a phone's calls, as somebody looks at it; empty for one that is no longer watched."""
        self._adopted.look_at(phone)
        return self._observed.histories(phone)

    @property
    def alerts(self) -> Sequence[Alert]:
        return self._alerts.alerts

    @property
    def hints(self) -> Sequence[Diagnosis]:
        return self._analysis.hints

    @property
    def records(self) -> Sequence[CallRecord]:
        return self._records.newest_first

    @property
    def unkept(self) -> str:
        return self._records.unkept

    @property
    def granted(self) -> frozenset[PhoneId]:
        return self.control.granted

    def mute(self, alert: AlertKey, *, muted: bool) -> None:
        self._alerts.mute(alert, muted=muted)
        self._record(AlertMuted(alert, muted))

    def trust(self, phone: PhoneId) -> Trust:
        settings = self._watches.settings.get(phone)
        return self._connections.trust(settings) if settings else Trust(TrustReason.WEBEX, NOTHING)

    def pace(self, phone: PhoneId, by: float) -> Poll:
        poll = self._watches[phone].pace(by)
        self.journal.touch()
        return poll

    async def fetch(self, phone: PhoneId, path: Path) -> Document:
        """Reads once. CommandRefused for a place that neither the phone nor the catalogue knows."""
        return await fetch_known(self._watches[phone].transport, path)

    def adopt(self, device_key: str) -> PhoneId:
        """Watches a phone that only Webex knows; see `AdoptedPhones.adopt`. Raises ConfigError."""
        phone = self._adopted.adopt(device_key)
        self.journal.touch()
        return phone

    def reconfigure(self, config: Config) -> None:
        """Watches the phones of `config` from now on. Those whose settings stay go on undisturbed.

        Jump hosts, addresses that are listened on and Webex stay as they are. Raises ConfigError before anything was
        changed.
        """
        for settings in config.phones:
            self._connections.check(settings)
        wanted = {settings.id: settings for settings in config.phones}
        configured = {settings.id for settings in self._config.phones}
        for phone, settings in dict(self._watches.settings).items():
            if wanted.get(phone) != settings and (phone in configured or phone in wanted):
                self._forget(self._watches.remove(phone))
        self._config = config
        self.control.reconfigure(config)
        for settings in config.phones:
            if settings.id not in self._watches:
                self._watches.add(settings)
        self._analysis.set_numbers({settings.id: settings.numbers for settings in config.phones})
        self.journal.touch()

    async def run(self) -> None:
        """Follows every phone until cancelled; gives the feedback slots back on the way out."""
        self._garbage.begin(asyncio.get_running_loop().time())
        try:
            await self._history.begin()
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(tend_heap())
                tasks.create_task(UpdateLoop(self.journal, self._update, self._due_at).run())
                tasks.create_task(self._history.load())
                tasks.create_task(self._inventory.run())
                if self.cloud is not None:
                    tasks.create_task(self.cloud.run())
                await self._watches.start(tasks)
        finally:
            self._garbage.end()
            self._watches.stopped()
            if self.older_calls is not None:
                await self.older_calls.close()
            await asyncio.gather(self._history.close(), self._connections.close())
            await self._jumps.close()
            await self._close_stores()

    async def close(self) -> None:
        """Ends the connections that single requests opened."""
        await self._watches.close()
        await self._connections.close()
        await self._jumps.close()
        if self.cloud is not None:
            await self.cloud.close()
        await self._close_stores()

    async def _close_stores(self) -> None:
        """Waits until everything learnt is on the disk; writes into the journal what is not."""
        if not await asyncio.to_thread(WRITER.flush):
            self._storage.add("not everything that was learnt could be written in time: another program holds its lock")
        self._slots.close()
        self._note_stores()

    def _update(self, at: float, seen_at: datetime) -> Iterator[None]:
        """What follows from facts and time: states, alerts, comparisons; at a stroke where a keyframe is taken."""
        guard, recorder = self.journal.guard, self._recorder
        is_keyframe = recorder is not None and recorder.wants_keyframe(at)
        guard.run(EVERYBODY, "this computer's clocks", self._time.update, at, seen_at)
        guard.run(EVERYBODY, "the jump hosts", self._update_tunnels)
        for phone in self._watches.due(at):
            if (watch := self._watches.get(phone)) is not None:
                watch.log.run_guarded("its state", self._update_connection, watch, *moment())
            yield
        at, seen_at = moment()
        if self.cloud is not None:
            guard.run(EVERYBODY, "what Webex claims", self._match_devices, self.cloud.state, at, seen_at)
        self._record(FleetCompared(at, seen_at))
        if is_keyframe:
            self._observed.compare(at, seen_at)
        else:
            yield from self._observed.comparing(at, seen_at)
        guard.run(EVERYBODY, "control of phones", self.control.expire, at)
        guard.run(EVERYBODY, "the call history", self._history.update)
        guard.run(EVERYBODY, "what is kept on disk", self._note_stores)
        if is_keyframe:
            guard.run(
                EVERYBODY, "the recording", self._observed.record_keyframe, recorder, at, seen_at, self._time.before
            )
        yield
        self._garbage.update(at)

    def _due_at(self) -> float:
        """As `UpdateLoop` has it."""
        if self._jumps.states or self.control.granted or self._observed.has_waiting_reports:
            return -inf
        return min(self._watches.until, self._alerts.due_at, self._garbage.due_at)

    def _note_answer(self, watch: Watch) -> None:
        """The age of what is known follows each answer; all else is looked at together."""
        if watch.log.phone in self._watches:
            watch.log.run_guarded("its state", self._update_connection, watch, *moment())

    def _update_tunnels(self) -> None:
        self.journal.version += self._jumps.update()
        tunnels = self._jumps.states
        if tunnels != self._observed.tunnels:
            self._observed.tunnels = tunnels
            self._record(TunnelsChanged(tunnels))

    def _update_connection(self, watch: Watch, at: float, seen_at: datetime) -> None:
        settings = self._watches.settings[watch.log.phone]
        jump = None if settings.is_behind_webex else settings.jump
        failure, tunnel_ms = self._jumps.failure(jump), self._jumps.round_trip_ms(jump)
        change = self._watches.connections[settings.id].update(at, seen_at, failure=failure, tunnel_ms=tunnel_ms)
        if change is not ConnectionChange.NONE:
            self.journal.touch(is_visible=change is ConnectionChange.VISIBLE)

    def _match_devices(self, state: CloudState, at: float, seen_at: datetime) -> None:
        for phone, claim in self._match.update(state, self.phones, at):
            watch = self._watches[phone]
            if line := disagreement_note(watch.knowledge.phone.claim, claim):
                watch.log.note(*line)
            watch.observed.claim(claim, at, seen_at)
            self.journal.touch()

    def _forget(self, watch: Watch) -> None:
        """Whoever keeps something of a phone that is not watched any more lets go of it."""
        phone = watch.log.phone
        self._observed.leave(phone)
        for part in (self._match, self._connections, self.control):
            part.forget(phone)
        self._record(PhoneRemoved(phone))

    def _watch(self, settings: PhoneSettings) -> Watch:
        pushes = self.control.permission(settings.id) is not Permission.DENIED  # a registration is a write
        scales = settings.loss_rate_scale, settings.mos_scale
        setup = PhoneSetup(initial_phone(settings), settings.numbers, *scales)
        watch = Watch(
            PhoneLog(settings.id, self.journal),
            self._observed.knowledge(setup),
            Schedule(settings.poll, METERED if settings.is_behind_webex else DIRECT),
            lambda: self._connections.transport(self._watches.settings.get(settings.id, settings), pushes=pushes),
            None if self._recorder is None else self._record,
            starts=self._starts,
            answered=self._note_answer,
        )
        self._observed.join(watch.observed)
        self._record(PhoneAdded(setup))
        return watch

    def _record(self, observation: Observation) -> None:
        if self._recorder is not None:
            self._recorder.take(observation)

    def _record_entry(self, entry: JournalEntry, taken_back: tuple[JournalEntry, ...]) -> None:
        self._record(EntryWritten(entry, taken_back))

    def _organization(self, webex: "Open", audit: Callable[[AuditEntry], None] | None) -> WebexOrganization:
        return WebexOrganization(
            webex,
            changed=self.journal.touch,
            note=lambda words, weight: self.journal.note(WEBEX, words, weight),
            record=audit or (lambda _: None),
            is_read_only=self._config.read_only or self._config.defaults.control is ControlMode.OFF,
        )

    def _note_jump_host(self, name: str, words: str, weight: Weight) -> None:
        self.journal.note(PhoneId(name), words, weight)
        if weight is Weight.WARNING:
            self._notice(f"{name}: {words}")

    def _note_connection(self, settings: PhoneSettings, words: str) -> None:
        self._watches[settings.id].log.note(words)
        self._notice(f"{settings.id}: {words}")

    def _note_stores(self) -> None:
        for words in self._storage.take():
            self.journal.note(_FILES, words, Weight.WARNING)
            self._notice(f"{_FILES}: {words}")
