"""The web server of the made-up Webex: who may ask, what was asked, pages with links, and trouble on request.

Its routes and shapes were written after Cisco's documents, and know nothing of phonetui's own table.
"""

import asyncio
import base64
import json
import re
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any, TypeVar

from aiohttp import web

from tests.webex.fake import calling, devices, dynamic, jobs, neighbours, oauth, xapi
from tests.webex.fake.ask import Ask, Problem, Reply, Route
from tests.webex.fake.jobs import Jobs
from tests.webex.fake.oauth import Grants
from tests.webex.fake.world import World

Result = TypeVar("Result")
ROUTES: tuple[Route, ...] = (
    *oauth.ROUTES, *devices.ROUTES, *dynamic.ROUTES, *calling.ROUTES, *jobs.ROUTES, *neighbours.ROUTES, *xapi.ROUTES,
)  # fmt: skip
EVERYTHING = frozenset(scope for route in ROUTES for scope in route.scopes)
READING = frozenset(scope for scope in EVERYTHING if scope.endswith(("_read", "_statuses")))
ADMIN, READER = "admin-token-Zq9", "reader-token-Zq9"


@dataclass(frozen=True)
class Seen:
    """One request as it came."""

    method: str
    path: str
    query: tuple[tuple[str, str], ...]
    body: Any
    content: str
    token: str
    status: int


@dataclass
class Trouble:
    """What answers instead of the handler, `times` times, from the `after`th request on."""

    status: int
    path: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    times: int = 1


class Fake:
    """State, faults and log; `site` serves it."""

    def __init__(self, loop: asyncio.AbstractEventLoop | None = None) -> None:
        self.base_url = ""
        self._loop = loop
        self.reset()

    def reset(self) -> None:
        self.world: World = World()
        self.jobs = Jobs()
        self.grants = Grants()
        self.tokens: dict[str, frozenset[str]] = {ADMIN: EVERYTHING, READER: READING}
        self.seen: list[Seen] = []
        self.trouble: list[Trouble] = []
        self.every: int | None = None
        """Each so many-th request is told to wait."""
        self.wait_s = "1"
        self.code_expires = "2026-11-29T01:00:00.000Z"
        """Of activation codes; a day after what the tests take for today."""
        self.page_size = 100
        self.spoil: Callable[[Any], Any] = lambda value: value
        """What becomes of every answer before it leaves."""
        self.elsewhere: str | None = None
        """Where the next page's link leads, instead of here."""

    def run(self, work: Coroutine[Any, Any, Result]) -> Result:
        """From another thread: what `work` brings in the one that serves."""
        assert self._loop is not None
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(30)

    @property
    def last(self) -> Seen:
        return self.seen[-1]

    @property
    def writes(self) -> list[Seen]:
        return [each for each in self.seen if each.method != "GET"]

    async def answer(self, request: web.Request) -> web.Response:
        raw = await request.read()
        content = request.content_type
        form = dict(await request.post()) if content == "application/x-www-form-urlencoded" else None
        body = form if form is not None else _json(raw)
        tracking = f"FAKE_{len(self.seen) + 1:08d}"
        path = request.path.removeprefix("/v1")
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        status, headers, answer = self._answered(request, path, body, token, tracking)
        query = tuple((name, value) for name, value in request.query.items())
        self.seen.append(Seen(request.method, path, query, body, content, token, status))
        return web.Response(status=status, headers={"trackingid": tracking, **headers}, body=answer)

    def _answered(
        self, request: web.Request, path: str, body: Any, token: str, tracking: str
    ) -> tuple[int, dict[str, str], bytes]:
        for trouble in self.trouble:
            if trouble.times and path.startswith(trouble.path):
                trouble.times -= 1
                return trouble.status, trouble.headers, trouble.body
        if self.every and (len(self.seen) + 1) % self.every == 0:
            return 429, {"Retry-After": self.wait_s}, _problem("Too many requests", tracking)
        try:
            route, places = _routed(request.method, path)
            self._admit(route, token)
            ask = Ask(places, list(request.query.items()), body, request.headers.get("Authorization", ""), self)
            return self._written(request, route.handler(ask))
        except Problem as problem:
            return problem.status, problem.headers, problem.body(tracking)

    def _admit(self, route: Route, token: str) -> None:
        if route.is_open:
            return
        if token not in self.tokens:
            raise Problem(401, "The request requires a valid access token set in the Authorization request header.")
        if not set(route.scopes) <= self.tokens[token]:
            raise Problem(403, "The server understood the request, but refused to fulfill it.")

    def _written(self, request: web.Request, reply: Reply) -> tuple[int, dict[str, str], bytes]:
        if reply.value is None:
            return reply.status, {}, b""
        value, headers = reply.value, {"Content-Type": "application/json"}
        if reply.pages:
            start = int(request.query.get("start", 0))
            size = min(int(request.query.get("max", self.page_size)), self.page_size)
            everything = value[reply.pages]
            value = {**value, reply.pages: everything[start : start + size]}
            if start + size < len(everything):
                onward = request.url.update_query({"start": str(start + size), "max": str(size)})
                link = self.elsewhere or f"{self.base_url}{onward.path.removeprefix('/v1')}?{onward.raw_query_string}"
                headers["Link"] = f'<{link}>; rel="next"'
        return reply.status, headers, json.dumps(self.spoil(value)).encode()


def _json(raw: bytes) -> Any:
    return json.loads(raw) if raw else None


def _problem(words: str, tracking: str) -> bytes:
    return Problem(429, words).body(tracking)


def _routed(method: str, path: str) -> tuple[Route, dict[str, str]]:
    found = [(route, match) for route in ROUTES if (match := re.fullmatch(route.pattern, path))]
    if not found:
        raise Problem(404, "The requested resource could not be found.")
    for route, match in found:
        if route.method == method:
            return route, match.groupdict()
    raise Problem(405, "Method not allowed")


def basic(name: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()


async def serve(fake: Fake, ready: Callable[[], None], stop: asyncio.Event) -> None:
    """Until `stop`; the fake's `base_url` is set before `ready` is called."""
    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", fake.answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    fake.base_url = f"http://127.0.0.1:{runner.addresses[0][1]}/v1"
    ready()
    await stop.wait()
    await runner.cleanup()
