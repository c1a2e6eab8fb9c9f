"""Answers as bytes: what phones' little servers send, what they must not, and the same whichever way it is read."""

import contextlib
import gzip
import re
import time
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from phonetui.errors import Dropped, PhonetuiError, ProtocolError
from phonetui.transport import http_answer
from phonetui.transport.http_answer import TURN, AnswerReader, HttpAnswer
from tests.pace import slowness

CAP = 2**20
XML = b"<Status><Standby><Level>Off</Level></Standby></Status>"
NEVER = re.compile(rb"(?!)")


def read(raw: bytes, size: int = 2**16, *, ends: bool = True, **options: bool) -> tuple[HttpAnswer, AnswerReader]:
    """The answer in `raw`, that arrives in pieces of `size`; with `ends` the server then hangs up."""
    reader = AnswerReader("GET", CAP, **options)
    for at in range(0, len(raw), size):
        reader.receive(raw[at : at + size])
        caught_up(reader)
        if reader.answer is not None:
            break
    else:
        if ends:
            reader.receive_eof()
            caught_up(reader)
    assert reader.answer is not None
    return reader.answer, reader


def caught_up(reader: AnswerReader) -> int:
    """In how many turns."""
    for turn in range(100_000):
        if not reader.is_behind:
            return turn
        reader.advance()
    raise AssertionError("it never catches up")


def whole(*fields: str, body: bytes = XML, start: str = "HTTP/1.1 200 OK") -> bytes:
    return "\r\n".join((start, *fields, "", "")).encode("latin-1") + body


LENGTH = f"Content-Length: {len(XML)}"
PACKED = gzip.compress(XML)
CHUNKS = b"7;name=value\r\n<Status\r\n1;a=b \r\n>\r\n" + b"%x\r\n%b\r\n0\r\n" % (len(XML) - 8, XML[8:])

SENT: dict[str, tuple[bytes, bool]] = {
    "plain": (whole(LENGTH), True),
    "plain, kept open in words": (whole(LENGTH, "Connection: Keep-Alive"), True),
    "no reason": (whole(LENGTH, start="HTTP/1.1 200"), True),
    "an empty reason": (whole(LENGTH, start="HTTP/1.1 200 "), True),
    "fields of other letters": (whole("X-Name: Z\xfcrich", LENGTH), True),
    "the length twice": (whole(LENGTH, LENGTH), True),
    "the length once in a list": (whole(f"Content-Length: {len(XML)}, {len(XML)}"), True),
    "it says that it closes": (whole(LENGTH, "Connection: close"), False),
    "line feeds alone": (whole(LENGTH).replace(b"\r\n", b"\n"), True),
    "a folded field": (whole("X-Name: one\r\n two", LENGTH), True),
    "100 before it": (b"HTTP/1.1 100 Continue\r\n\r\n" + whole(LENGTH), True),
    "102 and 103 before it": (
        b"HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + whole(LENGTH), True,
    ),
    "chunks with extensions": (whole("Transfer-Encoding: chunked", body=CHUNKS + b"\r\n"), True),
    "chunks with a trailer": (whole("Transfer-Encoding: chunked", body=CHUNKS + b"X-Sum: 7\r\nX-More: 8\r\n\r\n"), True),
    "chunks and a length": (whole("Transfer-Encoding: chunked", "Content-Length: 3", body=CHUNKS + b"\r\n"), True),
    "until it hangs up": (whole(), False),
    "HTTP/1.0": (whole(LENGTH, start="HTTP/1.0 200 OK"), False),
    "HTTP/1.0 until it hangs up": (whole(start="HTTP/1.0 200 OK"), False),
    "HTTP/1.0, kept open": (whole(LENGTH, "Connection: keep-alive", start="HTTP/1.0 200 OK"), True),
    "HTTP/1.0, kept open without a length": (whole("Connection: keep-alive", start="HTTP/1.0 200 OK"), False),
    "packed": (whole("Content-Encoding: gzip", f"Content-Length: {len(PACKED)}", body=PACKED), True),
    "packed, by its old name": (whole("Content-Encoding: X-GZip", f"Content-Length: {len(PACKED)}", body=PACKED), True),
    "packed by zlib": (whole("Content-Encoding: deflate", body=zlib.compress(XML)), False),
    "packed until it hangs up": (whole("Content-Encoding: gzip", body=PACKED), False),
    "packed in chunks": (
        whole("Content-Encoding: gzip", "Transfer-Encoding: chunked", body=b"%x\r\n%b\r\n0\r\n\r\n" % (len(PACKED), PACKED)),
        True,
    ),
    "not packed, in words": (whole("Content-Encoding: identity", LENGTH), True),
}  # fmt: skip


