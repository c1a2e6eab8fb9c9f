"""Phones' web servers with nothing behind them: what is measured over them is the client alone.

`python -m tests.bench.lean_phones PHONES BYTES` prints the port of each, and serves trees of so many bytes until it is
ended.
"""

import asyncio
import sys

from phonetui.simulator.security import certificate, server_context
from phonetui.tls import limit_read_buffers

LOOPBACK = "127.0.0.1"


def body(size: int) -> bytes:
    """A status tree of about so many bytes, of leaves as phones have them."""
    numbers = range(size // 80)
    leaves = (f'<Line item="{n}"><Call item="0"><PacketsSent>{n * 977}</PacketsSent></Call></Line>' for n in numbers)
    return f'<?xml version="1.0"?><Status product="Cisco IP Phone">{"".join(leaves)}</Status>'.encode()


class LeanPhone(asyncio.Protocol):
    """Answers each request, which comes in one piece, with the same bytes."""

    def __init__(self, answer: bytes) -> None:
        self._answer = answer
        self._transport: asyncio.WriteTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.WriteTransport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        assert self._transport is not None
        self._transport.write(self._answer * data.count(b"\r\n\r\n"))


async def serve(phones: int, size: int) -> None:
    limit_read_buffers()
    tree = body(size)
    fields = (
        "Server: nginx",
        "Date: Mon, 30 Nov 2026 12:00:00 GMT",
        "Content-Type: text/xml",
        f"Content-Length: {len(tree)}",
    )
    answer = "\r\n".join(("HTTP/1.1 200 OK", *fields, "", "")).encode() + tree
    context = server_context(certificate(8, 1, "lean", LOOPBACK))
    loop, ports = asyncio.get_running_loop(), []
    for _ in range(phones):
        listening = await loop.create_server(lambda: LeanPhone(answer), LOOPBACK, 0, ssl=context, backlog=16)
        ports.append(listening.sockets[0].getsockname()[1])
    print(*ports, flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), int(sys.argv[2])))
