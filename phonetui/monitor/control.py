"""Of which phones the operator has taken control, and for how long yet. Pure: time comes in as a number.

Whether the operator may act on a phone.

The only way to act on any phone: where control is allowed, and written down.
"""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime

from phonetui.config.settings import Config, ControlMode, PhoneSettings
from phonetui.errors import AccessError, CommandRefused, ConfigError, PhonetuiError
from phonetui.fleet.protocol import CertificateCheck, Permission
from phonetui.monitor.audit import INTERRUPTED, OK, AuditEntry
from phonetui.monitor.firmware_profile import KeyArgumentStore, ModelFirmware, from_commands, settled
from phonetui.monitor.transports import TransportFactory, acceptance_entry
from phonetui.monitor.watch import Watch
from phonetui.phone.journal import EntryKind, Weight
from phonetui.phone.models import model
from phonetui.phone.state import PhoneId
from phonetui.xapi.catalog import CatalogKind as Document
from phonetui.xapi.command import Command, CommandResult, told, without_secrets
from phonetui.xapi.control_commands import (
    DIAL,
    SEND_KEY,
    KeyArgument,
    KeyArgumentOrigin,
    key_argument_name,
    missing_key_argument,
    with_dialable,
)
from phonetui.xapi.path import Path
from phonetui.xapi.permission import with_role
from phonetui.xapi.schema import CommandSchema, always_asks

IDLE_S = 300.0
"""Without a key or a command: whoever left the desk has given control back."""


class ControlGrants:
    """Phones under control, each with the moment of its last use."""

    def __init__(self) -> None:
        self._used_at: dict[PhoneId, float] = {}

    def __contains__(self, phone: PhoneId) -> bool:
        return phone in self._used_at

    def __iter__(self) -> Iterator[PhoneId]:
        return iter(self._used_at)

    def give(self, phone: PhoneId, at: float) -> None:
        """The operator said yes."""
        self._used_at[phone] = at

    def used(self, phone: PhoneId, at: float) -> None:
        """Something was sent: the time starts again, where control was taken."""
        if phone in self._used_at:
            self._used_at[phone] = at

    def end(self, phone: PhoneId) -> bool:
        """Whether there was something to end."""
        return self._used_at.pop(phone, None) is not None

    def expire(self, at: float) -> tuple[PhoneId, ...]:
        """Ends what was not used for IDLE_S; says of which phones."""
        ended = tuple(phone for phone, used_at in self._used_at.items() if at - used_at >= IDLE_S)
        for phone in ended:
            del self._used_at[phone]
        return ended


_SYSTEM = Path.of("SystemUnit")
_MODEL = _SYSTEM / "ProductId"
_VERSION = _SYSTEM / "Software" / "Version"
_BOOTS = (Path.of("SystemUnit", "Boot"), Path.of("SystemUnit", "FactoryReset"))


