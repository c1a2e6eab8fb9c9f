"""All phones: one watch each, one version counter, and the only way to act on any of them."""

import asyncio
import gc
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path as File
from types import MappingProxyType
from typing import TYPE_CHECKING

from phonetui.config import places
from phonetui.config.settings import Config, Control, PhoneSettings, Tls
from phonetui.errors import AccessError, CommandRefused, PhonetuiError, TransportError
from phonetui.monitor.audit import INTERRUPTED, OK, Deed
from phonetui.monitor.condition import state
from phonetui.monitor.connections import Connections
from phonetui.monitor.desk import Desk, Ledger
from phonetui.monitor.grants import IDLE_S, Grants
from phonetui.monitor.jumps import Jumps
from phonetui.monitor.knowledge import Knowledge
from phonetui.monitor.permission import Permission
from phonetui.monitor.report import Report
from phonetui.monitor.schedule import Schedule
from phonetui.monitor.trust import Trust
from phonetui.monitor.watch import Watch
from phonetui.phone.alert import Alert, AlertKey
from phonetui.phone.history import CallHistory
from phonetui.phone.journal import Entry, Weight
from phonetui.phone.models import model
from phonetui.phone.partner import Ambiguous, Hint, Leg, Partner
from phonetui.phone.record import CallRecord
from phonetui.phone.state import CallKey, Connection, Phone, PhoneId
from phonetui.phone.tunnel import TunnelState
from phonetui.text import NOTHING, printable
from phonetui.transport.base import Describing
from phonetui.transport.offers import OfferStore
from phonetui.transport.slots import SlotStore
from phonetui.transport.trust import PinStore
from phonetui.xapi.catalog import phoneos
from phonetui.xapi.command import Answer, Command
from phonetui.xapi.document import Document
from phonetui.xapi.path import Path
from phonetui.xapi.schema import CommandSchema, always_asks, parse_schema, published
from phonetui.xapi.secrecy import told, without_secrets
from phonetui.xapi.xml import no_match

if TYPE_CHECKING:
    from phonetui.transport.ssh.jump import Asking

START_GAP_S = 0.01
"""Between the starts of two phones: a thousand at once froze the screen for 0.8 s."""
LOOK_S = 0.25
"""Between two looks at which state each phone is in."""
FREEZE_AFTER_S = 30.0
"""When the long-lived objects leave the garbage collector's sight: its pauses were 40 ms with a big fleet."""

_log = logging.getLogger(__name__)
_MODEL = Path.of("SystemUnit", "ProductId")
_DIAL = Path.of("Call", "Dial")
_SEND_KEY = Path.of("Ui", "SendKey")
_BOOTS = (Path.of("SystemUnit", "Boot"), Path.of("SystemUnit", "FactoryReset"))


