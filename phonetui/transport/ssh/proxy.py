"""`ProxyCommand`: programs that are the way to a jump host. They end with their connection, at the latest with us."""

import asyncio
import os
import signal
import socket
from asyncio.subprocess import DEVNULL, Process
from collections.abc import Sequence
from contextlib import suppress

GRACE_S = 2.0
"""For a program to end by itself once it was asked to."""


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
        for end in (signal.SIGTERM, signal.SIGKILL):
            for process in self._running.values():
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, end)  # a session of its own, with whatever it started
            if self._running:
                await asyncio.wait(self._running, timeout=GRACE_S)
