"""How places are named to Webex's xAPI, and what its answers hold."""

from typing import Any

import pytest

from phonetui.errors import ProtocolError
from phonetui.webex.xapi import MAX_NAMES, document, requests
from phonetui.xapi.catalog import phoneos
from phonetui.xapi.path import ROOT, Path

NAMED = {
    "SystemUnit": ("SystemUnit.*",),
    "SystemUnit Software Version": ("SystemUnit.Software.Version",),
    "Line": ("Line[*].*",),
    "Line 1": ("Line[1].*",),
    "Line 1 Call 0 CallState": ("Line[1].Call[0].CallState",),
    "Line Call CallState": ("Line[*].Call[*].CallState",),
    "Audio": ("Audio", "Audio.*"),
}


@pytest.mark.parametrize("place", NAMED)
def test_a_place_is_named_in_one_request(place: str) -> None:
    assert requests(Path.parse(place)) == (NAMED[place],)


def test_the_whole_tree_takes_two_requests() -> None:
    first, second = requests(ROOT)
    assert max(len(first), len(second)) <= MAX_NAMES
    tops = {entry.path.names[0] for entry in phoneos().below(ROOT)}
    assert {name.split(".")[0].removesuffix("[*]") for name in first + second} == tops


def test_an_answer_is_what_was_asked_for_and_numbers_are_as_on_every_wire() -> None:
    line = {"id": 1, "Call": [{"id": 0, "CallState": "Connected", "Jitter": 14, "Muted": True}]}
    answer = {"deviceId": "x", "result": {"Line": [line], "Audio": {"Volume": 50}}}
    found = document(answer, Path.of("Line"))
    assert {str(path): value for path, value in found.items()} == {
        "Line 1 Call 0 CallState": "Connected",
        "Line 1 Call 0 Jitter": "14",
        "Line 1 Call 0 Muted": "True",
    }
    assert document(answer, ROOT)[Path.of("Audio", "Volume")] == "50"


def test_absent_is_not_there_and_no_object_is_no_answer() -> None:
    assert not document({"result": {}}, Path.of("Line"))
    answers: list[Any] = [{}, [], None, {"result": None}, {"result": []}]
    for odd in answers:
        with pytest.raises(ProtocolError, match="no result"):
            document(odd, ROOT)
