"""The interface of all transports, addresses of phones, and parsing of their answers.

A Transport is one connection to one phone. It is handed addresses, credentials and limits, and knows nothing of what
values mean. Whoever drives it decides when to ask and how often to come back.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol, TypeVar, runtime_checkable

from phonetui.errors import PhonetuiError
from phonetui.xapi.command import Command, CommandResult
from phonetui.xapi.document import Document
from phonetui.xapi.feedback import Push
from phonetui.xapi.path import Path
from phonetui.xapi.schema import CommandSchema

Sink = Callable[[Push | PhonetuiError], None]
"""Takes what a phone sends by itself: a push; a ProtocolError for one that is unreadable; a TransportError once when
the connection that pushes came through is gone, and the subscription with it."""

SCREENSHOT_S = 30.0
LARGE_BODY = 64 * 1024
"""Bytes from which on parsing is another thread's: 4 MB take 60 ms, a hop between threads 0.1 ms."""

_Parsed = TypeVar("_Parsed")


async def parse_off_loop(parse: Callable[..., _Parsed], body: str | bytes, *more: object) -> _Parsed:
    """What `parse`, a pure function, makes of `body`; in a thread where that is large. Raises what `parse` raises."""
    return parse(body, *more) if len(body) < LARGE_BODY else await asyncio.to_thread(parse, body, *more)


def authority(host: str, port: int) -> str:
    """Host and port as in a URL (RFC 3986 3.2): an IPv6 address in brackets."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """The address of a phone, and the account with which it is asked."""

    scheme: str
    """`https` or `http`."""
    host: str
    port: int
    username: str
    password: str = field(repr=False)
    timeout_s: float = 10.0
    """For one request as a whole."""
    tls_name: str | None = None
    """The name that the certificate must bear; None is the host."""
    by_session: bool = False
    """Whether HTTP requests ask for a session instead of carrying the password each time."""

    @property
    def screenshot_timeout_s(self) -> float:
        """A phone's processor packs a 1280x720 picture in seconds (inferred)."""
        return max(SCREENSHOT_S, self.timeout_s)

    @property
    def url(self) -> str:
        return f"{self.scheme}://{authority(self.host, self.port)}"

    @property
    def socket_url(self) -> str:
        """The URL at which the same web server offers WebSocket: `wss://…/ws` or `ws://…/ws`."""
        return f"ws{self.url.removeprefix('http')}/ws"


class Transport(Protocol):
    """Every method raises PhonetuiErrors only."""

    async def fetch(self, path: Path) -> Document:
        """Reads a part of the status tree; ROOT is the whole tree, which not every phone offers (ProtocolError)."""

    async def command(self, command: Command) -> CommandResult:
        """Runs a command. CommandRefused where the phone says no."""

    async def subscribe(self, sink: Sink) -> bool:
        """Has the phone send its changes to `sink`; False where no listener is set up for it."""

    async def renew(self) -> bool:
        """Looks after the subscription; True if it had been lost, so that changes may have been missed."""

    async def close(self) -> None:
        """Ends the subscription where the phone can still be reached, and the connection. Never raises."""


@runtime_checkable
class CommandDocumentSource(Protocol):
    """A transport that can also bring what the phone says of its own commands."""

    async def command_documents(self) -> tuple[bytes, bytes]:
        """`/command.xml` and `/valuespace.xml` as they came; the second is empty where only the first is offered."""


@runtime_checkable
class CommandSchemaSource(Protocol):
    """A transport on which somebody else knows the commands that the phone takes."""

    async def commands(self) -> CommandSchema: ...


@runtime_checkable
class Reconnectable(Protocol):
    """A transport that keeps connections open."""

    async def reconnect(self) -> None:
        """Drops them, which may be dead without anybody knowing: what is asked next opens new ones.

        What was subscribed over them is to be renewed. Never raises.
        """
