"""A SIP client for single requests over UDP: a non-INVITE transaction each (RFC 3261, 17.1.2), its answer checked."""

import asyncio
import secrets
import socket
from collections.abc import Sequence
from contextlib import suppress

from phonetui.config.address import SipUri
from phonetui.errors import CommandRefused, TimedOut, Unreachable
from phonetui.voice_reports.sip_message import (
    BRANCH,
    VERSION,
    SipResponse,
    SipSyntaxError,
    parse_message,
    request_bytes,
)

T1_S, T2_S = 0.5, 4.0
"""The first and the longest interval between retransmissions (RFC 3261, 17.1.2.1)."""
TIMER_F_S = 64 * T1_S
"""Seconds after which a request has failed (RFC 3261, Timer F)."""


class SipClient:
    """One connected UDP socket; several requests may be in flight."""

    def __init__(self, uri: SipUri, agent: str) -> None:
        self._uri = uri
        self._agent = agent
        self._transport: asyncio.DatagramTransport | None = None
        self._waiting: dict[str, asyncio.Future[SipResponse]] = {}
        """Waiting requests by the branch of their transaction."""
        self._opening = asyncio.Lock()

    async def request(self, method: str, sender: str, headers: Sequence[tuple[str, str]], body: bytes) -> SipResponse:
        """The final answer, which is a success. `sender` is the URI in From.

        Raises Unreachable, TimedOut, and CommandRefused with the collector's own words.
        """
        transport = await self._opened()
        branch = BRANCH + secrets.token_hex(8)
        host, port = transport.get_extra_info("sockname")[:2]
        via = f"[{host}]" if ":" in host else host
        head = (
            ("via", f"{VERSION}/UDP {via}:{port};branch={branch};rport"),
            ("max-forwards", "70"),
            ("from", f"<{sender}>;tag={secrets.token_hex(4)}"),
            ("to", f"<{self._uri}>"),
            ("call-id", secrets.token_hex(12)),
            ("cseq", f"1 {method}"),
            ("user-agent", self._agent),
            *headers,
        )
        answer = await self._exchange(transport, branch, request_bytes(method, str(self._uri), head, body))
        if answer.status >= 300:
            words = f"{self._uri} answered {answer.status} {answer.reason}".rstrip()
            raise CommandRefused(words, "It asks for a log-in" if answer.status in (401, 407) else "")
        return answer

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()
        self._transport = None

    async def _exchange(self, transport: asyncio.DatagramTransport, branch: str, message: bytes) -> SipResponse:
        loop = asyncio.get_running_loop()
        future = self._waiting[branch] = loop.create_future()
        pause_s, until = T1_S, loop.time() + TIMER_F_S
        try:
            while loop.time() < until:
                transport.sendto(message)
                with suppress(TimeoutError):
                    async with asyncio.timeout(min(pause_s, until - loop.time())):
                        return await asyncio.shield(future)
                pause_s = min(2 * pause_s, T2_S)
            raise TimedOut(f"a report at {self._uri}", TIMER_F_S)
        finally:
            del self._waiting[branch]
            future.cancel()

    async def _opened(self) -> asyncio.DatagramTransport:
        async with self._opening:
            if self._transport is None or self._transport.is_closing():
                loop = asyncio.get_running_loop()
                try:
                    self._transport, _ = await loop.create_datagram_endpoint(
                        lambda: _Responses(self), remote_addr=(self._uri.host, self._uri.port)
                    )
                except OSError as error:
                    reason = "name" if isinstance(error, socket.gaierror) else "no-route"
                    raise Unreachable(f"{self._uri}: {error.strerror or error}", reason=reason) from error
            return self._transport

    def take(self, data: bytes) -> None:
        """Takes an answer; provisional ones, and those to no request in flight, are ignored."""
        try:
            answer = parse_message(data)
        except SipSyntaxError:
            return
        if isinstance(answer, SipResponse) and answer.status >= 200:
            future = self._waiting.get(answer.branch)
            if future is not None and not future.done():
                future.set_result(answer)


class _Responses(asyncio.DatagramProtocol):
    """The socket is connected: nothing comes in but from where the requests go."""

    def __init__(self, client: SipClient) -> None:
        self._client = client

    def datagram_received(self, data: bytes, _: tuple[str, int]) -> None:
        self._client.take(data)

    def error_received(self, exc: Exception) -> None:
        """The port is closed at the moment: the request is retransmitted, as after a loss."""
