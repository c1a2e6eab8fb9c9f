"""The xAPI over WebSocket (JSON-RPC 2.0) as a session without a socket: calls → text, text → replies and pushes.

    fetch, command, subscribe ──► RpcRequest (an id and the text to send)
    message ──receive──► RpcReply (the id, and the outcome of it) or Push (a notification of one of our subscriptions)

The notification of a fresh subscription may overtake the answer that names the subscription, so those of unknown ones
are kept for a moment. Methods, notifications and error codes are those of Cisco's room devices and their published
clients; phones have announced this wire and don't offer it yet. Negative error codes are JSON-RPC's and those that room
devices add; small positive ones say that the request was understood and refused (1 a command that failed; 2 to 6 are
known from a published client's own table).
"""

import json
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Generic, TypeVar

from msgspec import Struct

from phonetui import numeric
from phonetui.errors import Busy, PhonetuiError, ProtocolError
from phonetui.text import Printable, printable
from phonetui.xapi import jsontree
from phonetui.xapi.catalog import phoneos
from phonetui.xapi.command import Command, CommandResult, json_arguments, json_result, result_name
from phonetui.xapi.document import EMPTY, Document
from phonetui.xapi.feedback import Push, push_of
from phonetui.xapi.path import Path
from phonetui.xapi.refusal import permission_denied, refused
from phonetui.xapi.xml import MAX_WORDS

UNKNOWN_METHOD = -32601
INVALID_PARAMETERS = -32602
INTERNAL = -32603
DENIED = -31999
TOO_MANY_SUBSCRIBERS = -31998
NOT_READY = -31997
INVALID_PATH = 3
PARAMETER_ERROR = 4

EARLY_S = 5.0
"""How long a notification waits for the answer that tells whose it is."""
EARLY = 256
"""Notifications that wait at most."""


Outcome = TypeVar("Outcome")


@dataclass(frozen=True, slots=True)
class RpcRequest(Generic[Outcome]):
    """A request's text with its id; `Outcome` is the type of what its reply comes to."""

    id: int
    text: str = field(repr=False)
    """May carry what an operator typed."""


class RpcReply(Struct, frozen=True):
    """The reply to one request, read."""

    id: int
    """Of the request."""
    outcome: Any
    """What the method promises, or the PhonetuiError that came of it."""


class RpcError(Struct, frozen=True):
    """The `error` member of a reply: code, message and data, read leniently."""

    code: int
    message: Printable
    data: Document
    """The leaves of `data`, such as `Cause`."""


_Reader = Callable[[Any], Any]
_ErrorReader = Callable[[RpcError], Document | PhonetuiError]
"""Makes an outcome of the phone's error."""


class JsonRpcSession:
    """One connection's ids, subscriptions and open calls."""

    def __init__(self) -> None:
        self._calls: dict[int, tuple[_Reader, _ErrorReader]] = {}
        self._last = 0
        self._subscribed: set[int] = set()
        self._early: deque[tuple[int, Push, float]] = deque(maxlen=EARLY)

    def fetch(self, path: Path) -> RpcRequest[Document]:
        """A request for a place in the status tree; its outcome is the Document, empty where the phone has nothing
        there. That the phone has no tree at all is a refusal, lest everything known be taken for gone."""
        place = _indexed_part(path)
        read = partial(_document, place=place, wanted=path)
        refusal = _failed_read if path else _failed_call
        return self._call("xGet", {"Path": ["Status", *place]}, read, refusal)

    def command(self, command: Command) -> RpcRequest[CommandResult]:
        """A request that runs a command; its outcome is a CommandResult, or CommandRefused with the phone's words."""
        name = result_name(command)
        body = {} if command.body is None else {"body": command.body}
        read = partial(json_result, name=name)
        refusal = partial(_failed_command, path=command.path, name=name)
        return self._call("/".join(("xCommand", *command.path.names)), json_arguments(command) | body, read, refusal)

    def subscribe(self, *query: str) -> RpcRequest[int]:
        """A request for pushes of a place; its outcome is the subscription's number.

        Current values are not asked for: they are read anyway.
        """
        parameters = {"Query": query, "NotifyCurrentValue": False}
        return self._call("xFeedback/Subscribe", parameters, _subscription, _failed_call)

    def forget(self, request: int) -> None:
        """Drops a request whose reply nobody waits for any longer; a reply that comes later is ignored."""
        self._calls.pop(request, None)

    def receive(self, message: jsontree.Tree, at: float) -> tuple[RpcReply | Push, ...]:
        """What a message brings that arrived `at` (monotonic seconds). Raises ProtocolError where it is unreadable."""
        if "method" in message:
            return self._notification(message, at)
        number = _number(message.get("id"))
        if number is None and "error" in message:
            raise ProtocolError(f"the phone could not read a request: {_read_error(message['error']).message}")
        if number not in self._calls or number is None:
            return ()  # its caller gave up
        read, refusal = self._calls.pop(number)
        reply = RpcReply(number, _outcome(message, read, refusal))
        if read is not _subscription or not isinstance(reply.outcome, int):
            return (reply,)
        self._subscribed.add(reply.outcome)
        return (reply, *self._early_pushes(reply.outcome, at))

    def _call(self, method: str, parameters: dict[str, Any], read: _Reader, refusal: _ErrorReader) -> RpcRequest[Any]:
        self._last += 1
        self._calls[self._last] = (read, refusal)
        call = {"jsonrpc": "2.0", "id": self._last, "method": method, "params": parameters}
        return RpcRequest(self._last, json.dumps(call))

    def _notification(self, message: jsontree.Tree, at: float) -> tuple[Push, ...]:
        parameters = message.get("params")
        if message["method"] != "xFeedback/Event" or not isinstance(parameters, dict):
            return ()
        push = push_of(parameters, at)
        number = _number(parameters.get("Id"))
        if number in self._subscribed or number is None:
            return (push,)
        self._early.append((number, push, at))
        return ()

    def _early_pushes(self, subscription: int, now: float) -> tuple[Push, ...]:
        waiting = [(number, push, at) for number, push, at in self._early if now - at <= EARLY_S]
        self._early = deque((early for early in waiting if early[0] != subscription), maxlen=EARLY)
        return tuple(push for number, push, _ in waiting if number == subscription)