@pytest.mark.parametrize("size", [1, 7, 2**16])
@pytest.mark.parametrize("name", SENT)
def test_what_small_servers_send(name: str, size: int) -> None:
    raw, keeps_open = SENT[name]
    answer, reader = read(raw, size)
    assert (answer.status, answer.body, answer.is_whole) == (200, XML, True)
    assert reader.keeps_open is keeps_open
    assert reader.has_begun


@pytest.mark.parametrize("start", ["204 No Content", "304 Not Modified"])
def test_answers_without_a_body_end_with_their_head(start: str) -> None:
    answer, reader = read(whole("Content-Length: 5", body=b"", start=f"HTTP/1.1 {start}"), ends=False)
    assert (answer.body, reader.keeps_open) == (b"", True)


def test_an_empty_packed_body_is_empty() -> None:
    answer, _ = read(whole("Content-Encoding: gzip", "Content-Length: 0", body=b""), ends=False)
    assert answer.body == b""


def test_headers_are_found_in_whatever_case_and_never_taken_from_an_interim_answer() -> None:
    interim = b"HTTP/1.1 103 Early Hints\r\nX-One: early\r\n\r\n"
    for before in (b"", interim):
        answer, _ = read(before + whole("x-ONE:  first ", "X-Two:2", "X-One: second", LENGTH))
        assert answer.headers.get("X-one") == answer.headers["x-one"] == "first"
        assert answer.headers.get("X-Three", "none") == "none"
        assert answer.headers.pairs[:3] == (("x-one", "first"), ("x-two", "2"), ("x-one", "second"))


@pytest.mark.parametrize("upgrade", [True, False])
def test_another_protocol_is_an_answer_only_where_one_was_proposed(upgrade: bool) -> None:
    raw = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n\x81\x05hello"
    if upgrade:
        answer, reader = read(raw, upgrade=True)
        assert (answer.status, answer.body, reader.keeps_open) == (101, b"", False)
    else:
        with pytest.raises(ProtocolError, match="not HTTP"):
            read(raw)


@pytest.mark.parametrize("name", SENT)
def test_an_end_before_the_end_is_a_broken_connection(name: str) -> None:
    raw, _ = SENT[name]
    ends_with_the_connection = b"\r\nContent-Length" not in raw.replace(b"\n", b"\r\n") and b"chunked" not in raw
    for length in range(raw.index(b"\n\r\n") + 3 if b"\n\r\n" in raw and ends_with_the_connection else len(raw)):
        with pytest.raises(Dropped, match="the connection broke"):
            read(raw[:length])


@pytest.mark.parametrize("name", [name for name in SENT if "hangs up" not in name and "zlib" not in name])
def test_an_answer_too_many_ends_the_connection(name: str) -> None:
    raw, _ = SENT[name]
    if "without a length" in name:
        return
    answer, reader = read(raw + whole(LENGTH, body=b"x" * len(XML)))
    assert answer.body == XML
    assert not reader.keeps_open


