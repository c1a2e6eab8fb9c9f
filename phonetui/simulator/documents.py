"""XML as a phone writes it: documents for getxml, answers for putxml, bodies for feedback.

What the documents of one phone have in common: the root's attributes, who sends it, and the dialect's own forms.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from phonetui.simulator import dialect as dialect_module
from phonetui.simulator.dialect import Dialect
from phonetui.simulator.element import Element, build_tree, element_at
from phonetui.simulator.hardware import PRODUCT_TYPE, Identity
from phonetui.simulator.tree import TreeChange, TreeEvent, TreeSetting
from phonetui.xapi.path import Path


@dataclass(frozen=True, slots=True)
class DocHeader:
    """A phone and its dialect."""

    identity: Identity
    dialect: Dialect
    _places: dict[Path, Path] = field(init=False, repr=False, compare=False, default_factory=dict)
    """Where leaves stand that were asked for so far."""

    def root(self, name: str) -> Element:
        """An empty document with the phone's root attributes, such as `Command` or `EmptyResult`."""
        attributes = {"product": "Cisco IP Phone", "version": self.dialect.firmware, "apiVersion": "4"}
        return Element(name, attributes)

    def nothing(self, document: str, location: str) -> Element:
        """The answer for a location in a document, such as `Status`, in which there is nothing."""
        match self.dialect.nothing:
            case "document":
                return self.root(document)
            case "error":
                root = Element(document, {"status": "Error"})
                root.add("Reason", "No match on address expression")
                root.add("XPath", location)
                return root
            case _:
                return self.root("EmptyResult")

    def identification(self) -> Iterator[tuple[str, str]]:
        """The leaves that say who sends a body of feedback; empty where the phone doesn't say."""
        if not self.dialect.sender:
            return
        yield "SystemName", self.identity.host_name
        yield "MACAddress", dialect_module.address(self.dialect, self.identity.mac)
        yield "IPAddress", self.identity.address
        yield "ProductType", PRODUCT_TYPE
        yield "ProductID", self.identity.model.product_id
        yield "SWVersion", self.dialect.firmware
        yield "SerialNumber", self.identity.serial if self.dialect.serial else ""

    def place(self, path: Path) -> Path:
        """The place of a leaf in a document."""
        if dialect_module.keeps_places(self.dialect):
            return path
        known = self._places.get(path)
        if known is None:
            known = self._places[path] = dialect_module.document_place(self.dialect, path)
        return known

    def placed(self, leaves: Mapping[Path, str]) -> Mapping[Path, str]:
        if dialect_module.keeps_places(self.dialect):
            return leaves
        return {self.place(path): text for path, text in leaves.items()}

    def finish(self, root: Element) -> Element:
        """A document in the dialect's fashion, just before it is written."""
        if self.dialect.namespace:
            root.attributes = {"xmlns": self.dialect.namespace, **root.attributes}
        if self.dialect.items or self.dialect.padding or not self.dialect.list_marks:
            for child in root:
                _finish(child, self.dialect)
        return root


def _finish(node: Element, dialect: Dialect) -> None:
    if dialect.items:
        node.attributes.setdefault("item", "1")
    if not dialect.list_marks:
        node.attributes.pop("maxOccurrence", None)
    if node.text:
        node.text = f"{dialect.padding}{node.text}{dialect.padding}"
    for child in node:
        _finish(child, dialect)


_ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"}


def serialize(root: Element, *, encoding: str = "") -> bytes:
    """The document's bytes.

    Characters that XML cannot carry go out as they are, and half surrogate pairs as references: a phone that copies a
    caller's name from the network doesn't check it either.
    """
    parts = [f'<?xml version="1.0" encoding="{encoding}"?>\n' if encoding else '<?xml version="1.0"?>\n']
    _write(root, "", parts)
    return "".join(parts).encode()


def inner_text(root: Element) -> str:
    """What stands between the tags of `root`."""
    parts: list[str] = []
    for child in root:
        _write(child, "  ", parts)
    return "".join(parts)


def document_bytes(root: Element, inside: str) -> bytes:
    """As `serialize`, for a root without children and what was already written of them."""
    attributes = "".join(f' {name}="{_escaped(value)}"' for name, value in root.attributes.items())
    return f'<?xml version="1.0"?>\n<{root.name}{attributes}>\n{inside}</{root.name}>\n'.encode()


def status(head: DocHeader, leaves: Mapping[Path, str]) -> Element:
    """The Status document of these leaves."""
    return build_tree(head.root("Status"), head.placed(leaves))


def configuration(head: DocHeader, leaves: Mapping[Path, str]) -> Element:
    """The Configuration document of these leaves."""
    root = build_tree(head.root("Configuration"), leaves)
    for path in leaves:
        element_at(root, path).attributes["valueSpaceRef"] = "/Valuespace/TTPAR_OnOff"
    return root


def location_fault(location: str) -> Element:
    """What an empty or unreadable location gets, with 200."""
    root = Element("Fault")
    error = root.add("XPathError", type="parsing")
    error.add("ErrorCode", "10", type="string")
    error.add("Location", location, type="string")
    error.add("ProcessString", location, type="string")
    return root


def access_denied(head: DocHeader, location: str) -> Element:
    """What an account gets that may not see the location, with 200 (inferred)."""
    root = Element("Status", {"status": "Error"})
    root.add("Reason", head.dialect.denial)
    root.add("XPath", location)
    return root


def feedback(head: DocHeader, changes: Sequence[TreeChange]) -> list[bytes]:
    """The bodies of HttpFeedback posts for these changes of the status tree."""
    return [_sent(head, "Status", delta.children) for delta in deltas(head, changes)]


def deltas(head: DocHeader, changes: Sequence[TreeChange]) -> Iterator[Element]:
    """Trees of what changed: values and ghosts apart, since one item cannot be both in one document."""
    for gone, group in groupby(changes, key=lambda change: change.value is None):
        delta = Element("Status")
        if gone:
            for change in group:
                element_at(delta, head.place(change.path)).attributes["ghost"] = head.dialect.ghost
        else:
            build_tree(delta, {head.place(change.path): change.value or "" for change in group})
        yield delta


def setting(head: DocHeader, changed: TreeSetting) -> bytes:
    """The body of an HttpFeedback post for a changed setting."""
    return _sent(head, "Configuration", configuration(head, {changed.path: changed.value}).children)


def event(head: DocHeader, happened: TreeEvent) -> bytes:
    """Every element carries `item="1"`, as RoomOS sends them, where the dialect says so."""
    mark = {"item": "1"} if head.dialect.event_items else {}
    node = Element(happened.name, dict(mark))
    for name, value in happened.fields:
        node.add(name, value, **mark)
    return _sent(head, "Event", [node])


def _sent(head: DocHeader, name: str, children: list[Element]) -> bytes:
    """A body for a receiver: without the attributes of a root, with the sender in front."""
    root = Element(name)
    if head.dialect.sender:
        block = root.add("Identification")
        for field, value in head.identification():
            block.add(field, value)
    root.children += children
    return serialize(head.finish(root), encoding="utf-8")


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
