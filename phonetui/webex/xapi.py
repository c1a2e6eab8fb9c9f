"""The transport of a phone through Webex: readings and commands, one HTTPS request each, no pushes.

    fetch ──► GET /xapi/status, ten names at most ──► JSON ──► Document        the whole tree takes two requests
    command ─► POST /xapi/command/Call.Dial ──► CommandResult

Requests are gated by the device's own word (capabilities, permissions, status), never by its model. Where Webex doesn't
reach the phone, that is reported as if the phone itself were away; what concerns every phone alike is marked as shared.

How a path is named to Webex (the grammar of Cisco's SDK for workspace integrations):

    Line Call CallState    →  Line[*].Call[*].CallState        every item of a list without an index
    Line 1                 →  Line[1].*                        a branch, with all that lies below it
    Audio                  →  Audio, Audio.*                   not published: a leaf or a branch

Inferred, and decided here alone: that a last `*` goes down to the leaves, and that what is absent from an answer isn't
there on the phone, so that `{}` is nothing. A command's `arguments` are `{"Id": {"required": false, "schema": {…}}}`,
with a `bodySchema` beside (the example of Cisco's OpenAPI file); a JSON Schema object and schemas by name are taken as
well, and what cannot be read is "anything goes".
"""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import suppress
from functools import cache
from typing import Any

from phonetui import numeric
from phonetui.errors import (
    AccessError,
    Asleep,
    Busy,
    CommandRefused,
    ConfigError,
    PhonetuiError,
    ProtocolError,
    Unreachable,
)
from phonetui.text import Printable, printable
from phonetui.webex.answer import (
    TokenRejected,
    WebexAnswer,
    WebexGatewayError,
    WebexNotFound,
    WebexRefused,
    at,
    list_at,
    whole,
)
from phonetui.webex.devices import NEVER_ONLINE, OFFLINE, WebexDevice
from phonetui.webex.operations import Operation, Values, operation
from phonetui.xapi import jsontree
from phonetui.xapi.catalog import phoneos
from phonetui.xapi.command import INTEGERS, Command, CommandResult, json_arguments, json_result, result_name
from phonetui.xapi.document import Document
from phonetui.xapi.feedback import Push
from phonetui.xapi.path import ROOT, Path
from phonetui.xapi.refusal import refused
from phonetui.xapi.schema import (
    MAX_VALUES,
    CommandForm,
    CommandSchema,
    Parameter,
    ValueSpace,
    published,
    with_published,
)

MAX_NAMES = 10
"""Expressions in one request."""


def requests(path: Path) -> tuple[tuple[str, ...], ...]:
    """The expressions that bring a place, one tuple a request; ROOT is every published branch."""
    return _everything() if path == ROOT else (tuple(_expressions(path)),)


def document(value: Any, path: Path) -> Document:
    """What an answer holds at a place. Raises ProtocolError where it isn't one to a reading."""
    result = at(value, "result")
    if not isinstance(result, dict):
        raise ProtocolError("Webex's answer to a reading has no result")
    return Document(jsontree.walk(result).leaves).under(path)


@cache
def _everything() -> tuple[tuple[str, ...], ...]:
    tops = dict.fromkeys(entry.path.names[0] for entry in phoneos().below(ROOT))
    names = [name for top in tops for name in _expressions(Path.of(top))]
    return tuple(tuple(names[first : first + MAX_NAMES]) for first in range(0, len(names), MAX_NAMES))


def _expressions(path: Path) -> Iterator[str]:
    place = ".".join(_segments(path))
    is_published = phoneos().knows(path)
    if not phoneos().is_branch(path.names) or not is_published:
        yield place
    if phoneos().is_branch(path.names) or not is_published:
        yield f"{place}.*"


def _segments(path: Path) -> Iterator[str]:
    for depth, step in enumerate(path, 1):
        if isinstance(step, int):
            continue
        index = path[depth] if depth < len(path) and isinstance(path[depth], int) else None
        if index is not None:
            yield f"{step}[{index}]"
        else:
            yield f"{step}[*]" if phoneos().is_list(Path(path[:depth]).names) else step


ALL_COMMANDS = "*.*"
"""The pattern of all commands (the grammar of Cisco's SDK for workspace integrations)."""
_KINDS = {"integer": "integer", "number": "integer", "string": "string", "boolean": "literal"}


def forms(value: Any, device: str) -> CommandSchema:
    """The commands of one device in the answer to `xapi schema`, and the published ones that it leaves out."""
    for item in list_at(value, "items") if isinstance(value, Mapping) else value if isinstance(value, list) else ():
        if isinstance(item, Mapping) and item.get("deviceId", device) == device:
            return with_published(tuple(_forms(item.get("commands"))))
    return with_published(())


def _forms(commands: Any) -> Iterator[CommandForm]:
    for name, command in commands.items() if isinstance(commands, Mapping) else ():
        try:
            path = Path.parse(str(name))
        except ConfigError:
            continue
        named = dict(_arguments(at(command, "arguments")))
        takes_block = named.pop("body", None) is not None or isinstance(at(command, "bodySchema"), Mapping)
        yield CommandForm(path, tuple(named.values()), is_multiline=takes_block)


def _arguments(found: Any) -> Iterator[tuple[str, Parameter]]:
    if not isinstance(found, Mapping):
        return
    properties, required = found.get("properties"), list_at(found, "required")
    for name, schema in (properties if isinstance(properties, Mapping) else found).items():
        if isinstance(schema, Mapping):
            is_required = schema.get("required") is True or name in required
            inner = schema.get("schema")
            space = inner if isinstance(inner, Mapping) else schema
            yield str(name), _parameter(str(printable(str(name))), space, is_required=is_required)


