"""One open WebSocket: who waits for which answer, where pushes go, and what ends it."""

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from phonetui.errors import Dropped, PhonetuiError, ProtocolError, TimedOut
from phonetui.transport.parsing import parsed
from phonetui.xapi import jsontree
from phonetui.xapi.feedback import Push
from phonetui.xapi.jsonrpc import JsonRpcSession, RpcRequest

if TYPE_CHECKING:
    from websockets.asyncio.client import ClientConnection
    from websockets.exceptions import ConnectionClosed

CAP = 4 * 2**20
"""Characters of a message; a picture's answer may have as many as the connection takes."""

Told = Callable[[Push | PhonetuiError], None]


class Link:
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
            brought = self.session.accept(await parsed(jsontree.load, message), at)
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
