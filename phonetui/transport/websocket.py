"""xAPI over WebSocket: one connection for readings, commands and pushes."""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol, cast

from phonetui.errors import Busy, CommandRefused, Dropped, PhonetuiError, ProtocolError, TimedOut
from phonetui.transport.base import Address, Sink, parse_off_loop
from phonetui.transport.tls_client import TlsContext
from phonetui.transport.websocket_handshake import Handshake
from phonetui.xapi import jsontree
from phonetui.xapi.command import Command, CommandResult
from phonetui.xapi.control_commands import SCREENSHOT, picture_file
from phonetui.xapi.document import Document
from phonetui.xapi.feedback import EXPRESSIONS, Push
from phonetui.xapi.jsonrpc import JsonRpcSession, Outcome, RpcRequest
from phonetui.xapi.path import Path

if TYPE_CHECKING:
    from websockets.asyncio.client import ClientConnection
    from websockets.exceptions import ConnectionClosed

    from phonetui.transport.ssh.tunnel import Tunnel

CAP = 4 * 2**20
"""Characters of a message; a picture's answer may have as many as the connection takes."""


class WebSocketConnection:
    """One open connection: who waits for which answer, where pushes go, and what ends it. The end is reported once."""

    def __init__(
        self, connection: "ClientConnection", sink: Sink, tunnel_failure: Callable[[], PhonetuiError | None]
    ) -> None:
        """`tunnel_failure` knows what ended the connection, where that was the way to the phone."""
        self.session = JsonRpcSession()
        self._connection = connection
        self._sink = sink
        self._tunnel_failure = tunnel_failure
        self._waiting: dict[int, asyncio.Future[Any]] = {}
        self._pictures = 0
        self._loop = asyncio.get_running_loop()
        self._failure: PhonetuiError | None = None
        self._reader = self._loop.create_task(self._read())

    @property
    def is_open(self) -> bool:
        return self._failure is None

    async def ask(self, request: RpcRequest[Outcome], step: str, seconds: float, *, picture: bool = False) -> Outcome:
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
            self._end(Dropped("the WebSocket broke"))
            raise TimedOut(step, seconds) from error
        except ConnectionClosed as error:
            failure = self._ending(error)
            self._end(failure)  # now, not once it is read: whoever asks next has to open another one
            raise failure from error
        finally:
            self._pictures -= picture
            self._waiting.pop(request.id, None)
            self.session.forget(request.id)
        if isinstance(outcome, PhonetuiError):
            raise outcome
        return cast(Outcome, outcome)

    def abort(self) -> None:
        """Lets go of it without a close frame; the end is then no news."""
        self._sink = _ignore
        self._connection.transport.abort()

    async def close(self) -> None:
        """Ends the connection with code 1000; the end is then no news. Never raises."""
        self._sink = _ignore
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
            # It may have been an answer: whoever waits is told now instead of running out of time.
            self._answer_all(error)
            self._report(error)
            return
        for item in brought:
            if isinstance(item, Push):
                self._report(item)
            elif (answer := self._waiting.get(item.id)) is not None and not answer.done():
                answer.set_result(item.outcome)

    def _report(self, what: Push | PhonetuiError) -> None:
        """In a turn of its own of the loop: a fault of the sink's is the sink's, and the order stays."""
        self._loop.call_soon(lambda: self._sink(what))

    def _ending(self, error: "ConnectionClosed") -> PhonetuiError:
        if (failure := self._tunnel_failure()) is not None:
            return failure
        if error.sent is not None and error.sent.code == 1009 and not error.rcvd_then_sent:
            return ProtocolError("a message larger than any picture")
        if error.rcvd is not None and error.rcvd.code in (1000, 1001):
            return Dropped("the phone closed the WebSocket")
        return Dropped("the WebSocket broke")

    def _end(self, failure: PhonetuiError) -> None:
        if self._failure is None:
            self._failure = failure
            self._report(failure)
            self._answer_all(failure)

    def _answer_all(self, error: PhonetuiError) -> None:
        for answer in self._waiting.values():
            if not answer.done():
                answer.set_result(error)