Forms = dict[Path, CommandForm | None]
"""What is known of the commands of one phone; None of what it doesn't say."""


async def typed_arguments(ask: "Ask", device: str, command: Command, known: Forms) -> dict[str, Any]:
    """The arguments as JSON: integers where the phone's own schema says so, which a cloud that is strict insists on.

    The schema is asked for only where an argument could be one, and where it isn't published, and is put into `known`.
    A table of names stands in for one that cannot be had.
    """
    form = known.get(command.path, published().find(command.path))
    if command.path not in known and any(_is_unsure(form, name, value) for name, value in command.arguments):
        values = {"deviceId": [device], "command": [".".join(command.path.names)]}
        with suppress(CommandRefused, ProtocolError, AccessError):
            form = forms((await ask(operation("xapi schema"), values)).value, device).find(command.path)
        known[command.path] = form
    kinds = {each.name.casefold(): each.space.kind for each in form.parameters} if form is not None else {}
    return json_arguments(command, kinds)


def _is_unsure(form: CommandForm | None, name: str, value: str) -> bool:
    known = form.parameter(name) if form is not None else None
    return numeric.integer(value) is not None and name not in INTEGERS and (known is None or not known.space.kind)


def _parameter(name: str, schema: Mapping[str, Any], *, is_required: bool) -> Parameter:
    inner = schema.get("items")
    if schema.get("type") == "array" and isinstance(inner, Mapping):
        return Parameter(name, is_required, repeats=True, space=_space(inner))
    return Parameter(name, is_required, space=_space(schema))


def _space(schema: Mapping[str, Any]) -> ValueSpace:
    kind = _KINDS.get(str(schema.get("type")), "")
    words = schema.get("enum")
    if isinstance(words, list):
        return ValueSpace("literal", tuple(printable(str(word)) for word in words[:MAX_VALUES]))
    if kind == "literal":
        return ValueSpace(kind, (Printable("True"), Printable("False")))
    lower, upper = ("minLength", "maxLength") if kind == "string" else ("minimum", "maximum")
    return ValueSpace(kind, low=whole(schema.get(lower)), high=whole(schema.get(upper)))


Ask = Callable[[Operation, Values], Awaitable[WebexAnswer]]
"""One exchange with Webex. Raises PhonetuiErrors."""

_DEEP_SLEEP = "offline_deep_sleep"
_REASON = Path.of("Reason")


class CloudTransport:
    """A `transport.base.Transport` for one phone of the organization. The connection is everybody's and stays open."""

    def __init__(self, ask: Ask, find: Callable[[], Awaitable[WebexDevice]]) -> None:
        """`find` gives the device as it was listed last, and may wait for that. Raises PhonetuiErrors."""
        self._ask = ask
        self._find = find
        self._forms: Forms = {}

    async def fetch(self, path: Path) -> Document:
        device = await self._find()
        _admit(device)
        found = Document()
        for names in requests(path):
            answer = await self._run("xapi status", {"deviceId": device.id, "name": names})
            found = Document({**found, **document(answer.value, path)})
        if path == ROOT and not found:
            raise ProtocolError("Webex answers, and tells nothing of the phone", "Is its xAPI open to this token?")
        return found

    async def command(self, command: Command) -> CommandResult:
        device = await self._find()
        _admit(device, to_command=True)
        name = result_name(command)
        values = {
            "commandName": ".".join(command.path.names),
            "deviceId": device.id,
            "arguments": await typed_arguments(self._ask, device.id, command, self._forms),
            "body": command.body,
        }
        try:
            answer = await self._run("xapi command", values)
        except WebexRefused as error:
            reason = Document({_REASON: error.sentence or error.message})
            raise _with_reference(refused(name, reason, "Error"), error) from error
        result = answer.value.get("result") if isinstance(answer.value, dict) else None
        return json_result(result, name=name)

    async def commands(self) -> CommandSchema:
        """What Webex says that the phone takes."""
        device = await self._find()
        _admit(device)
        answer = await self._run("xapi schema", {"deviceId": [device.id], "command": [ALL_COMMANDS]})
        return forms(answer.value, device.id)

    async def subscribe(self, sink: Callable[[Push | PhonetuiError], None]) -> bool:  # noqa: ARG002 - the Protocol's
        """Does nothing and returns False: no push comes through Webex."""
        return False

    async def renew(self) -> bool:
        return False

    async def close(self) -> None:
        """Does nothing: no connection is held for one phone."""

    async def _run(self, name: str, values: Values) -> WebexAnswer:
        asked = operation(name)
        try:
            return await self._ask(asked, values)
        except WebexNotFound as error:
            if asked.writes:
                raise  # that may be the command
            hint = "Was it deleted, or is its id wrong?"
            away = _certain(Unreachable("Webex doesn't know this phone", hint, reason="not-found"))
            raise _with_reference(away, error) from error
        except WebexGatewayError as error:
            away = Unreachable(f"Webex doesn't reach the phone: {error.message}", _AWAY, reason="no-route")
            raise _with_reference(away, error) from error
        except (Busy, TokenRejected, Unreachable) as error:
            error.is_shared = True
            raise


_AWAY = "Is it powered, awake and in its network?"


def _with_reference(error: PhonetuiError, cause: PhonetuiError) -> PhonetuiError:
    error.reference = cause.reference
    return error


def _admit(device: WebexDevice, *, to_command: bool = False) -> None:
    """Raises what keeps a request from being sent at all: Webex's limits are shared by all phones."""
    if device.status in NEVER_ONLINE:
        raise _certain(Unreachable(f"Webex says '{device.status}': it was never online", "Activate it first"))
    if device.status == _DEEP_SLEEP:
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
