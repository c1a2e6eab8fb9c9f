"""XML out: status documents, feedback bodies, text that no XML can carry."""

import json
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from phonetui.simulator import documents, json_trees
from phonetui.simulator.dialect import PLAIN
from phonetui.simulator.documents import DocHeader
from phonetui.simulator.element import Element
from phonetui.simulator.hardware import Identity, model_of
from phonetui.simulator.tree import TreeChange, TreeEvent
from phonetui.xapi.path import Path

PHONE = DocHeader(Identity(2, model_of(2)), PLAIN)
CALL = Path.parse("Line 1 Call 0")
sound = st.text(st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\ufffe\uffff"), max_size=30)
"""Characters of XML 1.0, clause 2.2."""


@given(sound, st.dictionaries(st.sampled_from(["a", "b"]), sound))
def test_what_xml_can_carry_comes_back(text: str, attributes: dict[str, str]) -> None:
    read = ET.fromstring(documents.serialize(Element("Name", attributes, [], text)))
    assert (read.text or "") == text
    assert read.attrib == attributes


@pytest.mark.parametrize(
    ("text", "raw"),
    [
        ("\x1b[31m", b"\x1b[31m"),
        ("\ud83d", b"&#xD83D;"),
        ("a\x9db", b"a\xc2\x9db"),
        ("\u202eevil", "\u202eevil".encode()),
    ],
)
def test_what_xml_cannot_carry_goes_out_all_the_same(text: str, raw: bytes) -> None:
    assert raw in documents.serialize(Element("PeerName", {}, [], text))


def test_items_of_a_list_stand_together_whatever_their_order_of_appearance() -> None:
    leaves = {Path.parse(f"{place} X"): "1" for place in ("Line 1", "Standby", "Line 2")}
    tags = [
        (child.tag, child.get("item")) for child in ET.fromstring(documents.serialize(documents.status(PHONE, leaves)))
    ]
    assert tags == [("Line", "1"), ("Line", "2"), ("Standby", None)]


def test_an_indexed_leaf() -> None:
    leaves = {Path.parse("HttpFeedback 1 Expression 2"): "/Status/Line"}
    assert b'<Expression item="2" maxOccurrence="n">/Status/Line</Expression>' in documents.serialize(
        documents.status(PHONE, leaves)
    )


def test_a_feedback_body_names_its_sender_and_holds_only_the_change() -> None:
    (body,) = documents.feedback(PHONE, [TreeChange(CALL / "CallState", "Connected")])
    root = ET.fromstring(body)
    assert root.attrib == {}
    assert [child.tag for child in root] == ["Identification", "Line"]
    assert root.findtext("Identification/MACAddress") == "00:00:5E:00:53:02"
    assert root.findtext("Identification/ProductID") == "DP-9851"
    assert root.findtext("Line/Call/CallState") == "Connected"
    assert body.startswith(b'<?xml version="1.0" encoding="utf-8"?>')


def test_values_and_a_ghost_of_one_item_are_two_bodies_in_order() -> None:
    changes = [
        TreeChange(CALL / "CallState", "Idle"),
        TreeChange(CALL, None),
        TreeChange(CALL / "CallState", "Dialing"),
    ]
    idle, gone, dialing = documents.feedback(PHONE, changes)
    assert b"Idle" in idle
    assert b'<Call item="0" maxOccurrence="n" ghost="True"/>' in gone
    assert b"Dialing" in dialing


def test_every_element_of_an_event_has_item_1() -> None:
    root = ET.fromstring(documents.event(PHONE, TreeEvent("BootEvent", (("Action", "Restart"),))))
    assert root.tag == "Event"
    event = root.find("BootEvent")
    assert event is not None
    assert [node.get("item") for node in event.iter()] == ["1", "1"]
    assert event.findtext("Action") == "Restart"


def test_json_bodies() -> None:
    value, ghost = json_trees.feedback(PHONE, [TreeChange(CALL / "CallState", "Idle"), TreeChange(CALL, None)])
    status = json.loads(value)["Status"]
    assert status["Line"] == [{"id": "1", "Call": [{"id": "0", "CallState": {"Value": "Idle"}}]}]
    assert status["Identification"]["MACAddress"] == {"Value": "00:00:5E:00:53:02"}
    assert json.loads(ghost)["Status"]["Line"] == [{"id": "1", "Call": [{"id": "0", "ghost": "True"}]}]
    event = json.loads(json_trees.event(PHONE, TreeEvent("BootEvent", (("Action", "Restart"),))))["Event"]
    assert event["BootEvent"] == {"id": "1", "Action": {"id": "1", "Value": "Restart"}}
