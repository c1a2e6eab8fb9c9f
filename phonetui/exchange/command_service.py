"""A collector's side of commands: verified, then run as a local key press would be; refusals are audited, too."""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec

from phonetui.errors import AccessError, PhonetuiError, ProtocolError
from phonetui.exchange import nats_subjects as subjects
from phonetui.exchange import wire
from phonetui.exchange.answers import reply
from phonetui.exchange.command_envelope import CommandEnvelope, CommandGate, SignedCommand
from phonetui.exchange.commands import ACCEPTED
from phonetui.exchange.connection import NatsConnection
from phonetui.exchange.question_forms import error_of, result_of
from phonetui.monitor import control_policy
from phonetui.monitor.control_policy import AuditEntry, RemoteOperator
from phonetui.phone.state import PhoneId
from phonetui.text import NOTHING, printable
from phonetui.xapi.command import Command, CommandResult
from phonetui.xapi.control_commands import DIAL, SEND_KEY
from phonetui.xapi.path import Path

if TYPE_CHECKING:
    from nats.aio.msg import Msg

    from phonetui.monitor.fleet import LiveFleet

MOST_WAITING = 50
"""Commands for one phone that wait for each other."""
_UNREADABLE = Command(Path.of("unreadable"))
_log = logging.getLogger(__name__)


class CommandService:
    """Takes signed commands for a site's phones, carries them out, and answers."""

    def __init__(
        self, connection: NatsConnection, fleet: "LiveFleet", site: str, operators: tuple[str, ...],
        epoch_of: Callable[[PhoneId], int | None],
    ) -> None:  # fmt: skip
        """`epoch_of` is that of a phone's shard, None where this collector doesn't hold it. Raises ConfigError."""
        self._connection = connection
        self._fleet = fleet
        self._site = site
        self._epoch_of = epoch_of
        self._gate = CommandGate(operators)
        self._turns: defaultdict[PhoneId, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._waiting: defaultdict[PhoneId, int] = defaultdict(int)
        self._tasks: set[asyncio.Task[None]] = set()

    async def subscribe(self) -> None:
        """Begins to take commands. Raises PhonetuiError."""
        await self._connection.subscribe(f"cmd.{subjects.token(self._site)}.*", self._take)

    async def _take(self, message: "Msg") -> None:
        try:
            phone = PhoneId(subjects.name_of(message.subject.split(".")[2]))
        except ProtocolError:
            return
        epoch = self._epoch_of(phone)
        if epoch is None or phone not in self._fleet.phones:
            return  # another collector's
        signed = None
        try:
            signed = wire.decode(message.data, SignedCommand)
            if self._waiting[phone] >= MOST_WAITING:
                raise AccessError("too many commands wait for the phone: nothing was sent", "Try again later")
            envelope = self._gate.open(signed, self._site, {phone: epoch}, datetime.now(UTC))
            held = control_policy.permission_of(self._fleet.permission(phone), self._operator(envelope))
            control_policy.require(held, _command(envelope), confirmed=envelope.is_confirmed)
        except PhonetuiError as error:
            await self._refuse(message, phone, signed, error)
            return
        self._waiting[phone] += 1
        task = asyncio.create_task(self._carry_out(message, phone, envelope))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _carry_out(self, message: "Msg", phone: PhoneId, envelope: CommandEnvelope) -> None:
        try:
            async with self._turns[phone]:  # in the order in which they came
                if datetime.now(UTC) > envelope.expires or self._epoch_of(phone) != envelope.epoch:
                    late = AccessError("other commands for the phone took too long: nothing was sent", "Try again")
                    self._write_down(phone, envelope, late)
                    await reply(self._connection, message.reply, error_of(late), is_refusal=True)
                    return
                await self._connection.publish(message.reply, ACCEPTED)
                result = await self._run(phone, envelope)
            await reply(self._connection, message.reply, result_of(result))
        except PhonetuiError as error:  # the audit log has it already
            await reply(self._connection, message.reply, error_of(error), is_refusal=True)
        except Exception:  # noqa: BLE001 - whoever waits must hear of it: the phone may have acted
            _log.exception("%s: a command of another machine", phone)
            fault = PhonetuiError("a fault in phonetui, in the collector: look at the phone", "Its log has the rest")
            await reply(self._connection, message.reply, error_of(fault), is_refusal=True)
        finally:
            self._waiting[phone] -= 1

    async def _run(self, phone: PhoneId, envelope: CommandEnvelope) -> CommandResult:
        """Raises PhonetuiError."""
        operator, confirmed = self._operator(envelope), envelope.is_confirmed
        match envelope.verb, envelope.words:
            case "dial", (number,):
                return await self._fleet.dial(phone, number, confirmed=confirmed, operator=operator)
            case "press", (key,):
                return await self._fleet.press(phone, key, confirmed=confirmed, operator=operator)
            case "command", _:
                return await self._fleet.command(phone, _command(envelope), confirmed=confirmed, operator=operator)
        raise ProtocolError(f"this release doesn't know the verb '{printable(envelope.verb)}'")

    def _operator(self, envelope: CommandEnvelope) -> RemoteOperator:
        has_control = envelope.has_control or envelope.is_confirmed
        return RemoteOperator(self._gate.name(envelope.operator), has_control)

    async def _refuse(
        self, message: "Msg", phone: PhoneId, signed: SignedCommand | None, error: PhonetuiError
    ) -> None:  # fmt: skip
        _log.warning("%s: a command was refused: %s", phone, error)
        envelope = None
        if signed is not None:
            try:
                envelope = msgspec.json.decode(signed.envelope, type=CommandEnvelope)
            except msgspec.MsgspecError:
                _log.info("%s: it cannot be read", phone)
        self._write_down(phone, envelope, error)
        if message.reply:
            await reply(self._connection, message.reply, error_of(error), is_refusal=True)

    def _write_down(self, phone: PhoneId, envelope: CommandEnvelope | None, error: PhonetuiError) -> None:
        known = self._fleet.phones.get(phone)
        self._fleet.control.record(
            AuditEntry(
                datetime.now(UTC), phone, known.address if known else NOTHING,
                _command(envelope) if envelope else _UNREADABLE, error.kind, words=error.message,
                operator=self._gate.name(envelope.operator) if envelope else printable("unknown"),
            )
        )  # fmt: skip


def _command(envelope: CommandEnvelope) -> Command:
    match envelope.verb:
        case "dial":
            return Command(DIAL, (("Number", " ".join(envelope.words)),))
        case "press":
            return Command(SEND_KEY, (("Key", " ".join(envelope.words)),))
    steps = [int(step) if step.isdecimal() else str(printable(step)) for step in envelope.words]
    return Command(Path(steps), envelope.arguments, envelope.body)
