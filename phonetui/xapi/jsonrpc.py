"""The WebSocket form of the xAPI as a session without a socket: calls → text out, text in → replies and pushes.

    fetch, query, command, set, describe, subscribe, unsubscribe ──► Request (an id and the text to send)
    text ──receive──► Reply (the id, and what came of it) or Push (a notification of one of our subscriptions)

The notification of a fresh subscription may overtake the answer that names the subscription, so those of unknown ones
are kept for a moment. Methods, notifications and error codes are those of Cisco's room devices and their published
clients; phones have announced this wire and don't offer it yet.

What an error of the WebSocket's wire means to us, and the phone's words in the terminal notation.

Negative codes are JSON-RPC's and those that Cisco's room devices add; small positive ones say that the request was
understood and refused (1 a command that failed; 2 to 6 are known from a published client's own table).
"""

import json
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, NoReturn

from phonetui import numeric
from phonetui.errors import Busy, PhonetuiError, ProtocolError
from phonetui.text import Printable, printable
from phonetui.xapi import command as command_module
from phonetui.xapi import jsontree
from phonetui.xapi.catalog import phoneos
from phonetui.xapi.command import Command, refused
from phonetui.xapi.document import EMPTY, MAX_WORDS, Document
from phonetui.xapi.feedback import Push, push_of
from phonetui.xapi.path import Path
from phonetui.xapi.permission import permission_denied

UNKNOWN_METHOD = -32601
INVALID_PARAMETERS = -32602
INTERNAL = -32603
DENIED = -31999
TOO_MANY_SUBSCRIBERS = -31998
NOT_READY = -31997
INVALID_PATH = 3
PARAMETER_ERROR = 4


@dataclass(frozen=True, slots=True)
class RpcError:
    """An `error` member, read."""

    code: int
    message: Printable
    data: Document
    """The leaves of `data`, such as `Cause`."""


def read_error(error: Any) -> RpcError:
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


def failed_read(said: RpcError) -> Document:
    """A place that the phone doesn't have is empty, as getxml answers it; every other error is raised."""
    if said.code in (INVALID_PARAMETERS, INVALID_PATH) or "no match" in said.message.casefold():
        return EMPTY
    raise _refused_read(said)


def failed_call(said: RpcError) -> NoReturn:
    """For everything that is neither a reading nor a command."""
    raise _refused_read(said)


def failed_command(said: RpcError, *, path: Path, name: str) -> NoReturn:
    if said.code == UNKNOWN_METHOD:
        details = {Path.of("Reason"): said.message, Path.of("XPath"): printable(f"/{'/'.join(path.names)}")}
        raise refused(printable("Result"), Document(details), "Error")
    if said.code in (INVALID_PARAMETERS, PARAMETER_ERROR):
        raise refused(printable(name), _explained(said), "ParameterError")
    if said.code >= 0:
        raise refused(printable(name), _explained(said), "Error")
    raise _general(said)


def _refused_read(said: RpcError) -> PhonetuiError:
    if said.code >= 0 or said.code in (INVALID_PARAMETERS, UNKNOWN_METHOD):
        return refused(printable("Result"), _explained(said), "Error", prefix="*s")
    return _general(said)


def _explained(said: RpcError) -> Document:
    return Document({Path.of("Reason"): said.message, **said.data})


def _general(said: RpcError) -> PhonetuiError:
    if said.code == DENIED:
        return permission_denied(said.message)
    if said.code == TOO_MANY_SUBSCRIBERS:
        return Busy(f"the phone has too many subscribers: {said.message}")
    if said.code == NOT_READY:
        return Busy(f"the phone is not ready yet: {said.message}")
    return ProtocolError(f"the phone answers with error {said.code}: {said.message}")


def _words(said: Any) -> Printable:
    return printable(said.strip()[:MAX_WORDS]) if isinstance(said, str) and said.strip() else printable("error")


EARLY_S = 5.0
"""How long a notification waits for the answer that tells whose it is."""
EARLY = 256
"""Notifications that wait at most."""


@dataclass(frozen=True, slots=True)
class RpcRequest:
    id: int
    text: str = field(repr=False)
    """May carry what an operator typed."""


@dataclass(frozen=True, slots=True)
class RpcReply:
    id: int
    """Of the request."""
    outcome: Any
    """What the method promises, or the PhonetuiError that came of it."""


_Reader = Callable[[Any], Any]
_Refusal = Callable[[RpcError], Any]
"""Makes of the phone's error what is to be raised, or the outcome where it is none to us."""


