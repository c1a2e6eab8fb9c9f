"""A simulated phone that answers as the surveyed one did.

    async with replay.serve(File("lobby-20261121-120000.json"), Settings(port=8443)) as phone:
        phone.url, phone.fingerprint

Nothing moves: no calls, no clock; an office whose time stands still is behind it. Commands are taken or refused as the
recorded phone's manual says, without effect; feedback slots and CA certificates work, because clients rely on them.
Over WebSocket commands go by the simulator's own manual instead. Accounts and certificate are those of any simulated
phone.
"""

import re
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path as File
from typing import TypeVar

from aiohttp import web

from phonetui.simulator import commands, dialect, element, read_data, recording, scenario
from phonetui.simulator.commands import CommandTarget
from phonetui.simulator.device import SimulatedDevice
from phonetui.simulator.documents import DocHeader, serialize
from phonetui.simulator.element import CommandRequest, Element, build_tree
from phonetui.simulator.office import Office
from phonetui.simulator.phone import SimulatedPhone
from phonetui.simulator.presentation import Presentation
from phonetui.simulator.recording import Bundle, RecordedDocuments, RecordedReply
from phonetui.simulator.schema import PATHS, CommandParameter, folded, read_spaces
from phonetui.simulator.security import ROLES
from phonetui.simulator.server import Settings, outlets
from phonetui.simulator.server_behaviour import ServerBehaviour
from phonetui.simulator.tree import Notice, PhoneCondition, TreeChange, TreeSetting, as_changes
from phonetui.simulator.web_server import PhoneWebServer
from phonetui.simulator.websocket import RunOnOffice
from phonetui.xapi.path import Path


class RecordedSchema:
    """The commands that a recorded phone takes, and with which parameters, by its `/command.xml` and `/valuespace.xml`.

    Without these the published commands are taken, with whatever parameters.
    """

    def __init__(self, listed: Element | None, spaces: Element | None) -> None:
        self._commands = dict.fromkeys(PATHS) if listed is None else dict(_read_commands(listed))
        self._spaces = read_spaces(spaces) if spaces is not None else {}

    @property
    def paths(self) -> frozenset[tuple[str, ...]]:
        """Folded."""
        return frozenset(self._commands)

    def check(self, call: CommandRequest) -> None:
        """Raises UnknownCommand or WrongParameter for what the phone would have refused; else does nothing."""
        path = folded(call.path)
        if path not in self._commands:
            raise commands.UnknownCommand
        parameters = self._commands[path]
        if parameters is not None:
            commands.check_parameters(parameters, self._spaces, call)


def _read_commands(
    node: Element, above: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], tuple[CommandParameter, ...] | None]]:
    for child in node:
        names = (*above, child.name)
        if child.attributes.get("command", "").casefold() == "true":
            yield folded(names), tuple(_read_parameter(each) for each in child)
        else:
            yield from _read_commands(child, names)


def _read_parameter(node: Element) -> CommandParameter:
    space = node.attributes.get("valueSpaceRef", "").rpartition("/")[2]
    return CommandParameter(node.name, space.casefold(), node.attributes.get("required", "").casefold() == "true")


SLOTS = Path.of("HttpFeedback")
_EFFECTIVE = ("httpfeedback", "security")
"""Commands of these groups have their effect."""
_SCREENSHOT = folded(commands.SCREENSHOT.split())


@dataclass(frozen=True, slots=True)
class ReplayHeader(DocHeader):
    """What the documents of the recorded phone have in common: its own root attributes and names."""

    tree: Element
    leaves: Mapping[Path, str]

    def root(self, name: str) -> Element:
        return Element(name, dict(self.tree.attributes))

    def identification(self) -> Iterator[tuple[str, str]]:
        for field, leaf in read_data("tables", "identification").items():
            yield field, self.leaves.get(Path.parse(leaf), "")


class ReplayPresentation(Presentation):
    """The recorded leaves, with the feedback slots as they are now."""

    def __init__(self, device: SimulatedDevice, tree: Callable[[], Element]) -> None:
        super().__init__(device)
        self._tree = tree

    @property
    def leaves(self) -> Mapping[Path, str]:
        return recording.flat_leaves(self._tree())

    def present(self, notices: Iterable[Notice]) -> tuple[Notice, ...]:
        """What clients changed; nothing else of the office behind it is published."""
        return tuple(
            notice
            for notice in notices
            if isinstance(notice, TreeSetting) or (isinstance(notice, TreeChange) and notice.path.is_under(SLOTS))
        )


