"""Which commands a recorded phone takes, and with which parameters: by its own `/command.xml` and `/valuespace.xml`.

Without these the published commands are taken, with whatever parameters.

The web server of a recorded phone: every answer from the picture, or by the manual that the phone showed.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial

from aiohttp import web

from phonetui.simulator import commands, element, recording
from phonetui.simulator.device import SimulatedDevice
from phonetui.simulator.documents import DocHeader, serialize
from phonetui.simulator.element import CommandRequest, Element, build_tree
from phonetui.simulator.presentation import Presentation
from phonetui.simulator.recording import Bundle, Picture, RecordedReply
from phonetui.simulator.security import ROLES
from phonetui.simulator.server_behaviour import ServerBehaviour
from phonetui.simulator.sockets import RunOnOffice
from phonetui.simulator.tree import Notice, TreeChange, TreeSetting
from phonetui.simulator.web import PhoneWebServer
from phonetui.xapi.catalog import CatalogKind, phoneos
from phonetui.xapi.path import Path


@dataclass(frozen=True, slots=True)
class _Command:
    names: tuple[str, ...]
    parameters: tuple[Element, ...] | None
    """None: not known."""


class Acceptance:
    """Knows one phone's commands."""

    def __init__(self, manual: Element | None, spaces: Element | None) -> None:
        known = _commands(manual) if manual is not None else _published()
        self._commands = {tuple(name.casefold() for name in each.names): each for each in known}
        self._spaces = {space.name.casefold(): space for space in spaces or ()}

    @property
    def paths(self) -> frozenset[tuple[str, ...]]:
        """Folded."""
        return frozenset(self._commands)

    def refusal(self, call: CommandRequest) -> Element | None:
        """The Result of a command that isn't taken; None for one that is."""
        command = self._commands.get(tuple(name.casefold() for name in call.path))
        if command is None:
            result = Element("Result", {"status": "Error"})
            result.add("Reason", "Unknown command")
            result.add("XPath", "/" + "/".join(call.path))
            return result
        wrong = next(self._wrong(command, call), None)
        if wrong is None:
            return None
        result = Element(title(call), {"status": "ParameterError"})
        result.add(wrong[0]).add("Value", wrong[1])
        return result

    def _wrong(self, command: _Command, call: CommandRequest) -> Iterator[tuple[str, str]]:
        if command.parameters is None:
            return
        known = {each.name.casefold(): each for each in command.parameters}
        for name, value in call.arguments:
            parameter = known.get(name.casefold())
            if name.casefold() == "body":
                continue
            if parameter is None:
                yield name, "Unknown parameter"
            elif not self._allows(parameter, value):
                yield parameter.name, "Invalid value"
        for parameter in command.parameters:
            if parameter.attributes.get("required", "").casefold() == "true" and call.value(parameter.name) is None:
                yield parameter.name, "Missing parameter"

    def _allows(self, parameter: Element, value: str) -> bool:
        reference = parameter.attributes.get("valueSpaceRef", "").rpartition("/")[2]
        space = self._spaces.get(reference.casefold())
        match space.attributes.get("type", "").casefold() if space is not None else "":
            case "integer" if space is not None:
                return value.lstrip("-").isdecimal() and len(value) < 12 and _within(space, int(value), "Min", "Max")
            case "string" if space is not None:
                return _within(space, len(value), "MinLength", "MaxLength")
            case "literal" if space is not None:
                return value.casefold() in (each.text.strip().casefold() for each in space)
        return True


def title(call: CommandRequest) -> str:
    """The last two words of a command's name, as room devices call a result."""
    return "".join(call.path[-2:]) + "Result"


def _commands(node: Element, above: tuple[str, ...] = ()) -> Iterator[_Command]:
    for child in node:
        names = (*above, child.name)
        if child.attributes.get("command", "").casefold() == "true":
            yield _Command(names, tuple(child.children))
        else:
            yield from _commands(child, names)