class JsonRpcSession:
    """One connection's ids, subscriptions and open calls."""

    def __init__(self) -> None:
        self._calls: dict[int, tuple[_Reader, _Refusal]] = {}
        self._last = 0
        self._subscribed: set[int] = set()
        self._early: deque[tuple[int, Push, float]] = deque(maxlen=EARLY)

    def fetch(self, path: Path) -> RpcRequest:
        """Outcome: the Document of a place in the status tree, empty where the phone has nothing there.

        That the phone has no tree at all is a refusal, lest everything known be taken for gone.
        A path that leaves a list's index out is read from that list on and narrowed here: how wildcards and lists go
        together is not published.
        """
        place = _unambiguous(path)
        read = partial(_document, place=place, wanted=path)
        refusal = failed_read if path else failed_call
        return self._call("xGet", {"Path": ["Status", *place]}, read, refusal)

    def query(self, *steps: str | int) -> RpcRequest:
        """Outcome: the Document of everything that matches; steps are names, indices, `*` and `**`."""
        read = partial(_document_of, name="Status")
        return self._call("xQuery", {"Query": ["Status", *steps]}, read, failed_read)

    def command(self, command: Command) -> RpcRequest:
        """Outcome: an Answer, or CommandRefused with the phone's words."""
        name = command_module.result_name(command)
        body = {} if command.body is None else {"body": command.body}
        method = "/".join(("xCommand", *command.path.names))
        return self._call(
            method,
            command_module.json_arguments(command) | body,
            partial(command_module.json_result, name=name),
            partial(failed_command, path=command.path, name=name),
        )

    def set(self, path: Path, value: str) -> RpcRequest:
        """Outcome: True once the configuration has the value."""
        parameters = {"Path": ["Configuration", *path], "Value": value}
        return self._call("xSet", parameters, bool, failed_call)

    def describe(self, document: str, path: Path) -> RpcRequest:
        """Outcome: the schema of a place, as the phone words it."""
        parameters = {"Path": [document, *path], "Type": "Schema"}
        return self._call("xDoc", parameters, lambda schema: schema, failed_call)

    def subscribe(self, document: str, *steps: str | int, current: bool = False) -> RpcRequest:
        """Outcome: the subscription's number. `current`: the phone first tells how everything stands."""
        parameters = {"Query": [document, *steps], "NotifyCurrentValue": current}
        return self._call("xFeedback/Subscribe", parameters, _subscription, failed_call)

    def unsubscribe(self, number: int) -> RpcRequest:
        """Outcome: True. What still comes of the subscription is dropped."""
        self._subscribed.discard(number)
        return self._call("xFeedback/Unsubscribe", {"Id": number}, bool, failed_call)

    def forget(self, request: int) -> None:
        """Nobody waits for the request any longer."""
        self._calls.pop(request, None)

    def receive(self, text: str | bytes, at: float) -> tuple[RpcReply | Push, ...]:
        """What one frame brings that arrived `at` (monotonic seconds). Raises ProtocolError where it is unreadable."""
        return self.accept(jsontree.load(text), at)

    def accept(self, message: jsontree.Tree, at: float) -> tuple[RpcReply | Push, ...]:
        """What a frame brings that `jsontree.load` has read. Raises ProtocolError where it is unreadable."""
        if "method" in message:
            return self._notified(message, at)
        number = _number(message.get("id"))
        if number is None and "error" in message:
            raise ProtocolError(f"the phone could not read a request: {read_error(message['error']).message}")
        if number not in self._calls or number is None:
            return ()  # its caller gave up
        read, refusal = self._calls.pop(number)
        reply = RpcReply(number, _outcome(message, read, refusal))
        if read is not _subscription or not isinstance(reply.outcome, int):
            return (reply,)
        self._subscribed.add(reply.outcome)
        return (reply, *self._overtaken(reply.outcome, at))

    def _call(self, method: str, parameters: Mapping[str, Any], read: _Reader, refusal: _Refusal) -> RpcRequest:
        self._last += 1
        self._calls[self._last] = (read, refusal)
        call = {"jsonrpc": "2.0", "id": self._last, "method": method, "params": parameters}
        return RpcRequest(self._last, json.dumps(call))

    def _notified(self, message: jsontree.Tree, at: float) -> tuple[Push, ...]:
        parameters = message.get("params")
        if message["method"] != "xFeedback/Event" or not isinstance(parameters, dict):
            return ()
        push = push_of(parameters, at)
        number = _number(parameters.get("Id"))
        if number in self._subscribed or number is None:
            return (push,)
        self._early.append((number, push, at))
        return ()

    def _overtaken(self, subscription: int, now: float) -> tuple[Push, ...]:
        waiting = [(number, push, at) for number, push, at in self._early if now - at <= EARLY_S]
        self._early = deque((early for early in waiting if early[0] != subscription), maxlen=EARLY)
        return tuple(push for number, push, _ in waiting if number == subscription)


def _outcome(message: jsontree.Tree, read: _Reader, refusal: _Refusal) -> Any:
    try:
        if "error" in message:
            return refusal(read_error(message["error"]))
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


def _document_of(result: Any, *, name: str) -> Document:
    return Document(jsontree.walk(result.get(name) if isinstance(result, dict) else None).leaves)


def _subscription(result: Any) -> int:
    number = _number(result.get("Id") if isinstance(result, dict) else result)
    if number is None:
        raise ProtocolError("a subscription without a number")
    return number


def _unambiguous(path: Path) -> Path:
    """As much of a path as names the index of each list on its way; the last step may be a whole list."""
    for depth, step in enumerate(path[:-1], 1):
        if isinstance(step, str) and isinstance(path[depth], str) and phoneos().is_list(Path(path[:depth]).names):
            return Path(path[:depth])
    return path


def _number(value: Any) -> int | None:
    return numeric.integer(value) if isinstance(value, str) else None
