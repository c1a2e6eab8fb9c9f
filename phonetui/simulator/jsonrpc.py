"""xAPI over JSON-RPC 2.0, as a room device speaks it over WebSocket: one request, reply or notification a text frame.

`Path` and `Query` are arrays of names and indices in which `*` and `**` stand for others:

["Status", "Line", 1, "Call"]       a place and everything below it
["Status", "Line", "Call"]          the same of all lines: an index may be left out
["Status", "**", "CallState"]       at any depth
["Status", "Line", "*", "Call"]     `*` is any one name or index
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from msgspec import Struct

from phonetui.simulator import commands, documents, json_trees, locations
from phonetui.simulator import schema as schema_module
from phonetui.simulator.commands import CommandTarget, NotPermitted, UnknownCommand, WrongParameter
from phonetui.simulator.documents import DocHeader
from phonetui.simulator.element import CommandRequest, Element, build_tree, members
from phonetui.simulator.exchange import CallRefused
from phonetui.simulator.schema import ADMIN, IllegalValue, NoSuchSetting
from phonetui.simulator.tree import Notice, TreeChange, TreeEvent, TreeSetting
from phonetui.xapi.catalog import phoneos
from phonetui.xapi.path import Path

PARSE_ERROR, INVALID_REQUEST, NO_METHOD, INVALID_PARAMS, INTERNAL_ERROR = -32700, -32600, -32601, -32602, -32603
DENIED, TOO_MANY_SUBSCRIBERS, NOT_READY = -31999, -31998, -31997
FAILED = 1
"""The command ran and failed. This code and the three above are read in Cisco's pyxows; the rest is JSON-RPC's own."""

Id = str | int | float | None


class RpcFailure(Exception):
    """An error reply; `data` is a `Cause` or whatever else the caller may want to know."""

    def __init__(self, code: int, message: str, data: dict[str, Any] | None = None, *, of: Id = None) -> None:
        super().__init__(message)
        self.code, self.message, self.data, self.of = code, message, data, of


class RpcCall(Struct, frozen=True):
    """A request; one without an id gets no reply."""

    id: Id
    method: str
    params: dict[str, Any]
    expects_reply: bool


def read(text: str) -> RpcCall:
    """The call in a text. Raises RpcFailure for what isn't a request."""
    try:
        frame = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise RpcFailure(PARSE_ERROR, "Parse error") from error
    if not isinstance(frame, dict):
        raise RpcFailure(INVALID_REQUEST, "Invalid request")
    of = frame.get("id")
    if isinstance(of, bool) or not isinstance(of, str | int | float | None):
        raise RpcFailure(INVALID_REQUEST, "Invalid request: id must be a string or a number")
    method, params = frame.get("method"), frame.get("params", {})
    if frame.get("jsonrpc") != "2.0" or not isinstance(method, str):
        raise RpcFailure(INVALID_REQUEST, "Invalid request", of=of)
    if not isinstance(params, dict):
        raise RpcFailure(INVALID_PARAMS, "Invalid params: must be an object", of=of)
    return RpcCall(of, method, params, "id" in frame)


def reply(of: Id, result: object) -> str:
    """The text of a reply with a result."""
    return json.dumps({"jsonrpc": "2.0", "id": of, "result": result})


def error(failure: RpcFailure) -> str:
    """The text of a reply with an error."""
    fields: dict[str, object] = {"code": failure.code, "message": failure.message}
    if failure.data is not None:
        fields["data"] = failure.data
    return json.dumps({"jsonrpc": "2.0", "id": failure.of, "error": fields})


def notification(subscription: int, document: str, members: object) -> str:
    """What one subscription hears of a change."""
    params = {"Id": subscription, document: members}
    return json.dumps({"jsonrpc": "2.0", "method": "xFeedback/Event", "params": params})


Query = tuple[str | int, ...]
"""Names folded."""


def read_query(params: Mapping[str, Any], name: str) -> Query:
    """The array of that name. Raises RpcFailure for what isn't one of names and indices; an index may be text.

    `**` behind `**` adds nothing and is left out.
    """
    array = params.get(name)
    if not isinstance(array, list) or not array or not all(type(step) in (str, int) for step in array):
        raise RpcFailure(INVALID_PARAMS, f"Invalid params: {name} must be an array of names and indices")
    steps = [_step(step) for step in array]
    return tuple(step for at, step in enumerate(steps) if step != "**" or not at or steps[at - 1] != "**")


def _step(step: str | int) -> str | int:
    if isinstance(step, int):
        return step
    return int(step) if step.isascii() and step.isdigit() and len(step) < 10 else step.casefold()


