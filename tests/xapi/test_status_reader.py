"""A body read beside the one before gives exactly what it gives by itself."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from phonetui.errors import PhonetuiError
from phonetui.text import Printable, printable
from phonetui.xapi.document import Document
from phonetui.xapi.path import Path
from phonetui.xapi.xml import StatusReader, parse_status

HEAD = '<?xml version="1.0"?>\n<Status product="Cisco IP Phone">\n'
TREE = f"""{HEAD}  <SystemUnit><ProductId>DP-9841</ProductId><HostName/></SystemUnit>
  <Line item="1" maxOccurrence="n">
    <Call item="0" maxOccurrence="n"><CallState>Connected</CallState><Jitter>3</Jitter><PeerName>Kari</PeerName></Call>
  </Line>
  <Standby><Level> Off </Level></Standby>
</Status>
"""


def outcome(body: bytes, reader: StatusReader | None = None) -> Document | str:
    try:
        return parse_status(body) if reader is None else reader.read(body)
    except PhonetuiError as error:
        return f"{type(error).__name__}: {error}"


def follows(bodies: Sequence[str | bytes]) -> None:
    reader = StatusReader()
    for body in bodies:
        raw = body.encode("utf-8", "surrogatepass") if isinstance(body, str) else body
        found, expected = outcome(raw, reader), outcome(raw)
        assert found == expected
        if isinstance(found, Document) and isinstance(expected, Document):
            assert list(found) == list(expected)
            assert (len(found), found.characters) == (len(expected), expected.characters)


def test_texts_that_changed_are_read_without_the_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    reader = StatusReader()
    first = reader.read(TREE.encode())
    monkeypatch.setattr("phonetui.xapi.xml.parse", None)
    second = reader.read(TREE.replace(">3<", "> 14 ms\n<").encode())
    jitter = Path.parse("Line 1 Call 0 Jitter")
    assert (first[jitter], second[jitter]) == ("3", "14 ms")
    assert second.below("SystemUnit", "ProductId") is first.below("SystemUnit", "ProductId")


def test_the_same_bytes_are_the_same_document() -> None:
    reader = StatusReader()
    assert reader.read(TREE.encode()) is reader.read(TREE.encode())


@pytest.mark.parametrize(
    "other",
    [
        TREE.replace(">3<", "><"),
        TREE.replace("<HostName/>", "<HostName>kitchen</HostName>"),
        TREE.replace("<HostName/>", "<HostName/>kitchen"),
        TREE.replace("Kari", "K&amp;ri"),
        TREE.replace("Kari", "K&ri"),
        TREE.replace("Kari", "Kåri"),
        TREE.replace("Kari", "K\x1bri"),
        TREE.replace("Kari", "\x1cKari"),
        TREE.replace("Kari", "Ka>ri"),
        TREE.replace("Kari", "<![CDATA[Kari]]>"),
        TREE.replace("Kari", "Ka<!-- no -->ri"),
        TREE.replace("Kari", "Ka]]>ri"),
        TREE.replace("Kari", "Ka\r\nri"),
        TREE.replace("Kari", "=" * 30_000),
        TREE.replace("<Jitter>", '<Jitter unit="a>b">'),
        TREE.replace('item="0"', 'item="1"'),
        TREE.replace("<Jitter>3</Jitter>", ""),
        TREE.replace("Call item", "Ca11 item"),
        TREE.replace("</Status>", ""),
        TREE.replace("Status product", 'Status status="Error" product'),
        "<EmptyResult/>",
        "<!DOCTYPE a><Status/>",
        "",
    ],
)
def test_what_is_more_than_a_text_is_parsed_whole(other: str) -> None:
    follows([TREE, other, TREE, other, other, TREE])
    follows([other, TREE])


PIECES = st.sampled_from(
    [
        "3",
        "",
        " ",
        "a b",
        "ø",
        "&amp;",
        "&",
        ">",
        "<",
        "</Jitter>",
        "<Jitter>",
        "<A/>",
        "\x00",
        "\x7f",
        "]]>",
        "=",
        "\n",
    ]
)


@given(st.lists(st.tuples(st.integers(0, len(TREE) - 1), st.integers(0, 6), PIECES), min_size=1, max_size=6))
def test_whatever_is_cut_out_and_put_in(edits: list[tuple[int, int, str]]) -> None:
    bodies, body = [TREE], TREE
    for at, length, piece in edits:
        body = body[:at] + piece + body[at + length :]
        bodies.append(body)
    follows(bodies)


TEXTS = st.lists(st.text(st.characters(max_codepoint=0x2FF), max_size=8), min_size=4, max_size=4)


@given(st.lists(TEXTS, min_size=2, max_size=5))
def test_whatever_stands_in_the_leaves(rows: list[list[str]]) -> None:
    names = ("CallState", "Jitter", "PeerName", "Level")
    bodies = []
    for row in rows:
        body = TREE
        for name, text in zip(names, row, strict=True):
            before, _, behind = body.partition(f"<{name}>")
            body = f"{before}<{name}>{text}{behind[behind.index('<') :]}"
        bodies.append(body)
    follows(bodies)


steps = st.lists(st.sampled_from(["Line", "Line 0", "Line 1", "A", "B"]), min_size=1, max_size=3)
trees = st.dictionaries(
    steps.map(" ".join).map("X {}".format).map(Path.parse), st.sampled_from(["1", "2", ""]).map(printable), max_size=8
).map(Document)


@given(trees, trees)
def test_a_document_that_shares_says_the_same(own: Document, read: Document) -> None:
    assert own.sharing(read) == own
    assert own.merge(own.changes(read, 0.0)).sharing(read) is read


@given(trees, trees)
def test_a_branch_that_was_read_takes_the_place_of_what_was_there(own: Document, read: Document) -> None:
    place = Path.of("X")
    found = own.replaced(read, place)
    assert found is not None
    assert found == own.merge(own.changes(read, 0.0, place=place))
    assert found.characters == sum(map(len, found.values()))
    other = Document({Path.of("Y"): Printable("1"), **own})
    kept = other.replaced(read, place)
    assert kept == Document({Path.of("Y"): Printable("1"), **read})
    assert other.replaced(other, place) is None
