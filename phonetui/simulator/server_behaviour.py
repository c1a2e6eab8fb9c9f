"""Behaviour of a simulated phone's web server, which can be changed while it runs, and its faults by name."""

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Self

from aiohttp import web

from phonetui.simulator import jsonrpc
from phonetui.simulator.dialect import Dialect


@dataclass(slots=True)
class ServerBehaviour:
    """A dialect gives the first values."""

    fault: str | None = None
    """A name of FAULTS, or None while all is well."""
    websocket: bool = False
    """xAPI over WebSocket on `/ws`; otherwise there is nothing, as on real phones today."""
    sessions: bool = True
    """Whether sessions can be begun."""
    https_only: bool = False
    """The plain port sends requests on to the encrypted one, and takes no WebSocket."""
    foreign_status: bool = False
    """`/status.xml` is the dump of older firmware's own pages, not xAPI."""
    slow_s: float = 0.0
    """Each answer waits so long, in real seconds."""
    requests_per_s: int = 0
    """More requests within a second get 503; 0: as many as come."""
    refused: dict[str, int] = field(default_factory=dict)
    """Places that answer with an HTTP status instead: by path, or by `/getxml?` and a location as it is asked for."""
    _recent: deque[float] = field(default_factory=deque)

    @classmethod
    def of(cls, dialect: Dialect) -> Self:
        return cls(
            websocket=dialect.websocket,
            sessions=dialect.sessions,
            https_only=dialect.https_only,
            foreign_status=dialect.foreign_status,
        )

    def too_many(self) -> bool:
        """Counts a request."""
        now = time.monotonic()
        while self._recent and now - self._recent[0] >= 1.0:
            self._recent.popleft()
        if self.requests_per_s and len(self._recent) >= self.requests_per_s:
            return True
        self._recent.append(now)
        return False


Fault = Callable[[web.Request, asyncio.Event], Awaitable[web.StreamResponse]]
"""Is given the request and an event that is set when the phone's server closes."""
_XML = "text/xml"
_DEPTH = 200_000
_HEAD = '<?xml version="1.0"?>\n'


async def _hang(_: web.Request, closing: asyncio.Event) -> web.StreamResponse:
    await closing.wait()
    return web.Response(status=503)


async def _drip(request: web.Request, closing: asyncio.Event) -> web.StreamResponse:
    """A byte a second: never quite silent, never done."""
    response = web.StreamResponse(headers={"Content-Type": _XML})
    await response.prepare(request)
    for byte in f"{_HEAD}<Status><SystemUnit>{' ' * 4096}".encode():
        await response.write(bytes([byte]))
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(closing.wait(), 1.0)
            break
    return response


def _always(respond: Callable[[], web.Response]) -> Fault:
    """A fault that answers at once and the same to everything."""

    async def answer(_: web.Request, __: asyncio.Event) -> web.StreamResponse:
        return respond()

    return answer


def _xml(text: str) -> Fault:
    return _always(lambda: web.Response(text=text and _HEAD + text, content_type=_XML))


_LOGIN_PAGE = (
    "<!DOCTYPE html><html><head><title>Sign in</title></head><body><form action='/login'></form></body></html>"
)
_ENTITIES = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
_LAUGHS = f'<!DOCTYPE Status [<!ENTITY a0 "ha">{_ENTITIES}]><Status><SystemUnit>&a9;</SystemUnit></Status>'
"""Entities of entities: a billion words when a reader expands them."""


def unauthorized() -> web.Response:
    """The answer to a request without a valid account."""
    return web.Response(status=401, headers={"WWW-Authenticate": 'Basic realm="xapi"'})


def starting() -> web.Response:
    """The front is up, the application behind it isn't: what a restarting device answers."""
    return web.Response(status=502, text="<html><body>502 Bad Gateway</body></html>", content_type="text/html")


def busy() -> web.Response:
    """More requests, or more sessions, than a phone wants."""
    return web.Response(status=503, headers={"Retry-After": "2"}, text="Too many requests")


def refusal(status: int) -> web.Response:
    """What a single place answers that is not to be had."""
    made = {401: unauthorized, 502: starting, 503: busy}.get(status)
    return made() if made else web.Response(status=status, text="No")


def _huge() -> web.Response:
    """10 MB of sound XML."""
    text = f"{_HEAD}<Status><SystemUnit><HostName>{'x' * 10_000_000}</HostName></SystemUnit></Status>"
    return web.Response(text=text, content_type=_XML)


FAULTS: dict[str, Fault] = {
    "401": _always(unauthorized),
    "404": _always(lambda: web.Response(status=404, text="Not Found")),
    "502": _always(starting),
    "503": _always(busy),
    "deep": _xml(f"<Status>{'<a>' * _DEPTH}{'</a>' * _DEPTH}</Status>"),
    "drip": _drip,
    "dtd": _xml(_LAUGHS),
    "empty": _xml(""),
    "garbage": _always(lambda: web.Response(body=bytes(range(256)) * 4, content_type=_XML)),
    "hang": _hang,
    "html": _always(lambda: web.Response(text=_LOGIN_PAGE, content_type="text/html")),
    "huge": _always(_huge),
    "truncated": _xml('<Status product="Cisco IP Phone">\n  <SystemUnit>\n    <ProductId>DP-98'),
}
"""404: the web server is on and the xAPI isn't. Truncated: the whole of a cut document, not a broken connection."""

FRAMES: dict[str, Callable[[], str | None]] = {
    **dict.fromkeys(FAULTS, lambda: jsonrpc.error(jsonrpc.RpcFailure(jsonrpc.INTERNAL_ERROR, "Internal error"))),
    "deep": lambda: "[" * _DEPTH,
    "drip": lambda: None,
    "empty": lambda: "",
    "garbage": lambda: "".join(map(chr, range(256))),
    "hang": lambda: None,
    "html": lambda: "<!DOCTYPE html><html></html>",
    "huge": lambda: f'{{"jsonrpc": "2.0", "id": 1, "result": "{"x" * 10_000_000}"}}',
    "truncated": lambda: '{"jsonrpc": "2.0", "id": 1, "result": {"SystemUnit": {"ProductId": "DP-98',
}
"""What the same fault makes of a reply on a WebSocket that is open already; None: there is none."""
