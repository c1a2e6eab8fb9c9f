"""getxml and putxml over HTTPS: one client and one request in flight for each phone."""

import asyncio
import ssl
from functools import partial
from typing import TYPE_CHECKING

import httpx

from phonetui.errors import CommandRefused, NotOffered, PhonetuiError, ProtocolError, TimedOut
from phonetui.text import printable
from phonetui.transport.base import LARGE_BODY, Address, Sink, parse_off_loop
from phonetui.transport.http_client import ACCEPT_ENCODING, SessionAuth, WebSession, client, http_error, read_body
from phonetui.transport.status_errors import Refusal, ServerPlace, error_of
from phonetui.transport.subscription import Subscription
from phonetui.xapi.command import Command, CommandResult, parse_answer, putxml_body
from phonetui.xapi.control_commands import SCREENSHOT, picture_file
from phonetui.xapi.document import Document
from phonetui.xapi.path import ROOT, Path
from phonetui.xapi.xml import parse_status

if TYPE_CHECKING:
    from phonetui.transport.ssh.tunnel import Tunnel


CAP = 4 * 2**20
"""Bytes of a body after decompression; the largest known status tree is 12 KB."""
SCREENSHOT_CAP = 32 * 2**20
CONNECT_S = 3.0
"""For TCP and TLS: more than three lost SYNs are a phone that isn't there."""

Target = tuple[str, dict[str, str] | None]
"""A path, and what is asked for there."""
WHOLE: tuple[Target, ...] = (("/status.xml", None), ("/getxml", {"location": ROOT.location()}))
"""Where the whole tree may be had, in the order of trying: both are known of room devices, of phones neither is."""


