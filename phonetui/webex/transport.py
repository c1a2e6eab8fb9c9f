"""A phone that is asked through Webex: readings and commands, one HTTPS request each, and no pushes.

    fetch ──► GET /xapi/status, ten names at most ──► JSON ──► Document        the whole tree takes two requests
    command ─► POST /xapi/command/Call.Dial ──► Answer

Who asks is gated by the device's own word (capabilities, permissions, status), never by its model. What Webex says of
the way to the phone is told as if the phone itself were away; what concerns every phone alike is marked as shared.
"""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from phonetui.errors import AccessError, Asleep, Busy, PhonetuiError, ProtocolError, Unreachable
from phonetui.text import printable
from phonetui.webex import expression
from phonetui.webex.device import OFFLINE, UNBORN, Device
from phonetui.webex.failure import Gateway, NotFound, Refused, Refused401
from phonetui.webex.forms import EVERY, forms
from phonetui.webex.operation import Operation, operation
from phonetui.xapi import command as command_module
from phonetui.xapi.command import Command, CommandResult, refused
from phonetui.xapi.document import Document
from phonetui.xapi.feedback import Push
from phonetui.xapi.path import ROOT, Path
from phonetui.xapi.schema import CommandSchema

if TYPE_CHECKING:
    from phonetui.webex import answer
    from phonetui.webex.request import Values

Ask = Callable[[Operation, "Values"], Awaitable["answer.Answer"]]
"""One exchange with Webex. Raises PhonetuiErrors."""

_ASLEEP = "offline_deep_sleep"
_REASON = Path.of("Reason")


class CloudTransport:
    """As `transport.base.Transport`: one phone of the organization. The connection is everybody's and stays open."""

    def __init__(self, ask: Ask, find: Callable[[], Awaitable[Device]]) -> None:
        """`find` gives the device as it was listed last, and may wait for that. Raises PhonetuiErrors."""
        self._ask = ask
        self._find = find

    async def fetch(self, path: Path) -> Document:
        device = await self._find()
        _admit(device)
        whole = Document()
        for names in expression.requests(path):
            answered = await self._answered("xapi status", {"deviceId": device.id, "name": names})
            whole = Document({**whole, **expression.document(answered.value, path)})
        if path == ROOT and not whole:
            raise ProtocolError("Webex answers, and tells nothing of the phone", "Is its xAPI open to this token?")
        return whole

    async def command(self, command: Command) -> CommandResult:
        device = await self._find()
        _admit(device, to_command=True)
        name = command_module.title(command)
        values = {
            "commandName": ".".join(command.path.names),
            "deviceId": device.id,
            "arguments": command_module.arguments(command),
            "body": command.body,
        }
        try:
            answered = await self._answered("xapi command", values)
        except Refused as error:
            told = refused(printable(name), Document({_REASON: error.said or error.message}), "Error")
            raise _as(told, error) from error
        result = answered.value.get("result") if isinstance(answered.value, dict) else None
        return command_module.answer(result, name=name)

    async def commands(self) -> CommandSchema:
        """What Webex says that the phone takes."""
        device = await self._find()
        _admit(device)
        answered = await self._answered("xapi schema", {"deviceId": [device.id], "command": [EVERY]})
        return forms(answered.value, device.id)

    async def subscribe(self, sink: Callable[[Push | PhonetuiError], None]) -> bool:  # noqa: ARG002 - the Protocol's
        """No push comes this way."""
        return False

    async def renew(self) -> bool:
        return False

    async def close(self) -> None:
        """Nothing is held open for one phone."""

    async def _answered(self, name: str, values: "Values") -> "answer.Answer":
        asked = operation(name)
        try:
            return await self._ask(asked, values)
        except NotFound as error:
            if asked.writes:
                raise  # that may be the command
            away = Unreachable(
                "Webex doesn't know this phone", "Was it deleted, or is its id wrong?", reason="not-found"
            )
            away.is_certain = True
            raise _as(away, error) from error
        except Gateway as error:
            away = Unreachable(f"Webex doesn't reach the phone: {error.message}", _AWAY, reason="no-route")
            raise _as(away, error) from error
        except (Busy, Refused401, Unreachable) as error:
            error.is_shared = True
            raise


_AWAY = "Is it powered, awake and in its network?"


def _as(error: PhonetuiError, cause: PhonetuiError) -> PhonetuiError:
    error.reference = cause.reference
    return error


def _admit(device: Device, *, to_command: bool = False) -> None:
    """Raises what keeps a request from being sent at all: Webex's limits are shared by all phones."""
    if device.status in UNBORN:
        raise _certain(Unreachable(f"Webex says '{device.status}': it was never online", "Activate it first"))
    if device.status == _ASLEEP:
        raise Asleep("Webex says that it is in deep sleep", "It answers once somebody wakes it")
    if device.status in OFFLINE:
        since = f", last heard of {device.seen_at:%Y-%m-%d %H:%M} UTC" if device.seen_at else ""
        raise _certain(Unreachable(f"Webex says '{device.status}'{since}", _AWAY, reason="no-route"))
    if not device.takes_xapi:
        raise AccessError(
            "Webex offers no xAPI to this phone", "It needs PhoneOS 3.5 or later, and 'xapi' among its capabilities",
            reason="role",
        )  # fmt: skip
    if to_command and not device.takes_commands:
        allowed = ", ".join(device.permissions) or "nothing"
        raise AccessError(
            f"Webex permits no commands to this phone, but {allowed}: nothing was sent",
            "The token's owner needs the permission xapi:all over it",
            reason="role",
        )


def _certain(error: Unreachable) -> Unreachable:
    error.is_certain = True
    return error
