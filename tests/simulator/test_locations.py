"""The location grammar of getxml and of feedback expressions."""

import pytest

from phonetui.simulator import locations
from phonetui.simulator.dialect import PLAIN
from phonetui.simulator.documents import DocHeader, serialize
from phonetui.simulator.hardware import Identity, model_of
from phonetui.simulator.locations import Unparsable, covers, parse
from phonetui.xapi.path import Path

TREE = {
    Path.parse(text): value
    for text, value in {
        "SystemUnit ProductId": "DP-9851",
        "SystemUnit Software Version": "PHONEOS.3-6-1-0001",
        "SystemUnit Hardware Module Version": "1",
        "Line 1 Call 0 CallState": "Connected",
        "Line 1 Call 0 Jitter": "4",
        "Line 1 Call 1 CallState": "Hold",
        "Line 2 Call 0 CallState": "Ringing",
        "HttpFeedback 2 Status": "OK",
    }.items()
}


HEAD = DocHeader(Identity(2, model_of(2)), PLAIN)


def answer(location: str) -> str:
    return serialize(locations.read(HEAD, location, TREE, {})).decode()


@pytest.mark.parametrize(
    ("location", "states"),
    [
        ("/Status/Line", ["Connected", "Hold", "Ringing"]),
        ("Status/Line", ["Connected", "Hold", "Ringing"]),
        ("/status/LINE/", ["Connected", "Hold", "Ringing"]),
        ("/Status/Line[1]", ["Connected", "Hold"]),
        ("/Status/Line[@item='1']", ["Connected", "Hold"]),
        ('/Status/Line[@item="1"]', ["Connected", "Hold"]),
        ("/Status/Line[item='2']", ["Ringing"]),
        ("/Status/Line[item=2]", ["Ringing"]),
        ("/Status/Line[*]/Call[0]", ["Connected", "Ringing"]),
        ("/Status/Line/Call[0]/CallState", ["Connected", "Ringing"]),
        ("/Status/Line/1/Call/1", ["Hold"]),
        ("/Status//Call", ["Connected", "Hold", "Ringing"]),
        ("/Status//Call[1]", ["Hold"]),
        ("/Status/*/Call/CallState", ["Connected", "Hold", "Ringing"]),
        ("//Call", []),
    ],
)
def test_which_calls_a_location_reads(location: str, states: list[str]) -> None:
    text = answer(location)
    assert [line.split(">")[1].split("<")[0] for line in text.splitlines() if "<CallState>" in line] == states


def test_only_the_part_and_its_ancestors() -> None:
    assert answer("/Status/SystemUnit/ProductId").splitlines()[1:] == [
        '<Status product="Cisco IP Phone" version="PHONEOS.3-6-1-0001" apiVersion="4">',
        "  <SystemUnit>",
        "    <ProductId>DP-9851</ProductId>",
        "  </SystemUnit>",
        "</Status>",
    ]


def test_a_wildcard_and_a_search_reach_both_versions() -> None:
    assert answer("/Status/*/*/Version").count("<Version>") == 1
    assert answer("/Status//Version").count("<Version>") == 2


def test_list_items_say_that_they_are() -> None:
    text = answer("/Status/Line[1]/Call[0]/Jitter")
    assert '<Line item="1" maxOccurrence="n">' in text
    assert '<Call item="0" maxOccurrence="n">' in text


def test_a_leaf_called_status_inside_status() -> None:
    assert "<Status>OK</Status>" in answer("/Status/HttpFeedback[2]/Status")


@pytest.mark.parametrize("location", ["/Status/Nothing", "/Status/Line[9]", "/Elsewhere", "/Status/Line/Call[7]"])
def test_nothing_there_is_an_empty_result(location: str) -> None:
    assert "<EmptyResult product=" in answer(location)


@pytest.mark.parametrize("location", ["", "   ", "/", "/Status/[1]", "/Status/Line[", "/Status/Line[1", "Status Line"])
def test_what_cannot_be_read_is_a_fault(location: str) -> None:
    assert '<XPathError type="parsing">' in answer(location)
    assert '<ErrorCode type="string">10</ErrorCode>' in answer(location)
    with pytest.raises(Unparsable):
        parse(location)


@pytest.mark.parametrize(
    ("expression", "path", "concerned"),
    [
        ("/Status/Line", "Line 1 Call 0 Jitter", True),
        ("status/line/", "Line 1 Call 0 Jitter", True),
        ("/Status/Line[@item='2']", "Line 1 Call 0 Jitter", False),
        ("/Status/Line[@item='1']/Call/Jitter", "Line 1 Call 0 Jitter", True),
        ("/Status/Line/Call/CallState", "Line 1 Call 0 Jitter", False),
        ("/Status/Line/Call/CallState", "Line 1 Call 0", True),
        ("/Status/ExtStatus", "Line 1 Call 0", False),
        ("/Status//Call", "Line 1 Call 0 Jitter", True),
        ("/Status/Network[1]", "Network IPv4 Address", True),
    ],
)
def test_which_changes_an_expression_concerns(expression: str, path: str, concerned: bool) -> None:
    assert covers(parse(expression), Path.parse(path)) is concerned