class HttpTransport:
    """A phone behind HTTP authentication; pushes come through `subscription` where there is one."""

    def __init__(
        self,
        address: Address,
        context: ssl.SSLContext,
        subscription: Subscription | None = None,
        tunnel: "Tunnel | None" = None,
    ) -> None:
        self._address = address
        self._subscription = subscription
        self._turn = asyncio.Lock()
        self._targets = WHOLE
        self._read: dict[Path, tuple[bytes, Document]] = {}
        basic = httpx.BasicAuth(address.username, address.password)
        self._session = SessionAuth(WebSession(address, context, tunnel), basic) if address.by_session else None
        self._made = partial(client, context, tunnel, base_url=address.url, auth=self._session or basic)
        self._client = self._made()

    async def fetch(self, path: Path) -> Document:
        if path == ROOT:
            return await self._fetch_whole()
        body, _ = await self._ask(ServerPlace.PART, "/getxml", {"location": path.location()}, step=f"reading {path}")
        document = await self._parse(path, body)
        if document and not any(_answers(path, found) for found in document):
            await self.reconnect()  # an answer too many, and each one after it would be the one before
            self._read.pop(path, None)
            raise ProtocolError(f"an answer to another question than {path}")
        return document

    async def _fetch_whole(self) -> Document:
        """From the first target that has it, which is asked alone from then on.

        A refusal that may concern every place, such as 401, is raised at once: more tries might lock the account.
        """
        targets, self._targets = self._targets, WHOLE
        for target in targets[:-1]:
            if document := await self._fetch_from(target):
                self._targets = (target,)
                return document
        document = await self._parse(ROOT, await self._read_whole(targets[-1]))
        self._targets = targets[-1:]
        return document

    async def _fetch_from(self, target: Target) -> Document | None:
        """None where the whole tree is not to be had there."""
        try:
            body = await self._read_whole(target)
        except NotOffered:
            return None
        try:
            return await self._parse(ROOT, body)
        except (ProtocolError, CommandRefused):
            return None

    async def _read_whole(self, target: Target) -> bytes:
        body, _ = await self._ask(ServerPlace.WHOLE, *target, step="reading the status tree")
        return body

    async def _parse(self, path: Path, body: bytes) -> Document:
        """The same document for the same bytes, unless they are so many that keeping them costs more."""
        known = self._read.pop(path, None)
        if known is None or known[0] != body:
            known = (body, await parse_off_loop(parse_status, body))
        if len(body) < LARGE_BODY:
            self._read[path] = known
        return known[1]

    async def command(self, command: Command) -> CommandResult:
        is_screenshot = command.path == SCREENSHOT
        body, kind = await self._ask(
            ServerPlace.COMMAND,
            "/putxml",
            content=putxml_body(command),
            step=f"xCommand {command}",
            cap=SCREENSHOT_CAP if is_screenshot else CAP,
            seconds=self._address.screenshot_timeout_s if is_screenshot else None,
        )
        if kind.startswith("image/"):
            return CommandResult(printable(f"{command.path[-1]}Result"), image=body)
        answer = parse_answer(body)
        return await self.with_picture(answer) if is_screenshot else answer

    async def with_picture(self, answer: CommandResult) -> CommandResult:
        """An answer to GetDeviceScreenshot that says where its picture lies, with the picture.

        It is read from this phone alone, with its pin and its account. Raises PhonetuiErrors.
        """
        place = picture_file(answer)
        if place is None:
            return answer
        try:
            picture, _ = await self._ask(
                ServerPlace.PICTURE,
                place.target,
                step="reading the screenshot",
                cap=SCREENSHOT_CAP,
                seconds=self._address.screenshot_timeout_s,
            )
        except NotOffered as error:
            if place.host in ("", self._address.host.casefold()):
                raise
            words = f"the screenshot lies on {printable(place.host)}, and nothing but the phone itself is asked"
            raise ProtocolError(words, reason="not-found") from error
        return CommandResult(answer.name, answer.document, image=picture)

    async def command_documents(self) -> tuple[bytes, bytes]:
        """As `base.CommandDocumentSource`."""
        commands, _ = await self._ask(ServerPlace.CATALOGUE, "/command.xml", step="reading the list of commands")
        try:
            values, _ = await self._ask(ServerPlace.CATALOGUE, "/valuespace.xml", step="reading the list of values")
        except (CommandRefused, ProtocolError):
            values = b""
        return commands, values

    async def subscribe(self, sink: Sink) -> bool:
        return self._subscription is not None and await self._subscription.open(self, sink)

    async def renew(self) -> bool:
        return self._subscription is not None and await self._subscription.renew(self)

    async def unsubscribe(self) -> None:
        """Gives the slot back. Never raises."""
        try:
            if self._subscription is not None:
                await self._subscription.close(self)
        except PhonetuiError:
            pass  # the phone is gone or refuses: its slot stays, and is ours again by its URL next time

    async def close(self) -> None:
        try:
            await self.unsubscribe()
            if self._session is not None:
                await self._session.end()
        finally:
            await self._client.aclose()

    async def reconnect(self) -> None:
        """As `base.Reconnectable`."""
        async with self._turn:
            before, self._client = self._client, self._made()
            await before.aclose()

    async def _ask(
        self,
        place: ServerPlace,
        url: str,
        params: dict[str, str] | None = None,
        *,
        step: str,
        content: bytes | None = None,
        cap: int = CAP,
        seconds: float | None = None,
    ) -> tuple[bytes, str]:
        """The body and its content type. Every exception of the libraries below ends here."""
        limit = seconds or self._address.timeout_s
        headers = {"Accept-Encoding": ACCEPT_ENCODING}
        if content is not None:
            headers["Content-Type"] = "text/xml; charset=utf-8"
        waits = httpx.Timeout(limit, connect=min(CONNECT_S, limit))
        method = "GET" if content is None else "POST"
        ask = self._client.build_request(method, url, params=params, content=content, headers=headers, timeout=waits)
        if self._address.tls_name:
            ask.extensions["sni_hostname"] = self._address.tls_name
        try:
            async with self._turn, asyncio.timeout(limit):
                response = await self._client.send(ask, stream=True)
                try:
                    came = await read_body(response, cap)
                finally:
                    await response.aclose()
        except (TimeoutError, httpx.TimeoutException) as error:
            raise TimedOut(step, limit) from error
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            raise http_error(error) from error
        if not response.is_success:  # an error inside of a 200 is the language's affair
            username = self._address.username
            raise error_of(place, Refusal.of(response.status_code, username, response.headers, came))
        return came, response.headers.get("Content-Type", "")


def _answers(path: Path, found: Path) -> bool:
    """Whether a leaf lies where was asked, in whatever letter case and with whatever indices a phone writes it."""
    return found.folded[: len(path.folded)] == path.folded