class Fleet:
    """Runs headless or under a screen; both pull from the same frozen phones."""

    def __init__(
        self,
        config: Config,
        *,
        pins: PinStore,
        slots: SlotStore | None = None,
        offers: OfferStore | None = None,
        known_hosts: File | None = None,
        report: Callable[[Report], None] | None = None,
        notice: Callable[[str], None] | None = None,
        audit: Callable[[Deed], None] | None = None,
    ) -> None:
        """`report` is called with everything that happens, `notice` with lines for standard error.

        `audit` is called with every command that was sent; where it raises OSError, that is told once.
        """
        self._config = config
        self._notice = notice
        self._audit = audit
        self._is_audited = True
        self._ledger = Ledger(report)
        self._settings = {settings.id: settings for settings in config.phones}
        self._jumps = Jumps(config, known_hosts or places.known_hosts(), self._tell_of_jump)
        self._connections = Connections(
            config.feedback,
            pins,
            slots or SlotStore(None),
            offers or OfferStore(None),
            notice=self._tell,
            jumps=self._jumps,
        )
        for settings in config.phones:
            self._connections.check(settings)
        self._grants = Grants()
        self._schemas: dict[tuple[str | None, str | None], CommandSchema] = {}
        """By model and firmware: phones of one kind take the same commands."""
        self._watches = {settings.id: self._watch(settings) for settings in config.phones}
        self._drawn: tuple[int, Mapping[PhoneId, Phone]] = (-1, {})
        self._alerts: tuple[Alert, ...] = ()
        self._hints: tuple[Hint, ...] = ()
        self._records: tuple[CallRecord, ...] = ()
        self._partners: dict[Leg, Partner | Ambiguous] = {}
        self._causes: dict[Leg, tuple[Hint, ...]] = {}

    @property
    def version(self) -> int:
        """Moves whenever anything that can be seen changed."""
        return self._ledger.version

    @property
    def phones(self) -> Mapping[PhoneId, Phone]:
        """In the order of the configuration; the same mapping as long as nothing changed."""
        if self._drawn[0] != self.version:
            phones = {phone: watch.knowledge.phone for phone, watch in self._watches.items()}
            self._drawn = (self.version, MappingProxyType(phones))
        return self._drawn[1]

    @property
    def entries(self) -> tuple[Entry, ...]:
        """The journal, oldest first."""
        return self._ledger.entries

    def history(self, phone: PhoneId) -> Mapping[CallKey, CallHistory]:
        return self._watches[phone].knowledge.histories

    @property
    def alerts(self) -> Sequence[Alert]:
        """Those that hold, worst first, then those cleared lately."""
        return self._alerts

    @property
    def hints(self) -> Sequence[Hint]:
        """What comparing the phones points at."""
        return self._hints

    @property
    def records(self) -> Sequence[CallRecord]:
        """Newest first."""
        return self._records

    def partner(self, phone: PhoneId, call: CallKey) -> Partner | Ambiguous | None:
        """The other end; None where no monitored phone can be it."""
        return self._partners.get((phone, call))

    def causes(self, phone: PhoneId, call: CallKey) -> Sequence[Hint]:
        """What one call's figures point at."""
        return self._causes.get((phone, call), ())

    @property
    def tunnels(self) -> Sequence[TunnelState]:
        """The jump hosts in use."""
        return self._jumps.states

    def ask_with(self, asking: "Asking | None") -> None:
        """Whom jump hosts' questions are put to: new host keys, passphrases, passwords."""
        self._jumps.ask_with(asking)

    async def open_tunnels(self) -> None:
        """Waits until every jump host is open, however long its questions take. Raises PhonetuiErrors."""
        await self._jumps.open()

    def mute(self, alert: AlertKey, *, muted: bool) -> None:
        """For this run."""
        self._alerts = tuple(replace(known, is_muted=muted) if known.key == alert else known for known in self._alerts)
        self._ledger.version += 1

    def document(self, phone: PhoneId) -> Document:
        """Everything the phone said that still holds; the same object as long as nothing changed."""
        return self._watches[phone].knowledge.document

    def changed_at(self, phone: PhoneId) -> Mapping[Path, float]:
        """When each leaf of the document came or changed last, in monotonic seconds."""
        return self._watches[phone].knowledge.changed_at

    def trust(self, phone: PhoneId) -> Trust:
        """Why the phone is believed to be itself."""
        return self._connections.trust(self._settings[phone])

    async def commands(self, phone: PhoneId) -> CommandSchema:
        """What the phone takes: by its own documents where it publishes them, else what is published of all phones."""
        system = self._watches[phone].knowledge.phone.system
        kind = (system.product_id, system.version)
        if kind in self._schemas:
            return self._schemas[kind]
        transport = self._watches[phone].transport
        if not isinstance(transport, Describing):
            return published()
        try:
            schema = parse_schema(*await transport.describe())
        except (TransportError, AccessError):
            return published()  # it may answer the next time
        except PhonetuiError:
            schema = published()
        if None not in kind:
            self._schemas[kind] = schema
        return schema

    async def run(self) -> None:
        """Follows every phone until cancelled; gives the feedback slots back on the way out."""
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._look())
                for watch in self._watches.values():
                    tasks.create_task(watch.run())
                    await asyncio.sleep(START_GAP_S)
        finally:
            await self._connections.close()
            await self._jumps.close()

    async def close(self) -> None:
        """Ends the connections that single requests opened."""
        await asyncio.gather(*(watch.close() for watch in self._watches.values()))
        await self._connections.close()
        await self._jumps.close()

    async def fetch(self, phone: PhoneId, path: Path) -> Document:
        """Reads once. CommandRefused for a place that neither the phone nor the catalogue knows."""
        document = await self._watches[phone].transport.fetch(path)
        if not document and not phoneos().knows(path):
            raise no_match(path)
        return document

    def permission(self, phone: PhoneId) -> Permission:
        control = self._settings[phone].control
        if self._config.read_only or control is Control.OFF:
            return Permission.DENIED
        return Permission.GRANTED if control is Control.ON or phone in self._grants else Permission.ASK

    def grant(self, phone: PhoneId) -> None:
        """The operator said yes. Ends by `revoke`, or by itself when nothing was sent for IDLE_S."""
        self._grants.give(phone, asyncio.get_running_loop().time())
        self._watches[phone].desk.note("control taken")

    def revoke(self, phone: PhoneId) -> None:
        if self._grants.end(phone):
            self._watches[phone].desk.note("control given back")

    @property
    def granted(self) -> frozenset[PhoneId]:
        """Phones that the operator took control of in this run and can give back."""
        return frozenset(self._grants)

    async def command(self, phone: PhoneId, command: Command, *, confirmed: bool = False) -> Answer:
        """Runs a command, where control allows it. `confirmed`: whoever calls has the operator's word for this one.

        What takes the phone from its user, or calls for help, needs that word even where control is not asked for.
        """
        self._permit(phone, command, confirmed=confirmed)
        self._grants.used(phone, asyncio.get_running_loop().time())
        watch = self._watches[phone]
        deed = Deed(datetime.now(UTC), phone, watch.knowledge.phone.address, command, OK)
        try:
            answer = await watch.transport.command(command)
        except asyncio.CancelledError:
            self._record(replace(deed, answer=INTERRUPTED))
            raise
        except PhonetuiError as error:
            self._record(replace(deed, answer=error.kind, words=error.message))
            watch.desk.note(f"{told(command)}: {without_secrets(str(error), command)}", Weight.WARNING)
            raise
        self._record(deed)
        if command.path in _BOOTS:
            watch.restarting()
        outcome = "  ".join(f"{path} {value}" for path, value in answer.document.items() if len(value) < 80)
        watch.desk.note(f"{told(command)}: OK  {without_secrets(outcome, command)}".rstrip())
        return answer

    async def dial(self, phone: PhoneId, number: str, *, confirmed: bool = False) -> Answer:
        return await self.command(phone, Command(_DIAL, (("Number", number),)), confirmed=confirmed)

    async def press(self, phone: PhoneId, key: str, *, confirmed: bool = False) -> Answer:
        """`key` is a canonical name; the model's table and the configuration spell it for the wire."""
        self._permit(phone, Command(_SEND_KEY), confirmed=confirmed)
        sendkey = self._settings[phone].sendkey
        spelled = sendkey.names.get(key) or model(await self._product(phone)).spelled(key)
        return await self.command(phone, Command(_SEND_KEY, ((sendkey.parameter, spelled),)), confirmed=confirmed)

    def _permit(self, phone: PhoneId, command: Command, *, confirmed: bool) -> None:
        match self.permission(phone):
            case Permission.DENIED:
                raise AccessError("read-only: nothing was sent", "Leave out --read-only, or set control")
            case Permission.ASK if not confirmed:
                raise AccessError("control was not taken: nothing was sent", "Take control of the phone first")
            case _ if always_asks(command) and not confirmed:
                raise AccessError(f"'{command}' was not confirmed: nothing was sent", "It is asked for every time")
            case _:
                pass

    def _record(self, deed: Deed) -> None:
        """A log that cannot be written keeps nobody from answering a call: it is told once, until it works again."""
        if self._audit is None:
            return
        try:
            self._audit(deed)
        except OSError as error:
            if self._is_audited:
                why = error.strerror or type(error).__name__
                self._tell(self._settings[deed.phone], f"the audit log cannot be written, commands go on: {why}")
            self._is_audited = False
        else:
            self._is_audited = True

    async def _product(self, phone: PhoneId) -> str | None:
        known = self._watches[phone].knowledge.phone.system.product_id or self._settings[phone].model
        if known is None:
            try:
                known = (await self.fetch(phone, _MODEL)).get(_MODEL)
            except CommandRefused:
                return None
        return known

    async def _look(self) -> None:
        """States follow from facts and time; here is where time passes."""
        loop = asyncio.get_running_loop()
        freeze_at = loop.time() + FREEZE_AFTER_S
        while True:
            self._ledger.version += self._jumps.look()
            for watch in self._watches.values():
                self._connect_state(watch, loop.time())
            for phone in self._grants.expire(loop.time()):
                self._watches[phone].desk.note(f"control given back: {IDLE_S / 60:.0f} minutes without a key")
            if loop.time() >= freeze_at:
                freeze_at = float("inf")
                gc.collect()
                gc.freeze()
            await asyncio.sleep(LOOK_S)

    def _connect_state(self, watch: Watch, now: float) -> None:
        before = watch.knowledge.phone.connection
        if watch.interval_s != before.interval_s:
            watch.facts = watch.facts.paced(now)
        facts = watch.facts
        jump = self._settings[watch.desk.phone].jump
        error = self._jumps.failure(jump) or facts.error
        found = state(facts, watch.interval_s, now)
        answered = facts.answered_at is not None and facts.answered_at != before.fresh_at
        after = Connection(
            state=found,
            reason=error.reason if error else "",
            detail=error.message if error else NOTHING,
            hint=error.hint if error else NOTHING,
            seen_at=datetime.now(UTC) if answered else before.seen_at,
            fresh_at=facts.answered_at,
            interval_s=watch.interval_s,
            pushes=watch.subscribed,
            unverified=before.unverified,
            answer_ms=watch.answer_ms,
            tunnel_ms=self._jumps.round_trip_ms(jump),
        )
        if after != before:
            watch.knowledge.phone = replace(watch.knowledge.phone, connection=after)
            self._ledger.version += 1
            if (after.state, after.reason) != (before.state, before.reason):
                watch.desk.state(after.state, after.reason, is_shared=error is not None and error.is_shared)

    def _watch(self, settings: PhoneSettings) -> Watch:
        phone = Phone(
            id=settings.id,
            name=printable(settings.id),
            address=printable(settings.authority),
            group=settings.group,
            via=printable(settings.jump) if settings.jump else None,
            expected_model=printable(settings.model) if settings.model else None,
            connection=Connection(unverified=settings.tls is Tls.OFF and settings.scheme in ("https", "wss")),
        )
        pushes = self.permission(settings.id) is not Permission.DENIED  # a registration is a write
        return Watch(
            Desk(settings.id, self._ledger),
            Knowledge(phone, self._config.quality),
            Schedule(settings.poll),
            lambda: self._connections.transport(settings, pushes=pushes),
        )

    def _tell_of_jump(self, name: str, words: str, weight: Weight) -> None:
        self._ledger.write(Entry(datetime.now(UTC), PhoneId(name), printable(words), weight))
        _log.info("%s: %s", name, words)
        if self._notice is not None and weight is Weight.WARNING:
            self._notice(f"{name}: {words}")

    def _tell(self, settings: PhoneSettings, words: str) -> None:
        self._watches[settings.id].desk.note(words)
        if self._notice is not None:
            self._notice(f"{settings.id}: {words}")