REFUSED: dict[str, tuple[bytes, str]] = {
    "another language": (b"SSH-2.0-OpenSSH\r\n\r\n", "not HTTP"),
    "TLS": (b"\x15\x03\x01\x00\x02\x02\x46\r\n\r\n", "not HTTP"),
    "a line of its own kind": (b"HTTP/1.1 2000 OK\r\n\r\n", "not HTTP"),
    "a field without a name": (whole(": nothing", LENGTH), "not HTTP"),
    "a field with a blank in its name": (whole("X Y: z", LENGTH), "not HTTP"),
    "a field with a zero": (whole("X: \x00", LENGTH), "not HTTP"),
    "lengths that disagree": (whole("Content-Length: 1", "Content-Length: 2"), "not HTTP"),
    "a length that is no number": (whole("Content-Length: +5"), "not HTTP"),
    "an unknown transfer": (whole("Transfer-Encoding: gzip, chunked"), "not HTTP"),
    "a chunk without a length": (whole("Transfer-Encoding: chunked", body=b"xyz\r\n"), "not HTTP"),
    "a chunk longer than it says": (whole("Transfer-Encoding: chunked", body=b"1\r\nab\r\n0\r\n\r\n"), "not HTTP"),
    "a packing that nobody wanted": (whole("Content-Encoding: br", LENGTH), "not asked for"),
    "packed twice": (whole("Content-Encoding: gzip", "Content-Encoding: gzip", LENGTH), "not asked for"),
    "not packed at all": (whole("Content-Encoding: gzip", LENGTH), "unpacked"),
    "packed, and cut": (
        whole("Content-Encoding: gzip", f"Content-Length: {len(PACKED) - 9}", body=PACKED[:-9]), "unpacked",
    ),
    "packed, with more behind": (whole("Content-Encoding: gzip", body=PACKED + bytes(2**18)), "unpacked"),
    "a length beyond the cap": (whole(f"Content-Length: {CAP + 1}"), "more than 1 MiB"),
    "a body beyond the cap": (whole(body=bytes(CAP + 1)), "more than 1 MiB"),
    "chunks beyond the cap": (
        whole("Transfer-Encoding: chunked", body=b"10000\r\n%b\r\n" % bytes(2**16) * 17), "more than 1 MiB"
    ),
    "a head that never ends": (b"HTTP/1.1 200 OK\r\n" + b"X-Header: and another one\r\n" * 10_000, "not HTTP"),
    "a line that never ends": (b"HTTP/1.1 200 " + b"O" * 2**18, "not HTTP"),
    "a trailer that never ends": (
        whole("Transfer-Encoding: chunked", body=b"0\r\n" + b"X-Header: and another one\r\n" * 10_000), "not HTTP",
    ),
    "interim answers without end": (b"HTTP/1.1 100 Continue\r\n\r\n" * 10_000, "never begins"),
    "one byte after the other": (whole("Transfer-Encoding: chunked", body=b"1\r\n \r\n" * 20_000), "16,384 pieces"),
}  # fmt: skip


@pytest.mark.parametrize("size", [1_000, 2**16])
@pytest.mark.parametrize("name", REFUSED)
def test_what_is_not_taken(name: str, size: int) -> None:
    raw, words = REFUSED[name]
    with pytest.raises(ProtocolError, match=words):
        read(raw, size)


@pytest.mark.parametrize("name", ["a length beyond the cap", "a body beyond the cap", "chunks beyond the cap"])
def test_where_a_beginning_is_enough_it_is_cut(name: str) -> None:
    answer, reader = read(REFUSED[name][0] + bytes(CAP + 1), cut=True)
    assert (len(answer.body), answer.is_whole, reader.keeps_open) == (CAP, False, False)


def test_a_body_of_just_the_cap_is_whole() -> None:
    answer, _ = read(whole(f"Content-Length: {CAP}", body=bytes(CAP)))
    assert len(answer.body) == CAP


def _bomb() -> bytes:
    return whole("Content-Encoding: gzip", body=gzip.compress(bytes(2**24)))


