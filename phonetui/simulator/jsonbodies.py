"""Feedback bodies in JSON, as captured from room devices: `{"Value": …}` leaves, lists as arrays with `id`."""

import json
from collections.abc import Sequence
from itertools import groupby

from phonetui.simulator.documents import identification
from phonetui.simulator.element import Element, grown, place
from phonetui.simulator.inventory import Identity
from phonetui.simulator.tree import Change, Event


def feedback(identity: Identity, changes: Sequence[Change]) -> list[bytes]:
    """Values and ghosts apart, as in XML."""
    bodies = []
    for gone, group in groupby(changes, key=lambda change: change.value is None):
        data = Element("Status")
        if gone:
            for change in group:
                place(data, change.path).attributes["ghost"] = "True"
        else:
            grown(data, {change.path: change.value or "" for change in group})
        bodies.append(_written("Status", _members(data), identity))
    return bodies


def event(identity: Identity, happened: Event) -> bytes:
    """Nodes and leaves carry `"id": "1"`."""
    fields = {name: {"id": "1", "Value": value} for name, value in happened.fields}
    return _written("Event", {happened.name: {"id": "1", **fields}}, identity)


def _written(document: str, members: dict[str, object], identity: Identity) -> bytes:
    block = {name: {"Value": value} for name, value in identification(identity)}
    return json.dumps({document: {**members, "Identification": block}}).encode()


def _members(node: Element) -> dict[str, object]:
    members: dict[str, object] = {}
    for child in node:
        value = _value(child)
        if child.item is None:
            members[child.name] = value
        else:
            members.setdefault(child.name, [])
            items = members[child.name]
            if isinstance(items, list):
                items.append({"id": str(child.item), **value})
    return members


def _value(node: Element) -> dict[str, object]:
    if "ghost" in node.attributes:
        return {"ghost": "True"}
    return _members(node) if node.children else {"Value": node.text}