def _published() -> Iterator[_Command]:
    return (_Command(each.path.names, None) for each in phoneos().entries if each.kind is CatalogKind.COMMAND)


def _within(space: Element, number: int, low: str, high: str) -> bool:
    lowest, highest = (node.text.strip() if (node := space.find(name)) else "" for name in (low, high))
    above = not lowest.lstrip("-").isdecimal() or number >= int(lowest)
    return above and (not highest.lstrip("-").isdecimal() or number <= int(highest))


SLOTS = Path.of("HttpFeedback")
_IDENTITY = {
    "SystemName": "SystemUnit HostName",
    "MACAddress": "SystemUnit Hardware Module MACAddress",
    "IPAddress": "Network IPv4 Address",
    "ProductType": "SystemUnit ProductType",
    "ProductID": "SystemUnit ProductId",
    "SWVersion": "SystemUnit Software Version",
}
_REAL = ("httpfeedback", "security")
"""Commands of these groups have their effect."""


@dataclass(frozen=True, slots=True)
class Head(DocHeader):
    """The recorded phone's letterhead: its own root attributes and names."""

    tree: Element
    leaves: Mapping[Path, str]

    def root(self, name: str) -> Element:
        return Element(name, dict(self.tree.attributes))

    def identification(self) -> Iterator[tuple[str, str]]:
        for field, leaf in _IDENTITY.items():
            yield field, self.leaves.get(Path.parse(leaf), "")


class Shown(Presentation):
    """The recorded leaves, with the feedback slots as they are now."""

    def __init__(self, device: SimulatedDevice, tree: Callable[[], Element]) -> None:
        super().__init__(device)
        self._tree = tree

    @property
    def leaves(self) -> Mapping[Path, str]:
        return recording.flat(self._tree())

    def present(self, notices: Iterable[Notice]) -> tuple[Notice, ...]:
        """What clients changed; whatever else goes on behind the picture stays there."""
        return tuple(
            notice
            for notice in notices
            if isinstance(notice, TreeSetting) or (isinstance(notice, TreeChange) and notice.path.is_under(SLOTS))
        )


