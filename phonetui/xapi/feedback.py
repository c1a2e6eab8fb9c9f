"""What a phone pushes: the body of one HttpFeedback post → updates and events.

A post says which phone it comes from and holds only what changed, with ghosts for what is gone. It bears no time and no
number, so posts that overtake each other cannot be told apart: reading the phone again is what makes them true.
"""

from dataclasses import dataclass
from xml.etree.ElementTree import Element

from phonetui.errors import ProtocolError
from phonetui.text import Printable, printable
from phonetui.xapi.catalog import Kind, phoneos
from phonetui.xapi.document import Event, Update
from phonetui.xapi.path import Path
from phonetui.xapi.xml import local, not_xapi, parse, walk


@dataclass(frozen=True, slots=True)
class Push:
    """One post."""

    updates: tuple[Update, ...] = ()
    events: tuple[Event, ...] = ()
    mac: Printable | None = None
    """Of the sender, as it writes it; None where it says none."""


def parse_feedback(body: bytes, at: float) -> Push:
    """A post that arrived `at` (monotonic seconds). Raises ProtocolError.

    JSON bodies are recognised by their first character; we ask for XML and read nothing else yet.
    """
    if body.lstrip()[:1] == b"{":
        raise ProtocolError("feedback in JSON, although XML was asked for")
    root = parse(body)
    mac = _sender(root)
    name = local(root.tag)
    if name == "Event":
        return Push(events=tuple(_events(root, at)), mac=mac)
    if name == "Configuration":
        return Push(mac=mac)
    if name != "Status":
        raise not_xapi(name)
    reading = walk(root)
    ghosts = (Update(path, None, at) for path in reading.ghosts)
    news = (Update(path, value, at) for path, value in reading.leaves.items())
    return Push(updates=(*ghosts, *news), mac=mac)


def _sender(root: Element) -> Printable | None:
    """Takes the `Identification` block out of the document: it is about the sender, not a part of its tree."""
    block = next((child for child in root if local(child.tag) == "Identification"), None)
    if block is None:
        return None
    root.remove(block)
    mac = next((child.text for child in block if local(child.tag) == "MACAddress"), None)
    return printable(mac.strip()) if mac else None


def _events(root: Element, at: float) -> list[Event]:
    """Every child is one event. An event whose published name has two words lies one level deeper."""
    found = []
    for child in root:
        name, node = local(child.tag), child
        while phoneos().is_branch(Path.parse(name).names, Kind.EVENT) and len(node):
            node = node[0]
            name = f"{name} {local(node.tag)}"
        leaves = walk(node, Kind.EVENT).leaves
        fields = tuple((printable(str(path)), value) for path, value in leaves.items())
        found.append(Event(printable(name), fields, at))
    return found
