"""The bundle that a survey of a real phone wrote, and the documents in it.

The format is described where it is written, in `phonetui.probe.bundle`; this reader shares no code with that writer.

whole documents ─┐
parts of Status ─┴► tree ─ pruned to a location ─► answer
an answer that the tree cannot explain ──────────► itself, to the same question
nothing there ──► the answer to a place that doesn't exist, with the asked name in it
"""

import base64
import binascii
import json
import re
from collections.abc import Iterator, Mapping
from copy import deepcopy
from html import escape
from pathlib import Path as File
from typing import Any
from urllib.parse import unquote

from msgspec import Struct

from phonetui.errors import ConfigError
from phonetui.simulator import documents, locations
from phonetui.simulator.element import Element, Malformed, build_tree, read_xml
from phonetui.xapi.catalog import phoneos
from phonetui.xapi.path import Path

FORMAT, VERSION = "phonetui-bundle", 1
_CONNECTION_HEADERS = frozenset(
    {"connection", "content-encoding", "content-length", "keep-alive", "set-cookie", "transfer-encoding"}
)
"""Headers that belong to the connection or the moment, not to the answer."""
_LOCATION = "/getxml?location="


class RecordedReply(Struct, frozen=True):
    """What a replica answers."""

    status: int
    headers: dict[str, str]
    body: bytes


class RecordedExchange(Struct, frozen=True):
    """One exchange."""

    topic: str
    method: str
    target: str
    sent: str
    status: int | None
    """None: no answer came."""
    headers: tuple[tuple[str, str], ...]
    body: bytes

    @property
    def location(self) -> str | None:
        """What was asked of getxml; None where it wasn't."""
        return unquote(self.target.removeprefix(_LOCATION)) if self.target.startswith(_LOCATION) else None

    @property
    def lasting_headers(self) -> dict[str, str]:
        """The headers that a replica sends as well."""
        return {name: value for name, value in self.headers if name not in _CONNECTION_HEADERS}

    @property
    def reply(self) -> RecordedReply:
        """The recorded answer; 503 where none came."""
        return RecordedReply(self.status or 503, self.lasting_headers, self.body)


class Bundle(Struct, frozen=True):
    """A survey's bundle, read: what was asked, and what the phone answered."""

    product_id: str
    websocket: bool
    exchanges: tuple[RecordedExchange, ...]

    def first(self, topic: str) -> RecordedExchange | None:
        """The first exchange of a topic that got an answer."""
        return next((each for each in self.exchanges if each.topic == topic and each.status), None)

    def at(self, target: str) -> RecordedExchange | None:
        """The first answered exchange for this target; None where there is none."""
        return next((each for each in self.exchanges if each.target == target and each.status), None)


def bundle_of(product_id: str, leaves: Mapping[Path, str]) -> Bundle:
    """What a survey would have found of a phone of which only its status tree is known."""
    body = documents.serialize(build_tree(Element("Status"), leaves))
    headers = (("content-type", "text/xml"),)
    whole = RecordedExchange("identity", "GET", f"{_LOCATION}/Status", "", 200, headers, body)
    return Bundle(product_id, False, (whole,))


