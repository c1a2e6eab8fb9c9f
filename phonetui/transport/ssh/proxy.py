"""`ProxyCommand`: programs that are the way to a jump host. They end with their connection, at the latest with us."""

import asyncio
import socket
from asyncio.subprocess import DEVNULL, Process
from collections.abc import Sequence
from contextlib import suppress


class Proxies:
    def __init__(self) -> None:
        self._running: dict[asyncio.Task[int], Process] = {}

    async def start(self, command: Sequence[str]) -> socket.socket:
        """The program's other end. What it complains of is no part of the conversation. Raises OSError."""
        ours, its = socket.socketpair()
        ours.setblocking(False)
        try:
            process = await asyncio.create_subprocess_exec(
                *command, stdin=its.fileno(), stdout=its.fileno(), stderr=DEVNULL, start_new_session=True
            )
        except BaseException:
            ours.close()
            raise
        finally:
            its.close()
        ending = asyncio.create_task(process.wait())
        self._running[ending] = process
        ending.add_done_callback(self._running.pop)
        return ours

    async def close(self) -> None:
        for process in self._running.values():
            with suppress(ProcessLookupError):
                process.terminate()
        await asyncio.gather(*self._running)
