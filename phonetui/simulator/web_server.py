"""A simulated phone's web server: accounts, routes, and a log of what was asked."""

import asyncio
from collections import deque
from datetime import UTC, datetime
from functools import partial

from aiohttp import web
from msgspec import Struct

from phonetui.simulator import commands, documents, element, locations, read_data, screen, server_behaviour
from phonetui.simulator.commands import CommandTarget
from phonetui.simulator.device import CALLS_PER_LINE
from phonetui.simulator.element import CommandRequest, Element
from phonetui.simulator.jsonrpc import RpcCall
from phonetui.simulator.presentation import StatusWriter
from phonetui.simulator.schema import ADMIN, PATHS, IllegalValue, NoSuchSetting
from phonetui.simulator.security import ROLES, Accounts
from phonetui.simulator.server_behaviour import ServerBehaviour
from phonetui.simulator.websocket import RunOnOffice, WebSocketClients, protocols
from phonetui.xapi.path import Path


def legacy_status(phone: CommandTarget) -> Element:
    """What older firmware's own status page has: flat elements in groups, after captures of the SPA family.

    The root's name is inferred.
    """
    root, leaves, fields = Element("flat-profile"), phone.presentation.leaves, read_data("tables", "legacy_status")
    for name, place in fields["phone"]:
        root.add(name, leaves.get(Path.parse(place), ""), group="Info/Phone_Status")
    for line in range(1, len(phone.device.extensions) + 1):
        registration = leaves.get(Path.of("ExtStatus", line, "RegistrationState"), "")
        root.add("Registration_State", registration, group=f"Info/Ext_{line}_Status")
        for slot in range(CALLS_PER_LINE):
            call = Path.of("Line", line, "Call", slot)
            for name in fields["calls"]:
                text = leaves.get(call / name.replace("_", ""), "Idle" if name == "Call_State" else "")
                root.add(name, text, group=f"Info/Line_{line}_Call_{slot + 1}_Status")
    return root


MAX_BODY = 8 * 2**20
"""What a room device takes as a multi-line argument."""
_KEPT_REQUESTS = 20_000
_SCREENSHOT = commands.SCREENSHOT.casefold()


class LoggedRequest(Struct, frozen=True):
    """One request as it came; never a password."""

    at: datetime
    """Aware, UTC."""
    method: str
    """Of HTTP, or of JSON-RPC where the path is `/ws` and it isn't the handshake's GET."""
    path: str
    location: str
    """Of getxml, else empty; of JSON-RPC its path or query with slashes."""
    account: str
    """The user name offered or the session's; empty without one."""
    admitted: bool
    calls: tuple[CommandRequest, ...]
    """Commands in a putxml body, in order."""

    @property
    def command(self) -> str:
        """The first command's path, such as `Call Dial`; empty where there is none."""
        return self.calls[0].name if self.calls else ""

    @property
    def arguments(self) -> tuple[tuple[str, str], ...]:
        return self.calls[0].arguments if self.calls else ()


