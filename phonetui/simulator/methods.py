"""The seven methods of xAPI over JSON-RPC, for one connection: its role, its subscriptions."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from phonetui.simulator import commands, doc, documents, jsontree, queries, reading, rpc
from phonetui.simulator.commands import NotPermitted, Phone, UnknownCommand, WrongParameter
from phonetui.simulator.element import Element, grown
from phonetui.simulator.exchange import Refused
from phonetui.simulator.letterhead import Letterhead
from phonetui.simulator.manual import ADMIN
from phonetui.simulator.phonesettings import IllegalValue, NoSuchSetting
from phonetui.simulator.queries import Query
from phonetui.simulator.requests import Call, members
from phonetui.simulator.rpc import Ask, Failure
from phonetui.simulator.tree import Change, Event, Notice, Setting
from phonetui.xapi.catalog import phoneos
from phonetui.xapi.path import Path

MAX_SUBSCRIPTIONS = 50
"""Of one connection; RoomOS 11 takes as many expressions in a session of its terminal."""
_NO_MATCH = "No match on address expression"


class Session:
    """Answers requests and tells changes through `send`, which takes one frame after another."""

    def __init__(self, phone: Phone, role: str, send: Callable[[str], None]) -> None:
        self._phone = phone
        self._role = role
        self._send = send
        self._subscriptions: dict[int, Query] = {}
        self._subscribed = 0

    def answer(self, ask: Ask, t: float) -> None:
        """Does what is asked and replies; the reply to a subscription goes out before its first notification."""
        try:
            result = self._result(ask, t)
        except Failure as failure:
            failure.of = ask.id
            self._reply(ask, rpc.error(failure))
            return
        self._reply(ask, rpc.reply(ask.id, result))
        if ask.method == "xFeedback/Subscribe" and ask.params.get("NotifyCurrentValue") is True:
            self._tell_current(result["Id"])

    def publish(self, notices: Sequence[Notice]) -> None:
        """Tells each subscription what it asked for, in order; two that match one change are both told."""
        for kind, group in groupby(notices, type):
            batch, head = list(group), self._phone.head
            for number, query in tuple(self._subscriptions.items()):
                for document, tree in _told(head, kind, [notice for notice in batch if _wants(head, query, notice)]):
                    self._send(rpc.notification(number, document, tree))

    def _reply(self, ask: Ask, frame: str) -> None:
        if ask.expects_reply:
            self._send(frame)

    def _result(self, ask: Ask, t: float) -> Any:
        method = ask.method
        if not self._phone.device.live:
            raise Failure(rpc.NOT_READY, "Not ready")
        if method.startswith("xCommand/"):
            return self._command(method.split("/")[1:], ask.params, t)
        handler = _METHODS.get(method)
        if handler is None:
            raise Failure(rpc.NO_METHOD, "Method not found")
        return handler(self, ask.params)

    def _get(self, params: dict[str, Any]) -> Any:
        document, *steps = _path(params, "Path")
        place = tuple(steps)
        dialect = self._phone.head.dialect
        location = f"/{document}/{place[0]}" if place else f"/{document}"
        if dialect.role_reads == "less" and reading.is_hidden(location, self._role):
            raise Failure(rpc.DENIED, "Permission denied")
        try:
            return jsontree.descend(self._document(document, place[:1]), place)
        except jsontree.NoMatch:
            names = tuple(step for step in place if isinstance(step, str))
            if document == "status" and self._is_empty_list(names, place):
                return []
            raise Failure(rpc.INVALID_PARAMS, _NO_MATCH) from None

    def _is_empty_list(self, names: tuple[str, ...], place: tuple[str | int, ...]) -> bool:
        """Whether a published list was asked for that has no members now, which isn't an error."""
        return bool(place) and isinstance(place[-1], str) and bool(phoneos().is_list(names))

    def _document(self, document: str | int, top: tuple[str | int, ...]) -> dict[str, Any]:
        leaves = self._leaves(document)
        if top:
            leaves = {path: text for path, text in leaves.items() if str(path[0]).casefold() == top[0]}
        return jsontree.members(grown(Element(""), leaves))

    def _leaves(self, document: str | int) -> Mapping[Path, str]:
        if document == "status":
            leaves = self._phone.presentation.leaves
            if self._phone.head.dialect.role_reads != "all":
                leaves = reading.visible(leaves, self._role)
            return self._phone.head.placed(leaves)
        if document == "configuration":
            return self._phone.settings.leaves
        raise Failure(rpc.INVALID_PARAMS, _NO_MATCH)

    def _query(self, params: dict[str, Any]) -> dict[str, Any]:
        query = _path(params, "Query")
        found: dict[str, Any] = {}
        for name in ("Status", "Configuration"):
            leaves = _covered(query, name, self._leaves(name.casefold()))
            if leaves:
                found[name] = jsontree.members(grown(Element(""), leaves))
        return found

    def _set(self, params: dict[str, Any]) -> bool:
        document, *steps = _path(params, "Path")
        value = params.get("Value")
        if self._role != ADMIN:
            raise Failure(rpc.DENIED, "Permission denied")
        if document != "configuration":
            raise Failure(rpc.INVALID_PARAMS, _NO_MATCH)
        try:
            self._phone.settings.put(tuple(str(step) for step in steps), str(value))
        except NoSuchSetting:
            raise Failure(rpc.INVALID_PARAMS, _NO_MATCH) from None
        except IllegalValue:
            raise Failure(rpc.INVALID_PARAMS, "Illegal value", {"Value": value}) from None
        return True

    def _command(self, path: list[str], params: dict[str, Any], t: float) -> dict[str, Any]:
        try:
            result = commands.perform(self._phone, _call(path, params), self._role, t)
        except UnknownCommand:
            raise Failure(rpc.NO_METHOD, "Unknown command") from None
        except NotPermitted:
            raise Failure(rpc.DENIED, "Permission denied") from None
        except WrongParameter as wrong:
            raise Failure(rpc.INVALID_PARAMS, str(wrong), {wrong.name: wrong.text}) from None
        except Refused as refused:
            cause = None if refused.cause is None else {"Cause": refused.cause}
            raise Failure(rpc.FAILED, str(refused), cause) from None
        return {**result.attributes, **jsontree.members(result, ("Result",))}

    def _subscribe(self, params: dict[str, Any]) -> dict[str, int]:
        query = _path(params, "Query")
        if len(self._subscriptions) >= MAX_SUBSCRIPTIONS:
            raise Failure(rpc.TOO_MANY_SUBSCRIBERS, "Too many subscribers")
        number = self._subscribed
        self._subscribed += 1
        self._subscriptions[number] = query
        return {"Id": number}

    def _unsubscribe(self, params: dict[str, Any]) -> bool:
        number = params.get("Id")
        if not isinstance(number, int) or isinstance(number, bool) or number not in self._subscriptions:
            raise Failure(rpc.INVALID_PARAMS, "No such subscription")
        del self._subscriptions[number]
        return True

    def _doc(self, params: dict[str, Any]) -> dict[str, Any]:
        document, *steps = _path(params, "Path")
        names = tuple(step for step in steps if isinstance(step, str))
        schema = doc.schema(str(document), names, self._phone.head)
        if schema is None:
            raise Failure(rpc.INVALID_PARAMS, _NO_MATCH)
        return schema

    def _tell_current(self, number: int) -> None:
        """One notification for each document that has values."""
        for document, tree in self._query({"Query": list(self._subscriptions[number])}).items():
            self._send(rpc.notification(number, document, tree))


