"""Actions on a phone: checked against the control policy, sent, written to the audit log; and its account for this
session.

An account typed for a phone that refuses its configured one is tried with one request. If the phone accepts it, that
phone and all others that refused the same account are asked with it from then on; otherwise nothing changes.
"""

import asyncio
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial

from msgspec.structs import replace

from phonetui.config.settings import Config, PhoneSettings, Secret
from phonetui.errors import AccessError, CommandRefused, ConfigError, PhonetuiError
from phonetui.fleet.protocol import CertificateCheck, Permission
from phonetui.monitor import control_policy, transports
from phonetui.monitor.control_policy import INTERRUPTED, OK, AuditEntry, ControlGrants, RemoteOperator
from phonetui.monitor.firmware_profile import (
    CommandSchemas,
    KeyArgumentStore,
    ModelFirmware,
    known_key_argument,
    listed_key_argument,
)
from phonetui.monitor.transports import TransportFactory, acceptance_entry, fetch_known
from phonetui.monitor.watches import Watches
from phonetui.phone.journal import EntryKind, Weight
from phonetui.phone.models import model
from phonetui.phone.observe import observe
from phonetui.phone.state import Call, Phone, PhoneId
from phonetui.text import NOTHING, Printable, printable
from phonetui.xapi.catalog import CatalogKind
from phonetui.xapi.command import Command, CommandResult, redacted_command, redacted_reply
from phonetui.xapi.control_commands import (
    DIAL,
    SEND_KEY,
    KeyArgument,
    KeyArgumentOrigin,
    key_argument_name,
    missing_key_argument,
    only_looks,
    with_dialable,
)
from phonetui.xapi.document import EMPTY
from phonetui.xapi.path import Path
from phonetui.xapi.refusal import with_role
from phonetui.xapi.schema import CommandSchema, published

_SYSTEM, _LINE = Path.of("SystemUnit"), Path.of("Line")
_MODEL = _SYSTEM / "ProductId"
_VERSION = _SYSTEM / "Software" / "Version"
_BOOTS = (Path.of("SystemUnit", "Boot"), Path.of("SystemUnit", "FactoryReset"))


