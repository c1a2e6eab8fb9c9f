"""The WebSocket form of the xAPI as a session without a socket: calls → text out, text in → replies and pushes.

    fetch, query, command, set, describe, subscribe, unsubscribe ──► Request (an id and the text to send)
    text ──receive──► Reply (the id, and what came of it) or Push (a notification of one of our subscriptions)

The notification of a fresh subscription may overtake the answer that names the subscription, so those of unknown ones
are kept for a moment. Methods, notifications and error codes are those of Cisco's room devices and their published
clients; phones have announced this wire and don't offer it yet.
"""

import json
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from phonetui import numeric
from phonetui.errors import PhonetuiError, ProtocolError
from phonetui.xapi import jsoncommand, jsontree, rpcerror
from phonetui.xapi.catalog import phoneos
from phonetui.xapi.command import Command
from phonetui.xapi.document import EMPTY, Document
from phonetui.xapi.feedback import Push, pushed
from phonetui.xapi.path import Path

EARLY_S = 5.0
"""How long a notification waits for the answer that tells whose it is."""
EARLY = 256
"""Notifications that wait at most."""


@dataclass(frozen=True, slots=True)
class Request:
    id: int
    text: str = field(repr=False)
    """May carry what an operator typed."""


@dataclass(frozen=True, slots=True)
class Reply:
    id: int
    """Of the request."""
    outcome: Any
    """What the method promises, or the PhonetuiError that came of it."""


_Reader = Callable[[Any], Any]
_Refusal = Callable[[rpcerror.Complaint], Any]
"""Makes of the phone's error what is to be raised, or the outcome where it is none to us."""


class Session:
    """One connection's ids, subscriptions and open calls."""

    def __init__(self) -> None:
        self._calls: dict[int, tuple[_Reader, _Refusal]] = {}
        self._last = 0
        self._subscribed: set[int] = set()
        self._early: deque[tuple[int, Push, float]] = deque(maxlen=EARLY)

    def fetch(self, path: Path) -> Request:
        """Outcome: the Document of a place in the status tree, empty where the phone has nothing there.

        That the phone has no tree at all is a refusal, lest everything known be taken for gone.
        A path that leaves a list's index out is read from that list on and narrowed here: how wildcards and lists go
        together is not published.
        """
        place = _unambiguous(path)
        read = partial(_document, place=place, wanted=path)
        refusal = rpcerror.of_reading if path else rpcerror.of_other
        return self._call("xGet", {"Path": ["Status", *place]}, read, refusal)

    def query(self, *steps: str | int) -> Request:
        """Outcome: the Document of everything that matches; steps are names, indices, `*` and `**`."""
        read = partial(_document_of, name="Status")
        return self._call("xQuery", {"Query": ["Status", *steps]}, read, rpcerror.of_reading)

    def command(self, command: Command) -> Request:
        """Outcome: an Answer, or CommandRefused with the phone's words."""
        name = jsoncommand.title(command)
        body = {} if command.body is None else {"body": command.body}
        method = "/".join(("xCommand", *command.path.names))
        return self._call(
            method,
            jsoncommand.arguments(command) | body,
            partial(jsoncommand.answer, name=name),
            partial(rpcerror.of_command, path=command.path, name=name),
        )

    def set(self, path: Path, value: str) -> Request:
        """Outcome: True once the configuration has the value."""
        parameters = {"Path": ["Configuration", *path], "Value": value}
        return self._call("xSet", parameters, bool, rpcerror.of_other)

    def describe(self, document: str, path: Path) -> Request:
        """Outcome: the schema of a place, as the phone words it."""
        parameters = {"Path": [document, *path], "Type": "Schema"}
        return self._call("xDoc", parameters, lambda schema: schema, rpcerror.of_other)

    def subscribe(self, document: str, *steps: str | int, current: bool = False) -> Request:
        """Outcome: the subscription's number. `current`: the phone first tells how everything stands."""
        parameters = {"Query": [document, *steps], "NotifyCurrentValue": current}
        return self._call("xFeedback/Subscribe", parameters, _subscription, rpcerror.of_other)

    def unsubscribe(self, number: int) -> Request:
        """Outcome: True. What still comes of the subscription is dropped."""
        self._subscribed.discard(number)
        return self._call("xFeedback/Unsubscribe", {"Id": number}, bool, rpcerror.of_other)

    def forget(self, request: int) -> None:
        """Nobody waits for the request any longer."""
        self._calls.pop(request, None)

    def receive(self, text: str | bytes, at: float) -> tuple[Reply | Push, ...]:
        """What one frame brings that arrived `at` (monotonic seconds). Raises ProtocolError where it is unreadable."""
        return self.accept(jsontree.load(text), at)

    def accept(self, message: jsontree.Tree, at: float) -> tuple[Reply | Push, ...]:
        """What a frame brings that `jsontree.load` has read. Raises ProtocolError where it is unreadable."""
        if "method" in message:
            return self._notified(message, at)
        number = _number(message.get("id"))
        if number is None and "error" in message:
            raise ProtocolError(f"the phone could not read a request: {rpcerror.complaint(message['error']).message}")
        if number not in self._calls or number is None:
            return ()  # its caller gave up
        read, refusal = self._calls.pop(number)
        reply = Reply(number, _outcome(message, read, refusal))
        if read is not _subscription or not isinstance(reply.outcome, int):
            return (reply,)
        self._subscribed.add(reply.outcome)
        return (reply, *self._overtaken(reply.outcome, at))

    def _call(self, method: str, parameters: Mapping[str, Any], read: _Reader, refusal: _Refusal) -> Request:
        self._last += 1
        self._calls[self._last] = (read, refusal)
        call = {"jsonrpc": "2.0", "id": self._last, "method": method, "params": parameters}
        return Request(self._last, json.dumps(call))

    def _notified(self, message: jsontree.Tree, at: float) -> tuple[Push, ...]:
        parameters = message.get("params")
        if message["method"] != "xFeedback/Event" or not isinstance(parameters, dict):
            return ()
        push = pushed(parameters, at)
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
            return refusal(rpcerror.complaint(message["error"]))
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
