"""getxml and putxml over HTTPS: one client and one request in flight for each phone."""

from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import quote

from phonetui.errors import CommandRefused, NotOffered, PhonetuiError, ProtocolError
from phonetui.text import printable
from phonetui.transport.base import LARGE_BODY, Address, Sink, parse_off_loop
from phonetui.transport.http_answer import HttpAnswer
from phonetui.transport.http_client import HttpClient, header_lines
from phonetui.transport.status_errors import Refusal, ServerPlace, error_of
from phonetui.transport.subscription import Subscription
from phonetui.transport.tls_client import TlsContext
from phonetui.transport.web_session import SessionLogin, WebSession, basic
from phonetui.xapi.command import Command, CommandResult, parse_answer, putxml_body
from phonetui.xapi.control_commands import SCREENSHOT, picture_file
from phonetui.xapi.document import Document
from phonetui.xapi.path import ROOT, Path
from phonetui.xapi.xml import StatusReader

if TYPE_CHECKING:
    from phonetui.transport.ssh.tunnel import Tunnel


CAP = 4 * 2**20
"""Bytes of a body after decompression; the largest known status tree is 12 KB."""
SCREENSHOT_CAP = 32 * 2**20

_XML = header_lines(("Content-Type", "text/xml; charset=utf-8"))


@lru_cache(maxsize=256)
def _getxml(path: Path) -> str:
    return f"/getxml?location={quote(path.location())}"


WHOLE = ("/status.xml", _getxml(ROOT))
"""Where the whole tree may be had, in the order of trying: both are known of room devices, of phones neither is."""


class HttpTransport:
    """A phone behind HTTP authentication; pushes come through `subscription` where there is one."""

    def __init__(
        self,
        address: Address,
        context: TlsContext,
        subscription: Subscription | None = None,
        tunnel: "Tunnel | None" = None,
    ) -> None:
        self._address = address
        self._subscription = subscription
        self._targets: tuple[str, ...] = WHOLE
        self._readers: dict[Path, StatusReader] = {}
        self._client = HttpClient(address, context, tunnel)
        self._basic = basic(address)
        self._login = SessionLogin(address, WebSession(address, self._client)) if address.by_session else None

    async def fetch(self, path: Path) -> Document:
        if path == ROOT:
            return await self._fetch_whole()
        answer = await self._ask(ServerPlace.PART, _getxml(path), step=f"reading {path}")
        document = await self._parse(path, answer.body)
        if document and not any(_answers(path, found) for found in document):
            await self.reconnect()  # an answer too many, and each one after it would be the one before
            self._readers.pop(path, None)
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

    async def _fetch_from(self, target: str) -> Document | None:
        """None where the whole tree is not to be had there."""
        try:
            body = await self._read_whole(target)
        except NotOffered:
            return None
        try:
            return await self._parse(ROOT, body)
        except (ProtocolError, CommandRefused):
            return None

    async def _read_whole(self, target: str) -> bytes:
        return (await self._ask(ServerPlace.WHOLE, target, step="reading the status tree")).body

    async def _parse(self, path: Path, body: bytes) -> Document:
        """By what was read there before; one reader a body, as a large one is another thread's."""
        reader = self._readers.pop(path, None) or StatusReader()
        document = reader.read(body) if len(body) < LARGE_BODY else await parse_off_loop(reader.read, body)
        self._readers[path] = reader
        return document

    async def command(self, command: Command) -> CommandResult:
        is_screenshot = command.path == SCREENSHOT
        answer = await self._ask(
            ServerPlace.COMMAND,
            "/putxml",
            content=putxml_body(command),
            step=f"xCommand {command}",
            cap=SCREENSHOT_CAP if is_screenshot else CAP,
            seconds=self._address.screenshot_timeout_s if is_screenshot else None,
        )
        if answer.headers.get("Content-Type", "").startswith("image/"):
            return CommandResult(printable(f"{command.path[-1]}Result"), image=answer.body)
        result = parse_answer(answer.body)
        return await self.with_picture(result) if is_screenshot else result

    async def with_picture(self, answer: CommandResult) -> CommandResult:
        """An answer to GetDeviceScreenshot that says where its picture lies, with the picture.

        It is read from this phone alone, with its pin and its account. Raises PhonetuiErrors.
        """
        place = picture_file(answer)
        if place is None:
            return answer
        try:
            picture = await self._ask(
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
        return CommandResult(answer.name, answer.document, image=picture.body)

    async def command_documents(self) -> tuple[bytes, bytes]:
        """See `base.CommandDocumentSource`."""
        commands = await self._ask(ServerPlace.CATALOGUE, "/command.xml", step="reading the list of commands")
        try:
            values = await self._ask(ServerPlace.CATALOGUE, "/valuespace.xml", step="reading the list of values")
        except (CommandRefused, ProtocolError):
            return commands.body, b""
        return commands.body, values.body

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
            if self._login is not None:
                await self._login.close()
        finally:
            self._client.close()

    async def reconnect(self) -> None:
        """See `base.Reconnectable`."""
        await self._client.reconnect()

    async def _ask(
        self,
        place: ServerPlace,
        target: str,
        *,
        step: str,
        content: bytes | None = None,
        cap: int = CAP,
        seconds: float | None = None,
    ) -> HttpAnswer:
        """Raises PhonetuiErrors, for each status that is no success, too."""

        async def send(proof: bytes) -> HttpAnswer:
            method, headers = ("GET", proof) if content is None else ("POST", proof + _XML)
            limit = seconds or self._address.timeout_s
            return await self._client.request(method, target, headers, content, step=step, seconds=limit, cap=cap)

        answer = await (send(self._basic) if self._login is None else self._login.ask(send))
        if not answer.is_success:  # an error inside of a 200 is the language's affair
            raise error_of(place, Refusal.of(answer.status, self._address.username, answer.headers, answer.body))
        return answer


def _answers(path: Path, found: Path) -> bool:
    """Whether a leaf lies where was asked, in whatever letter case and with whatever indices a phone writes it."""
    return found.folded[: len(path.folded)] == path.folded