def covers(query: Query, place: Sequence[str | int], *, lost: bool = False) -> bool:
    """Whether a leaf at `place`, its document's name in front, is what the query asks for or lies below that.

    `lost`: `place` is a list item that is gone; whether that takes away something that the query asks for.
    """
    if not query:
        return True
    wanted, rest = query[0], query[1:]
    if wanted == "**":
        return any(covers(rest, place[behind:], lost=lost) for behind in range(len(place) + 1))
    if not place:
        return lost
    here, below = place[0], place[1:]
    if isinstance(here, int) and not isinstance(wanted, int):
        return covers(query, below, lost=lost) or (wanted == "*" and covers(rest, below, lost=lost))
    fits = wanted == here if isinstance(here, int) else wanted in ("*", here.casefold())
    return fits and covers(rest, below, lost=lost)


def covers_event(query: Query, happened: TreeEvent) -> bool:
    """Whether a subscription is for this event or one of its fields."""
    place = ("Event", *happened.name.split())
    return covers(query, place) or any(covers(query, (*place, name)) for name, _ in happened.fields)


MAX_SUBSCRIPTIONS = 50
"""Of one connection; RoomOS 11 takes as many expressions in a session of its terminal."""
_NO_MATCH = "No match on address expression"


class RpcSession:
    """One connection: answers requests and notifies of changes through `send`, which takes one frame after another."""

    def __init__(self, phone: CommandTarget, role: str, send: Callable[[str], None]) -> None:
        self._phone = phone
        self._role = role
        self._send = send
        self._subscriptions: dict[int, Query] = {}
        self._subscribed = 0

    def answer(self, call: RpcCall, t: float) -> None:
        """Does what is asked and replies; the reply to a subscription goes out before its first notification."""
        try:
            result = self._result(call, t)
        except RpcFailure as failure:
            failure.of = call.id
            if call.expects_reply:
                self._send(error(failure))
            return
        if call.expects_reply:
            self._send(reply(call.id, result))
        if call.method == "xFeedback/Subscribe" and call.params.get("NotifyCurrentValue") is True:
            for document, tree in self._covered(self._subscriptions[result["Id"]]).items():
                self._send(notification(result["Id"], document, tree))

    def publish(self, notices: Sequence[Notice]) -> None:
        """Notifies each subscription of what it matches, in order; two that match one change both get it."""
        head = self._phone.head
        for kind, group in groupby(notices, type):
            batch = list(group)
            for number, query in tuple(self._subscriptions.items()):
                wanted = [notice for notice in batch if _wants(head, query, notice)]
                for document, tree in _documents(head, kind, wanted):
                    self._send(notification(number, document, tree))

    def _result(self, call: RpcCall, t: float) -> Any:
        if not self._phone.device.live:
            raise RpcFailure(NOT_READY, "Not ready")
        if call.method.startswith("xCommand/"):
            return self._command(call.method.split("/")[1:], call.params, t)
        handler = _METHODS.get(call.method)
        if handler is None:
            raise RpcFailure(NO_METHOD, "Method not found")
        return handler(self, call.params)

    def _get(self, params: dict[str, Any]) -> Any:
        document, *steps = read_query(params, "Path")
        place = tuple(steps)
        location = f"/{document}/{place[0]}" if place else f"/{document}"
        if locations.is_hidden(self._phone.head.dialect, location, self._role):
            raise RpcFailure(DENIED, "Permission denied")
        leaves = self._leaves(document)
        if place:
            leaves = {path: text for path, text in leaves.items() if str(path[0]).casefold() == place[0]}
        try:
            return json_trees.descend(json_trees.members(build_tree(Element(""), leaves)), place)
        except json_trees.NoMatch:
            names = tuple(step for step in place if isinstance(step, str))
            if document == "status" and place and isinstance(place[-1], str) and phoneos().is_list(names):
                return []  # a published list that has no members now
            raise RpcFailure(INVALID_PARAMS, _NO_MATCH) from None

    def _leaves(self, document: str | int) -> Mapping[Path, str]:
        if document == "status":
            head = self._phone.head
            return head.placed(locations.visible(head.dialect, self._phone.presentation.leaves, self._role))
        if document == "configuration":
            return self._phone.settings.leaves
        raise RpcFailure(INVALID_PARAMS, _NO_MATCH)

    def _query(self, params: dict[str, Any]) -> dict[str, Any]:
        return self._covered(read_query(params, "Query"))

    def _covered(self, query: Query) -> dict[str, Any]:
        """What a query matches now, by document; without those in which it matches nothing."""
        found: dict[str, Any] = {}
        for name in ("Status", "Configuration"):
            leaves = self._leaves(name.casefold()).items()
            covered = {path: text for path, text in leaves if covers(query, (name, *path))}
            if covered:
                found[name] = json_trees.members(build_tree(Element(""), covered))
        return found

    def _set(self, params: dict[str, Any]) -> bool:
        document, *steps = read_query(params, "Path")
        value = params.get("Value")
        if self._role != ADMIN:
            raise RpcFailure(DENIED, "Permission denied")
        if document != "configuration":
            raise RpcFailure(INVALID_PARAMS, _NO_MATCH)
        try:
            self._phone.settings.put(tuple(str(step) for step in steps), str(value))
        except NoSuchSetting:
            raise RpcFailure(INVALID_PARAMS, _NO_MATCH) from None
        except IllegalValue:
            raise RpcFailure(INVALID_PARAMS, "Illegal value", {"Value": value}) from None
        return True

    def _command(self, path: list[str], params: dict[str, Any], t: float) -> dict[str, Any]:
        try:
            result = commands.perform(self._phone, _call(path, params), self._role, t)
        except UnknownCommand:
            raise RpcFailure(NO_METHOD, "Unknown command") from None
        except NotPermitted:
            raise RpcFailure(DENIED, "Permission denied") from None
        except WrongParameter as wrong:
            raise RpcFailure(INVALID_PARAMS, str(wrong), {wrong.name: wrong.text}) from None
        except CallRefused as refused:
            cause = None if refused.cause is None else {"Cause": refused.cause}
            raise RpcFailure(FAILED, str(refused), cause) from None
        return {**result.attributes, **json_trees.members(result, ("Result",))}

    def _subscribe(self, params: dict[str, Any]) -> dict[str, int]:
        query = read_query(params, "Query")
        if len(self._subscriptions) >= MAX_SUBSCRIPTIONS:
            raise RpcFailure(TOO_MANY_SUBSCRIBERS, "Too many subscribers")
        number = self._subscribed
        self._subscribed += 1
        self._subscriptions[number] = query
        return {"Id": number}

    def _unsubscribe(self, params: dict[str, Any]) -> bool:
        number = params.get("Id")
        if not isinstance(number, int) or isinstance(number, bool) or number not in self._subscriptions:
            raise RpcFailure(INVALID_PARAMS, "No such subscription")
        del self._subscriptions[number]
        return True

    def _doc(self, params: dict[str, Any]) -> dict[str, Any]:
        document, *steps = read_query(params, "Path")
        names = tuple(step for step in steps if isinstance(step, str))
        schema = schema_module.xdoc(str(document), names, self._phone.head)
        if schema is None:
            raise RpcFailure(INVALID_PARAMS, _NO_MATCH)
        return schema