def _outcome(message: jsontree.Tree, read: _Reader, refusal: _ErrorReader) -> Any:
    try:
        if "error" in message:
            return refusal(_read_error(message["error"]))
        return read(message.get("result"))
    except PhonetuiError as error:
        return error


def _document(result: Any, *, place: Path, wanted: Path) -> Document:
    if result is None:
        return EMPTY
    if not place and not isinstance(result, dict):
        raise ProtocolError("a status tree that is no object")
    found = Document(jsontree.walk(result, at=place).leaves)
    return found if place == wanted else found.under(wanted)


def _subscription(result: Any) -> int:
    number = _number(result.get("Id") if isinstance(result, dict) else result)
    if number is None:
        raise ProtocolError("a subscription without a number")
    return number


def _indexed_part(path: Path) -> Path:
    """As much of a path as names the index of each list on its way; the last step may be a whole list."""
    for depth, step in enumerate(path[:-1], 1):
        if isinstance(step, str) and isinstance(path[depth], str) and phoneos().is_list(Path(path[:depth]).names):
            return Path(path[:depth])
    return path


def _number(value: Any) -> int | None:
    return numeric.integer(value) if isinstance(value, str) else None


def _read_error(error: Any) -> RpcError:
    """Whatever stands there, read as far as it can be; an unreadable code counts as an internal error."""
    if not isinstance(error, dict):
        return RpcError(INTERNAL, _words(error), EMPTY)
    code = jsontree.raw(error.get("code"))
    known = numeric.signed(code)
    data = error.get("data")
    leaves = jsontree.walk(data).leaves if isinstance(data, dict) else {}
    if data is not None and not isinstance(data, dict | list):
        leaves = {Path.of("Description"): _words(data)}
    return RpcError(INTERNAL if known is None else known, _words(error.get("message")), Document(leaves))


def _failed_read(error: RpcError) -> Document | PhonetuiError:
    """A place that the phone doesn't have is empty, as getxml answers it."""
    if error.code in (INVALID_PARAMETERS, INVALID_PATH) or "no match" in error.message.casefold():
        return EMPTY
    return _failed_call(error)


def _failed_command(error: RpcError, *, path: Path, name: Printable) -> PhonetuiError:
    if error.code == UNKNOWN_METHOD:
        details = {Path.of("Reason"): error.message, Path.of("XPath"): printable(f"/{'/'.join(path.names)}")}
        return refused(printable("Result"), Document(details), "Error")
    if error.code >= 0 or error.code == INVALID_PARAMETERS:
        status = "ParameterError" if error.code in (INVALID_PARAMETERS, PARAMETER_ERROR) else "Error"
        return refused(name, _explained(error), status)
    return _general(error)


def _failed_call(error: RpcError) -> PhonetuiError:
    """For everything but a command."""
    if error.code >= 0 or error.code in (INVALID_PARAMETERS, UNKNOWN_METHOD):
        return refused(printable("Result"), _explained(error), "Error", prefix="*s")
    return _general(error)


def _explained(error: RpcError) -> Document:
    return Document({Path.of("Reason"): error.message, **error.data})


def _general(error: RpcError) -> PhonetuiError:
    if error.code == DENIED:
        return permission_denied(error.message)
    if error.code == TOO_MANY_SUBSCRIBERS:
        return Busy(f"the phone has too many subscribers: {error.message}")
    if error.code == NOT_READY:
        return Busy(f"the phone is not ready yet: {error.message}")
    return ProtocolError(f"the phone answers with error {error.code}: {error.message}")


def _words(error: Any) -> Printable:
    return printable(error.strip()[:MAX_WORDS]) if isinstance(error, str) and error.strip() else printable("error")
