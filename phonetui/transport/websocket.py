"""xAPI over WebSocket: one connection for readings, commands and everything the phone has to tell."""

import asyncio
import ssl
from functools import partial
from typing import TYPE_CHECKING

from phonetui.errors import Busy, CommandRefused, PhonetuiError, ProtocolError
from phonetui.transport.base import Address, Sink
from phonetui.transport.handshake import Handshake
from phonetui.transport.http import SCREENSHOT, SCREENSHOT_S
from phonetui.transport.link import Link
from phonetui.xapi.command import Command, CommandResult
from phonetui.xapi.document import Document
from phonetui.xapi.feedback import EXPRESSIONS, Push
from phonetui.xapi.path import Path

if TYPE_CHECKING:
    from phonetui.transport.ssh.tunnel import Tunnel


class WebSocketTransport:
    """Opened by the first call, and again by the first call after it broke.

    A break ends the subscription: the sink hears of it, and whoever drives this subscribes anew.
    """

    def __init__(self, address: Address, context: ssl.SSLContext, tunnel: "Tunnel | None" = None) -> None:
        self._address = address
        self._tunnel = tunnel
        self._handshake = Handshake(address, context, tunnel)
        self._opening = asyncio.Lock()
        self._link: Link | None = None
        self._subscribed: Link | None = None
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

    async def _linked(self) -> Link:
        async with self._opening:
            if self._link is None or not self._link.is_open:
                connection = await self._handshake.open()
                why = partial(self._tunnel.blamed, self._tunnel.current) if self._tunnel is not None else None
                self._link = Link(connection, self._told, why)
            return self._link

    def _told(self, what: Push | PhonetuiError) -> None:
        if self._sink is not None:
            self._sink(what)


_QUERIES = tuple(tuple(part for part in expression.split("/") if part) for expression in EXPRESSIONS)


async def _subscribed(link: Link, query: tuple[str, ...], seconds: float) -> PhonetuiError | None:
    """None, or the phone's no to this one. Raises what concerns the whole connection."""
    request = link.session.subscribe(query[0], *query[1:])
    try:
        await link.ask(request, f"subscribing to {' '.join(query)}", seconds)
    except Busy as error:
        # Not a reason to leave the connection: what cannot be pushed is read.
        return CommandRefused(f"the phone takes no more subscriptions: {error.message}")
    except (CommandRefused, ProtocolError) as error:
        return error
    return None
