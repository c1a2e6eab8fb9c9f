"""Parses what a phone pushes: the body of an HttpFeedback post, or a notification → updates and events.

A post says which phone it comes from and holds only what changed, with ghosts for what is gone. It bears no time and no
number, so posts that overtake each other cannot be told apart: reading the phone again is what makes them true.

What we register for with a phone, as feedback expressions: it pushes this, and everything else is polled.
"""

from xml.etree.ElementTree import Element

from msgspec import Struct

from phonetui.text import Printable, printable
from phonetui.xapi import jsontree
from phonetui.xapi.catalog import CatalogKind, phoneos
from phonetui.xapi.document import Event, Update
from phonetui.xapi.path import Path
from phonetui.xapi.xml import MAX_WORDS, Reading, event_name, local_name, not_xapi, parse, walk

_DOCUMENTS = ("Status", "Event", "Configuration")


class Push(Struct, frozen=True):
    """What one HttpFeedback post or one notification brought: updates of leaves, and events."""

    updates: tuple[Update, ...] = ()
    events: tuple[Event, ...] = ()
    mac: Printable | None = None
    """Of the sender, as it writes it; None where it says none."""


def parse_feedback(body: bytes, at: float) -> Push:
    """A post that arrived `at` (monotonic seconds), in XML or JSON by its first character. Raises ProtocolError."""
    if body.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"{":
        return push_of(jsontree.load(body), at)
    root = parse(body)
    mac = _sender(root)
    name = local_name(root.tag)
    if name == "Event":
        return Push(events=tuple(_events(root, at)), mac=mac)
    if name == "Configuration":
        return Push(mac=mac)
    if name != "Status":
        raise not_xapi(name)
    return Push(updates=_updates(walk(root), at), mac=mac)


def push_of(tree: jsontree.Tree, at: float) -> Push:
    """The documents in a JSON body or in a notification's parameters, as one push.

    Raises ProtocolError where there is none.
    """
    if not any(name in tree for name in _DOCUMENTS):
        raise not_xapi(next(iter(tree), ""), "JSON")
    mac = next((found for name in _DOCUMENTS if (found := _json_sender(tree.get(name)))), None)
    status, event = (_without_sender(tree.get(name)) for name in ("Status", "Event"))
    happened = tuple(Event(name, fields, at) for name, fields in jsontree.events(event))
    return Push(updates=_updates(jsontree.walk(status), at), events=happened, mac=mac)


def _updates(reading: Reading, at: float) -> tuple[Update, ...]:
    """Ghosts first: what came in the same message may sit in the place of what is gone."""
    ghosts = (Update(path, None, at) for path in reading.ghosts)
    news = (Update(path, value, at) for path, value in reading.leaves.items())
    return (*ghosts, *news)


def _sender(root: Element) -> Printable | None:
    """Takes the `Identification` block out of the document: it is about the sender, not a part of its tree."""
    block = next((child for child in root if local_name(child.tag) == "Identification"), None)
    if block is None:
        return None
    root.remove(block)
    mac = next((child.text for child in block if local_name(child.tag) == "MACAddress"), None)
    return printable(mac.strip()[:MAX_WORDS]) if mac else None


def _json_sender(document: object) -> Printable | None:
    block = document.get("Identification") if isinstance(document, dict) else None
    mac = block.get("MACAddress") if isinstance(block, dict) else None
    mac = mac.get("Value") if isinstance(mac, dict) else mac
    return printable(mac.strip()[:MAX_WORDS]) if isinstance(mac, str) and mac.strip() else None


def _without_sender(document: object) -> object:
    if not isinstance(document, dict):
        return {}
    return {name: member for name, member in document.items() if name != "Identification"}


def _events(root: Element, at: float) -> list[Event]:
    """Every child is one event. An event whose published name has two words lies one level deeper."""
    found = []
    for child in root:
        name, node = local_name(child.tag), child
        while phoneos().is_branch(tuple(name.split()), CatalogKind.EVENT) and len(node):
            node = node[0]
            name = f"{name} {local_name(node.tag)}"
        leaves = walk(node, CatalogKind.EVENT).leaves
        fields = tuple((printable(str(path)), value) for path, value in leaves.items())
        found.append(Event(event_name(name), fields, at))
    return found


EXPRESSIONS = (
    "/Status/Line",
    "/Status/LEDStatus",
    "/Status/ExtStatus",
    "/Status/PhoneStatus",
    "/Status/Network",
    "/Status/Standby",
    "/Status/Bookings",
    "/Status/ThousandEyes",
    "/Status/PRTStatus",
    "/Status/Security",
    "/Event/BootEvent",
    "/Event/Shutdown",
    "/Event/SipCallSuccessful",
    "/Event/SipCallDisconnect",
    "/Event/Bookings",
)
"""Fifteen, as many as the oldest guide allows in one slot. What is missing hardly ever changes and is polled."""


_PLACES = tuple(Path.of(*each.split("/")[2:]) for each in EXPRESSIONS if each.startswith("/Status/"))


def is_registered(path: Path) -> bool:
    """Whether a leaf is one of the registered places, or lies below one."""
    return any(path.is_under(place) for place in _PLACES)