class PhoneWebServer:
    """Answers one phone's requests; `act` runs something on the office at the present time."""

    def __init__(self, phone: CommandTarget, password: str, act: RunOnOffice, behaviour: ServerBehaviour) -> None:
        self.phone = phone
        self.behaviour = behaviour
        self.encrypted_port = 0
        """Where the plain port sends its callers, once it is known."""
        self.closing = asyncio.Event()
        self.accounts = Accounts(password)
        self.requests: deque[LoggedRequest] = deque(maxlen=_KEPT_REQUESTS)
        self.websockets = WebSocketClients(phone, act, behaviour, self._log_call)
        self._act = act
        self._status = StatusWriter(phone.head, phone.presentation)

    async def answer(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        account, admitted = self._account(request)
        posted, problem = _read_posted(request, body)
        calls = tuple(element.calls(posted, PATHS)) if posted and posted.name.casefold() == "command" else ()
        location = request.query.get("location", "")
        now = datetime.now(UTC)
        self.requests.append(LoggedRequest(now, request.method, request.path, location, account, admitted, calls))
        turned_away = await self._turned_away(request)
        if turned_away:
            return turned_away
        if request.path == "/ws":
            return await self._upgraded(request, account, admitted=admitted)
        if not admitted:
            return server_behaviour.unauthorized()
        if problem:
            return web.Response(status=400, text=f"XML syntax error:\n{problem}\n")
        return self._routed(request, account, posted, calls)

    def perform(self, call: CommandRequest) -> Element:
        """Runs a command, and raises, as `commands.perform` does."""
        return self._act(partial(commands.perform, self.phone, call, ADMIN))

    async def _turned_away(self, request: web.Request) -> web.StreamResponse | None:
        """What keeps a request from being looked at, whoever asks."""
        behaviour = self.behaviour
        if behaviour.fault:
            return await server_behaviour.FAULTS[behaviour.fault](request, self.closing)
        if behaviour.too_many():
            return server_behaviour.busy()
        location = request.query.get("location", "")
        status = behaviour.refused.get(f"{request.path}?{location}", behaviour.refused.get(request.path))
        if status is not None:
            return server_behaviour.refusal(status)
        if not self.phone.device.live:
            return server_behaviour.starting()
        if behaviour.slow_s:
            await asyncio.sleep(behaviour.slow_s)
        if behaviour.https_only and not request.secure and request.path != "/ws":
            encrypted = str(request.url.with_scheme("https").with_port(self.encrypted_port))
            return web.Response(status=301, headers={"Location": encrypted})
        return None

    async def _upgraded(self, request: web.Request, account: str, *, admitted: bool) -> web.StreamResponse:
        """The statuses are those that pyxows tells apart."""
        if not self.behaviour.websocket:
            return web.Response(status=404, text="Not Found")
        if not account or (self.behaviour.https_only and not request.secure):
            return server_behaviour.unauthorized()
        if not admitted:
            return web.Response(status=403, text="Forbidden")
        return await self.websockets.serve(request, account, ROLES[account])

    def _account(self, request: web.Request) -> tuple[str, bool]:
        session = self.accounts.user_of(request.cookies.get("SessionId", ""))
        if session:
            return session, True
        user, password = self.accounts.offered(request.headers.get("Authorization", ""))
        for protocol in protocols(request) if request.path == "/ws" and not user else ():
            user, password = self.accounts.offered_as_protocol(protocol)
        return user, self.accounts.admits(user, password)

    def _log_call(self, call: RpcCall, account: str) -> None:
        """Logs what was asked over WebSocket."""
        place = call.params.get("Path", call.params.get("Query", ()))
        location = "/".join(map(str, place)) if isinstance(place, list) else ""
        calls: tuple[CommandRequest, ...] = ()
        if call.method.startswith("xCommand/"):
            calls = (CommandRequest(tuple(call.method.split("/")[1:]), tuple(element.members(call.params))),)
        self.requests.append(LoggedRequest(datetime.now(UTC), call.method, "/ws", location, account, True, calls))

    def _routed(
        self, request: web.Request, account: str, posted: Element | None, calls: tuple[CommandRequest, ...]
    ) -> web.Response:
        match request.method, request.path.rstrip("/"):
            case "GET", "/status.xml" if self.behaviour.foreign_status:
                return web.Response(body=documents.serialize(legacy_status(self.phone)), content_type="text/xml")
            case "GET", "/status.xml" if not self.phone.head.dialect.whole_tree:
                return web.Response(status=404, text="Not Found")
            case "GET", "/getxml":
                return self._read(request.query.get("location", ""), ROLES[account])
            case "GET", "/command.xml" | "/valuespace.xml" if not self.phone.head.dialect.lists_commands:
                return web.Response(status=404, text="Not Found")
            case "GET", commands.SCREENSHOT_FILE if self.phone.head.dialect.screenshot in ("url", "file"):
                return self._screenshot()
            case "GET", whole if whole in locations.WHOLE:
                return self._read(locations.WHOLE[whole], ROLES[account])
            case "POST", "/putxml" if posted is not None:
                return self._put(posted, calls, ROLES[account])
            case "POST", "/xmlapi/session/begin" if self.behaviour.sessions:
                return self._begin(account)
            case "POST", "/xmlapi/session/end" if self.behaviour.sessions:
                self.accounts.end(request.cookies.get("SessionId", ""))
                return web.Response(status=204)
        return web.Response(status=404, text="Not Found")

    def _read(self, location: str, role: str) -> web.Response:
        phone, dialect = self.phone, self.phone.head.dialect
        if locations.is_hidden(dialect, location, role):
            if dialect.role_errors == "status":
                return web.Response(status=403, text="Forbidden")
            return self._xml(documents.access_denied(phone.head, location))

        def read(_: float) -> Element | bytes:
            if (written := self._status.read(location)) is not None:
                return written
            leaves = locations.visible(dialect, phone.presentation.leaves, role)
            return locations.read(phone.head, location, leaves, phone.settings.leaves)

        found = self._act(read)
        return web.Response(body=found, content_type="text/xml") if isinstance(found, bytes) else self._xml(found)

    def _xml(self, root: Element) -> web.Response:
        return web.Response(body=documents.serialize(self.phone.head.finish(root)), content_type="text/xml")

    def _put(self, posted: Element, calls: tuple[CommandRequest, ...], role: str) -> web.Response:
        if posted.name.casefold() == "configuration":
            return self._xml(self._act(lambda _: self._configure(posted, role)))
        dialect = self.phone.head.dialect
        if dialect.role_errors == "status" and not all(commands.is_permitted(call, role) for call in calls):
            return web.Response(status=403, text="Forbidden")
        if dialect.screenshot == "answer" and [call.name.casefold() for call in calls] == [_SCREENSHOT]:
            return self._screenshot()
        answer = Element("Command")
        for call in calls:
            answer.children.append(self._act(partial(commands.run, self.phone, call, role)))
        return self._xml(answer)

    def _screenshot(self) -> web.Response:
        picture = self._act(lambda t: screen.screenshot(self.phone.device, t, self.phone.head.dialect))
        return web.Response(body=picture, content_type="image/png")

    def _configure(self, posted: Element, role: str) -> Element:
        """Sets every leaf that was posted, up to the first that cannot be."""
        answer = Element("Configuration")
        for names, text in element.leaves(posted):
            reason = self.phone.head.dialect.denial
            try:
                if role == ADMIN:
                    self.phone.settings.put(names, text)
                    continue
            except NoSuchSetting:
                reason = "No match on address expression"
            except IllegalValue:
                node = answer
                for name in names:
                    node = node.add(name)
                node.text, node.attributes["error"] = "Illegal value", "True"
                return answer
            answer.attributes["status"] = "Error"
            answer.add("Reason", reason)
            answer.add("XPath", "/".join(["Configuration", *names]))
            return answer
        answer.add("Success")
        return answer

    def _begin(self, account: str) -> web.Response:
        session = self.accounts.begin(account)
        if session is None:
            return web.Response(status=503, text="Too many sessions")
        return web.Response(status=204, headers={"Set-Cookie": f"SessionId={session}; Path=/; HttpOnly"})


def _read_posted(request: web.Request, body: bytes) -> tuple[Element | None, str]:
    """The document of a putxml, and what is wrong with it."""
    if request.method != "POST" or request.path.rstrip("/") != "/putxml":
        return None, ""
    try:
        root = element.unwrapped(element.read_xml(body))
    except element.Malformed as malformed:
        return None, str(malformed)
    if root.name.casefold() not in ("command", "configuration"):
        return None, f"Unexpected root element {root.name} (<string>, line 1)"
    return root, ""
