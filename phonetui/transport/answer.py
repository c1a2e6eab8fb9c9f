"""Reading an HTTP answer from a server that may mean harm: its size, its pieces, its packing."""

import asyncio
import zlib

import httpx

from phonetui.errors import PhonetuiError, ProtocolError
from phonetui.transport.failure import translated

PACKINGS = "gzip"
"""What we say that we take."""
PIECES = 2**14
"""Of one body: a phone's server may send line by line, but not byte by byte."""
TURN = 256
"""Pieces after which everything else has its turn: what has arrived already is never waited for."""


async def body(response: httpx.Response, cap: int) -> bytes:
    """Unpacked and whole. Raises ProtocolError where it has more than `cap` bytes."""
    whole, is_whole = await beginning(response, cap)
    if not is_whole:
        raise ProtocolError(f"an answer of more than {cap // 2**20} MiB")
    return whole


async def beginning(response: httpx.Response, cap: int) -> tuple[bytes, bool]:
    """At most the first `cap` bytes, unpacked, and whether that is all. Raises ProtocolError.

    The library's own unpacking makes 64 MB of 64 KB at a stroke before anybody can count them.
    """
    unpack = _unpacker(response.headers.get("Content-Encoding", ""))
    whole, pieces = bytearray(), 0
    async for piece in response.aiter_raw():
        pieces += 1
        if unpack is None:
            whole += piece
        else:
            try:
                whole += unpack.decompress(piece, cap + 1 - len(whole))
            except zlib.error as error:
                raise ProtocolError("an answer that cannot be unpacked") from error
        if len(whole) > cap:
            return bytes(whole[:cap]), False
        if pieces > PIECES:
            raise ProtocolError(f"an answer in more than {PIECES:,} pieces")
        if pieces % TURN == 0:
            await asyncio.sleep(0)
    return bytes(whole), True


def broken(error: httpx.HTTPError | httpx.InvalidURL | OSError) -> PhonetuiError:
    """What a request failed with, in our words: who hangs up is told from who doesn't speak HTTP."""
    if isinstance(error, httpx.RemoteProtocolError) and not str(error).startswith(("Server disc", "peer closed")):
        return ProtocolError("what it answers is not HTTP", "Is this the phone's own web port?")
    return translated(error)


def _unpacker(packing: str) -> "zlib._Decompress | None":
    match packing.strip().casefold():
        case "" | "identity":
            return None
        case "gzip" | "x-gzip" | "deflate":
            return zlib.decompressobj(zlib.MAX_WBITS | 32)  # told apart by their first bytes
    raise ProtocolError("an answer packed in a way that was not asked for")
