"""One connection to a phone's web server: one request at a time out, its answer in.

    connect ──► TLS handshake, pin or chain checked ──► open ──request──► waiting ──answer──► open
                        │                                 │                  │
                        └──────────── refused, broken, timed out, or more than was asked for ──────► closed

It is a protocol of asyncio's over TCP, and takes a channel of an SSH connection as its transport just as well. TLS is
inside of it, as bytes in and bytes out, so that nothing is written before the certificate was believed: asyncio's own
TLS takes no session to resume, keeps 256 KiB of buffer for each connection, and needs a transport of its own kind.
"""

import asyncio
import logging
import ssl
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Protocol
from weakref import WeakKeyDictionary

from phonetui.errors import Dropped, PhonetuiError
from phonetui.text import printable
from phonetui.tls import RECORD
from phonetui.transport.http_answer import AnswerReader, HttpAnswer
from phonetui.transport.status_errors import RefusedCertificate, translate
from phonetui.transport.tls_client import HandshakeQueue, TlsContext

READ_BUFFER = RECORD + 2**8
"""Bytes taken from a socket at a time: one record and what TLS puts around it. One buffer serves all connections of a
loop, as they are used up at once."""

_BUFFERS: WeakKeyDictionary[asyncio.AbstractEventLoop, memoryview] = WeakKeyDictionary()
_log = logging.getLogger(__name__)


class ByteTransport(Protocol):
    """What a connection stands on: a TCP transport of asyncio's, or a channel of asyncssh's, has this and more."""

    def write(self, data: bytes) -> None: ...
    def close(self) -> None: ...
    def abort(self) -> None: ...
    def pause_reading(self) -> None: ...
    def resume_reading(self) -> None: ...


class TlsEngine:
    """The client's side of one connection. Raises ssl.SSLErrors, also those of the context's own checks."""

    __slots__ = ("_check", "_incoming", "_object", "_outgoing", "has_ended", "is_open")

    def __init__(self, context: TlsContext, server_hostname: str, session: ssl.SSLSession | None = None) -> None:
        """`session` is an earlier connection's to the same server; whether it is resumed is up to the server.

        Raises ValueError for a name that no certificate can bear.
        """
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._check: Callable[[bytes], None] | None = None
        if not isinstance(context, ssl.SSLContext):
            self._check = context.check
            context = context.shared
        self._object = context.wrap_bio(self._incoming, self._outgoing, False, server_hostname, session)
        self.is_open = False
        """Whether the handshake, with all checks of the certificate, is complete."""
        self.has_ended = False
        """Whether the peer has ended its side."""

    @property
    def ssl_object(self) -> ssl.SSLObject:
        return self._object

    def receive(self, data: "bytes | memoryview") -> None:
        """Takes bytes from the network; `read` gives what they mean."""
        self._incoming.write(data)

    def receive_eof(self) -> None:
        self._incoming.write_eof()

    def handshake(self) -> bool:
        """Goes on with the handshake as far as what was received allows; returns whether it is complete.

        There may be something to send either way.
        """
        try:
            self._object.do_handshake()
        except ssl.SSLWantReadError:
            return False
        if self._check is not None:
            self._check(self._object.getpeercert(binary_form=True) or b"")
        self.is_open = True
        return True

    def read(self) -> bytes:
        """What was received, decrypted; empty where that takes more bytes, or where the peer has ended."""
        pieces = []
        try:
            while self._incoming.pending or self._object.pending():
                piece = self._object.read(RECORD)
                if not piece:
                    self.has_ended = True
                    break
                pieces.append(piece)
            else:
                self.has_ended = self.has_ended or self._incoming.eof
        except ssl.SSLWantReadError:
            self.has_ended = self.has_ended or self._incoming.eof
        except (ssl.SSLZeroReturnError, ssl.SSLEOFError):
            self.has_ended = True
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def write(self, data: bytes) -> None:
        """Encrypts bytes; `take_output` gives what is to be sent."""
        while data:
            data = data[self._object.write(data) :]  # a record at a time

    def take_output(self) -> bytes:
        """What is to be sent now; empty where there is nothing."""
        return self._outgoing.read() if self._outgoing.pending else b""

    def end(self) -> None:
        """Adds the close_notify alert."""
        with suppress(ssl.SSLError):  # the peer has not said so yet, and is not waited for
            self._object.unwrap()


