"""A simulated phone's web server: accounts, routes, and a log of what was asked."""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

from aiohttp import web

from phonetui.simulator import commands, documents, faults, reading, requests
from phonetui.simulator.accounts import ROLES, Accounts
from phonetui.simulator.commands import Phone
from phonetui.simulator.element import Element
from phonetui.simulator.manual import PATHS
from phonetui.simulator.requests import Call
from phonetui.xapi.path import Path

MAX_BODY = 8 * 2**20
"""What a room device takes as a multi-line argument."""
_KEPT_REQUESTS = 20_000
_TLS_VERIFY = Path.of("HttpFeedback", "TlsVerify")


@dataclass(frozen=True, slots=True)
class Request:
    """One request as it came; never a password."""

    at: datetime
    """Aware, UTC."""
    method: str
    path: str
    location: str
    """Of getxml, else empty."""
    account: str
    """The user name offered or the session's; empty without one."""
    admitted: bool
    calls: tuple[Call, ...]
    """Commands in a putxml body, in order."""

    @property
    def command(self) -> str:
        """The first command's path, such as `Call Dial`; empty where there is none."""
        return self.calls[0].name if self.calls else ""

    @property
    def arguments(self) -> tuple[tuple[str, str], ...]:
        return self.calls[0].arguments if self.calls else ()


class Site:
    """Answers one phone's requests; `act` runs something on the office at the present time."""

    def __init__(self, phone: Phone, password: str, act: Callable[[Callable[[float], Element]], Element]) -> None:
        self.phone = phone
        self.fault: str | None = None
        self.closing = asyncio.Event()
        self.accounts = Accounts(password)
        self.requests: deque[Request] = deque(maxlen=_KEPT_REQUESTS)
        self.configuration = {_TLS_VERIFY: "On"}
        self._act = act

    @property
    def verifies_receivers(self) -> bool:
        return self.configuration[_TLS_VERIFY] == "On"

    async def answer(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        account, admitted = self._account(request)
        posted, problem = _posted(request, body)
        calls = tuple(requests.calls(posted, PATHS)) if posted and posted.name.casefold() == "command" else ()
        location = request.query.get("location", "")
        now = datetime.now(UTC)
        self.requests.append(Request(now, request.method, request.path, location, account, admitted, calls))
        if self.fault:
            return await faults.FAULTS[self.fault](request, self.closing)
        if not self.phone.device.live:
            return faults.starting()
        if not admitted:
            return faults.unauthorized()
        if problem:
            return web.Response(status=400, text=f"XML syntax error:\n{problem}\n")
        return self._routed(request, account, posted, calls)

    def _account(self, request: web.Request) -> tuple[str, bool]:
        session = self.accounts.user_of(request.cookies.get("SessionId", ""))
        if session:
            return session, True
        user, password = self.accounts.offered(request.headers.get("Authorization", ""))
        return user, self.accounts.admits(user, password)

    def _routed(
        self, request: web.Request, account: str, posted: Element | None, calls: tuple[Call, ...]
    ) -> web.Response:
        match request.method, request.path.rstrip("/"):
            case "GET", "/getxml":
                return self._read(request.query.get("location", ""))
            case "GET", whole if whole in reading.WHOLE:
                return self._read(reading.WHOLE[whole])
            case "POST", "/putxml" if posted is not None:
                return self._put(posted, calls, ROLES[account])
            case "POST", "/xmlapi/session/begin":
                return self._begin(account)
            case "POST", "/xmlapi/session/end":
                self.accounts.end(request.cookies.get("SessionId", ""))
                return web.Response(status=204)
        return web.Response(status=404, text="Not Found")

    def _read(self, location: str) -> web.Response:
        return _xml(self._act(lambda _: reading.read(location, self.phone.device.tree.leaves, self.configuration)))

    def _put(self, posted: Element, calls: tuple[Call, ...], role: str) -> web.Response:
        if posted.name.casefold() == "configuration":
            return _xml(self._configure(posted))
        answer = Element("Command")
        for call in calls:
            answer.children.append(self._act(partial(commands.run, self.phone, call, role)))
        return _xml(answer)

    def _configure(self, posted: Element) -> Element:
        """The only setting there is; anything else has no match."""
        group = posted.find("HttpFeedback")
        leaf = group.find("TlsVerify") if group else None
        answer = Element("Configuration")
        if leaf is None:
            first = "/".join(["Configuration", *(child.name for child in posted.children[:1])])
            answer.attributes["status"] = "Error"
            answer.add("Reason", "No match on address expression")
            answer.add("XPath", first)
        elif leaf.text.strip().casefold() in ("on", "off"):
            self.configuration[_TLS_VERIFY] = leaf.text.strip().capitalize()
            answer.add("Success")
        else:
            answer.add("HttpFeedback").add("TlsVerify", "Illegal value", error="True")
        return answer

    def _begin(self, account: str) -> web.Response:
        session = self.accounts.begin(account)
        if session is None:
            return web.Response(status=503, text="Too many sessions")
        return web.Response(status=204, headers={"Set-Cookie": f"SessionId={session}; Path=/; HttpOnly"})


def _posted(request: web.Request, body: bytes) -> tuple[Element | None, str]:
    """The document of a putxml, and what is wrong with it."""
    if request.method != "POST" or request.path.rstrip("/") != "/putxml":
        return None, ""
    try:
        root = requests.unwrapped(requests.read_xml(body))
    except requests.Malformed as malformed:
        return None, str(malformed)
    if root.name.casefold() not in ("command", "configuration"):
        return None, f"Unexpected root element {root.name} (<string>, line 1)"
    return root, ""


def _xml(root: Element) -> web.Response:
    return web.Response(body=documents.written(root), content_type="text/xml")
