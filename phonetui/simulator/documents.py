"""Writing XML as a phone does: documents for getxml, answers for putxml, bodies for feedback."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby

from phonetui.simulator.element import Element, grown, place
from phonetui.simulator.inventory import FIRMWARE, PRODUCT_TYPE, Identity
from phonetui.simulator.tree import Change, Event
from phonetui.xapi.path import Path

_ROOT = {"product": "Cisco IP Phone", "version": FIRMWARE, "apiVersion": "4"}
_ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"}


def written(root: Element, *, encoding: str = "") -> bytes:
    """The document's bytes.

    Characters that XML cannot carry go out as they are, and half surrogate pairs as references: a phone that copies a
    caller's name from the network doesn't check it either.
    """
    parts = [f'<?xml version="1.0" encoding="{encoding}"?>\n' if encoding else '<?xml version="1.0"?>\n']
    _write(root, "", parts)
    return "".join(parts).encode()


def status(leaves: Mapping[Path, str]) -> Element:
    return grown(Element("Status", dict(_ROOT)), leaves)


def configuration(leaves: Mapping[Path, str]) -> Element:
    root = grown(Element("Configuration", dict(_ROOT)), leaves)
    for path in leaves:
        place(root, path).attributes["valueSpaceRef"] = "/Valuespace/TTPAR_OnOff"
    return root


def titled(name: str) -> Element:
    """An empty document with the phone's root attributes, such as `Command` or `EmptyResult`."""
    return Element(name, dict(_ROOT))


def fault(location: str) -> Element:
    """What an empty or unreadable location gets, with 200."""
    root = Element("Fault")
    error = root.add("XPathError", type="parsing")
    error.add("ErrorCode", "10", type="string")
    error.add("Location", location, type="string")
    error.add("ProcessString", location, type="string")
    return root


def feedback(identity: Identity, changes: Sequence[Change]) -> list[bytes]:
    """Bodies for a batch of changes: values and ghosts apart, since one item cannot be both in one document."""
    bodies = []
    for gone, group in groupby(changes, key=lambda change: change.value is None):
        root = _identified("Status", identity)
        data = Element("Status")
        if gone:
            for change in group:
                place(data, change.path).attributes["ghost"] = "True"
        else:
            grown(data, {change.path: change.value or "" for change in group})
        root.children += data.children
        bodies.append(written(root, encoding="utf-8"))
    return bodies


def event(identity: Identity, happened: Event) -> bytes:
    """Every element carries `item="1"`, as RoomOS sends them."""
    root = _identified("Event", identity)
    node = root.add(happened.name, item="1")
    for name, value in happened.fields:
        node.add(name, value, item="1")
    return written(root, encoding="utf-8")


def identification(identity: Identity) -> Iterable[tuple[str, str]]:
    yield "SystemName", identity.host_name
    yield "MACAddress", identity.mac
    yield "IPAddress", identity.address
    yield "ProductType", PRODUCT_TYPE
    yield "ProductID", identity.model.product_id
    yield "SWVersion", FIRMWARE
    yield "SerialNumber", identity.serial


def _identified(name: str, identity: Identity) -> Element:
    root = Element(name)
    block = root.add("Identification")
    for field, value in identification(identity):
        block.add(field, value)
    return root


def _write(node: Element, indent: str, parts: list[str]) -> None:
    attributes = "".join(f' {name}="{_escaped(value)}"' for name, value in node.attributes.items())
    if node.children:
        parts.append(f"{indent}<{node.name}{attributes}>\n")
        for child in node.children:
            _write(child, indent + "  ", parts)
        parts.append(f"{indent}</{node.name}>\n")
    elif node.text:
        parts.append(f"{indent}<{node.name}{attributes}>{_escaped(node.text)}</{node.name}>\n")
    else:
        parts.append(f"{indent}<{node.name}{attributes}/>\n")


def _escaped(text: str) -> str:
    if text.isalnum():
        return text
    return "".join(
        _ESCAPES.get(char) or (f"&#x{ord(char):X};" if "\ud800" <= char <= "\udfff" else char) for char in text
    )