_METHODS: dict[str, Callable[[RpcSession, dict[str, Any]], Any]] = {
    "xDoc": RpcSession._doc,
    "xFeedback/Subscribe": RpcSession._subscribe,
    "xFeedback/Unsubscribe": RpcSession._unsubscribe,
    "xGet": RpcSession._get,
    "xQuery": RpcSession._query,
    "xSet": RpcSession._set,
}


def _wants(head: DocHeader, query: Query, notice: Notice) -> bool:
    match notice:
        case TreeChange(path, value):
            return covers(query, ("Status", *head.place(path)), lost=value is None)
        case TreeSetting(path, _):
            return covers(query, ("Configuration", *path))
        case TreeEvent():
            return covers_event(query, notice)
        case _:
            return False


def _documents(head: DocHeader, kind: type[Notice], wanted: Sequence[Notice]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The notifications of a batch of one kind: document and tree."""
    if kind is TreeChange:
        for delta in documents.deltas(head, [notice for notice in wanted if isinstance(notice, TreeChange)]):
            yield "Status", json_trees.members(delta)
        return
    for notice in wanted:
        if isinstance(notice, TreeEvent):
            yield "Event", json_trees.event_members(notice)
        elif isinstance(notice, TreeSetting):
            yield "Configuration", json_trees.members(build_tree(Element(""), {notice.path: notice.value}))


def _call(path: list[str], params: dict[str, Any]) -> CommandRequest:
    """Raises RpcFailure for a value that no document could carry."""
    values = [each for value in params.values() for each in (value if isinstance(value, list) else [value])]
    if not all(isinstance(value, str | int | float) for value in values):
        raise RpcFailure(INVALID_PARAMS, "Invalid params: values must be texts or numbers")
    return CommandRequest(tuple(path), tuple(members(params)))
