"""Reads one HTTP answer as its bytes arrive, with limits on its head, its chunks and its body.

    bytes ──► head of the plain form? ──yes──► so many bytes of body ──► whole
                      │                                                   ▲
                      └──anything else──► h11: interim answers, chunks, HTTP/1.0, the end of the connection

The plain form is what web servers send nearly always: one status line of HTTP/1.1, fields of visible ASCII, one length.
h11 takes 80 µs for such an answer and one expression 7 µs; whatever that does not match whole is h11's to judge.

No sockets and no clock: bytes go in, and an answer, an error, or the wish for another turn comes out.
"""

import re
import zlib
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

import h11
from msgspec import Struct

from phonetui.errors import Dropped, ProtocolError

HEAD_CAP = 2**17
"""Bytes until an answer's head is whole, with the interim ones before it (RFC 9110 15.2), which may be any number."""
FIELDS_CAP = 100 * 2**10
"""Bytes of one head, and of the trailer behind chunks."""
PIECES_CAP = 2**14
"""Of one body: a phone's server may send line by line, but not byte by byte."""
STEP = 2**14
"""Bytes that are unpacked at a time: a packed answer could become any size at a stroke."""
TURN = 64
"""Steps at a stroke, of some 10 µs each; then everything else has its turn."""

_PLAIN = re.compile(
    rb"HTTP/1\.1 ([2-5]\d\d)(?: ([\t -~]*+))?\r\n((?:[-!#$%&'*+.^_`|~0-9A-Za-z]++:[\t -~]*+\r\n)*+)\r\n"
)
_PLAIN_START = b"HTTP/1.1 "
_PLAIN_CAP = 2**13
"""Bytes of a head that is waited for before it is looked at."""
_FIELD = re.compile(rb"(?im)^(content-length|content-encoding|transfer-encoding|connection):([^\r]*)\r$")
"""Fields that say how the answer goes on."""
_LENGTH = re.compile(rb"\d{1,12}")
_PORT = "Is this the phone's own web port?"
_EMPTY = (204, 304)
"""These have no body, whatever their fields say (RFC 9112 6.3)."""


class AnswerHeaders(Mapping[str, str]):
    """Header fields, by name in whatever case: the first of each. They are taken apart when somebody looks."""

    __slots__ = ("_pairs", "_raw")

    def __init__(self, raw: bytes = b"", pairs: tuple[tuple[bytes, bytes], ...] = ()) -> None:
        """Lines as they came, or the fields one by one."""
        self._raw, self._pairs = raw, pairs

    @property
    def pairs(self) -> tuple[tuple[str, str], ...]:
        """All headers in their order, names in lower case."""
        if self._raw:
            lines = (line.partition(b":") for line in self._raw.split(b"\r\n") if line)
            self._pairs = tuple((name, value.strip(b" \t")) for name, _, value in lines)
            self._raw = b""
        return tuple((name.lower().decode("latin-1"), value.decode("latin-1")) for name, value in self._pairs)

    def __getitem__(self, name: str) -> str:
        wanted = name.lower()
        for known, value in self.pairs:
            if known == wanted:
                return value
        raise KeyError(name)

    def __iter__(self) -> Iterator[str]:
        return iter(dict(self.pairs))

    def __len__(self) -> int:
        return len(dict(self.pairs))


class HttpAnswer(Struct, frozen=True):
    """An answer, its body unpacked."""

    status: int
    reason: str
    """The reason phrase; may be empty."""
    headers: AnswerHeaders
    """Of interim answers none."""
    body: bytes
    is_whole: bool = True
    """False where the body has more bytes than were wanted."""

    @property
    def is_success(self) -> bool:
        return 200 <= self.status < 300


@lru_cache
def _request(method: str, *, upgrade: bool) -> h11.Request:
    """What h11 needs to know of a request to read its answer."""
    headers = [("Host", "phone"), *([("Upgrade", "websocket")] if upgrade else [])]
    return h11.Request(method=method, target="/", headers=headers)


