"""The same tree on every wire, and any way of changes to it."""

import json
from typing import Any
from xml.etree.ElementTree import Element, SubElement, tostring

import pytest
from hypothesis import given
from hypothesis import strategies as st

from phonetui.text import printable
from phonetui.xapi.document import EMPTY, Document, Update
from phonetui.xapi.feedback import Push, parse_feedback
from phonetui.xapi.jsonrpc import JsonRpcSession, RpcReply
from phonetui.xapi.path import ROOT, Path
from phonetui.xapi.xml import parse_status
from tests.xapi.decoders import receive

NAMES = [("Line", True), ("Call", True), ("Novel", False), ("News", True), ("Deep", False)]
"""Branches: published lists, and names that nobody published, some of them lists."""

steps = st.sampled_from(NAMES).flatmap(
    lambda step: st.tuples(st.just(step[0]), st.integers(0, 12) if step[1] else st.none())
)
places = st.lists(steps, min_size=1, max_size=4).filter(lambda place: place[0][0] != "Call")
leaves = st.sampled_from(["Jitter", "PeerName", "Level", "Wert", "Expression 3"])
values = st.text(st.characters(blacklist_categories=["Cs", "Cc", "Co", "Cf", "Zl", "Zp", "Mn"]), max_size=12).map(
    str.strip
)


def path_of(place: list[tuple[str, int | None]], leaf: str) -> Path:
    found = [step for name, index in place for step in ((name,) if index is None else (name, index))]
    return Path((*found, *(int(word) if word.isdigit() else word for word in leaf.split())))


trees = st.dictionaries(
    st.builds(path_of, places, leaves), values.map(lambda value: printable(value).strip()).map(printable), max_size=12
).map(Document)


def as_xml(tree: Document, ghosts: tuple[Path, ...] = ()) -> bytes:
    root = Element("Status")
    nodes: dict[tuple[str | int, ...], Element] = {(): root}
    for path in (*ghosts, *tree):
        for depth, step in enumerate(path, 1):
            place = path[:depth]
            if isinstance(step, int):
                continue
            index = path[depth] if depth < len(path) and isinstance(path[depth], int) else None
            whole = place if index is None else path[: depth + 1]
            if whole not in nodes:
                about = {} if index is None else {"item": str(index), "maxOccurrence": "n"}
                nodes[whole] = SubElement(nodes[path[: depth - 1]], str(step), about)
        if path in tree:
            nodes[path].text = tree[path]
        else:
            nodes[path].set("ghost", "True")
    return bytes(tostring(root, "utf-8"))


def as_json(tree: Document, ghosts: tuple[Path, ...] = (), *, bare: bool) -> dict[str, Any]:
    """`bare` is the WebSocket's form; otherwise feedback's, with `Value` and textual ids."""
    top: dict[str, Any] = {}
    for path in (*ghosts, *tree):
        node = top
        for depth, step in enumerate(path):
            if isinstance(step, int):
                items = node.setdefault(path[depth - 1], [])
                number: Any = step if bare else str(step)
                found = next((item for item in items if item["id"] == number), None)
                if found is None:
                    items.append(found := {"id": number})
                node = found
            elif depth + 1 == len(path) and path in tree:
                node[step] = tree[path] if bare else {"Value": tree[path]}
            elif depth + 1 == len(path) or not isinstance(path[depth + 1], int):
                node = node.setdefault(step, {})
        if path not in tree:
            node["ghost"] = "True"
        elif isinstance(path[-1], int):
            node["Value"] = tree[path]
    return top


def received(result: object) -> Document:
    session = JsonRpcSession()
    session.fetch(ROOT)
    (reply,) = receive(session, json.dumps({"jsonrpc": "2.0", "id": 1, "result": result}), 0.0)
    assert isinstance(reply, RpcReply)
    assert isinstance(reply.outcome, Document), reply
    return reply.outcome


def notified(session: JsonRpcSession, tree: dict[str, Any]) -> tuple[Update, ...]:
    (push,) = receive(session, json.dumps({"method": "xFeedback/Event", "params": {"Id": 0, "Status": tree}}), 0.0)
    assert isinstance(push, Push)
    return push.updates


@given(trees)
def test_any_tree_is_the_same_on_every_wire(tree: Document) -> None:
    assert parse_status(as_xml(tree)) == tree
    posted = parse_feedback(json.dumps({"Status": as_json(tree, bare=False)}).encode(), 0.0)
    assert EMPTY.merge(posted.updates) == tree
    assert received(as_json(tree, bare=True)) == tree


@pytest.mark.slow
@given(st.lists(trees, max_size=6), st.sampled_from(["xml", "json", "socket"]))
def test_any_way_of_deltas_and_ghosts_ends_where_the_phone_is(states: list[Document], wire: str) -> None:
    session = JsonRpcSession()
    session.subscribe("Status", "Line")
    receive(session, '{"id": 1, "result": {"Id": 0}}', 0.0)
    ours = theirs = EMPTY
    for state in states:
        changes = theirs.changes(state, 0.0)
        ghosts = tuple(change.path for change in changes if change.is_ghost)
        news = Document({change.path: change.value for change in changes if change.value is not None})
        for gone, came in ((ghosts, EMPTY), ((), news)):
            if wire == "xml":
                updates = parse_feedback(as_xml(came, gone), 0.0).updates
            elif wire == "json":
                body = json.dumps({"Status": as_json(came, gone, bare=False)}).encode()
                updates = parse_feedback(body, 0.0).updates
            else:
                updates = notified(session, as_json(came, gone, bare=True))
            for update in updates:
                ours = ours.merge([update])
        theirs = state
        assert ours == theirs
