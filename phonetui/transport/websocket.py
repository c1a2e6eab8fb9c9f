"""xAPI over WebSocket: one connection for readings, commands and everything the phone has to tell.

One open WebSocket: who waits for which answer, where pushes go, and what ends it.
"""

import asyncio
import ssl
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from phonetui.errors import Busy, CommandRefused, Dropped, PhonetuiError, ProtocolError, TimedOut
from phonetui.transport.base import Address, Sink, parse_off_loop
from phonetui.transport.http import SCREENSHOT_S
from phonetui.transport.websocket_handshake import Handshake
from phonetui.xapi import jsontree
from phonetui.xapi.command import Command, CommandResult
from phonetui.xapi.control_commands import SCREENSHOT
from phonetui.xapi.document import Document
from phonetui.xapi.feedback import EXPRESSIONS, Push
from phonetui.xapi.jsonrpc import JsonRpcSession, RpcRequest
from phonetui.xapi.path import Path

if TYPE_CHECKING:
    from websockets.asyncio.client import ClientConnection
    from websockets.exceptions import ConnectionClosed

    from phonetui.transport.ssh.tunnel import Tunnel

CAP = 4 * 2**20
"""Characters of a message; a picture's answer may have as many as the connection takes."""

Told = Callable[[Push | PhonetuiError], None]


class WebSocketConnection:
    """Reads for as long as the connection lives; `told` hears of pushes, of what is unreadable, and once of the end."""

    def __init__(
        self, connection: "ClientConnection", told: Told, why: Callable[[], PhonetuiError | None] | None = None
    ) -> None:
        """`why` knows what ended the connection, where that wasn't the phone."""
        self.session = JsonRpcSession()
        self._connection = connection
        self._told = told
        self._why = why
        self._waiting: dict[int, asyncio.Future[Any]] = {}
        self._pictures = 0
        self._loop = asyncio.get_running_loop()
        self._failure: PhonetuiError | None = None
        self._reader = self._loop.create_task(self._read())

    @property
    def is_open(self) -> bool:
        return self._failure is None

    async def ask(self, request: RpcRequest, step: str, seconds: float, *, picture: bool = False) -> Any:
        """The outcome. Raises PhonetuiErrors; a phone that doesn't answer in time is hung up on."""
        from websockets.exceptions import ConnectionClosed  # noqa: PLC0415 - loaded already by the open connection

        if self._failure is not None:
            raise self._failure
        answer = self._waiting[request.id] = self._loop.create_future()
        self._pictures += picture
        try:
            async with asyncio.timeout(seconds):
                await self._connection.send(request.text)
                outcome = await answer
        except TimeoutError as error:
            self._connection.transport.abort()
            raise TimedOut(step, seconds) from error
        except ConnectionClosed as error:
            raise self._ending(error) from error
        finally:
            self._pictures -= picture
            self._waiting.pop(request.id, None)
            self.session.forget(request.id)
        if isinstance(outcome, PhonetuiError):
            raise outcome
        return outcome

    def abort(self) -> None:
        """Lets go of it without a word; the end is then no news."""
        self._told = _nobody
        self._connection.transport.abort()

    async def close(self) -> None:
        """Says good-bye with code 1000; the end is then no news. Never raises."""
        self._told = _nobody
        try:
            await self._connection.close()
        finally:
            self._reader.cancel()
            await asyncio.gather(self._reader, return_exceptions=True)
            self._end(Dropped("the connection was closed"))

    async def _read(self) -> None:
        from websockets.exceptions import ConnectionClosed  # noqa: PLC0415 - loaded already by the open connection

        try:
            while True:
                message = await self._connection.recv()
                if len(message) > CAP and not self._pictures:
                    await self._connection.close(1009)
                    self._end(ProtocolError(f"a message of more than {CAP // 2**20} MiB"))
                    return
                await self._take(message)
        except ConnectionClosed as error:
            self._end(self._ending(error))

    async def _take(self, message: str | bytes) -> None:
        at = self._loop.time()
        try:
            brought = self.session.receive(await parse_off_loop(jsontree.load, message), at)
        except ProtocolError as error:
            # It may have been an answer: whoever waits hears of it now instead of running out of time.
            self._answer_all(error)
            self._say(error)
            return
        for item in brought:
            if isinstance(item, Push):
                self._say(item)
            elif (answer := self._waiting.get(item.id)) is not None and not answer.done():
                answer.set_result(item.outcome)

    def _say(self, what: Push | PhonetuiError) -> None:
        """In the loop's own turn: a fault of the listener's is the listener's, and the order stays."""
        self._loop.call_soon(lambda: self._told(what))

    def _ending(self, error: "ConnectionClosed") -> PhonetuiError:
        return (self._why() if self._why is not None else None) or _ending(error)

    def _end(self, failure: PhonetuiError) -> None:
        if self._failure is None:
            self._failure = failure
            self._say(failure)
            self._answer_all(failure)

    def _answer_all(self, error: PhonetuiError) -> None:
        for answer in self._waiting.values():
            if not answer.done():
                answer.set_result(error)


