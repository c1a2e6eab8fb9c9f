"""SIP messages: what is one, what is none, and answers that say no more than was asked."""

import os
from random import Random

import pytest

from phonetui.voice_reports.sip_message import (
    MOST_BYTES,
    MOST_HEADERS,
    SipRequest,
    SipResponse,
    SipSyntaxError,
    frame_length,
    parse_message,
    reply_port,
    request_bytes,
    response,
)

PUBLISH = (
    b"PUBLISH sip:192.0.2.1 SIP/2.0\r\n"
    b"Via: SIP/2.0/UDP 192.0.2.21:5070;branch=z9hG4bKa1;rport, SIP/2.0/UDP proxy.example;branch=z9hG4bKb2\r\n"
    b"v: SIP/2.0/UDP 192.0.2.9;branch=z9hG4bKc3\r\n"
    b"From: <sip:5001@pbx.example>;tag=1\r\n"
    b"t: <sip:192.0.2.1>\r\n"
    b"i: abc@192.0.2.21\r\n"
    b"CSeq: 7 PUBLISH\r\n"
    b"Event:  vq-rtcpxr\r\n"
    b"Subject: folded\r\n  on\r\n"
    b"l: 5\r\n"
    b"\r\n"
    b"hello and more"
)
FUZZ = int(os.environ.get("PHONETUI_VQ_FUZZ", "300"))
"""Messages; 100,000 is what is held to."""
SOURCE = ("192.0.2.21", 40001)


def request(data: bytes = PUBLISH) -> SipRequest:
    read = parse_message(data)
    assert isinstance(read, SipRequest)
    return read


def test_a_request() -> None:
    read = request()
    assert (read.method, read.uri, read.body) == ("PUBLISH", "sip:192.0.2.1", b"hello")
    assert (read.header("event"), read.header("call-id"), read.header("subject")) == (
        "vq-rtcpxr",
        "abc@192.0.2.21",
        "folded on",
    )
    assert read.header("nowhere") == ""


def test_its_answer_goes_back_as_it_came() -> None:
    answer = parse_message(response(request(), 200, "OK", SOURCE, [("sip-etag", "e1"), ("expires", "3600")]))
    assert isinstance(answer, SipResponse)
    assert (answer.status, answer.reason, answer.branch) == (200, "OK", "z9hG4bKa1")
    vias = [value for name, value in answer.headers if name == "via"]
    assert vias == [
        (
            "SIP/2.0/UDP 192.0.2.21:5070;branch=z9hG4bKa1;received=192.0.2.21;rport=40001, "
            "SIP/2.0/UDP proxy.example;branch=z9hG4bKb2"
        ),
        "SIP/2.0/UDP 192.0.2.9;branch=z9hG4bKc3",
    ]
    assert (answer.header("cseq"), answer.header("call-id"), answer.header("sip-etag")) == (
        "7 PUBLISH",
        "abc@192.0.2.21",
        "e1",
    )
    assert answer.header("to") == "<sip:192.0.2.1>;tag=phonetui"
    assert answer.header("subject") == ""


def test_an_answer_is_hardly_longer_than_what_was_asked() -> None:
    assert len(response(request(), 200, "OK", SOURCE)) < len(PUBLISH) + 60


@pytest.mark.parametrize(
    ("via", "port"),
    [
        ("SIP/2.0/UDP h:5070;branch=z9hG4bKa;rport", 40001),
        ("SIP/2.0/UDP h:5070;branch=z9hG4bKa", 5070),
        ("SIP/2.0/UDP h;branch=z9hG4bKa", 5060),
        ("SIP/2.0/UDP [2001:db8::1]:5080", 5080),
        ("SIP/2.0/UDP [2001:db8::1]", 5060),
        ("SIP/2.0/UDP h:99999", 5060),
        ("SIP/2.0/UDP h:x", 5060),
        ("x", 5060),
        (";rport;x", 40001),
        (";x", 5060),
        (", SIP/2.0/UDP h:5070", 5060),
    ],
)
def test_where_an_answer_goes(via: str, port: int) -> None:
    read = request(
        PUBLISH.replace(
            b"SIP/2.0/UDP 192.0.2.21:5070;branch=z9hG4bKa1;rport, SIP/2.0/UDP proxy.example;branch=z9hG4bKb2",
            via.encode(),
        )
    )
    assert reply_port(read, 40001) == port


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\r\n\r\n",
        b"hello",
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
        PUBLISH.replace(b"SIP/2.0\r\n", b"SIP/3.0\r\n", 1),
        PUBLISH.replace(b"CSeq: 7 PUBLISH", b"CSeq: 7 NOTIFY"),
        PUBLISH.replace(b"CSeq: 7 PUBLISH", b"CSeq: PUBLISH"),
        PUBLISH.replace(b"From:", b"Frim:"),
        PUBLISH.replace(b"i: abc", b"j: abc"),
        PUBLISH.replace(b"l: 5", b"l: 500"),
        PUBLISH.replace(b"l: 5", b"l: -5"),
        PUBLISH.replace(b"l: 5", b"l: 5\r\nContent-Length: 6"),
        PUBLISH.replace(b"Event:", b"Ev ent"),
        PUBLISH.replace(b"vq-rtcpxr", b"vq\x00rtcpxr"),
        PUBLISH.replace(b"vq-rtcpxr", b"vq\nInjected: 1"),
        PUBLISH.replace(b"Subject", b"X: 1\r\n" * MOST_HEADERS + b"Subject"),
        PUBLISH + b"x" * MOST_BYTES,
        PUBLISH.replace(b"folded", b"f" * 9000),
    ],
)
def test_what_is_no_message(data: bytes) -> None:
    with pytest.raises(SipSyntaxError):
        parse_message(data)


def test_a_response_without_a_body() -> None:
    read = parse_message(b"SIP/2.0 489 Bad Event\r\nVia: SIP/2.0/UDP x;branch=z9hG4bK9\r\n\r\n")
    assert isinstance(read, SipResponse)
    assert (read.status, read.reason, read.branch, read.body) == (489, "Bad Event", "z9hG4bK9", b"")


def test_how_much_of_a_stream_is_one_message() -> None:
    head = PUBLISH.partition(b"\r\n\r\n")[0] + b"\r\n\r\n"
    assert frame_length(head) == 5
    with pytest.raises(SipSyntaxError):
        frame_length(head.replace(b"l: 5\r\n", b""))


def test_nothing_breaks_out_of_its_line() -> None:
    with pytest.raises(SipSyntaxError):
        request_bytes("PUBLISH", "sip:x", [("event", "vq\r\nEvil: 1")], b"")


def test_no_message_does_any_harm() -> None:
    random = Random(3261)
    read = 0
    for _ in range(FUZZ):
        data = bytearray(PUBLISH)
        for _ in range(random.randrange(1, 4)):
            at = random.randrange(len(data))
            data[at : at + random.randrange(3)] = random.randbytes(random.randrange(3))
        try:
            message = parse_message(bytes(data))
        except SipSyntaxError:
            continue
        read += 1
        if isinstance(message, SipRequest):
            assert parse_message(response(message, 200, "OK", SOURCE)).header("cseq") == message.header("cseq")
            assert 0 < reply_port(message, 1) < 65536
    assert read > FUZZ / 10
