"""A channel through a jump host as a socket, for libraries that take nothing else: one of a pair, which has no address
and which nobody else can connect to."""

import asyncio
import socket
from typing import TYPE_CHECKING

import asyncssh

if TYPE_CHECKING:
    from phonetui.transport.ssh.tunnel import Channel

CHUNK = 65536


class Bridges:
    """All bridges of a tunnel: each lives until both its ends have said what they had to say, or one broke."""

    def __init__(self) -> None:
        self._carrying: set[asyncio.Task[None]] = set()

    async def plug(self, channel: "Channel") -> socket.socket:
        ours, its = socket.socketpair()
        for end in (ours, its):
            end.setblocking(False)
        near = await asyncio.open_connection(sock=its)
        task = asyncio.create_task(_carry(channel, near))
        self._carrying.add(task)
        task.add_done_callback(self._carrying.discard)
        return ours

    async def close(self) -> None:
        for task in self._carrying:
            task.cancel()
        await asyncio.gather(*self._carrying, return_exceptions=True)


Near = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def _carry(channel: "Channel", near: Near) -> None:
    try:
        async with asyncio.TaskGroup() as both:
            both.create_task(_pump(channel[0], near[1]))
            both.create_task(_pump(near[0], channel[1]))
    except* (OSError, asyncssh.Error):
        pass  # whoever uses the socket hears of it by its end
    finally:
        channel[1].close()
        near[1].close()


async def _pump(
    source: "asyncio.StreamReader | asyncssh.SSHReader[bytes]",
    sink: "asyncio.StreamWriter | asyncssh.SSHWriter[bytes]",
) -> None:
    while data := await source.read(CHUNK):
        sink.write(data)
        await sink.drain()
    sink.write_eof()