def _nobody(_: Push | PhonetuiError) -> None:
    pass


def _ending(error: "ConnectionClosed") -> PhonetuiError:
    if error.sent is not None and error.sent.code == 1009 and not error.rcvd_then_sent:
        return ProtocolError("a message larger than any picture")
    if error.rcvd is not None and error.rcvd.code in (1000, 1001):
        return Dropped("the phone closed the WebSocket")
    return Dropped("the WebSocket broke")


class WebSocketTransport:
    """Opened by the first call, and again by the first call after it broke.

    A break ends the subscription: the sink hears of it, and whoever drives this subscribes anew.
    """

    def __init__(self, address: Address, context: ssl.SSLContext, tunnel: "Tunnel | None" = None) -> None:
        self._address = address
        self._tunnel = tunnel
        self._handshake = Handshake(address, context, tunnel)
        self._opening = asyncio.Lock()
        self._link: WebSocketConnection | None = None
        self._subscribed: WebSocketConnection | None = None
        self._sink: Sink | None = None

    async def fetch(self, path: Path) -> Document:
        link = await self._linked()
        step = f"reading {path or 'the status tree'}"
        found = await link.ask(link.session.fetch(path), step, self._address.timeout_s)
        assert isinstance(found, Document)  # noqa: S101 - what the session promises
        return found

    async def command(self, command: Command) -> CommandResult:
        link = await self._linked()
        picture = command.path == SCREENSHOT
        seconds = max(SCREENSHOT_S, self._address.timeout_s) if picture else self._address.timeout_s
        request = link.session.command(command)
        answer = await link.ask(request, f"xCommand {command}", seconds, picture=picture)
        assert isinstance(answer, CommandResult)  # noqa: S101 - what the session promises
        return answer

    async def subscribe(self, sink: Sink) -> bool:
        """One subscription for each part; the parts that this phone doesn't know are left out.

        Current values are not asked for: whoever subscribes reads everything anyway, and would hear it all twice.
        """
        link = await self._linked()
        self._sink = sink
        outcomes = await asyncio.gather(*(_subscribed(link, query, self._address.timeout_s) for query in _QUERIES))
        refusals = [outcome for outcome in outcomes if outcome is not None]
        if len(refusals) == len(outcomes):
            raise refusals[0]
        self._subscribed = link
        return True

    async def renew(self) -> bool:
        if self._sink is None or (self._subscribed is not None and self._subscribed.is_open):
            return False
        return await self.subscribe(self._sink)

    async def reconnect(self) -> None:
        """As `base.Reconnecting`."""
        link, self._link, self._subscribed = self._link, None, None
        if link is not None:
            link.abort()

    async def close(self) -> None:
        self._sink = None
        link, self._link, self._subscribed = self._link, None, None
        try:
            if link is not None:
                await link.close()
        finally:
            await self._handshake.close()

    async def _linked(self) -> WebSocketConnection:
        async with self._opening:
            if self._link is None or not self._link.is_open:
                connection = await self._handshake.open()
                why = partial(self._tunnel.failure_of, self._tunnel.current) if self._tunnel is not None else None
                self._link = WebSocketConnection(connection, self._told, why)
            return self._link

    def _told(self, what: Push | PhonetuiError) -> None:
        if self._sink is not None:
            self._sink(what)


_QUERIES = tuple(tuple(part for part in expression.split("/") if part) for expression in EXPRESSIONS)


async def _subscribed(link: WebSocketConnection, query: tuple[str, ...], seconds: float) -> PhonetuiError | None:
    """None, or the phone's no to this one. Raises what concerns the whole connection."""
    request = link.session.subscribe(*query)
    try:
        await link.ask(request, f"subscribing to {' '.join(query)}", seconds)
    except Busy as error:
        # Not a reason to leave the connection: what cannot be pushed is read.
        return CommandRefused(f"the phone takes no more subscriptions: {error.message}")
    except (CommandRefused, ProtocolError) as error:
        return error
    return None
