"""XML in: guarded reading of what a phone sends, and the walk from elements to leaves.

Nothing here trusts the sender. Limits (evidence: trials with the standard library's expat 2.5): a document with a DTD
or an entity is refused, because expat expands entities up to 8 MiB; more than 10,000 tags or 64 levels are refused,
because 200,000 levels are otherwise accepted and a walk would not come back. The transport caps the size before that,
and the other limits here keep any document of that size below 50 ms.
"""

import re
from collections import Counter
from xml.etree.ElementTree import Element, ParseError, XMLParser

from phonetui.errors import CommandRefused, PermissionDenied, ProtocolError
from phonetui.text import printable
from phonetui.xapi.catalog import CatalogKind
from phonetui.xapi.document import EMPTY, MAX_DEPTH, MAX_WORDS, Document, Reading, element_path, ghost_path
from phonetui.xapi.path import ROOT, Path
from phonetui.xapi.refusal import refused

MAX_TAGS = 10_000
"""A whole tree has 800."""
MAX_ATTRIBUTES = 20_000
MAX_REFERENCES = 10_000
"""Ampersands: a bare one is mended, which takes 1 µs."""

PIECE = 2**15
"""Bytes that are parsed at a time: some 0.5 ms."""

_DTD = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_HTML = re.compile(rb"^\s*(?:<!--.*?-->\s*)?(?:<!doctype\s+html|<html)", re.IGNORECASE | re.DOTALL)
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_CONTROLS = bytes(0x7F if byte < 32 and byte not in (9, 10, 13) else byte for byte in range(256))
"""Bytes that XML has no place for become DEL, which it has, and which `printable` makes visible."""
_REFERENCE = re.compile(r"&#(?:x([0-9a-fA-F]{1,8})|([0-9]{1,8}));")
_BARE_AMPERSAND = re.compile(r"&(?!#?\w{1,8};)")

_HTML_HINT = "Is this the phone's own web port, and is xAPI switched on for it?"


def parse(body: bytes) -> Element:
    """The root of `body`, which must be XML in UTF-8. Raises ProtocolError and nothing else.

    Bytes that XML cannot carry (a raw escape character, half a surrogate pair, a bare `&`) are replaced rather than
    refused: a caller's display name must not be able to silence a phone.
    """
    if not body.strip():
        raise ProtocolError("an empty answer")
    if _HTML.match(body):
        raise ProtocolError("an HTML page instead of xAPI", _HTML_HINT, reason="html")
    if _DTD.search(body):
        raise ProtocolError("XML with a DTD or entities, which is refused")
    if body.count(b"<") > MAX_TAGS:
        raise ProtocolError(f"XML of more than {MAX_TAGS:,} tags")
    if body.count(b"=") > MAX_ATTRIBUTES or body.count(b"&") > MAX_REFERENCES:
        raise ProtocolError("XML of more attributes or references than any phone's")
    try:
        if b"\0" not in body:  # UTF-16 would pass the scan above, and expat obeys its byte order mark
            return _element(body)
    except ParseError:
        pass
    try:
        return _element(_repaired(body))
    except ParseError as error:
        raise ProtocolError(f"broken XML: {error}") from error


def parse_status(body: bytes) -> Document:
    """A getxml answer of the Status document; empty where the place has nothing.

    Raises CommandRefused where the phone says that the path is wrong, ProtocolError where it isn't xAPI.
    """
    root = parse(body)
    name = local_name(root.tag)
    if name == "EmptyResult":
        return EMPTY
    if (whole := refusal(root, "*s")) is not None:
        raise whole
    if name != "Status":
        raise not_xapi(name)
    return Document(walk(root).leaves)


def walk(root: Element, kind: CatalogKind = CatalogKind.STATUS) -> Reading:
    """The leaves below `root`, whose own name is the document's and no part of the paths."""
    reading = Reading()
    _descend(root, ROOT, kind, reading, MAX_DEPTH)
    return reading


def refusal(root: Element, prefix: str) -> CommandRefused | PermissionDenied | None:
    """The phone's "no" to a whole request, if `root` is one: a Fault, or a document with an error status.

    PermissionDenied where the account may not.
    """
    if local_name(root.tag) == "Fault":
        code = (root.findtext(".//ErrorCode") or "").strip()
        return _refusal(prefix, f"the path cannot be read (error {code or 'unknown'})", _text_of(root, "Location"))
    if root.get("status", "OK") == "OK":
        return None
    return _refusal(prefix, _text_of(root, "Reason") or "refused", _text_of(root, "XPath"))


def no_match(path: Path) -> CommandRefused | PermissionDenied:
    """For a read that came back empty although nothing of that name is known: the words that phones use for it."""
    return _refusal("*s", "No match on address expression", str(path.location()))


def not_xapi(name: str, form: str = "XML") -> ProtocolError:
    return ProtocolError(f"{form}, but not xAPI: its root is '{printable(name[:MAX_WORDS])}'", _HTML_HINT)


def local_name(tag: str) -> str:
    """The tag without a namespace (legacy software had one)."""
    return tag.rpartition("}")[2]


def _element(body: bytes) -> Element:
    parser = XMLParser(encoding="utf-8")  # noqa: S314 - DTDs, giants and depth are refused in this module
    for first in range(0, len(body), PIECE):  # other threads have their turn in between
        parser.feed(body[first : first + PIECE])
    root = parser.close()
    assert isinstance(root, Element)  # noqa: S101 - what the default TreeBuilder returns
    return root


def _repaired(body: bytes) -> bytes:
    text = body.translate(_CONTROLS).decode("utf-8", "replace").replace("\ufffe", "\ufffd").replace("\uffff", "\ufffd")
    text = _REFERENCE.sub(lambda match: match[0] if _is_legal(match) else "\ufffd", text)
    return _BARE_AMPERSAND.sub("&amp;", text).encode("utf-8")


def _is_legal(match: re.Match[str]) -> bool:
    number = int(match[1], 16) if match[1] else int(match[2])
    return number <= 0x10FFFF and _ILLEGAL.match(chr(number)) is None


def _refusal(prefix: str, reason: str, xpath: str) -> CommandRefused | PermissionDenied:
    details = {Path.of("Reason"): printable(reason[:MAX_WORDS])}
    if xpath:
        details[Path.of("XPath")] = printable(xpath[:MAX_WORDS])
    where = f": {details[Path.of('XPath')]}" if xpath else ""
    return refused(printable("Result"), details, "Error", prefix=prefix, where=where)


def _text_of(root: Element, name: str) -> str:
    return next(((node.text or "").strip() for node in root.iter() if local_name(node.tag) == name), "")


def _descend(element: Element, path: Path, kind: CatalogKind, reading: Reading, depth: int) -> None:
    if not depth:
        raise ProtocolError(f"XML nested deeper than {MAX_DEPTH} levels")
    tags = [child.tag for child in element]
    several = {tag for tag, number in Counter(tags).items() if number > 1} if len(set(tags)) < len(tags) else None
    for position, child in enumerate(element, 1):
        occurrence = position if several and child.tag in several else 0
        spot = (path, child.tag, child.get("item"), "maxOccurrence" in child.attrib, kind, occurrence)
        if child.get("ghost", "").lower() == "true":
            reading.ghosts.append(ghost_path(spot))
            continue
        where = element_path(spot)
        if len(child):
            _descend(child, where, kind, reading, depth - 1)
        else:
            reading.keep(where, child.text or "", kind)
