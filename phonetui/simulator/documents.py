"""Writing XML as a phone does: documents for getxml, answers for putxml, bodies for feedback."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

from phonetui.simulator.element import Element, grown, place
from phonetui.simulator.letterhead import Letterhead
from phonetui.simulator.tree import Change, Event, Setting
from phonetui.xapi.path import Path

_ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"}


def written(root: Element, *, encoding: str = "") -> bytes:
    """The document's bytes.

    Characters that XML cannot carry go out as they are, and half surrogate pairs as references: a phone that copies a
    caller's name from the network doesn't check it either.
    """
    parts = [f'<?xml version="1.0" encoding="{encoding}"?>\n' if encoding else '<?xml version="1.0"?>\n']
    _write(root, "", parts)
    return "".join(parts).encode()


def status(head: Letterhead, leaves: Mapping[Path, str]) -> Element:
    return grown(head.root("Status"), head.placed(leaves))


def configuration(head: Letterhead, leaves: Mapping[Path, str]) -> Element:
    root = grown(head.root("Configuration"), leaves)
    for path in leaves:
        place(root, path).attributes["valueSpaceRef"] = "/Valuespace/TTPAR_OnOff"
    return root


def fault(location: str) -> Element:
    """What an empty or unreadable location gets, with 200."""
    root = Element("Fault")
    error = root.add("XPathError", type="parsing")
    error.add("ErrorCode", "10", type="string")
    error.add("Location", location, type="string")
    error.add("ProcessString", location, type="string")
    return root


def denied(head: Letterhead, location: str) -> Element:
    """What an account gets that may not see the location, with 200 (inferred)."""
    root = Element("Status", {"status": "Error"})
    root.add("Reason", head.dialect.denial)
    root.add("XPath", location)
    return root


def feedback(head: Letterhead, changes: Sequence[Change]) -> list[bytes]:
    """Bodies for a batch of changes."""
    return [_sent(head, "Status", delta.children) for delta in deltas(head, changes)]


def deltas(head: Letterhead, changes: Sequence[Change]) -> Iterator[Element]:
    """Trees of what changed: values and ghosts apart, since one item cannot be both in one document."""
    for gone, group in groupby(changes, key=lambda change: change.value is None):
        delta = Element("Status")
        if gone:
            for change in group:
                place(delta, head.place(change.path)).attributes["ghost"] = head.dialect.ghost
        else:
            grown(delta, {head.place(change.path): change.value or "" for change in group})
        yield delta


def setting(head: Letterhead, changed: Setting) -> bytes:
    return _sent(head, "Configuration", configuration(head, {changed.path: changed.value}).children)


def event(head: Letterhead, happened: Event) -> bytes:
    """Every element carries `item="1"`, as RoomOS sends them, where the dialect says so."""
    mark = {"item": "1"} if head.dialect.event_items else {}
    node = Element(happened.name, dict(mark))
    for name, value in happened.fields:
        node.add(name, value, **mark)
    return _sent(head, "Event", [node])


def _sent(head: Letterhead, name: str, children: list[Element]) -> bytes:
    """A body for a receiver: without the attributes of a root, with the sender in front."""
    root = Element(name)
    if head.dialect.sender:
        block = root.add("Identification")
        for field, value in head.identification():
            block.add(field, value)
    root.children += children
    return written(head.finish(root), encoding="utf-8")


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
