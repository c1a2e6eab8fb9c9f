"""A TLS server in the place of a phone: another certificate, and a close look at what it is sent."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from phonetui.simulator.security import certificate, server_context


class Impostor:
    def __init__(self) -> None:
        self._context = server_context(certificate(666, 1, "not the phone", "127.0.0.1"))
        self.port = 0
        self.visits = 0
        self.heard = b""
        """Every byte that was sent inside of TLS."""

    async def meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.visits += 1
        try:
            await writer.start_tls(self._context)
            while data := await reader.read(4096):
                self.heard += data
        except OSError:
            pass  # hung up on in the handshake, as it should be
        finally:
            writer.close()


@asynccontextmanager
async def impostor() -> AsyncIterator[Impostor]:
    here = Impostor()
    server = await asyncio.start_server(here.meet, "127.0.0.1", 0)
    here.port = server.sockets[0].getsockname()[1]
    try:
        yield here
    finally:
        server.close()
        await server.wait_closed()