class ReplayServer(PhoneWebServer):
    """The web server of a replica."""

    def __init__(
        self, phone: commands.CommandTarget, password: str, act: RunOnOffice, recorded: Bundle, shows: Picture
    ) -> None:
        super().__init__(phone, password, act, ServerBehaviour(websocket=recorded.websocket))
        self._recorded = recorded
        self._picture = shows
        self._acceptance = Acceptance(shows.manual(), shows.spaces())
        self._given_back: set[int] = set()

    def status(self) -> Element:
        """The tree as it is now; the recorded one itself as long as no slot was touched."""
        tree = self._picture.tree
        live = {path: text for path, text in self.phone.device.tree.leaves.items() if path.is_under(SLOTS)}
        if not live and not self._given_back:
            return tree
        slots = build_tree(Element("Status"), live).children
        hidden = {slot.item for slot in slots} | self._given_back
        kept = [child for child in tree if child.name != SLOTS[0] or child.item not in hidden]
        return Element(tree.name, tree.attributes, [*kept, *slots])

    def _account(self, request: web.Request) -> tuple[str, bool]:
        """A session's cookie is called as the phone called it."""
        users = filter(None, map(self.accounts.user_of, request.cookies.values()))
        session = next(users, None)
        return (session, True) if session else super()._account(request)

    async def _upgraded(self, request: web.Request, account: str, *, admitted: bool) -> web.StreamResponse:
        recorded = self._recorded.first("websocket")
        if recorded is None or self._recorded.websocket:
            return await super()._upgraded(request, account, admitted=admitted)
        return _response(self._picture.page("/ws", self.status()), request)

    def _routed(
        self, request: web.Request, account: str, posted: Element | None, calls: tuple[CommandRequest, ...]
    ) -> web.Response:
        match request.method, request.path:
            case "GET", "/getxml":
                return _response(self._picture.read(request.query.get("location"), self.status()), request)
            case "GET", page:
                return _response(self._picture.page(page, self.status()), request)
            case "POST", "/putxml" if posted is not None:
                return self._put(posted, calls, ROLES[account])
            case "POST", "/xmlapi/session/begin":
                return self._begin(account)
            case "POST", "/xmlapi/session/end" if self._has_sessions:
                for value in request.cookies.values():
                    self.accounts.end(value)
                return web.Response(status=204)
        return _response(self._picture.page(request.path, self.status()), request)

    @property
    def _has_sessions(self) -> bool:
        begun = self._recorded.first("session-begin")
        return (
            begun is not None and begun.status in (200, 204) and any(name == "set-cookie" for name, _ in begun.headers)
        )

    def _begin(self, account: str) -> web.Response:
        begun = self._recorded.first("session-begin")
        if begun is None or not self._has_sessions:
            return _response(RecordedReply(begun.status or 404, begun.lasting, begun.body) if begun else None, None)
        session = self.accounts.begin(account)
        if session is None:
            return web.Response(status=503, text="Too many sessions")
        cookie = next(value for name, value in begun.headers if name == "set-cookie")
        named = re.sub(r"^([^=;]*=)[^;]*", rf"\g<1>{session}", cookie)
        return web.Response(status=begun.status or 204, headers={"Set-Cookie": named})

    def _put(self, posted: Element, calls: tuple[CommandRequest, ...], role: str) -> web.Response:
        if posted.name.casefold() == "configuration":
            return super()._put(posted, calls, role)
        answer = Element("Command")
        for call in element.calls(posted, self._acceptance.paths):
            recorded = self._answered_before(call)
            if recorded is not None:
                return _response(recorded, None)
            answer.children.append(self._act(partial(self._run, call, role)))
        identity = self._recorded.first("identity")
        headers = {"content-type": "text/xml", **(identity.lasting if identity else {})}
        return _response(RecordedReply(200, headers, serialize(answer)), None)

    def _answered_before(self, call: CommandRequest) -> RecordedReply | None:
        """The answer to a command that the survey tried: an impossible key, or the screenshot."""
        names = tuple(name.casefold() for name in call.path)
        key, shot = self._recorded.first("key"), self._recorded.first("screenshot")
        if key and names == ("ui", "sendkey") and recording.NOWHERE in (value for _, value in call.arguments):
            return RecordedReply(key.status or 200, key.lasting, key.body)
        if shot and names == ("ui", "getdevicescreenshot"):
            return RecordedReply(shot.status or 200, shot.lasting, shot.body)
        return None

    def _run(self, call: CommandRequest, role: str, t: float) -> Element:
        refusal = self._acceptance.refusal(call)
        if refusal is not None:
            return refusal
        names = tuple(name.casefold() for name in call.path)
        if names[0] in _REAL or names == ("ui", "getdevicescreenshot"):
            result = commands.run(self.phone, call, role, t)
            if names == ("httpfeedback", "deregister") and result.attributes.get("status") == "OK":
                self._give_back(int(call.value("FeedbackSlot") or 0))
            return result
        result = Element(title(call), {"status": "OK"})
        if names == ("call", "dial"):
            result.add("CallId", "0")
            result.add("LineId", "1")
        return result

    def _give_back(self, number: int) -> None:
        """A slot that was somebody's when the picture was taken is free now; a free one is as it was."""
        slots = (child for child in self._picture.tree if child.name == SLOTS[0] and child.item == number)
        if any((url := slot.find("URL")) and url.text.strip() for slot in slots):
            self._given_back.add(number)


def _response(reply: RecordedReply | None, request: web.Request | None) -> web.Response:
    """What was recorded; where no answer came then, none comes now."""
    if reply is not None:
        return web.Response(status=reply.status, headers=reply.headers, body=reply.body)
    if request is not None and request.transport is not None:
        request.transport.abort()
    return web.Response(status=503)
