"""What a phone sends, however it words it, and what a liar sends."""

import contextlib
import random
from xml.etree.ElementTree import Element, SubElement, tostring

import pytest
from hypothesis import given
from hypothesis import strategies as st

from phonetui.errors import CommandRefused, PhonetuiError, ProtocolError
from phonetui.text import printable
from phonetui.xapi.command import Command, parse_answer, putxml_body
from phonetui.xapi.document import Document
from phonetui.xapi.feedback import parse_feedback
from phonetui.xapi.path import Path
from phonetui.xapi.xml import MAX_TAGS, parse_status


def status(inside: str, attributes: str = "") -> Document:
    return parse_status(f'<?xml version="1.0"?>\n<Status {attributes}>{inside}</Status>'.encode())


def leaf(document: Document, path: str) -> str | None:
    return document.get(Path.parse(path))


@pytest.mark.parametrize(
    ("inside", "path", "value"),
    [
        ("<Line item='1' maxOccurrence='n'><Call item='0' maxOccurrence='n'><Jitter>3</Jitter></Call></Line>", "Line 1 Call 0 Jitter", "3"),
        ("<Network item='1'><IPv4><Address>192.0.2.1</Address></IPv4></Network>", "Network IPv4 Address", "192.0.2.1"),
        ("<Network><IPv4 item='1'><Address item='1'>192.0.2.1</Address></IPv4></Network>", "Network IPv4 Address", "192.0.2.1"),
        ("<HttpFeedback item='2' maxOccurrence='n'><Status>OK</Status></HttpFeedback>", "HttpFeedback 2 Status", "OK"),
        ("<HttpFeedback item='2'><Expression item='3'>/a</Expression></HttpFeedback>", "HttpFeedback 2 Expression 3", "/a"),
        ("<Standby><Level> Off\n</Level></Standby>", "Standby Level", "Off"),
        ("<Bookings><Current><Id/></Current></Bookings>", "Bookings Current Id", ""),
        ("<Novel item='4' maxOccurrence='n'><X>1</X></Novel>", "Novel 4 X", "1"),
        ("<Novel item='1'><X>1</X></Novel>", "Novel X", "1"),
        ("<Novel><X>1</X><X>2</X></Novel>", "Novel X 2", "2"),
        ("<SystemUnit><HostName>a &gt;&gt; b</HostName></SystemUnit>", "SystemUnit HostName", "a >> b"),
        ("<SystemUnit><HostName>a & b</HostName></SystemUnit>", "SystemUnit HostName", "a & b"),
        ("<SystemUnit><HostName>a&#27;[31m</HostName></SystemUnit>", "SystemUnit HostName", "a\ufffd[31m"),
        ("<SystemUnit><HostName>a\x1b]52;c;\x07</HostName></SystemUnit>", "SystemUnit HostName", "a\ufffd]52;c;\ufffd"),
    ],
)  # fmt: skip
def test_leaves(inside: str, path: str, value: str) -> None:
    assert leaf(status(inside), path) == value


def test_bytes_that_are_no_utf8() -> None:
    document = parse_status(b"<Status><SystemUnit><HostName>x \xed\xa0\x80 \xff</HostName></SystemUnit></Status>")
    assert "\ufffd" in (leaf(document, "SystemUnit HostName") or "")


def test_a_namespace_is_no_part_of_a_name() -> None:
    body = b'<Status xmlns="http://example.com/x"><Standby><Level>Off</Level></Standby></Status>'
    assert leaf(parse_status(body), "Standby Level") == "Off"


@pytest.mark.parametrize("body", ["<EmptyResult/>", "<Status/>", "<Status><Line item='1' maxOccurrence='n'/></Status>"])
def test_nothing_there_is_no_error(body: str) -> None:
    assert parse_status(body.encode()) == Document()


