"""What every document of one phone has in common: its root's attributes, who sends it, an older fashion of items."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from phonetui.simulator import naming, wording
from phonetui.simulator.dialect import Dialect
from phonetui.simulator.element import Element
from phonetui.simulator.inventory import PRODUCT_TYPE, Identity
from phonetui.xapi.path import Path


@dataclass(frozen=True, slots=True)
class Letterhead:
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
        """Who sends a body of feedback; empty where the phone doesn't say."""
        if not self.dialect.sender:
            return
        yield "SystemName", self.identity.host_name
        yield "MACAddress", wording.address(self.dialect, self.identity.mac)
        yield "IPAddress", self.identity.address
        yield "ProductType", PRODUCT_TYPE
        yield "ProductID", self.identity.model.product_id
        yield "SWVersion", self.dialect.firmware
        yield "SerialNumber", self.identity.serial if self.dialect.serial else ""

    def place(self, path: Path) -> Path:
        """Where a leaf stands in a document."""
        if naming.keeps_places(self.dialect):
            return path
        known = self._places.get(path)
        if known is None:
            known = self._places[path] = naming.place(self.dialect, path)
        return known

    def placed(self, leaves: Mapping[Path, str]) -> Mapping[Path, str]:
        if naming.keeps_places(self.dialect):
            return leaves
        return {self.place(path): text for path, text in leaves.items()}

    def finish(self, root: Element) -> Element:
        """A document in the dialect's fashion, just before it is written."""
        if self.dialect.namespace:
            root.attributes = {"xmlns": self.dialect.namespace, **root.attributes}
        if self.dialect.items:
            for child in root:
                _itemise(child)
        if self.dialect.padding or not self.dialect.list_marks:
            _dress(root, self.dialect)
        return root


def _itemise(node: Element) -> None:
    node.attributes.setdefault("item", "1")
    for child in node:
        _itemise(child)


def _dress(node: Element, dialect: Dialect) -> None:
    if not dialect.list_marks:
        node.attributes.pop("maxOccurrence", None)
    if node.text:
        node.text = f"{dialect.padding}{node.text}{dialect.padding}"
    for child in node:
        _dress(child, dialect)