def _ignore(_: Push | PhonetuiError) -> None:
    pass


class PictureFiles(Protocol):
    """Reads pictures that lie in files on the phone: no WebSocket carries them."""

    async def with_picture(self, answer: CommandResult) -> CommandResult:
        """An answer to GetDeviceScreenshot with the picture whose place it names. Raises PhonetuiErrors."""

    async def close(self) -> None: ...


class WebSocketTransport:
    """Opened by the first call, and again by the first call after it broke.

    A break ends the subscription: the sink is told, and the caller subscribes anew.
    """

    def __init__(
        self,
        address: Address,
        context: TlsContext,
        tunnel: "Tunnel | None" = None,
        files: "Callable[[], PictureFiles] | None" = None,
    ) -> None:
        """`files` opens the way to a screenshot that the phone leaves in a file, where there is one."""
        self._files = files
        self._address = address
        self._tunnel = tunnel
        self._handshake = Handshake(address, context, tunnel)
        self._opening = asyncio.Lock()
        self._connection: WebSocketConnection | None = None
        self._subscribed: WebSocketConnection | None = None
        self._sink: Sink | None = None

    async def fetch(self, path: Path) -> Document:
        connection = await self._open_connection()
        step = f"reading {path or 'the status tree'}"
        return await connection.ask(connection.session.fetch(path), step, self._address.timeout_s)

    async def command(self, command: Command) -> CommandResult:
        connection = await self._open_connection()
        picture = command.path == SCREENSHOT
        seconds = self._address.screenshot_timeout_s if picture else self._address.timeout_s
        request = connection.session.command(command)
        answer = await connection.ask(request, f"xCommand {command}", seconds, picture=picture)
        if not picture or self._files is None or picture_file(answer) is None:
            return answer
        files = self._files()
        try:
            return await files.with_picture(answer)
        finally:
            await files.close()

    async def subscribe(self, sink: Sink) -> bool:
        """One subscription for each part; the parts that this phone doesn't know are left out."""
        connection = await self._open_connection()
        self._sink = sink
        outcomes = await asyncio.gather(
            *(_subscribe_to(connection, query, self._address.timeout_s) for query in _QUERIES)
        )
        refusals = [outcome for outcome in outcomes if outcome is not None]
        if len(refusals) == len(outcomes):
            raise refusals[0]
        self._subscribed = connection
        return True

    async def renew(self) -> bool:
        if self._sink is None or (self._subscribed is not None and self._subscribed.is_open):
            return False
        return await self.subscribe(self._sink)

    async def reconnect(self) -> None:
        """See `base.Reconnectable`."""
        connection, self._connection, self._subscribed = self._connection, None, None
        if connection is not None:
            connection.abort()

    async def close(self) -> None:
        self._sink = None
        connection, self._connection, self._subscribed = self._connection, None, None
        try:
            if connection is not None:
                await connection.close()
        finally:
            await self._handshake.close()

    async def _open_connection(self) -> WebSocketConnection:
        async with self._opening:
            if self._connection is None or not self._connection.is_open:
                connection = await self._handshake.open()
                tunnel = self._tunnel
                failure = partial(tunnel.failure_of, tunnel.current) if tunnel is not None else lambda: None
                self._connection = WebSocketConnection(connection, self._forward, failure)
            return self._connection

    def _forward(self, what: Push | PhonetuiError) -> None:
        if self._sink is not None:
            self._sink(what)


_QUERIES = tuple(tuple(part for part in expression.split("/") if part) for expression in EXPRESSIONS)


async def _subscribe_to(
    connection: WebSocketConnection, query: tuple[str, ...], seconds: float
) -> PhonetuiError | None:
    """None, or the phone's no to this one. Raises what concerns the whole connection."""
    request = connection.session.subscribe(*query)
    try:
        await connection.ask(request, f"subscribing to {' '.join(query)}", seconds)
    except Busy as error:
        # Not a reason to leave the connection: what cannot be pushed is read.
        return CommandRefused(f"the phone takes no more subscriptions: {error.message}")
    except (CommandRefused, ProtocolError) as error:
        return error
    return None
