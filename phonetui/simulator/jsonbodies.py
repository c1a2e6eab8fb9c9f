"""Feedback bodies in JSON, as captured from room devices: `{"Value": …}` leaves, lists as arrays with `id`."""

import json
from collections.abc import Sequence

from phonetui.simulator.documents import deltas
from phonetui.simulator.element import Element, grown
from phonetui.simulator.letterhead import Letterhead
from phonetui.simulator.tree import Change, Event, Setting


def feedback(head: Letterhead, changes: Sequence[Change]) -> list[bytes]:
    """Values and ghosts apart, as in XML."""
    return [_sent(head, "Status", _members(head, delta)) for delta in deltas(head, changes)]


def setting(head: Letterhead, changed: Setting) -> bytes:
    return _sent(head, "Configuration", _members(head, grown(Element(""), {changed.path: changed.value})))


def event(head: Letterhead, happened: Event) -> bytes:
    """Nodes and leaves carry `"id": "1"`."""
    fields = {name: {"id": "1", "Value": value} for name, value in happened.fields}
    return _sent(head, "Event", {happened.name: {"id": "1", **fields}})


def _sent(head: Letterhead, document: str, members: dict[str, object]) -> bytes:
    block = {name: {"Value": value} for name, value in head.identification()}
    return json.dumps({document: {**members, "Identification": block}}).encode()


def _members(head: Letterhead, node: Element) -> dict[str, object]:
    members: dict[str, object] = {}
    singular = {"id": "1"} if head.dialect.items else {}
    for child in node:
        value = _value(head, child)
        if child.item is None:
            members[child.name] = {**singular, **value}
        else:
            members.setdefault(child.name, [])
            items = members[child.name]
            if isinstance(items, list):
                items.append({"id": str(child.item), **value})
    return members


def _value(head: Letterhead, node: Element) -> dict[str, object]:
    if "ghost" in node.attributes:
        return {"ghost": "True"}
    return _members(head, node) if node.children else {"Value": node.text}