@pytest.mark.parametrize("raw", [_bomb(), REFUSED["one byte after the other"][0], REFUSED["interim answers without end"][0]])  # fmt: skip
def test_no_turn_is_long(raw: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """However much comes at a stroke: after TURN steps whoever else waits is let in."""
    steps, step = 0, AnswerReader._step

    def counted(self: AnswerReader) -> bool:
        nonlocal steps
        steps += 1
        return step(self)

    monkeypatch.setattr(AnswerReader, "_step", counted)
    reader, turns = AnswerReader("GET", CAP), 0

    def take_all() -> None:
        nonlocal turns
        while True:
            turns += 1
            reader.advance() if reader.is_behind else reader.receive(raw[: 2**16])
            assert steps <= turns * TURN

    with pytest.raises(ProtocolError):
        take_all()


@pytest.mark.live
def test_beyond_its_cap_an_answer_costs_nothing_more() -> None:
    """Seconds of CPU of the turn in which it is refused, the best of some."""
    names = ("interim answers without end", "a head that never ends", "a body beyond the cap")
    took = {
        name: _last_turn_s(raw)
        for name, raw in {"packed": _bomb(), **{name: REFUSED[name][0] for name in names}}.items()
    }
    allowed = 0.001 * slowness()
    assert {name: seconds for name, seconds in took.items() if seconds > allowed} == {}


def _last_turn_s(raw: bytes) -> float:
    took = []
    for _ in range(3):
        reader, began = AnswerReader("GET", CAP), 0.0
        with contextlib.suppress(ProtocolError):
            while True:
                began = time.process_time()
                reader.advance() if reader.is_behind else reader.receive(raw[: 2**16])
        took.append(time.process_time() - began)
    return min(took)


def test_what_is_packed_is_never_kept_beyond_the_cap() -> None:
    reader = AnswerReader("GET", CAP)
    reader.receive(whole("Content-Encoding: gzip", body=b""))
    reader.receive(gzip.compress(bytes(2**23)))
    with pytest.raises(ProtocolError, match="more than 1 MiB"):
        caught_up(reader)
    assert len(reader._body) <= CAP + http_answer.STEP


def outcome(raw: bytes, size: int) -> object:
    try:
        answer, reader = read(raw, size)
    except PhonetuiError as error:
        return type(error)
    return answer.status, answer.body, answer.reason, answer.headers.pairs, reader.keeps_open


names = st.sampled_from(["Content-Length", "content-length", "Content-Encoding", "Connection", "Transfer-Encoding", "X-A", "Date"])  # fmt: skip
values = st.sampled_from(
    ["5", "0", "7", "gzip", "identity", "close", "keep-alive", "chunked", "a b", "", "\xe9", "x\ty"]
)
ends = st.sampled_from(["\r\n", "\r\n", "\r\n", "\n"])
fields = st.lists(st.tuples(names, st.sampled_from([":", ": ", ":  ", " :"]), values, ends).map("".join), max_size=5)
starts = st.sampled_from(["HTTP/1.1 200 OK", "HTTP/1.1 204 No", "HTTP/1.1 404", "HTTP/1.0 200 OK", "HTTP/1.1 100 Go", "HTTP/2 200"])  # fmt: skip
bodies = st.sampled_from([b"", b"hello", b"hello, world", b"5\r\nhello\r\n0\r\n\r\n", gzip.compress(b"hello")])
answers = st.builds(lambda start, end, lines, body: (start + end + "".join(lines)).encode("latin-1") + b"\r\n" + body, starts, ends, fields, bodies)  # fmt: skip


@given(answers, st.sampled_from([1, 3, 2**16]))
def test_the_plain_form_is_read_as_h11_reads_it(raw: bytes, size: int) -> None:
    ours = outcome(raw, size)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(http_answer, "_PLAIN", NEVER)
        assert ours == outcome(raw, size)


@given(st.binary(max_size=300), st.sampled_from([b"", b"HTTP/1.1 200 OK\r\n", whole("Transfer-Encoding: chunked", body=b"")]))  # fmt: skip
def test_whatever_comes_is_an_answer_or_an_error_of_ours(raw: bytes, before: bytes) -> None:
    outcome(before + raw, 17)
