"""What every document of one phone has in common: its root's attributes, who sends it, an older fashion of items."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from phonetui.simulator import wording
from phonetui.simulator.dialect import Dialect
from phonetui.simulator.element import Element
from phonetui.simulator.inventory import PRODUCT_TYPE, Identity
from phonetui.xapi.path import Path

_NETWORK = "Network"


@dataclass(frozen=True, slots=True)
class Letterhead:
    """A phone and its dialect."""

    identity: Identity
    dialect: Dialect

    def root(self, name: str) -> Element:
        """An empty document with the phone's root attributes, such as `Command` or `EmptyResult`."""
        attributes = {"product": "Cisco IP Phone", "version": self.dialect.firmware, "apiVersion": "4"}
        return Element(name, attributes)

    def identification(self) -> Iterator[tuple[str, str]]:
        yield "SystemName", self.identity.host_name
        yield "MACAddress", wording.address(self.dialect, self.identity.mac)
        yield "IPAddress", self.identity.address
        yield "ProductType", PRODUCT_TYPE
        yield "ProductID", self.identity.model.product_id
        yield "SWVersion", self.dialect.firmware
        yield "SerialNumber", self.identity.serial if self.dialect.serial else ""

    def place(self, path: Path) -> Path:
        """Where a leaf stands in a document: Network may be a list of one."""
        if self.dialect.network_item and path and path[0] == _NETWORK:
            return Path((_NETWORK, 1, *path[1:]))
        return path

    def placed(self, leaves: Mapping[Path, str]) -> Mapping[Path, str]:
        return {self.place(path): text for path, text in leaves.items()} if self.dialect.network_item else leaves

    def finish(self, root: Element) -> Element:
        """A document in the dialect's fashion, just before it is written."""
        if self.dialect.namespace:
            root.attributes = {"xmlns": self.dialect.namespace, **root.attributes}
        if self.dialect.items:
            for child in root:
                _itemise(child)
        return root


def _itemise(node: Element) -> None:
    node.attributes.setdefault("item", "1")
    for child in node:
        _itemise(child)