_METHODS: dict[str, Callable[[Session, dict[str, Any]], Any]] = {
    "xDoc": Session._doc,
    "xFeedback/Subscribe": Session._subscribe,
    "xFeedback/Unsubscribe": Session._unsubscribe,
    "xGet": Session._get,
    "xQuery": Session._query,
    "xSet": Session._set,
}


def _path(params: dict[str, Any], name: str) -> Query:
    try:
        return queries.read(params.get(name))
    except queries.Unreadable:
        raise Failure(rpc.INVALID_PARAMS, f"Invalid params: {name} must be an array of names and indices") from None


def _covered(query: Query, document: str, leaves: Mapping[Path, str]) -> dict[Path, str]:
    return {path: text for path, text in leaves.items() if queries.covers(query, (document, *path))}


def _wants(head: Letterhead, query: Query, notice: Notice) -> bool:
    match notice:
        case Change(path, None):
            return queries.concerns(query, ("Status", *head.place(path)))
        case Change(path, _):
            return queries.covers(query, ("Status", *head.place(path)))
        case Setting(path, _):
            return queries.covers(query, ("Configuration", *path))
        case Event():
            return queries.covers_event(query, notice)
        case _:
            return False


def _told(head: Letterhead, kind: type[Notice], wanted: Sequence[Notice]) -> Iterator[tuple[str, dict[str, Any]]]:
    """What is to be told of a batch of one kind: document and tree."""
    if kind is Change:
        for delta in documents.deltas(head, [notice for notice in wanted if isinstance(notice, Change)]):
            yield "Status", jsontree.members(delta)
        return
    for notice in wanted:
        if isinstance(notice, Event):
            yield "Event", jsontree.event(notice)
        elif isinstance(notice, Setting):
            yield "Configuration", jsontree.members(grown(Element(""), {notice.path: notice.value}))


def _call(path: list[str], params: dict[str, Any]) -> Call:
    """Raises Failure for a value that no document could carry."""
    values = [each for value in params.values() for each in (value if isinstance(value, list) else [value])]
    if not all(isinstance(value, str | int | float) for value in values):
        raise Failure(rpc.INVALID_PARAMS, "Invalid params: values must be texts or numbers")
    return Call(tuple(path), tuple(members(params)))
