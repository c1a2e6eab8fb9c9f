"""Reading an HTTP answer from a server that may mean harm: its size, its pieces, its packing."""

import asyncio
import zlib
from collections.abc import Iterator

import httpx

from phonetui.errors import PhonetuiError, ProtocolError
from phonetui.transport.failure import translated
from phonetui.transport.measured import Measured

PACKINGS = "gzip"
"""What we say that we take."""
PIECES = 2**14
"""Of one body: a phone's server may send line by line, but not byte by byte."""
STEP = 2**16
"""Bytes that are unpacked at a time."""
TURN = 256
"""Pieces after which everything else has its turn: what has arrived already is never waited for."""


async def body(response: httpx.Response, cap: int) -> bytes:
    """Unpacked and whole. Raises ProtocolError where it has more than `cap` bytes."""
    whole = bytearray()
    if not await _read(response, cap, whole):
        raise ProtocolError(f"an answer of more than {cap // 2**20} MiB")
    return bytes(whole)


async def beginning(response: httpx.Response, cap: int) -> tuple[bytes, bool]:
    """At most the first `cap` bytes, unpacked, and whether that is all. Raises ProtocolError."""
    whole = bytearray()
    is_whole = await _read(response, cap, whole)
    return bytes(whole[:cap]), is_whole


async def _read(response: httpx.Response, cap: int, whole: bytearray) -> bool:
    """Adds the body to `whole`; False as soon as that is more than `cap` bytes.

    The library's own unpacking makes 64 MB of 64 KB at a stroke before anybody can count them.
    """
    unpack = _unpacker(response.headers.get("Content-Encoding", ""))
    stream = response.extensions.get("network_stream")
    if isinstance(stream, Measured):
        stream.begun()
    pieces = 0
    async for piece in response.aiter_raw():
        for part in _unpacked(piece, unpack):
            whole += part
            if len(whole) > cap:
                return False
        pieces += 1
        if pieces > PIECES:
            raise ProtocolError(f"an answer in more than {PIECES:,} pieces")
        if pieces % TURN == 0:
            await asyncio.sleep(0)
    return True


def _unpacked(piece: bytes, unpack: "zlib._Decompress | None") -> Iterator[bytes]:
    """Bit by bit, so that whoever counts can stop."""
    if unpack is None:
        yield piece
        return
    try:
        while piece:
            yield unpack.decompress(piece, STEP)
            piece = unpack.unconsumed_tail
    except zlib.error as error:
        raise ProtocolError("an answer that cannot be unpacked") from error


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