class PhoneControl:
    """Commands to the phones of a fleet, and what the operator was given leave to do."""

    def __init__(
        self,
        config: Config,
        watches: Watches,
        connections: TransportFactory,
        *,
        audit: Callable[[AuditEntry], None] | None,
        key_arguments: KeyArgumentStore | None,
    ) -> None:
        """`audit` is called with every command that was sent; it neither waits nor raises."""
        self._config = config
        self._watches = watches
        self._connections = connections
        self._audit = audit
        self._key_arguments = key_arguments or KeyArgumentStore(None)
        self.accounts = PhoneAccounts(watches, connections)
        self._grants = ControlGrants()
        self._schemas = CommandSchemas()

    def reconfigure(self, config: Config) -> None:
        """What may be done is decided by `config` from now on."""
        self._config = config

    def permission(self, phone: PhoneId) -> Permission:
        return control_policy.permission(self._config, self._watches.settings.get(phone), self._grants)

    def grant(self, phone: PhoneId) -> None:
        """The operator said yes. Ends by `revoke`, or by itself when nothing was sent for IDLE_S."""
        self._grants.give(phone, asyncio.get_running_loop().time())
        self._watches[phone].log.note("control taken")

    def revoke(self, phone: PhoneId) -> None:
        if self._grants.end(phone):
            self._watches[phone].log.note("control given back")

    def expire(self, now: float) -> None:
        """Gives back what nobody used for IDLE_S, by monotonic second `now`."""
        for phone in self._grants.expire(now):
            self._watches[phone].log.note(f"control given back: {control_policy.IDLE_S / 60:.0f} minutes without a key")

    def forget(self, phone: PhoneId) -> None:
        """Drops what is kept for a phone that is no longer watched."""
        self._grants.end(phone)

    @property
    def granted(self) -> frozenset[PhoneId]:
        """Phones that the operator took control of in this run and can give back."""
        return frozenset(self._grants)

    async def commands(self, phone: PhoneId) -> CommandSchema:
        """What the phone takes. May ask the phone; never fails."""
        watch = self._watches.get(phone)
        if watch is None:
            return published()
        system = watch.knowledge.phone.system
        return await self._schemas.get((system.product_id, system.version), lambda: watch.transport)

    async def command(
        self, phone: PhoneId, command: Command, *, confirmed: bool = False, operator: RemoteOperator | None = None
    ) -> CommandResult:
        """Runs a command where control allows it. `confirmed`: the operator's word for this very command.

        `operator` is who has it done from another machine; None is this program's own user.
        """
        self._require(phone, command, confirmed=confirmed, operator=operator)
        command = with_dialable(command)
        looks = only_looks(command)
        if not looks:
            self._grants.use(phone, asyncio.get_running_loop().time())
        watch = self._watches[phone]
        entry = AuditEntry(
            datetime.now(UTC), phone, watch.knowledge.phone.address, command, OK,
            operator=operator.name if operator else NOTHING,
        )  # fmt: skip
        try:
            answer = await watch.transport.command(command)
        except asyncio.CancelledError:
            self.record(replace(entry, answer=INTERRUPTED))
            raise
        except PhonetuiError as refusal:
            error = with_role(refusal, command.path, CatalogKind.COMMAND)
            self.record(replace(entry, answer=error.kind, words=error.message, reference=error.reference))
            words = f"{redacted_command(command)}: {redacted_reply(str(error), command)}"
            watch.log.note(words, Weight.WARNING, kind=EntryKind.COMMAND)
            raise error from refusal
        self.record(entry)
        if command.path in _BOOTS:
            watch.expect_restart()
        elif not looks:
            watch.read_soon()
        by = f" by {operator.name}" if operator else ""
        outcome = "  ".join(f"{path} {value}" for path, value in answer.document.items() if len(value) < 80)
        watch.log.note(
            f"{redacted_command(command)}: OK{by}  {redacted_reply(outcome, command)}".rstrip(), kind=EntryKind.COMMAND
        )
        return answer

    async def check_certificate(self, phone: PhoneId) -> CertificateCheck:
        """What the phone shows now, beside what was accepted. Raises PhonetuiErrors."""
        return await self._connections.check_certificate(self._settings(phone))

    async def accept_certificate(self, phone: PhoneId, check: CertificateCheck) -> None:
        """Believes what the operator has seen in `check`, and tries the phone again at once.

        Allowed on a read-only phone: nothing is sent to it. Raises AccessError where it cannot be accepted, and
        ConfigError where it holds for this run alone.
        """
        settings, watch, unkept = self._settings(phone), self._watches[phone], None
        try:
            await self._connections.accept_certificate(check, settings)
        except ConfigError as error:
            unkept = error
        self.record(acceptance_entry(check, settings, datetime.now(UTC)))
        watch.log.note(f"you accepted its certificate: {check.shown.fingerprint}")
        watch.retry_now()
        if unkept is not None:
            raise unkept

    async def dial(
        self, phone: PhoneId, number: str, *, confirmed: bool = False, operator: RemoteOperator | None = None
    ) -> CommandResult:
        command = Command(DIAL, (("Number", number),))
        return await self.command(phone, command, confirmed=confirmed, operator=operator)

    async def press(
        self, phone: PhoneId, key: str, *, confirmed: bool = False, operator: RemoteOperator | None = None
    ) -> CommandResult:
        """`key` is a canonical name; the model's table and the configuration spell it for the wire."""
        self._require(phone, Command(SEND_KEY), confirmed=confirmed, operator=operator)
        send = partial(self.command, phone, confirmed=confirmed, operator=operator)
        sendkey, kind = self._settings(phone).sendkey, await self._kind(phone)
        spelled = sendkey.names.get(key) or model(kind[0]).spelled(key)
        argument = known_key_argument(sendkey, self._key_arguments.get(kind))
        if argument is None:
            argument = listed_key_argument(key_argument_name(await self.commands(phone)))
            if argument.origin is KeyArgumentOrigin.COMMANDS:
                self._key_arguments.put(kind, argument)
        try:
            return await send(Command(SEND_KEY, ((argument.name, spelled),)))
        except CommandRefused as error:
            name = missing_key_argument(error)
            if name in (None, argument.name):
                raise
            if argument.origin is KeyArgumentOrigin.CONFIGURATION:
                hint = f'Set sendkey = {{ parameter = "{name}" }}, or leave it "auto"'
                raise CommandRefused(str(error.message), hint, block=error.block) from error
        learnt = KeyArgument(str(name), KeyArgumentOrigin.REFUSAL)
        self._key_arguments.put(kind, learnt)
        return await send(Command(SEND_KEY, ((learnt.name, spelled),)))

    async def calls_now(self, phone: PhoneId) -> tuple[Call, ...]:
        """The calls that the phone has now: it is asked, whatever is known. Raises PhonetuiError."""
        self._settings(phone)
        document = await fetch_known(self._watches[phone].transport, _LINE)
        updates = EMPTY.changes(document, 0.0, place=_LINE)
        bare = Phone(id=phone, name=printable(phone), address=NOTHING)
        return tuple(observe(bare, document, updates, 0.0).calls)

    def numbers(self, phone: PhoneId) -> tuple[Printable, ...]:
        """Under which it is called, by the configuration."""
        settings = self._watches.settings.get(phone)
        return settings.numbers if settings is not None else ()

    def read_calls(self, phone: PhoneId) -> None:
        """Reads the phone's calls at once, whatever was due."""
        if (watch := self._watches.get(phone)) is not None:
            watch.read_soon(at_once=True)

    def key_argument(self, phone: PhoneId) -> KeyArgument:
        """How this phone calls the argument of SendKey, as far as that is known without asking it."""
        if phone not in self._watches:
            return listed_key_argument(None)
        system = self._watches[phone].knowledge.phone.system
        learnt = self._key_arguments.get((system.product_id, system.version))
        return known_key_argument(self._settings(phone).sendkey, learnt) or listed_key_argument(None)

    def record(self, entry: AuditEntry) -> None:
        """Writes an entry into the audit log, where there is one."""
        if self._audit is not None:
            self._audit(entry)

    def _settings(self, phone: PhoneId) -> PhoneSettings:
        if phone not in self._watches:
            raise ConfigError("it is not watched any more: nothing was sent", "Choose it again")
        return self._watches.settings[phone]

    def _require(
        self, phone: PhoneId, command: Command, *, confirmed: bool, operator: RemoteOperator | None = None
    ) -> None:
        self._settings(phone)
        held = control_policy.permission_of(self.permission(phone), operator)
        control_policy.require(held, command, confirmed=confirmed)

    async def _kind(self, phone: PhoneId) -> ModelFirmware:
        """Asks the phone what it is where that isn't known yet."""
        system = self._watches[phone].knowledge.phone.system
        product, version = system.product_id or self._settings(phone).model, system.version
        if product is None:
            try:
                found = await self._watches[phone].transport.fetch(_SYSTEM)
            except CommandRefused:
                return None, version
            product, version = found.get(_MODEL), found.get(_VERSION)
        return product, version