class PhoneControl(ABC):
    """The part of the fleet that acts."""

    _watches: Mapping[PhoneId, Watch]
    _connections: TransportFactory

    def __init__(
        self, config: Config, audit: Callable[[AuditEntry], None] | None, key_arguments: KeyArgumentStore | None = None
    ) -> None:
        """`audit` is called with every command that was sent; it neither waits nor raises."""
        self._config = config
        self._settings = {settings.id: settings for settings in config.phones}
        self._audit = audit
        self._grants = ControlGrants()
        self._key_arguments = key_arguments or KeyArgumentStore(None)

    @abstractmethod
    async def commands(self, phone: PhoneId) -> CommandSchema:
        """What the phone takes. May ask the phone; never fails."""

    def permission(self, phone: PhoneId) -> Permission:
        """Of a phone that is not watched any more, which a frozen display may still show: nothing is permitted."""
        settings = self._settings.get(phone)
        if settings is None or self._config.read_only or settings.control is ControlMode.OFF:
            return Permission.DENIED
        return Permission.GRANTED if settings.control is ControlMode.ON or phone in self._grants else Permission.ASK

    def grant(self, phone: PhoneId) -> None:
        """The operator said yes. Ends by `revoke`, or by itself when nothing was sent for IDLE_S."""
        self._grants.give(phone, asyncio.get_running_loop().time())
        self._watches[phone].desk.note("control taken")

    def revoke(self, phone: PhoneId) -> None:
        if self._grants.end(phone):
            self._watches[phone].desk.note("control given back")

    def expire(self, now: float) -> None:
        """Gives back what nobody used for IDLE_S, by monotonic second `now`."""
        for phone in self._grants.expire(now):
            self._watches[phone].desk.note(f"control given back: {IDLE_S / 60:.0f} minutes without a key")

    @property
    def granted(self) -> frozenset[PhoneId]:
        """Phones that the operator took control of in this run and can give back."""
        return frozenset(self._grants)

    async def command(self, phone: PhoneId, command: Command, *, confirmed: bool = False) -> CommandResult:
        """Runs a command, where control allows it. `confirmed`: whoever calls has the operator's word for this one.

        What takes the phone from its user, or calls for help, needs that word even where control is not asked for.
        """
        self._permit(phone, command, confirmed=confirmed)
        command = with_dialable(command)
        self._grants.used(phone, asyncio.get_running_loop().time())
        watch = self._watches[phone]
        deed = AuditEntry(datetime.now(UTC), phone, watch.knowledge.phone.address, command, OK)
        try:
            answer = await watch.transport.command(command)
        except asyncio.CancelledError:
            self._record(replace(deed, answer=INTERRUPTED))
            raise
        except PhonetuiError as refusal:
            error = with_role(refusal, command.path, Document.COMMAND)
            self._record(replace(deed, answer=error.kind, words=error.message, reference=error.reference))
            watch.desk.note(
                f"{told(command)}: {without_secrets(str(error), command)}", Weight.WARNING, kind=EntryKind.COMMAND
            )
            raise error from refusal
        self._record(deed)
        if command.path in _BOOTS:
            watch.restarting()
        else:
            watch.acted()
        outcome = "  ".join(f"{path} {value}" for path, value in answer.document.items() if len(value) < 80)
        watch.desk.note(f"{told(command)}: OK  {without_secrets(outcome, command)}".rstrip(), kind=EntryKind.COMMAND)
        return answer

    async def check_certificate(self, phone: PhoneId) -> CertificateCheck:
        """What the phone shows now, beside what was accepted. Raises PhonetuiErrors."""
        return await self._connections.check_certificate(self._watched(phone))

    async def accept_certificate(self, phone: PhoneId, check: CertificateCheck) -> None:
        """Believes what the operator has seen in `check`, and tries the phone again at once.

        Allowed on a read-only phone: nothing is sent to it. Raises AccessError where it cannot be accepted, and
        ConfigError where it holds for this run alone.
        """
        settings, watch, unkept = self._watched(phone), self._watches[phone], None
        try:
            await self._connections.accept_certificate(check, settings)
        except ConfigError as error:
            unkept = error
        self._record(acceptance_entry(check, settings, datetime.now(UTC)))
        watch.desk.note(f"you accepted its certificate: {check.shown.fingerprint}")
        watch.retry_pause.end()
        if unkept is not None:
            raise unkept

    async def dial(self, phone: PhoneId, number: str, *, confirmed: bool = False) -> CommandResult:
        return await self.command(phone, Command(DIAL, (("Number", number),)), confirmed=confirmed)

    async def press(self, phone: PhoneId, key: str, *, confirmed: bool = False) -> CommandResult:
        """`key` is a canonical name; the model's table and the configuration spell it for the wire."""
        self._permit(phone, Command(SEND_KEY), confirmed=confirmed)
        sendkey, kind = self._settings[phone].sendkey, await self._kind(phone)
        spelled = sendkey.names.get(key) or model(kind[0]).spelled(key)
        argument = settled(sendkey, self._key_arguments.get(kind))
        if argument is None:
            argument = from_commands(key_argument_name(await self.commands(phone)))
            if argument.origin is KeyArgumentOrigin.COMMANDS:
                self._key_arguments.put(kind, argument)
        try:
            return await self.command(phone, Command(SEND_KEY, ((argument.name, spelled),)), confirmed=confirmed)
        except CommandRefused as error:
            name = missing_key_argument(error)
            if name in (None, argument.name):
                raise
            if argument.origin is KeyArgumentOrigin.CONFIGURATION:
                hint = f'Set sendkey = {{ parameter = "{name}" }}, or leave it "auto"'
                raise CommandRefused(str(error.message), hint, block=error.block) from error
        learnt = KeyArgument(str(name), KeyArgumentOrigin.REFUSAL)
        self._key_arguments.put(kind, learnt)
        return await self.command(phone, Command(SEND_KEY, ((learnt.name, spelled),)), confirmed=confirmed)

    def key_argument(self, phone: PhoneId) -> KeyArgument:
        """How this phone calls the argument of SendKey, as far as that is known without asking it."""
        if phone not in self._watches:
            return from_commands(None)
        system = self._watches[phone].knowledge.phone.system
        learnt = self._key_arguments.get((system.product_id, system.version))
        return settled(self._settings[phone].sendkey, learnt) or from_commands(None)

    def _watched(self, phone: PhoneId) -> PhoneSettings:
        if phone not in self._settings:
            raise ConfigError("it is not watched any more", "Choose it again")
        return self._settings[phone]

    def _permit(self, phone: PhoneId, command: Command, *, confirmed: bool) -> None:
        if phone not in self._settings:
            raise ConfigError("it is not watched any more: nothing was sent", "Choose it again")
        match self.permission(phone):
            case Permission.DENIED:
                raise AccessError("read-only: nothing was sent", "Leave out --read-only, or set control")
            case Permission.ASK if not confirmed:
                raise AccessError("control was not taken: nothing was sent", "Take control of the phone first")
            case _ if always_asks(command) and not confirmed:
                raise AccessError(f"'{command}' was not confirmed: nothing was sent", "It is asked for every time")
            case _:
                pass

    def _record(self, deed: AuditEntry) -> None:
        if self._audit is not None:
            self._audit(deed)

    async def _kind(self, phone: PhoneId) -> ModelFirmware:
        """Asks the phone what it is where that isn't known yet."""
        system = self._watches[phone].knowledge.phone.system
        product, version = system.product_id or self._settings[phone].model, system.version
        if product is None:
            try:
                found = await self._watches[phone].transport.fetch(_SYSTEM)
            except CommandRefused:
                return None, version
            product, version = found.get(_MODEL), found.get(_VERSION)
        return product, version
