"""A viewer's commands: permission, signed envelope, outcome. Nothing is ever sent twice automatically."""

import asyncio
from collections.abc import Set
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import uuid4

import msgspec
import nats.errors

from phonetui.errors import AccessError, PhonetuiError, ProtocolError, TimedOut, Unreachable
from phonetui.exchange import nats_subjects as subjects
from phonetui.exchange import wire
from phonetui.exchange.attached_phones import AttachedPhone, AttachedPhones
from phonetui.exchange.command_envelope import LIFE_S, CommandEnvelope, SignedCommand, signed_bytes
from phonetui.exchange.connection import NatsConnection
from phonetui.exchange.nats_keys import signature
from phonetui.exchange.phone_queries import whole_answer
from phonetui.exchange.question_forms import WireResult, command_result
from phonetui.fleet.protocol import Permission
from phonetui.monitor import control_policy
from phonetui.monitor.control_policy import ControlGrants
from phonetui.phone.state import PhoneId
from phonetui.xapi.command import Command, CommandResult
from phonetui.xapi.control_commands import SCREENSHOT, SEND_KEY, with_dialable

if TYPE_CHECKING:
    from nats.aio.msg import Msg
    from nats.aio.subscription import Subscription

    from phonetui.exchange.phone_queries import Questions

ACCEPT_S = LIFE_S + 1.0
DONE_S = 40.0
"""From being accepted to the phone's answer: longer than any phone's timeout."""
PICTURE_S = 30.0
ACCEPTED = b"accepted"
UNKNOWN = "unknown whether it was done: look at the phone"
_KEY_HINT = "Use an operator's key as [nats] creds"
_HINT = "Nothing is sent again by itself"


class CommandSender:
    """Signs and sends a viewer's commands, as far as both sides permit."""

    def __init__(
        self, connection: NatsConnection, phones: AttachedPhones, questions: "Questions", *, read_only: bool
    ) -> None:
        self._connection = connection
        self._phones = phones
        self._questions = questions
        self._read_only = read_only
        self._grants = ControlGrants()

    @property
    def refusal(self) -> str:
        """Why nothing can be sent to any phone; empty where something can."""
        if self._read_only:
            return "started with --read-only"
        if self._connection.credentials is None:
            return "attached without an operator's key: [nats] creds"
        return ""

    def permission(self, phone: PhoneId) -> Permission:
        """Whether this viewer may act on the phone, as far as both sides say."""
        known = self._phones.phones.get(phone)
        if known is None or self.refusal:
            return Permission.DENIED
        self._grants.expire(asyncio.get_running_loop().time())
        has_control = known.details.control is Permission.ASK and phone in self._grants
        return Permission.GRANTED if has_control else known.details.control

    def grant(self, phone: PhoneId) -> None:
        self._grants.give(phone, asyncio.get_running_loop().time())

    def revoke(self, phone: PhoneId) -> None:
        self._grants.end(phone)

    @property
    def granted(self) -> Set[PhoneId]:
        return frozenset(self._grants)

    async def dial(self, phone: PhoneId, number: str, *, confirmed: bool) -> CommandResult:
        """Has the phone dial a number. Raises PhonetuiError."""
        self._require(phone, Command(SEND_KEY), confirmed=confirmed)
        return await self._send(phone, "dial", (number,), confirmed=confirmed)

    async def press(self, phone: PhoneId, key: str, *, confirmed: bool) -> CommandResult:
        """Has the phone take a key. Raises PhonetuiError."""
        self._require(phone, Command(SEND_KEY), confirmed=confirmed)
        return await self._send(phone, "press", (key,), confirmed=confirmed)

    async def command(self, phone: PhoneId, command: Command, *, confirmed: bool) -> CommandResult:
        """Has the phone run a command, and returns its result. Raises PhonetuiError."""
        if command.path.folded == SCREENSHOT.folded:
            picture = await self._questions.ask(phone, "screenshot", None, WireResult, PICTURE_S)
            return command_result(picture)
        self._require(phone, command, confirmed=confirmed)
        command = with_dialable(command)
        steps = tuple(map(str, command.path))
        return await self._send(
            phone, "command", steps, command.arguments, command.body, confirmed=confirmed
        )  # fmt: skip

    def _require(self, phone: PhoneId, command: Command, *, confirmed: bool) -> None:
        if self.refusal:
            raise AccessError(f"nothing was sent: {self.refusal}")
        control_policy.require(self.permission(phone), command, confirmed=confirmed)

    async def _send(
        self, phone: PhoneId, verb: str, words: tuple[str, ...], arguments: tuple[tuple[str, str], ...] = (),
        body: str | None = None, *, confirmed: bool,
    ) -> CommandResult:  # fmt: skip
        known = self._phones.phones.get(phone)
        if known is None:
            raise ProtocolError("it is not watched any more: nothing was sent", "Choose it again")
        if not self._connection.is_connected:
            raise Unreachable("the NATS server is away: nothing was sent", "Look at the events for since when")
        self._grants.use(phone, asyncio.get_running_loop().time())
        envelope = self._envelope(known, verb, words, arguments, body, confirmed=confirmed)
        subject = subjects.command_subject(envelope.site, envelope.phone)
        async with self._connection.answers(subject, wire.encode(self._signed(envelope))) as answers:
            try:
                async with asyncio.timeout(ACCEPT_S):
                    first = await self._first_answer(answers, subject)
            except (TimeoutError, nats.errors.Error) as error:
                raise _unknown() from error
            if (first.headers or {}).get("Status") == "503":
                raise Unreachable("no collector watches the phone: nothing was sent", "'phonetui nats check' looks")
            if first.data != ACCEPTED:
                return command_result(await whole_answer(answers, WireResult, DONE_S, first))
            try:
                return command_result(await whole_answer(answers, WireResult, DONE_S))
            except TimedOut as error:  # of the collector: what the phone did not answer comes as a refusal
                raise _unknown() from error

    async def _first_answer(self, answers: "Subscription", subject: str) -> "Msg":
        """Raises AccessError as soon as the server says that it took nothing."""
        answer = asyncio.ensure_future(answers.next_msg(None))
        refused = asyncio.ensure_future(self._connection.refused(subject))
        try:
            await asyncio.wait({answer, refused}, return_when=asyncio.FIRST_COMPLETED)
            if refused.done():
                raise AccessError("this key may not send commands there: nothing was sent", _KEY_HINT)
            return await answer
        finally:
            answer.cancel()
            refused.cancel()

    def _envelope(
        self, known: AttachedPhone, verb: str, words: tuple[str, ...], arguments: tuple[tuple[str, str], ...],
        body: str | None, *, confirmed: bool,
    ) -> CommandEnvelope:  # fmt: skip
        site, credentials = known.source.site_name, self._connection.credentials
        heard = self._phones.collectors.get((site, known.source.collector))
        issued = datetime.now(UTC) + (heard.ahead if heard is not None else timedelta())
        return CommandEnvelope(
            id=uuid4().hex, site=site, phone=known.remote, verb=verb, words=words, arguments=arguments, body=body,
            operator=credentials.public if credentials else "", issued=issued,
            expires=issued + timedelta(seconds=LIFE_S), epoch=known.source.epoch,
            has_control=known.known.id in self._grants, is_confirmed=confirmed,
        )  # fmt: skip

    def _signed(self, envelope: CommandEnvelope) -> SignedCommand:
        raw = msgspec.json.encode(envelope)
        return SignedCommand(raw, signature(self._connection.credentials, signed_bytes(raw)))


def _unknown() -> PhonetuiError:
    return Unreachable(UNKNOWN, _HINT, reason="timeout")