REFUSED = {
    "a dozen bytes": (b"not xml at all", "broken XML", ""),
    "empty": (b" \n", "an empty answer", ""),
    "html": (b"<!DOCTYPE html><html><body>Log in</body></html>", "an HTML page", "html"),
    "html without doctype": (b"\n <HTML><p>", "an HTML page", "html"),
    "dtd": (b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "b">]><Status>&a;</Status>', "DTD", ""),
    "truncated": (b"<Status><Line item='1'><Call", "broken XML", ""),
    "foreign": (
        b'<flat-profile><Call_State group="x">Idle</Call_State></flat-profile>',
        "its root is 'flat-profile'",
        "",
    ),
    "deep": (b"<Status>" + b"<a>" * 100 + b"</a>" * 100 + b"</Status>", "nested deeper", ""),
    "very deep": (b"<a>" * 200_000 + b"</a>" * 200_000, f"more than {MAX_TAGS:,} tags", ""),
    "utf-16": ("<!DOCTYPE a><Status/>".encode("utf-16"), "broken XML", ""),
}


@pytest.mark.parametrize(("body", "words", "reason"), REFUSED.values(), ids=REFUSED.keys())
def test_one_clear_line(body: bytes, words: str, reason: str) -> None:
    with pytest.raises(ProtocolError, match=words) as caught:
        parse_status(body)
    assert caught.value.reason == reason
    assert "\n" not in str(caught.value)


def test_a_path_that_the_phone_refuses() -> None:
    body = b'<Status status="Error"><Reason>No match on address expression</Reason><XPath>Status/Nope</XPath></Status>'
    with pytest.raises(CommandRefused, match="No match") as caught:
        parse_status(body)
    assert caught.value.block == (
        "*s Result (status=Error):",
        '*s Result Reason: "No match on address expression"',
        '*s Result XPath: "Status/Nope"',
        "** end",
    )


names = st.from_regex(r"[A-Z][a-z]{0,6}", fullmatch=True)
values = st.text(st.characters(blacklist_categories=["Cs", "Cc", "Co", "Cf", "Zl", "Zp", "Mn"]), max_size=20)
places = st.lists(st.tuples(names, st.none() | st.integers(0, 99)), min_size=1, max_size=4)
trees = st.lists(st.tuples(places, values), max_size=8)


@given(trees)
def test_any_tree_survives_xml(tree: list[tuple[list[tuple[str, int | None]], str]]) -> None:
    root, expected = Element("Status"), {}
    for number, (place, value) in enumerate(tree):
        node = SubElement(root, f"Top{number}")
        steps: list[str | int] = [f"Top{number}"]
        for name, index in place:
            node = SubElement(node, name, {"item": str(index), "maxOccurrence": "n"} if index is not None else {})
            steps += [name, index] if index is not None else [name]
        node.text = value
        expected[Path(steps)] = printable(" ".join(value.split("\n"))).strip()
    read = parse_status(tostring(root, "utf-8"))
    assert {path: value.strip() for path, value in read.items()} == expected


def test_mutated_documents_raise_nothing_else() -> None:
    rng = random.Random(7)
    sound = (
        b'<?xml version="1.0"?><Command><CallDialResult status="OK" item="1"><CallId>0</CallId></CallDialResult></Command>',
        b'<Status product="x"><Line item="1" maxOccurrence="n"><Call item="0" ghost="True"/><Call item="1"><Jitter>3</Jitter></Call></Line></Status>',
        b'<Event><Identification><MACAddress>00</MACAddress></Identification><BootEvent item="1"><Action item="1">x</Action></BootEvent></Event>',
    )  # fmt: skip
    readers = (parse_status, parse_answer, lambda body: parse_feedback(body, 0.0))
    for _ in range(3000):
        body = bytearray(rng.choice(sound))
        for _ in range(rng.randint(1, 6)):
            place = rng.randrange(len(body))
            match rng.randrange(3):
                case 0:
                    body[place] = rng.randrange(256)
                case 1:
                    del body[place : place + rng.randint(1, 20)]
                case _:
                    body[place:place] = rng.choice((b"<", b">", b"&", b"\x00", b"]]>", b"<!--", b'item="-1"', b"\xff"))
            body = body or bytearray(b" ")
        for reader in readers:
            with contextlib.suppress(PhonetuiError):
                reader(bytes(body))


