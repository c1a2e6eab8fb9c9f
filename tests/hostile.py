"""Web servers that mean harm, each in its own way, behind sound TLS: what a fake phone could be."""

import asyncio
import contextlib
import gzip
import json
import os
import socket
import struct
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cache

from phonetui.simulator.security import certificate, server_context

XML = (
    b'<?xml version="1.0"?><Status><SystemUnit><ProductId>DP-9841</ProductId></SystemUnit>'
    b"<Standby><Level>Off</Level></Standby></Status>"
)
LINES = b'<Status><Line item="1"><Call item="0"><CallState>Connected</CallState></Call></Line></Status>'


@cache
def bomb() -> bytes:
    """200 MiB in 200 KiB."""
    return gzip.compress(bytes(200 * 2**20), 9)


DEPTH = 100_000


def answer(body: bytes = XML, *headers: str, length: int | None = None, status: str = "200 OK") -> bytes:
    """A whole answer; `length` is what it says that its body has."""
    lines = [f"HTTP/1.1 {status}", "Content-Type: text/xml", *headers]
    lines.append(f"Content-Length: {len(body) if length is None else length}")
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


@dataclass(slots=True)
class Peer:
    """One server: where it is, and how often it was asked."""

    port: int
    fingerprint: str
    asked: list[bytes] = field(default_factory=list)
    """Heads of requests."""


Harm = Callable[[asyncio.StreamWriter, int], Awaitable[None]]
"""Answers the request of that number, from 0; returning goes on with the next one."""


def _says(*words: bytes) -> Harm:
    """The same to everything; several take turns."""

    async def harm(writer: asyncio.StreamWriter, number: int) -> None:
        writer.write(words[number % len(words)])
        await writer.drain()

    return harm


def _forever(head: bytes, pieces: Iterator[bytes], pause_s: float = 0.001) -> Harm:
    async def harm(writer: asyncio.StreamWriter, _: int) -> None:
        writer.write(head)
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(pause_s)

    return harm


def _endless(piece: bytes) -> Iterator[bytes]:
    while True:
        yield piece


async def _hangs_up(writer: asyncio.StreamWriter, _: int) -> None:
    writer.write(answer(length=len(XML) + 10))
    await writer.drain()
    writer.close()


async def reset(writer: asyncio.StreamWriter, number: int) -> None:
    """The connection is reset one byte later each time."""
    whole = answer()
    writer.write(whole[: number % len(whole)])
    await writer.drain()
    await asyncio.sleep(0)
    raw = writer.get_extra_info("socket")
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


async def _bomb(writer: asyncio.StreamWriter, _: int) -> None:
    writer.write(answer(bomb(), "Content-Encoding: gzip"))
    await writer.drain()


async def _redirects(writer: asyncio.StreamWriter, number: int) -> None:
    port = writer.get_extra_info("sockname")[1]
    writer.write(answer(b"", f"Location: https://127.0.0.1:{port}/{number}", status="302 Found"))
    await writer.drain()


_CHUNKED = b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nTransfer-Encoding: chunked\r\n\r\n"
_LAUGHS = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))

HARMS: dict[str, Harm] = {
    "drip": _forever(answer(b"", length=4096), _endless(b" "), 0.2),
    "headers": _forever(b"HTTP/1.1 200 OK\r\n", _endless(b"X-Header: and another one\r\n" * 100)),
    "continue": _forever(b"", _endless(b"HTTP/1.1 100 Continue\r\n\r\n" * 100)),
    "body": _forever(_CHUNKED.replace(b"Transfer-Encoding: chunked\r\n", b""), _endless(b" " * 2**16)),
    "crumbs": _forever(_CHUNKED, _endless(b"1\r\n \r\n" * 1000)),
    "bomb": _bomb,
    "redirects": _redirects,
    "unasked": _says(answer() + answer(LINES)),
    "too-long": _hangs_up,
    "too-short": _says(answer(length=len(XML) - 10)),
    "reset": reset,
    "html": _says(answer(b"<!DOCTYPE html><html><body>Sign in</body></html>").replace(b"text/xml", b"text/html")),
    "dtd": _says(answer(f'<!DOCTYPE a [<!ENTITY a0 "ha">{_LAUGHS}]><Status>&a9;</Status>'.encode())),
    "deep": _says(answer(b"<Status>" + b"<a>" * DEPTH + b"</a>" * DEPTH + b"</Status>")),
    "busy": _says(answer(b"no", "Retry-After: 0", status="503 Service Unavailable")),
    "boots": _says(*[answer()] * 3, *[answer(b"", status="502 Bad Gateway")] * 2),
}


@asynccontextmanager
async def peers(names: tuple[str, ...] = tuple(HARMS)) -> AsyncIterator[dict[str, Peer]]:
    """Serves each harm on a port of its own, until the block ends."""
    found: dict[str, Peer] = {}
    if "bomb" in names:
        bomb()  # made now, while nobody waits for an answer
    async with contextlib.AsyncExitStack() as stack:
        for number, name in enumerate(names, 1):
            made = certificate(11, number, name, "127.0.0.1")
            talks: set[asyncio.Task[None]] = set()
            peer = Peer(0, made.fingerprint)
            server = await asyncio.start_server(
                _spoken_to(HARMS[name], peer, talks), "127.0.0.1", 0, ssl=server_context(made)
            )
            peer.port = server.sockets[0].getsockname()[1]
            stack.push_async_callback(_ended, server, talks)
            found[name] = peer
        yield found


def _spoken_to(
    harm: Harm, peer: Peer, talks: set[asyncio.Task[None]]
) -> Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        talks.add(task)
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                peer.asked.append(head)
                await harm(writer, len(peer.asked) - 1)
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, asyncio.CancelledError):
            pass
        finally:
            talks.discard(task)
            writer.transport.abort()

    return talk


async def _ended(server: asyncio.Server, talks: set[asyncio.Task[None]]) -> None:
    server.close()
    for task in tuple(talks):
        task.cancel()
    await asyncio.gather(*talks, return_exceptions=True)


async def serve() -> None:
    """All of them in a process of their own: says where they are, and ends with its input."""
    async with peers() as served:
        print(json.dumps({name: (peer.port, peer.fingerprint) for name, peer in served.items()}), flush=True)
        await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    os.nice(5)  # real ones have a processor of their own
    asyncio.run(serve())