class AnswerReader:
    """Reads the answer to one request."""

    __slots__ = (
        "_body", "_body_cap", "_buffer", "_has_ended", "_headers", "_is_cut", "_keeps", "_left", "_method", "_packed",
        "_parser", "_pieces", "_reason", "_seen", "_status", "_surplus", "_unpacker", "_upgrade", "_waits_for_head",
        "answer", "is_behind",
    )  # fmt: skip

    def __init__(self, method: str, body_cap: int, *, cut: bool = False, upgrade: bool = False) -> None:
        """`body_cap` in bytes, unpacked. A body of more is an error, or cut off there where `cut` is set.

        `upgrade` is whether the request proposes another protocol: 101 is an answer then.
        """
        self.answer: HttpAnswer | None = None
        """The answer, once it is complete."""
        self.is_behind = False
        """Whether there is more to do with what has arrived: `advance` goes on, in another turn of the loop."""
        self._method, self._upgrade = method, upgrade
        self._body_cap, self._is_cut = body_cap, cut
        self._buffer = b""
        self._waits_for_head = True
        self._parser: h11.Connection | None = None
        self._seen = 0
        self._pieces = 0
        self._status = 0
        self._reason = b""
        self._headers = AnswerHeaders()
        self._left = 0
        self._body = bytearray()
        self._packed = b""
        self._unpacker: Any = None
        self._keeps = False
        self._surplus = False
        self._has_ended = False

    @property
    def has_begun(self) -> bool:
        """Whether any byte of an answer has come."""
        return self._seen > 0

    @property
    def keeps_open(self) -> bool:
        """Whether the connection can take the next request, once this answer is whole."""
        return self._keeps and not self._surplus

    def receive(self, data: "bytes | bytearray | memoryview") -> None:
        """Takes what arrived. Raises ProtocolError; sets `answer` or `is_behind`."""
        self._seen += len(data)
        if self._parser is not None:
            self._parser.receive_data(bytes(data))
            if not self._status and self._seen > HEAD_CAP:
                raise ProtocolError("an answer that never begins", _PORT)
            self.advance()
        elif self._waits_for_head:
            self._receive_head(data)
        else:
            self._receive_body(bytes(data))

    def receive_eof(self) -> None:
        """Takes the end of the connection. Raises Dropped where the answer needed more, else as `receive`."""
        self._has_ended = True
        if not self._status or (self._parser is None and self._left):
            raise _broken()
        if self._parser is not None:
            self._parser.receive_data(b"")
        self.advance()

    def advance(self) -> None:
        """Does at most TURN steps. Raises ProtocolError, and Dropped after the end of the connection."""
        for _ in range(TURN):
            if not self._step():
                self.is_behind = False
                return
        self.is_behind = True

    def _step(self) -> bool:
        """Whether there may be another one."""
        if self._packed:
            self._unpack()
        elif self._parser is not None:
            return self._read_event(self._parser) and self.answer is None
        elif self._left == 0:
            self._finish()
        else:
            return False
        return self.answer is None

    def _receive_head(self, data: "bytes | bytearray | memoryview") -> None:
        buffer = self._buffer = self._buffer + bytes(data)
        known = buffer[: len(_PLAIN_START)]
        is_likely = _PLAIN_START.startswith(known)
        if is_likely and b"\r\n\r\n" not in buffer and b"\n\n" not in buffer and len(buffer) < _PLAIN_CAP:
            return
        self._waits_for_head = False
        self._buffer = b""
        plain = _PLAIN.match(buffer) if is_likely else None
        if plain is not None and self._take_plain(plain):
            self._receive_body(buffer[plain.end() :])
            return
        self._parser = h11.Connection(h11.CLIENT, max_incomplete_event_size=FIELDS_CAP)
        self._parser.send(_request(self._method, upgrade=self._upgrade))
        self._parser.send(h11.EndOfMessage())
        self._parser.receive_data(buffer)
        self.advance()

    def _take_plain(self, head: "re.Match[bytes]") -> bool:
        """Whether a head says nothing but how long the body is, and perhaps how it is packed."""
        status, fields, length, packing = int(head[1]), head[3], b"", b""
        if status in _EMPTY or self._method in ("HEAD", "CONNECT"):
            return False
        for name, value in _FIELD.findall(fields):
            match name.lower():
                case b"content-length" if not length and _LENGTH.fullmatch(value.strip(b" \t")):
                    length = value.strip(b" \t")
                case b"content-encoding" if not packing:
                    packing = value
                case b"connection" if value.strip(b" \t").lower() == b"keep-alive":
                    pass
                case _:
                    return False
        if not length:
            return False
        self._keeps = True
        self._left = int(length)
        self._begin(status, head[2] or b"", AnswerHeaders(fields), packing)
        if self._left > self._body_cap and self._unpacker is None and not self._is_cut:
            raise self._too_large()
        return True

    def _receive_body(self, data: bytes) -> None:
        """Receives a body of known length."""
        if len(data) > self._left:
            self._surplus = True
            data = data[: self._left]
        self._left -= len(data)
        self._take_piece(data)
        self.advance()

    def _read_event(self, parser: h11.Connection) -> bool:
        """One event of h11; False where it needs more bytes."""
        try:
            event = parser.next_event()
        except h11.RemoteProtocolError as error:
            raise (_broken() if self._has_ended else ProtocolError("what it answers is not HTTP", _PORT)) from error
        match event:
            case h11.Data():
                self._take_piece(bytes(event.data))
            case h11.EndOfMessage():
                self._keeps = not self._has_ended and (self._keeps or parser.their_state is h11.DONE)
                self._surplus = bool(parser.trailing_data[0])
                self._finish()
            case h11.Response():
                self._keeps = _is_kept_by_http10(event)
                packing = b",".join(value for name, value in event.headers if name == b"content-encoding")
                self._begin(event.status_code, event.reason, _headers_of(event), packing)
            case h11.InformationalResponse(status_code=101):
                self._begin(101, event.reason, _headers_of(event), b"")
                self._finish()
            case h11.InformationalResponse():
                pass
            case _:
                return False
        return True

    def _begin(self, status: int, reason: bytes, headers: AnswerHeaders, packing: bytes) -> None:
        self._status, self._reason, self._headers = status, reason, headers
        match packing.strip(b" \t").lower():
            case b"" | b"identity":
                pass
            case b"gzip" | b"x-gzip" | b"deflate":
                self._unpacker = zlib.decompressobj(zlib.MAX_WBITS | 32)  # told apart by their first bytes
            case _:
                raise ProtocolError("an answer packed in a way that was not asked for")

    def _take_piece(self, data: bytes) -> None:
        if not data:
            return
        self._pieces += 1
        if self._pieces > PIECES_CAP:
            raise ProtocolError(f"an answer in more than {PIECES_CAP:,} pieces")
        if self._unpacker is not None:
            self._packed += data
        else:
            self._keep(data)

    def _unpack(self) -> None:
        try:
            piece = self._unpacker.decompress(self._packed, STEP)
        except zlib.error as error:
            raise _packed_wrongly() from error
        self._packed = self._unpacker.unconsumed_tail
        if self._unpacker.unused_data:  # the unpacker would keep all that comes behind the end
            raise _packed_wrongly()
        self._keep(piece)

    def _keep(self, data: bytes) -> None:
        self._body += data
        if len(self._body) > self._body_cap:
            if not self._is_cut:
                raise self._too_large()
            del self._body[self._body_cap :]
            self._keeps = False
            self._set_answer(is_whole=False)

    def _finish(self) -> None:
        if self._unpacker is not None and self._pieces:
            try:
                self._keep(self._unpacker.flush())  # a few hundred bytes at most
            except zlib.error as error:
                raise _packed_wrongly() from error
            if not self._unpacker.eof:
                raise _packed_wrongly()
        if self.answer is None:
            self._set_answer(is_whole=True)

    def _set_answer(self, *, is_whole: bool) -> None:
        reason = self._reason.decode("latin-1")
        self.answer = HttpAnswer(self._status, reason, self._headers, bytes(self._body), is_whole)

    def _too_large(self) -> ProtocolError:
        return ProtocolError(f"an answer of more than {self._body_cap // 2**20} MiB")


def _headers_of(head: h11.Response | h11.InformationalResponse) -> AnswerHeaders:
    return AnswerHeaders(pairs=tuple((bytes(name), bytes(value)) for name, value in head.headers))


def _is_kept_by_http10(head: h11.Response) -> bool:
    """Whether a server of HTTP/1.0 keeps the connection open and says where the body ends, as many small ones do.

    h11 takes every connection of HTTP/1.0 for one that ends with its first answer.
    """
    fields = dict(head.headers)
    return (
        head.http_version == b"1.0"
        and b"keep-alive" in fields.get(b"connection", b"").lower()
        and b"transfer-encoding" not in fields
        and b"content-length" in fields
    )


def _packed_wrongly() -> ProtocolError:
    return ProtocolError("an answer that cannot be unpacked")


def _broken() -> Dropped:
    return Dropped("the connection broke: the phone hung up before its answer was whole")
