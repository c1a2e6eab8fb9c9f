"""SIP messages (RFC 3261, 7 and 25) as far as a collector of reports needs them: strict, bounded, no sockets.

What is not as the grammar has it is refused as a whole, for everything that is answered is made of what was asked.
Header names are in small letters and long form here, whatever the wire has.
"""

import re
from collections.abc import Iterator, Sequence

from msgspec import Struct

from phonetui.errors import ProtocolError

MOST_BYTES = 32_768
"""The largest message taken; a UDP datagram has room for twice that."""
MOST_HEAD_BYTES = 8_192
MOST_HEADERS = 64
VERSION = "SIP/2.0"
BRANCH = "z9hG4bK"
"""The prefix of a transaction's branch (8.1.1.7)."""

_COMPACT = {
    "v": "via", "f": "from", "t": "to", "i": "call-id", "l": "content-length", "c": "content-type", "m": "contact",
    "o": "event", "u": "allow-events", "k": "supported", "e": "content-encoding", "s": "subject",
}  # fmt: skip
_WORD = r"[\w.!%*+`'~-]{1,64}"
_REQUEST = re.compile(rf"({_WORD}) (\S{{1,1024}}) SIP/2\.0", re.ASCII)
_STATUS = re.compile(r"SIP/2\.0 ([1-6]\d\d) ([^\r\n]{0,256})", re.ASCII)
_HEADER = re.compile(rf"({_WORD})[ \t]*:[ \t]*(.*)", re.ASCII | re.DOTALL)
_HARMFUL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_SEQUENCE = re.compile(rf"(\d{{1,10}})[ \t]+({_WORD})", re.ASCII)
_NEEDED = ("via", "from", "to", "call-id", "cseq")
"""Headers without which no answer can be made (8.1.1)."""
_ENDED = b"\r\n\r\n"

Headers = tuple[tuple[str, str], ...]


class SipSyntaxError(ProtocolError):
    """The input is no SIP message."""


class SipRequest(Struct, frozen=True):
    method: str
    uri: str
    headers: Headers
    body: bytes = b""

    def header(self, name: str) -> str:
        """The first header of that name; empty where there is none."""
        return next((value for known, value in self.headers if known == name), "")


class SipResponse(Struct, frozen=True):
    status: int
    reason: str
    headers: Headers
    body: bytes = b""

    def header(self, name: str) -> str:
        """The first header of that name; empty where there is none."""
        return next((value for known, value in self.headers if known == name), "")

    @property
    def branch(self) -> str:
        """The branch of the transaction that this answers."""
        return parameter(self.header("via"), "branch")


def parse_message(data: bytes) -> SipRequest | SipResponse:
    """Parses a message from a datagram, or cut out of a stream. Raises SipSyntaxError."""
    if len(data) > MOST_BYTES:
        raise SipSyntaxError(f"a message of {len(data)} bytes")
    head, end, rest = data.lstrip(b"\r\n").partition(_ENDED)
    if not end or len(head) > MOST_HEAD_BYTES:
        raise SipSyntaxError("a message without an end of its headers")
    first, *lines = _unfolded(head)
    headers = tuple(map(_header, lines))
    if len(headers) > MOST_HEADERS:
        raise SipSyntaxError(f"a message with {len(headers)} headers")
    length = content_length(headers)
    if length is not None and length > len(rest):
        raise SipSyntaxError(f"a body of {len(rest)} bytes instead of {length}")
    body = rest if length is None else rest[:length]
    if found := _STATUS.fullmatch(first):
        return SipResponse(int(found[1]), found[2], headers, body)
    requested = _REQUEST.fullmatch(first)
    if requested is None:
        raise SipSyntaxError("neither a request nor a response of SIP 2.0")
    request = SipRequest(requested[1], requested[2], headers, body)
    sequence = _SEQUENCE.fullmatch(request.header("cseq"))
    if not all(map(request.header, _NEEDED)) or sequence is None or sequence[2] != request.method:
        raise SipSyntaxError("a request without what an answer needs")
    return request


def frame_length(head: bytes) -> int:
    """Length in bytes of the body after `head`, which ends with an empty line. Raises SipSyntaxError."""
    _, *lines = _unfolded(head.removesuffix(_ENDED).lstrip(b"\r\n"))
    length = content_length(tuple(map(_header, lines)))
    if length is None:
        raise SipSyntaxError("a message without Content-Length in a stream")  # RFC 3261, 18.3
    return length