CREDENTIALS = "credentials"
"""The contract's reason of a phone that refuses the account."""


class PhoneAccounts:
    """The accounts that the phones of a fleet are asked with."""

    def __init__(self, watches: Watches, connections: TransportFactory) -> None:
        self._watches = watches
        self._connections = connections

    def username(self, phone: PhoneId) -> Printable:
        """The user as whom a phone is asked.

        Raises ConfigError for a phone that is asked with no account of its own.
        """
        return printable(self._settings(phone).username)

    async def sign_in(self, phone: PhoneId, username: str, password: Secret) -> tuple[PhoneId, ...]:
        """Asks the phone once with that account. The phones that are asked with it from now on, `phone` first.

        Raises PhonetuiError where the phone refuses it or doesn't answer; then nothing has changed.
        """
        before = self._settings(phone)
        settings = replace(before, username=username, password=password)
        transport = self._connections.transport(settings, pushes=False)
        try:
            await transport.fetch(_SYSTEM)
        finally:
            await transports.close(transport, phone)
        taken = (phone, *self._alike(phone, before))
        for each in taken:
            watch = self._watches[each]
            self._watches.settings[each] = replace(self._watches.settings[each], username=username, password=password)
            watch.log.note(f"asked as {printable(username)} from now on, with the password that was typed", Weight.GOOD)
        await asyncio.gather(*(self._watches[each].reconnect() for each in taken))
        return taken

    def _alike(self, phone: PhoneId, before: PhoneSettings) -> Iterator[PhoneId]:
        """The other phones that refused the same account: a password is most often typed for many."""
        for id_, settings in self._watches.settings.items():
            error = self._watches[id_].facts.error
            is_refused = isinstance(error, AccessError) and error.reason == CREDENTIALS
            same = (settings.username, settings.password) == (before.username, before.password)
            if id_ != phone and is_refused and same and not settings.is_behind_webex:
                yield id_

    def _settings(self, phone: PhoneId) -> PhoneSettings:
        settings = self._watches.settings.get(phone)
        if settings is None:
            raise ConfigError(f"{phone}: not watched any more")
        if settings.is_behind_webex:
            raise ConfigError(f"{phone}: asked through Webex, with no password of its own", "'phonetui webex login'")
        return settings
