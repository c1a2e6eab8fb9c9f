"""Feedback bodies in JSON, as captured from room devices: `{"Value": …}` leaves, lists as arrays with `id`."""

import json
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from phonetui.simulator import jsontree
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
    """Nodes and leaves carry `"id": "1"` where the dialect says so."""
    mark = {"id": "1"} if head.dialect.event_items else {}
    fields = {name: _leaf(head, text, mark) for name, text in happened.fields}
    return _sent(head, "Event", {happened.name: {**mark, **fields}})


def _sent(head: Letterhead, document: str, members: dict[str, object]) -> bytes:
    block = {name: _leaf(head, text) for name, text in head.identification()}
    return json.dumps({document: {**members, "Identification": block} if block else members}).encode()


def _members(head: Letterhead, node: Element) -> dict[str, object]:
    members: dict[str, object] = {}
    singular = {"id": "1"} if head.dialect.items else {}
    for child in node:
        if child.item is not None:
            items = members.setdefault(child.name, [])
            if isinstance(items, list):
                items.append({"id": str(child.item), **_item(head, child)})
        elif child.children or "ghost" in child.attributes:
            members[child.name] = {**singular, **_item(head, child)}
        else:
            members[child.name] = _leaf(head, child.text, singular)
    return members


def _item(head: Letterhead, node: Element) -> dict[str, object]:
    if "ghost" in node.attributes:
        return {"ghost": node.attributes["ghost"]}
    return _members(head, node) if node.children else {"Value": _scalar(head, node.text)}


def _leaf(head: Letterhead, text: str, mark: Mapping[str, object] = MappingProxyType({})) -> object:
    value = _scalar(head, text)
    return value if head.dialect.bare_json else {**mark, "Value": value}


def _scalar(head: Letterhead, text: str) -> str | int:
    dialect = head.dialect
    value = jsontree.as_number(text) if dialect.json_numbers else text
    return f"{dialect.padding}{value}{dialect.padding}" if isinstance(value, str) and value else value