def read(file: File) -> Bundle:
    """The bundle in a file.

    Raises ConfigError for what cannot be read, isn't a bundle, or comes from a later release.
    """
    try:
        content = json.loads(file.read_text("utf-8"))
    except OSError as error:
        raise ConfigError(f"{file}: {error.strerror or 'cannot be read'}", "Look at --from") from error
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"{file} is not JSON", "Give --from a file that 'phonetui probe' wrote") from error
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise ConfigError(f"{file} is not a survey of a phone", "Give --from a file that 'phonetui probe' wrote")
    if content.get("version") != VERSION:
        raise ConfigError(f"{file} is of version {content.get('version')}", f"This release reads version {VERSION}")
    try:
        phone = content["phone"]
        return Bundle(
            product_id=str(phone.get("product_id", "")),
            websocket=phone.get("websocket") is True,
            exchanges=tuple(_recorded(each) for each in content["exchanges"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise ConfigError(f"{file} is damaged: {type(error).__name__} {error}", "Make it anew") from error


def _recorded(exchange: Mapping[str, Any]) -> RecordedExchange:
    status, body = exchange["status"], exchange["body"]
    if not isinstance(body, str) or not isinstance(status, int | None) or isinstance(status, bool):
        raise TypeError("status or body")
    if status is not None and not 100 <= status <= 599:
        raise ValueError(f"status {status}")
    try:
        data = base64.b64decode(body) if exchange.get("encoding") == "base64" else body.encode("utf-8", "replace")
    except binascii.Error as error:
        raise ValueError("a body in base64") from error
    headers = tuple((str(name).lower(), "".join(str(value).splitlines())) for name, value in exchange["headers"])
    return RecordedExchange(
        topic=str(exchange["topic"]),
        method=str(exchange["method"]),
        target=str(exchange["path"]),
        sent=str(exchange.get("sent") or ""),
        status=status,
        headers=headers,
        body=data,
    )


MISSING_NAME = "NoSuchPlace"
"""What surveys ask for to see what isn't there."""
_ILLEGAL = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_WHOLE = ("Status", "Configuration", "Command", "Valuespace")


class RecordedDocuments:
    """Knows everything that was read from one phone."""

    def __init__(self, bundle: Bundle) -> None:
        self.bundle = bundle
        self._documents: dict[str, Element] = {}
        for name in _WHOLE:
            whole = bundle.at(f"/{name.casefold()}.xml")
            root = document(whole) if whole else None
            if root is not None and root.name == name:
                self._documents[name.casefold()] = root
        self.tree = self._merged()
        """The whole status tree, with what only its parts showed."""
        self._verbatim = {each.location: each for each in bundle.exchanges if self._differs_from_tree(each)}

    @property
    def commands(self) -> Element | None:
        return self._documents.get("command")

    @property
    def value_spaces(self) -> Element | None:
        return self._documents.get("valuespace")

    def page(self, target: str, status: Element) -> RecordedReply | None:
        """A whole document or anything else that isn't getxml; `status` is the tree as it is now."""
        name = target.removeprefix("/").removesuffix(".xml")
        recorded = self.bundle.at(target)
        if name == "status" and "status" in self._documents and recorded:
            changed = status is not self.tree
            known = self._documents["status"]
            return self._written(_with_tops_of(status, known), recorded) if changed else recorded.reply
        if recorded and recorded.method == "GET":
            return recorded.reply
        if any(each.target == target for each in self.bundle.exchanges):
            return None
        missing = self.bundle.first("no-page")
        return _renamed(missing, MISSING_NAME, name) if missing else RecordedReply(404, {}, b"Not Found")

    def read(self, location: str | None, status: Element) -> RecordedReply:
        """The answer of getxml; `status` is the tree as it is now."""
        if location is None or not location.strip():
            recorded = self.bundle.first("without-location" if location is None else "empty")
            return recorded.reply if recorded else self._fault("")
        if location in self._verbatim:
            return self._verbatim[location].reply
        try:
            wanted = locations.parse(location)
        except locations.Unparsable:
            return self._fault(location)
        source = status if wanted.document == "status" else self._documents.get(wanted.document)
        found = locations.pruned(source, wanted.steps) if source is not None else None
        if found is not None and (found.children or not wanted.steps):
            return self._written(found, self.bundle.first("identity"))
        return self._nothing(location, wanted)

    def _nothing(self, location: str, wanted: locations.Location) -> RecordedReply:
        if wanted.document == "status":
            place = Path(step.name for step in wanted.steps)
            if phoneos().knows(place) and (empty := self._empty()) is not None:
                return empty.reply
            deep = "nowhere-item" if any(step.item is not None for step in wanted.steps) else "nowhere-deep"
            topics = ["nowhere"] if len(wanted.steps) == 1 else [deep, "nowhere"]
        else:
            topics = ["nowhere-document", "nowhere"]
        recorded = next((found for topic in topics if (found := self.bundle.first(topic))), None)
        if recorded is None:
            return self._written(Element("EmptyResult", dict(self.tree.attributes)), None)
        return _renamed(recorded, recorded.location or "", location)

    def _empty(self) -> RecordedExchange | None:
        """What it said of a published place that held nothing just then."""
        for each in self.bundle.exchanges:
            root = document(each) if each.topic in ("part", "form") and each.status == 200 else None
            if root is not None and not root.children and each.location not in self._verbatim:
                return each
        return None

    def _fault(self, location: str) -> RecordedReply:
        recorded = self.bundle.first("unparsable")
        if recorded is None:
            return self._written(documents.location_fault(location), None)
        return _renamed(recorded, recorded.location or "", location)

    def _written(self, root: Element, like: RecordedExchange | None) -> RecordedReply:
        headers = {"content-type": "text/xml", **(like.lasting_headers if like else {})}
        return RecordedReply(200, headers, documents.serialize(root))

    def _merged(self) -> Element:
        whole = self.bundle.at("/getxml?location=/Status")
        tree = self._documents.get("status") or (document(whole) if whole else None)
        if tree is None or tree.name != "Status" or tree.attributes.get("status", "OK") != "OK":
            tree = Element("Status")
        tree = deepcopy(tree)
        for each in self.bundle.exchanges:
            part = document(each) if each.topic in ("identity", "part") and each.status == 200 else None
            if part is not None and part.name == "Status" and part.attributes.get("status", "OK") == "OK":
                tree.attributes = tree.attributes or dict(part.attributes)
                _merge(tree, part)
        return tree

    def _differs_from_tree(self, recorded: RecordedExchange) -> bool:
        """Whether the tree doesn't explain an answer, so that only itself can be given again."""
        location = recorded.location
        if location is None or recorded.status is None or recorded.topic not in ("identity", "part", "form"):
            return False
        try:
            wanted = locations.parse(location)
        except locations.Unparsable:
            return True
        root = document(recorded) if recorded.status == 200 else None
        found = locations.pruned(self.tree, wanted.steps)
        if root is None:
            return True
        if root.name == "Status" and recorded.topic != "form":
            return root.attributes.get("status", "OK") != "OK"
        if found is None or not found.children:
            return root.name not in ("EmptyResult", "Status") or bool(root.children)
        return _skeleton(found) != _skeleton(root)


def document(recorded: RecordedExchange) -> Element | None:
    """An answer's XML; None where it isn't any."""
    try:
        return read_xml(_ILLEGAL.sub("\ufffd".encode(), recorded.body))
    except Malformed:
        return None


def _merge(into: Element, part: Element) -> None:
    for child in part:
        known = next((each for each in into if (each.name, each.item) == (child.name, child.item)), None)
        if known is None:
            into.children.append(deepcopy(child))
        elif known.children or child.children:
            _merge(known, child)


def _with_tops_of(tree: Element, document: Element) -> Element:
    """The tree without what was never in the whole document."""
    names = {child.name for child in document} | {"HttpFeedback"}
    return Element(tree.name, tree.attributes, [child for child in tree if child.name in names])


def _skeleton(node: Element) -> tuple[object, ...]:
    return (node.name, node.item, tuple(_skeleton(child) for child in node))


def _renamed(recorded: RecordedExchange, before: str, after: str) -> RecordedReply:
    """The recorded answer about something that isn't there, about something else that isn't."""
    text = recorded.body.decode()
    for old, new in ((before, after), (before.lstrip("/"), after.lstrip("/"))):
        if old:
            text = text.replace(old, escape(new, quote=False))
            break
    return RecordedReply(recorded.status or 404, recorded.lasting_headers, text.encode("utf-8", "replace"))


def flat_leaves(tree: Element) -> dict[Path, str]:
    """The leaves by path, for JSON, which tells lists from single elements."""
    return dict(_flatten(tree, Path()))


def _flatten(node: Element, above: Path) -> Iterator[tuple[Path, str]]:
    for child in node:
        here = above / child.name
        if child.item is not None and _is_list(node, child, here):
            here /= child.item
        if child.children:
            yield from _flatten(child, here)
        else:
            yield here, child.text.strip()


def _is_list(parent: Element, child: Element, place: Path) -> bool:
    """By the catalogue, else by what the document says: `item` alone stands on single elements of old software too."""
    known = phoneos().is_list(place.names)
    if known is not None:
        return known
    return "maxOccurrence" in child.attributes or sum(each.name == child.name for each in parent) > 1