class HttpConnection(asyncio.BufferedProtocol):
    """One connection, on which requests follow each other.

    It raises PhonetuiErrors alone, out of `ask` and of `opened`.
    """

    def __init__(self, tls: TlsEngine | None) -> None:
        """`tls` is None for plain HTTP."""
        self._loop = asyncio.get_running_loop()
        self._tls = tls
        self._transport: ByteTransport | None = None
        self._outcome: asyncio.Future[HttpAnswer | PhonetuiError | None] | None = self._loop.create_future()
        """What is waited for now: the opening, then answers. None of them is kept here."""
        self._reader: AnswerReader | None = None
        self._is_over = False
        self.is_open = False
        """Whether a request can be sent."""
        self.used_at = self._loop.time()
        """Monotonic second of the last answer."""
        self.has_answered = False

    @property
    def ssl_object(self) -> ssl.SSLObject | None:
        """The TLS session; None for plain HTTP, and before the handshake is complete."""
        return self._tls.ssl_object if self._tls is not None and self._tls.is_open else None

    async def opened(self) -> None:
        """Waits until requests can be sent; once. Raises PhonetuiErrors."""
        assert self._outcome is not None  # noqa: S101 - made with the connection
        outcome = await self._outcome
        self._outcome = None
        if isinstance(outcome, PhonetuiError):
            try:
                raise outcome
            finally:
                del outcome  # as in `ask`

    async def ask(self, request: bytes, reader: AnswerReader, seconds: float) -> HttpAnswer | None:
        """The answer; None where it isn't whole after `seconds`. Only one that came whole leaves the connection open.

        Raises PhonetuiErrors.
        """
        outcome: asyncio.Future[HttpAnswer | PhonetuiError | None] = self._loop.create_future()
        self._outcome, self._reader = outcome, reader
        timer = self._loop.call_later(seconds, self._expire)
        try:
            self._guarded(self._write, request)
            answer = await outcome
        finally:
            timer.cancel()
            self._outcome = None
            if self._reader is not None:
                self.abort()
            del outcome
        if isinstance(answer, PhonetuiError):
            try:
                raise answer
            finally:
                del answer  # its frames would hold it, and with it this connection and what TLS keeps for it
        return answer

    def close(self) -> None:
        """Ends the connection with TLS's close_notify, and without waiting for the other side's. Never raises."""
        if self.is_open and self._tls is not None:
            self._tls.end()
            self._guarded(self._flush)
        self.is_open, self._is_over = False, True
        if self._transport is not None:
            self._transport.close()

    def abort(self) -> None:
        """Ends the connection at once. Never raises."""
        self.is_open, self._is_over = False, True
        self._reader = None
        if self._transport is not None:
            self._transport.abort()

    # What the transport calls.

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        if self._is_over:
            transport.abort()  # whoever wanted it has given up
        elif self._tls is None:
            self._set_open()
        else:
            HandshakeQueue.of(self._loop).put(self._continue_handshake)

    def get_buffer(self, sizehint: int) -> memoryview:  # noqa: ARG002 - the protocol's signature
        buffer = _BUFFERS.get(self._loop)
        if buffer is None:
            buffer = _BUFFERS[self._loop] = memoryview(bytearray(READ_BUFFER))
        return buffer

    def buffer_updated(self, nbytes: int) -> None:
        self.data_received(_BUFFERS[self._loop][:nbytes])

    def data_received(self, data: bytes | memoryview) -> None:
        self._guarded(self._receive, data)

    def eof_received(self) -> None:
        self._guarded(self._receive_eof)

    def connection_lost(self, exc: Exception | None) -> None:
        self.is_open = False
        self._transport = None
        if self._reader is None or not self._reader.is_behind:
            self._fail(exc or Dropped("the connection broke"))

    # Their parts, which may raise.

    def _guarded(self, work: Callable[..., None], *arguments: Any) -> None:
        """Ends this connection where `work` fails, and nothing else: a tunnel below it has other phones' in it."""
        try:
            work(*arguments)
        except Exception as error:  # noqa: BLE001 - whatever it is, it must not reach the transport
            self._fail(error)

    def _receive(self, data: bytes | memoryview) -> None:
        if self._tls is None:
            self._take(data)
            return
        self._tls.receive(data)
        if self._tls.is_open:
            self._receive_decrypted(self._tls)
        else:
            HandshakeQueue.of(self._loop).put(self._continue_handshake)

    def _receive_decrypted(self, tls: TlsEngine) -> None:
        data = tls.read()
        self._flush()
        if data:
            self._take(data)
        if tls.has_ended:
            self._take_eof()

    def _receive_eof(self) -> None:
        if self._tls is None:
            self._take_eof()
            return
        self._tls.receive_eof()
        if not self._tls.is_open:
            self._handshake()
        self._receive_decrypted(self._tls)

    def _continue_handshake(self) -> None:
        if self._transport is not None and self._tls is not None and not self._tls.is_open:
            self._guarded(self._handshake)

    def _handshake(self) -> None:
        assert self._tls is not None  # noqa: S101 - of a connection with TLS alone
        try:
            is_through = self._tls.handshake()
        except RefusedCertificate:
            raise  # whoever shows another certificate than the pinned one gets no word more
        except ssl.SSLError:
            self._flush()  # the alert that says why
            raise
        self._flush()
        if is_through:
            self._set_open()
            self._receive_decrypted(self._tls)

    def _set_open(self) -> None:
        self.is_open = True
        self._set_outcome(None)

    def _write(self, data: bytes) -> None:
        if self._transport is None:
            raise Dropped("the connection broke")
        if self._tls is None:
            self._transport.write(data)
        else:
            self._tls.write(data)
            self._flush()

    def _flush(self) -> None:
        if self._tls is not None and self._transport is not None and (data := self._tls.take_output()):
            self._transport.write(data)

    def _take(self, data: bytes | memoryview) -> None:
        reader = self._reader
        if reader is None:  # what nobody asked for would be taken for the next answer
            self.close()
            return
        reader.receive(data)
        self._look_at(reader)

    def _take_eof(self) -> None:
        self.is_open = False
        reader = self._reader
        if reader is None:
            self.close()
            return
        reader.receive_eof()
        self._look_at(reader)

    def _look_at(self, reader: AnswerReader) -> None:
        """Hands the answer over, or goes on with it in another turn of the loop."""
        if reader.answer is not None:
            self._reader = None
            self.used_at = self._loop.time()
            self.has_answered = True
            self._set_outcome(reader.answer)
            if not (self.is_open and reader.keeps_open):
                self.close()
        elif reader.is_behind:
            if self._transport is not None:
                self._transport.pause_reading()
            self._loop.call_soon(self._guarded, self._catch_up, reader)

    def _catch_up(self, reader: AnswerReader) -> None:
        if self._reader is not reader:
            return
        reader.advance()
        self._look_at(reader)
        if not reader.is_behind and self._transport is not None:
            self._transport.resume_reading()
        elif not reader.is_behind and reader.answer is None:
            self._fail(Dropped("the connection broke"))

    def _expire(self) -> None:
        self._set_outcome(None)

    def _set_outcome(self, outcome: HttpAnswer | PhonetuiError | None) -> None:
        if self._outcome is not None and not self._outcome.done():
            self._outcome.set_result(outcome)

    def _fail(self, error: BaseException) -> None:
        if not isinstance(error, (PhonetuiError, OSError)):  # ssl.SSLErrors are OSErrors
            _log.error("fault in the program, in reading an answer", exc_info=error)
        self._set_outcome(self._translated(error))
        self.abort()

    def _translated(self, error: BaseException) -> PhonetuiError:
        if isinstance(error, ssl.SSLError) and self.ssl_object is not None:
            return Dropped(f"the connection broke: {printable(error.reason or str(error))}")
        return translate(error)