def content_length(headers: Headers) -> int | None:
    """None where there is none. Raises SipSyntaxError for several that differ, and for one beyond MOST_BYTES."""
    found = {value for name, value in headers if name == "content-length"}
    if not found:
        return None
    (word, *others) = found
    if others or not word.isascii() or not word.isdecimal() or len(word) > 6 or int(word) > MOST_BYTES:
        raise SipSyntaxError("a Content-Length that cannot be")
    return int(word)


def parameter(value: str, name: str) -> str:
    """`branch` of `SIP/2.0/UDP host;branch=z9hG4bK1;rport`; empty where it isn't there, or has no value."""
    for part in value.partition(",")[0].split(";")[1:]:
        known, _, word = part.partition("=")
        if known.strip().casefold() == name:
            return word.strip()
    return ""


def has_parameter(value: str, name: str) -> bool:
    return any(part.partition("=")[0].strip().casefold() == name for part in value.partition(",")[0].split(";")[1:])


def response(
    request: SipRequest, status: int, reason: str, source: tuple[str, int], more: Sequence[tuple[str, str]] = ()
) -> bytes:
    """The answer to a request that came from `source` (8.2.6); no longer than it by more than what is in `more`.

    `received` and `rport` go into the topmost Via (18.2.1, and RFC 3581).
    """
    copied: list[tuple[str, str]] = []
    for name, value in request.headers:
        if name == "via" and not any(known == "via" for known, _ in copied):
            copied.append((name, _received(value, source)))
        elif name in ("via", "from", "call-id", "cseq"):
            copied.append((name, value))
    to = request.header("to")
    copied.append(("to", to if parameter_of_address(to, "tag") else f"{to};tag=phonetui"))
    return _written(f"{VERSION} {status} {reason}", (*copied, *more), b"")


def request_bytes(method: str, uri: str, headers: Sequence[tuple[str, str]], body: bytes) -> bytes:
    """Raises SipSyntaxError where a header would break out of its line."""
    return _written(f"{method} {uri} {VERSION}", headers, body)


def parameter_of_address(value: str, name: str) -> str:
    """A parameter of a From, To or Contact header; where it has brackets, of those behind them."""
    return parameter(f";{value.rpartition('>')[2]}" if ">" in value else value, name)


def _received(via: str, source: tuple[str, int]) -> str:
    host, port = source
    first, comma, rest = via.partition(",")
    kept = [part for part in first.split(";") if part.partition("=")[0].strip().casefold() not in ("received", "rport")]
    asked = [f"rport={port}"] if has_parameter(first, "rport") else []
    return ";".join([*kept, f"received={host}", *asked]) + comma + rest


def reply_port(request: SipRequest, source_port: int) -> int:
    """Where an answer over UDP goes at the sender's address: its own port where it asks for that, else Via's."""
    via = request.header("via")
    if has_parameter(via, "rport"):
        return source_port
    sent_by = (via.partition(";")[0].partition(",")[0].split() or [""])[-1]
    port = sent_by.rpartition("]")[2].rpartition(":")[2] if ":" in sent_by.rpartition("]")[2] else ""
    return int(port) if port.isascii() and port.isdecimal() and 0 < len(port) < 6 and 0 < int(port) < 65536 else 5060


def _unfolded(head: bytes) -> Iterator[str]:
    """The lines of a head; one that begins with a blank goes on with the line before (7.3.1)."""
    text = head.decode("utf-8", "replace")
    yield from re.sub(r"\r\n[ \t]+", " ", text).split("\r\n")


def _header(line: str) -> tuple[str, str]:
    found = _HEADER.fullmatch(line)
    if found is None or _HARMFUL.search(found[2]):
        raise SipSyntaxError("a header that is none")
    name = found[1].lower()
    return _COMPACT.get(name, name), found[2].strip()


def _written(first: str, headers: Sequence[tuple[str, str]], body: bytes) -> bytes:
    lines = [first, *(f"{_NAMES.get(name, name.title())}: {value}" for name, value in headers)]
    if any(_HARMFUL.search(line) for line in lines):
        raise SipSyntaxError("a line that would be two")
    lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join(lines).encode() + _ENDED + body


_NAMES = {"call-id": "Call-ID", "cseq": "CSeq", "sip-etag": "SIP-ETag"}
