"""The methods without sockets: whatever is asked gets one reply, and queries find what they describe."""

import contextlib
import json
from collections.abc import Callable
from typing import Any, cast

import aiohttp
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from phonetui.simulator import json_trees
from phonetui.simulator import jsonrpc as methods_module
from phonetui.simulator.commands import CommandTarget
from phonetui.simulator.dialect import PLAIN
from phonetui.simulator.documents import DocHeader
from phonetui.simulator.element import Element, build_tree
from phonetui.simulator.feedback import Feedback
from phonetui.simulator.jsonrpc import RpcSession
from phonetui.simulator.presentation import Presentation
from phonetui.simulator.schema import ADMIN, SimulatedConfiguration
from phonetui.simulator.security import Authorities
from phonetui.simulator.tree import TreeEvent, as_changes
from phonetui.xapi.path import Path

from .offices import opened

words = st.sampled_from(["Status", "Line", "Call", "**", "*", "SystemUnit", "ProductId", "1", "Configuration", "x", ""])
steps = st.one_of(words, st.integers(), st.none(), st.booleans(), st.floats(), st.lists(st.integers(), max_size=2))
anything = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5), words),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)
params = st.dictionaries(
    st.sampled_from(["Path", "Query", "Id", "Value", "Number", "NotifyCurrentValue", "Key", "body"]),
    st.one_of(st.lists(steps, max_size=6), anything),
    max_size=4,
)
methods = st.sampled_from(
    [
        *("xGet", "xQuery", "xSet", "xDoc", "xFeedback/Subscribe", "xFeedback/Unsubscribe", "xNothing", "xCommand/"),
        *("xCommand/Call/Dial", "xCommand/Ui/SendKey", "xCommand/Security/Certificates/CA/Add", "xCommand//"),
    ]
)


def session(send: Callable[[str], None]) -> RpcSession:
    office = opened("quiet", phones=2).office
    device = office.devices[1]
    held, head, shown = Authorities(), DocHeader(device.identity, PLAIN), Presentation(device)
    feedback = Feedback(
        device,
        head,
        cast(aiohttp.ClientSession, None),
        tls=lambda: held.client_context(verify=False),
        changed=office.flush,
        second=1.0,
    )
    shown.present(as_changes(device.tree.leaves))
    return RpcSession(
        CommandTarget(office, device, feedback, held, SimulatedConfiguration(device.tree), shown, head), ADMIN, send
    )


@given(st.lists(st.tuples(methods, params), max_size=6))
@settings(deadline=None, max_examples=80)
def test_whatever_is_asked_gets_one_reply(asked: list[tuple[str, dict[str, Any]]]) -> None:
    frames: list[str] = []
    talk = session(frames.append)
    for number, (method, given_params) in enumerate(asked):
        text = json.dumps({"jsonrpc": "2.0", "id": number, "method": method, "params": given_params})
        talk.answer(methods_module.read(text), 0.0)
    replies = [frame for frame in map(json.loads, frames) if "method" not in frame]
    assert [reply["id"] for reply in replies] == list(range(len(asked)))
    assert all(("result" in reply) != ("error" in reply) for reply in replies)


@given(st.text(max_size=40) | anything.map(json.dumps))
@settings(deadline=None)
def test_any_text_is_a_request_or_a_failure(text: str) -> None:
    with contextlib.suppress(methods_module.RpcFailure):
        assert methods_module.read(text).method is not None


PLACE = ("Status", "Line", 1, "Call", 0, "Jitter")


@pytest.mark.parametrize(
    ("query", "covered", "concerned"),
    [
        (["Status"], True, True),
        (["status", "line"], True, True),
        (["Status", "Line", 1], True, True),
        (["Status", "Line", 2], False, False),
        (["Status", "Line", "Call"], True, True),
        (["Status", "Line", "Call", 0], True, True),
        (["Status", "Line", "Call", 1], False, False),
        (["Status", "Line", "*", "Call", "*"], True, True),
        (["Status", "*", "Call"], True, True),
        (["Status", "**", "Jitter"], True, True),
        (["Status", "**", "**", "Jitter"], True, True),
        (["**", "Jitter"], True, True),
        (["Status", "Line", "Call", "Jitter"], True, True),
        (["Status", "Line", "Call", "MOSLQ"], False, True),
        (["Status", "Standby"], False, False),
        (["Event"], False, False),
        (["Status", "Line", 1, "Call", 0, "Jitter", "More"], False, True),
    ],
)
def test_queries(query: list[str | int], covered: bool, concerned: bool) -> None:
    read = methods_module.read_query({"Query": query}, "Query")
    assert methods_module.covers(read, PLACE) is covered
    assert methods_module.covers(read, PLACE[:5], lost=True) is concerned


@pytest.mark.parametrize(
    ("query", "covered"),
    [
        (["Event"], True),
        (["Event", "BootEvent"], True),
        (["Event", "BootEvent", "Action"], True),
        (["Event", "*"], True),
        (["**", "Action"], True),
        (["**", "Nothing"], False),
        (["Event", "Shutdown"], False),
        (["Status"], False),
    ],
)
def test_queries_for_events(query: list[str | int], covered: bool) -> None:
    assert (
        methods_module.covers_event(
            methods_module.read_query({"Query": query}, "Query"), TreeEvent("BootEvent", (("Action", "Restart"),))
        )
        is covered
    )


@pytest.mark.parametrize("array", [None, [], "Status", [1.5], [None], [["Status"]], {"Status": 1}])
def test_what_is_no_query(array: object) -> None:
    with pytest.raises(methods_module.RpcFailure):
        methods_module.read_query({"Query": array}, "Query")


@pytest.mark.parametrize(
    ("notation", "text", "value"),
    [
        ("Line Call Jitter", "14", 14),
        ("Line Call Jitter", "14 ms", "14 ms"),
        ("Line Call Jitter", "-1", -1),
        ("Line Call Jitter", "014", "014"),
        ("Line Call Jitter", "", ""),
        ("Line Call Jitter", "1" * 16, "1" * 16),
        ("Line Call Jitter", "²", "²"),
        ("Line Call PeerPhone", "5002", "5002"),
        ("Line Call MOSLQ", "41", "41"),
        ("SystemUnit Hardware Module Version", "1", "1"),
        ("Network Statistics Ethernet TxFrames", "12", 12),
        ("Network Statistics Port PortInformation", "1000 Full", "1000 Full"),
        ("Nothing Known", "12", 12),
        ("Nothing Known", "12.5", "12.5"),
    ],
)
def test_numbers_by_the_catalogue(notation: str, text: str, value: object) -> None:
    assert json_trees.value(tuple(notation.split()), text) == value


def test_items_with_a_value_and_children_side_by_side() -> None:
    leaves = {Path.parse("HttpFeedback 1 Expression 2"): "/Status", Path.parse("HttpFeedback 1 URL"): "http://x"}
    tree = json_trees.members(build_tree(Element(""), leaves))
    assert tree == {"HttpFeedback": [{"id": 1, "Expression": [{"id": 2, "Value": "/Status"}], "URL": "http://x"}]}
    assert json_trees.descend(tree, ("httpfeedback", 1, "expression", 2)) == "/Status"