def test_a_command_and_its_answer() -> None:
    command = Command(Path.parse("Call Dial"), (("Number", "50<00"), ("Number", "2")))
    assert (
        putxml_body(command)
        == b"<Command><Call><Dial><Number>50&lt;00</Number><Number>2</Number></Dial></Call></Command>"
    )
    answer = parse_answer(
        b'<Command><CallDialResult item="1" status="OK"><CallId>0</CallId><LineId>1</LineId></CallDialResult></Command>'
    )
    assert answer.name == "CallDialResult"
    assert dict(answer.document) == {Path.of("CallId"): "0", Path.of("LineId"): "1"}


@pytest.mark.parametrize(
    ("body", "words", "line"),
    [
        ('<Result status="Error"><Reason>Unknown command</Reason><XPath>/Call/Dila</XPath></Result>', "Unknown command", '*r Result XPath: "/Call/Dila"'),
        ('<CallDialResult status="ParameterError"><Number><Value>Invalid value</Value></Number></CallDialResult>', "Number: Invalid value", '*r CallDialResult Number Value: "Invalid value"'),
        ('<CallDialResult status="ParameterError"/>', "ParameterError", "*r CallDialResult (status=ParameterError):"),
        ('<CallDialResult status="Error"><Cause>21</Cause><Description>No line</Description></CallDialResult>', "No line", "*r CallDialResult Cause: 21"),
    ],
)  # fmt: skip
def test_refusals_carry_the_phones_words(body: str, words: str, line: str) -> None:
    with pytest.raises(CommandRefused, match=words) as caught:
        parse_answer(f"<Command>{body}</Command>".encode())
    assert line in caught.value.block
    assert caught.value.block[-1] == "** end"


def test_a_body_keeps_its_line_ends() -> None:
    pem = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
    assert f"<body>{pem}</body>".encode() in putxml_body(Command(Path.parse("Security Certificates CA Add"), body=pem))


def test_words_that_xml_cannot_carry_are_not_sent() -> None:
    with pytest.raises(PhonetuiError, match="cannot be sent"):
        putxml_body(Command(Path.parse("Call Dial"), (("Number", "1\x1b"),)))
    with pytest.raises(PhonetuiError, match="cannot be sent"):
        putxml_body(Command(Path.parse("Call Dial"), (("Num ber><x", "1"),)))


def test_a_push_and_a_ghost() -> None:
    push = parse_feedback(
        b"<Status><Identification><MACAddress>00:00:5E:00:53:21</MACAddress><IPAddress/></Identification>"
        b'<Line item="1" maxOccurrence="n"><Call item="0" maxOccurrence="n" ghost="True"/></Line>'
        b"<Standby><Level>Off</Level></Standby></Status>",
        5.0,
    )
    assert push.mac == "00:00:5E:00:53:21"
    assert [(update.path, update.value, update.at) for update in push.updates] == [
        (Path.of("Line", 1, "Call", 0), None, 5.0),
        (Path.of("Standby", "Level"), "Off", 5.0),
    ]


def test_events_have_a_name_and_fields() -> None:
    push = parse_feedback(
        b'<Event><BootEvent item="1"><Action item="1">Restart</Action></BootEvent>'
        b'<Bookings item="1"><Start item="1"><Id item="1">3</Id></Start></Bookings>'
        b'<Novelty item="1"><A item="1"><B item="1">x</B></A></Novelty></Event>',
        1.0,
    )
    assert [(event.name, event.fields) for event in push.events] == [
        ("BootEvent", (("Action", "Restart"),)),
        ("Bookings Start", (("Id", "3"),)),
        ("Novelty", (("A B", "x"),)),
    ]
