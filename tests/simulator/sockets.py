"""A client for simulated phones, and a receiver for what they post."""

import ssl
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from xml.etree import ElementTree as ET

import aiohttp
from aiohttp import web

from phonetui.simulator.phone import SimulatedPhone


def untrusting() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


@dataclass
class Client:
    """Speaks to phones as an operator's account would."""

    session: aiohttp.ClientSession
    tls: ssl.SSLContext
    account: tuple[str, str] | None = ("xapi", "phonetui")

    async def ask(
        self, phone: SimulatedPhone, method: str, path: str, *, body: str | None = None, **headers: str
    ) -> tuple[int, str, dict[str, str]]:
        if self.account and "Cookie" not in headers:
            headers["Authorization"] = "Basic " + b64encode(":".join(self.account).encode()).decode()
        async with self.session.request(method, phone.url + path, data=body, headers=headers, ssl=self.tls) as answer:
            return answer.status, await answer.text(errors="replace"), dict(answer.headers)

    async def read(self, phone: SimulatedPhone, location: str) -> str:
        """A getxml that must be answered with 200."""
        status, text, _ = await self.ask(phone, "GET", f"/getxml?location={location}")
        assert status == 200
        return text

    async def leaf(self, phone: SimulatedPhone, location: str) -> str | None:
        """The first leaf's text; None for an EmptyResult."""
        root = ET.fromstring(await self.read(phone, location))
        return None if root.tag == "EmptyResult" else next(node.text or "" for node in root.iter() if not len(node))

    async def run(self, phone: SimulatedPhone, command: str, **arguments: str | list[str]) -> str:
        words = command.split()
        inner = "".join(
            f"<{key}>{value}</{key}>"
            for key, values in arguments.items()
            for value in (values if isinstance(values, list) else [values])
        )
        body = "".join(f"<{word}>" for word in words) + inner + "".join(f"</{word}>" for word in reversed(words))
        status, text, _ = await self.ask(phone, "POST", "/putxml", body=f"<Command>{body}</Command>")
        assert status == 200
        return text


@asynccontextmanager
async def client(account: tuple[str, str] | None = ("xapi", "phonetui")) -> AsyncIterator[Client]:
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session:
        yield Client(session, untrusting(), account)


@dataclass
class Receiver:
    """Takes posts; answers with the statuses of `script` one after another, then 200."""

    url: str = ""
    bodies: list[bytes] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    script: list[int] = field(default_factory=list)

    async def answer(self, request: web.Request) -> web.Response:
        self.bodies.append(await request.read())
        self.headers.append(dict(request.headers))
        return web.Response(status=self.script.pop(0) if self.script else 200)

    @property
    def texts(self) -> list[str]:
        return [body.decode() for body in self.bodies]

    def values(self, name: str) -> list[str]:
        """A leaf's values in the order in which they were posted."""
        return [node.text or "" for body in self.bodies for node in ET.fromstring(body).iter(name)]


@asynccontextmanager
async def receiver(tls: ssl.SSLContext | None = None) -> AsyncIterator[Receiver]:
    taking = Receiver()
    app = web.Application()
    app.router.add_post("/{anything:.*}", taking.answer)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.05)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls).start()
    taking.url = f"{'https' if tls else 'http'}://127.0.0.1:{runner.addresses[0][1]}/fb"
    try:
        yield taking
    finally:
        await runner.cleanup()