class ReplayServer(PhoneWebServer):
    """The web server of a replica."""

    def __init__(self, phone: CommandTarget, password: str, act: RunOnOffice, documents: RecordedDocuments) -> None:
        super().__init__(phone, password, act, ServerBehaviour(websocket=documents.bundle.websocket))
        self._recorded = documents.bundle
        self._documents = documents
        self._schema = RecordedSchema(documents.commands, documents.value_spaces)
        self._freed_slots: set[int] = set()

    def status(self) -> Element:
        """The tree as it is now; the recorded one itself as long as no slot was touched."""
        tree = self._documents.tree
        live = {path: text for path, text in self.phone.device.tree.leaves.items() if path.is_under(SLOTS)}
        if not live and not self._freed_slots:
            return tree
        slots = build_tree(Element("Status"), live).children
        hidden = {slot.item for slot in slots} | self._freed_slots
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
        return _response(self._documents.page("/ws", self.status()), request)

    def _routed(
        self, request: web.Request, account: str, posted: Element | None, calls: tuple[CommandRequest, ...]
    ) -> web.Response:
        match request.method, request.path:
            case "GET", "/getxml":
                return _response(self._documents.read(request.query.get("location"), self.status()), request)
            case "GET", page:
                return _response(self._documents.page(page, self.status()), request)
            case "POST", "/putxml" if posted is not None:
                return self._put(posted, calls, ROLES[account])
            case "POST", "/xmlapi/session/begin":
                return self._begin(account)
            case "POST", "/xmlapi/session/end" if self._session_cookie:
                for value in request.cookies.values():
                    self.accounts.end(value)
                return web.Response(status=204)
        return _response(self._documents.page(request.path, self.status()), request)

    @property
    def _session_cookie(self) -> str | None:
        """As it was set when the survey began a session; None where none began."""
        begun = self._recorded.first("session-begin")
        if begun is None or begun.status not in (200, 204):
            return None
        return next((value for name, value in begun.headers if name == "set-cookie"), None)

    def _begin(self, account: str) -> web.Response:
        begun, cookie = self._recorded.first("session-begin"), self._session_cookie
        if begun is None or cookie is None:
            return _response(begun.reply if begun else None, None)
        session = self.accounts.begin(account)
        if session is None:
            return web.Response(status=503, text="Too many sessions")
        named = re.sub(r"^([^=;]*=)[^;]*", rf"\g<1>{session}", cookie)
        return web.Response(status=begun.status or 204, headers={"Set-Cookie": named})

    def _put(self, posted: Element, calls: tuple[CommandRequest, ...], role: str) -> web.Response:
        if posted.name.casefold() == "configuration":
            return super()._put(posted, calls, role)
        answer = Element("Command")
        for call in element.calls(posted, self._schema.paths):
            recorded = self._answered_before(call)
            if recorded is not None:
                return _response(recorded, None)
            answer.children.append(self._act(partial(self._run, call, role)))
        identity = self._recorded.first("identity")
        headers = {"content-type": "text/xml", **(identity.lasting_headers if identity else {})}
        return _response(RecordedReply(200, headers, serialize(answer)), None)

    def _answered_before(self, call: CommandRequest) -> RecordedReply | None:
        """The answer to a command that the survey tried: an impossible key, or the screenshot."""
        names = folded(call.path)
        key, shot = self._recorded.first("key"), self._recorded.first("screenshot")
        if key and names == ("ui", "sendkey") and recording.MISSING_NAME in (value for _, value in call.arguments):
            return key.reply
        if shot and names == _SCREENSHOT:
            return shot.reply
        return None

    def _run(self, call: CommandRequest, role: str, t: float) -> Element:
        title = "".join(call.path[-2:]) + "Result"
        try:
            self._schema.check(call)
        except (commands.UnknownCommand, commands.WrongParameter) as error:
            return commands.failed(self.phone, call, title, error)
        names = folded(call.path)
        if names[0] in _EFFECTIVE or names == _SCREENSHOT:
            result = commands.run(self.phone, call, role, t)
            if names == ("httpfeedback", "deregister") and result.attributes.get("status") == "OK":
                self._free_slot(int(call.value("FeedbackSlot") or 0))
            return result
        result = Element(title, {"status": "OK"})
        if names == ("call", "dial"):
            result.add("CallId", "0")
            result.add("LineId", "1")
        return result

    def _free_slot(self, number: int) -> None:
        """A slot that was somebody's when the phone was surveyed is free now; a free one is as it was."""
        slots = (child for child in self._documents.tree if child.name == SLOTS[0] and child.item == number)
        if any((url := slot.find("URL")) and url.text.strip() for slot in slots):
            self._freed_slots.add(number)


def _response(reply: RecordedReply | None, request: web.Request | None) -> web.Response:
    """What was recorded; where no answer came then, none comes now."""
    if reply is not None:
        return web.Response(status=reply.status, headers=reply.headers, body=reply.body)
    if request is not None and request.transport is not None:
        request.transport.abort()
    return web.Response(status=503)


T = TypeVar("T")


class ReplayedPhone(SimulatedPhone):
    """A recorded phone that is being served."""

    def __init__(self, web_server: ReplayServer, product_id: str, settings: Settings) -> None:
        super().__init__(
            web_server, host=settings.host, port=settings.port or 0, seed=settings.seed, plain=settings.plain
        )
        digits = re.search(r"\d{4}", product_id)
        self._model = digits[0] if digits else product_id

    @property
    def name(self) -> str:
        return "replica"

    @property
    def model(self) -> str:
        return self._model


@asynccontextmanager
async def serve(source: File | Bundle, settings: Settings) -> AsyncIterator[ReplayedPhone]:
    """The replica, listening until the block ends; of the settings those count that aren't about an office.

    Raises ConfigError for a file that isn't a survey and for a port that is taken.
    """
    recorded = source if isinstance(source, Bundle) else recording.read(source)
    async with outlets(settings.log) as (log, session):

        def publish(_: SimulatedDevice, notices: Sequence[Notice]) -> None:
            log.write(phone.name, phone.publish(notices))

        def status() -> Element:
            return web_server.status()

        def act(action: Callable[[float], T], /) -> T:
            result = action(0.0)
            office.flush()
            return result

        epoch = datetime.now().astimezone()
        office = Office(scenario.read("quiet"), phones=1, seed=settings.seed, epoch=epoch, listener=publish)
        (device,) = office.devices
        documents = RecordedDocuments(recorded)
        leaves = recording.flat_leaves(documents.tree)
        head = ReplayHeader(device.identity, dialect.PLAIN, documents.tree, leaves)
        presentation = ReplayPresentation(device, status)
        target = CommandTarget.of(office, device, presentation, head, session, second=1.0)
        web_server = ReplayServer(target, settings.password, act, documents)
        phone = ReplayedPhone(web_server, recorded.product_id, settings)
        log.write(phone.name, [PhoneCondition("live"), *as_changes(leaves)])
        await phone.accept()
        try:
            yield phone
        finally:
            await phone.close()
