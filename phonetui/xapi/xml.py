"""Reads XML from phones safely: from elements to leaves, with limits.

Nothing here trusts the sender. Limits (evidence: trials with the standard library's expat 2.5): a document with a DTD
or an entity is refused, because expat expands entities up to 8 MiB; more than 10,000 tags or 64 levels are refused,
because 200,000 levels are otherwise accepted and a walk would not come back. The transport caps the size before that,
and the other limits here keep any document of that size below 50 ms.

Of the answers of one phone to one getxml only what differs from the one before is read (`StatusReader`):

    body before ──split at each `<`──► pieces ┐
    body now    ──split at each `<`──► pieces ┴─ which differ? ──in text alone──► the document before, with those leaves
                                                              ──otherwise──► parsed whole, and its layout kept

A phone writes the same elements in the same places for as long as no call or line comes or goes. Then splitting and
comparing two bodies costs a fifth of parsing one, and what did not change is shared with the document before. A text
that would need decoding of any kind (references, anything but printable ASCII) has the whole body parsed: that is the
one reading of XML, and the shorter way never gives anything else than it would.

Where an element stands is one rule for XML, feedback JSON and WebSocket JSON (`element_path`). These mark list items
differently (`item` and `maxOccurrence`, arrays with `id`), older software marks everything and newer software hardly
anything. So the catalogue decides first, then the wire's mark, then whether several elements have the same name. Names
that the catalogue has are written in its letter case.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import compress
from operator import ne
from xml.etree.ElementTree import Element, ParseError, XMLParser

from phonetui import numeric
from phonetui.errors import CommandRefused, PermissionDenied, ProtocolError
from phonetui.text import Printable, printable
from phonetui.xapi.catalog import CatalogKind, phoneos
from phonetui.xapi.document import EMPTY, Document
from phonetui.xapi.path import ROOT, Path
from phonetui.xapi.refusal import refused

MAX_DEPTH = 64
"""Levels of a document; the deepest published place has seven."""
MAX_NAME = 128
"""Characters; the longest published name has 24."""
MAX_FOREIGN_CHARACTERS = 100_000
"""Characters of a document in values that aren't plain ASCII: making them harmless takes 0.3 µs each."""
MAX_WORDS = 1000
"""Characters of a message about an error."""

_LINE_ENDS = str.maketrans("\t\n\r", "   ")
_NAME = re.compile(r"[^\s\d\[\]'\"=/.-][^\s\[\]'\"=/]*")
"""Everything that XML allows as a name passes; JSON would allow names that no notation could write."""


@dataclass(slots=True)
class Reading:
    """What one walk over a document found."""

    leaves: dict[Path, Printable] = field(default_factory=dict)
    ghosts: list[Path] = field(default_factory=list)
    places: list[Path | None] = field(default_factory=list)
    """Of XML: of each element, in the order in which they begin, the leaf that it is; None where it is none."""
    _foreign: int = 0
    """Characters so far that had to be looked at one by one."""

    def keep(self, where: Path, text: str, kind: CatalogKind) -> bool:
        """Keeps a leaf, unless it is an empty element that is published as a branch: a list's item without members.

        Returns whether it was kept.
        """
        text = text.strip()
        if not text and _is_branch(where, kind):
            return False
        self.leaves[where] = Printable(text) if text.isascii() and text.isprintable() else self.value(text)
        return True

    def value(self, text: str) -> Printable:
        """`text` made harmless. Raises ProtocolError for more foreign characters than a phone has to say."""
        if text.isascii() and text.isprintable():
            return Printable(text)
        self._foreign += len(text)
        if self._foreign <= MAX_FOREIGN_CHARACTERS:
            return printable(text)
        if text.isascii() and (lines := text.translate(_LINE_ENDS)).isprintable():
            return Printable(lines)  # a picture in lines of base64 is long and harmless
        raise ProtocolError(f"more than {MAX_FOREIGN_CHARACTERS:,} characters beyond plain ASCII")


@lru_cache(4096)
def _is_branch(where: Path, kind: CatalogKind) -> bool:
    return phoneos().is_branch(where.names, kind)


ElementPosition = tuple[Path, str, str | None, bool, CatalogKind, int]
"""All that decides an element's path: the path above it; its name; the wire's index; the wire's mark of a list; the
document's kind; its place among elements of the same name (from 1), or 0 where there is only one. A tuple, because
there is one for every element that ever arrives."""


def element_path(spot: ElementPosition) -> Path:
    """The element's path. Raises ProtocolError for what cannot be a name."""
    known = _places.get(spot)
    if known is None:
        if len(_places) >= _PLACES_CAP:
            _places.clear()
        known = _places[spot] = _build_path(spot)
    return known


def ghost_path(spot: ElementPosition) -> Path:
    """Like `place`; a ghost of a list that names no item is the end of the whole list."""
    parent, name, item, _, kind, position = spot
    return _below(parent, name, kind) if item is None and not position else element_path(spot)


def event_name(words: str) -> Printable:
    """An event's name, in the letter case of the catalogue as places are."""
    return printable(str(phoneos().canonical(Path(words[:MAX_WORDS].split()), CatalogKind.EVENT)))


_places: dict[ElementPosition, Path] = {}
"""Paths already built: phones of a fleet share their shape. Cleared when a liar fills it."""
_PLACES_CAP = 50_000


def _build_path(spot: ElementPosition) -> Path:
    parent, name, item, may_repeat, kind, position = spot
    found = _below(parent, name, kind)
    listed = phoneos().is_list(found.names, kind)
    if listed or position or (listed is None and may_repeat):
        number = numeric.integer(item or "", most=numeric.MAX_INDEX)
        return found / (position or 1 if number is None else number)
    return found


def _below(parent: Path, name: str, kind: CatalogKind) -> Path:
    """In the letter case of the catalogue: which one phones write isn't published, and all wires compare without it."""
    return phoneos().canonical(parent / _element_name(name), kind)


def _element_name(name: str) -> str:
    name = name.rpartition("}")[2]  # legacy software's XML has namespaces
    if len(name) > MAX_NAME or not _NAME.fullmatch(name):
        raise ProtocolError(f"'{name[:40]}' cannot be the name of an element")
    return str(printable(name))


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
    return parse_placed(body)[0]


def parse_placed(body: bytes) -> tuple[Document, Sequence[Path | None]]:
    """As `parse_status`, and for each element, in the order of beginnings, the path of the leaf that it is, or None."""
    root = parse(body)
    name = local_name(root.tag)
    if name == "EmptyResult":
        return EMPTY, ()
    if (whole := refusal(root, "*s")) is not None:
        raise whole
    if name != "Status":
        raise not_xapi(name)
    reading = walk(root)
    return Document(reading.leaves), reading.places


def walk(root: Element, kind: CatalogKind = CatalogKind.STATUS) -> Reading:
    """The leaves below `root`, whose own name is the document's and no part of the paths."""
    reading = Reading()
    reading.places.append(None)
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
    """The refusal of a read that came back empty because nothing of that name is known, in words that phones use."""
    return _refusal("*s", "No match on address expression", str(path.location()))


def not_xapi(name: str, form: str = "XML") -> ProtocolError:
    """The error for a well-formed document that is no answer of the xAPI, such as a sign-in page.

    `name` is its root.
    """
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
    several = {tag for tag, number in Counter(tags).items() if number > 1} if len(set(tags)) < len(tags) else ()
    for position, (tag, child) in enumerate(zip(tags, element, strict=True), 1):
        ghost, is_listed = child.get("ghost"), child.get("maxOccurrence") is not None
        spot = (path, tag, child.get("item"), is_listed, kind, position if tag in several else 0)
        if ghost is not None and ghost.lower() == "true":
            reading.ghosts.append(ghost_path(spot))
            continue
        where = element_path(spot)
        if len(child):
            reading.places.append(None)
            _descend(child, where, kind, reading, depth - 1)
        else:
            is_kept = reading.keep(where, child.text or "", kind)
            reading.places.append(where if is_kept else None)


_Layout = tuple[Path | None, ...]
"""By piece: the leaf whose value is the text behind its tag; None for closing tags, branches and all others."""

_PLAIN = re.compile(rb"([^>]*>)[ \t\r\n]*([!-%'-;=?-~](?:[ -%'-;=?-~]*[!-%'-;=?-~])?)[ \t\r\n]*")
"""A tag and a text behind it that stands for itself: printable ASCII without references."""
LARGEST = 64 * 1024
"""Bytes of a body beyond which none is kept to compare with: five times as many as any known tree has."""
_LAYOUTS = 256
"""That are shared; phones of a model and firmware have one for each number of calls."""
_layouts: dict[_Layout, _Layout] = {}
_templates: dict[int, tuple[Document, _Layout, bytes]] = {}
"""By how many tags a body has: one that was parsed whole. Phones of a fleet have most of their leaves alike, so the
first answer of each is compared with that of another phone, and shares what they have in common."""


class StatusReader:
    """Keeps the latest answer, and gives the same document for the same bytes."""

    __slots__ = ("_body", "_document", "_layout")

    def __init__(self) -> None:
        self._body: bytes | None = None
        self._document = EMPTY
        self._layout: _Layout | None = None

    def read(self, body: bytes) -> Document:
        """The document of an answer, as `parse_status` reads it, whose errors this raises."""
        if body == self._body:
            return self._document
        before, self._body = self._body, None  # whatever is raised, the next answer is compared with none
        document = None
        if before is not None and self._layout is not None:
            document = _following(self._document, self._layout, before, body)
        if document is None:
            document = self._read_anew(body)
        if len(body) < LARGEST:
            self._body, self._document = body, document
        return document

    def _read_anew(self, body: bytes) -> Document:
        """By what another phone said, or whole."""
        size = body.count(b"<")
        if (alike := _templates.get(size)) is not None:
            self._layout = alike[1]
            if (document := _following(*alike, body)) is not None:
                return document
        document, places = parse_placed(body)
        self._layout = _layout(body, places, document) if len(body) < LARGEST else None
        if self._layout is not None:
            if len(_templates) >= _LAYOUTS:
                _templates.clear()
            _templates[size] = (document, self._layout, body)
        return document


def _following(document: Document, layout: _Layout, before: bytes, body: bytes) -> Document | None:
    """`document`, which was read from `before`, as `body` has it; None where they differ in more than plain texts."""
    old, new = before.split(b"<"), body.split(b"<")
    if len(old) != len(new):
        return None
    if len(body) > MAX_ATTRIBUTES and body.count(b"=") > MAX_ATTRIBUTES:
        return None
    news: dict[Path, Printable] = {}
    for place in compress(range(len(new)), map(ne, old, new)):
        path, found = layout[place], _PLAIN.fullmatch(new[place])
        if path is None or found is None or not old[place].startswith(found[1]):
            return None
        news[path] = Printable(found[2].decode("ascii"))
    return document.with_leaves(news)


def _layout(body: bytes, places: Sequence[Path | None], document: Document) -> _Layout | None:
    """Where each leaf's text stands in `body`, whose elements stand at `places`, in their order.

    None where pieces and elements cannot be told to belong together: comments and CDATA sections cut a text in pieces,
    and a bare `>` ends a tag too early.
    """
    pieces = body.split(b"<")
    if b"<!" in body or body.count(b"<?") > 1 or body.count(b">") != len(pieces) - 1:
        return None
    opens = [piece[:1] not in (b"/", b"?") for piece in pieces[1:]]
    if sum(opens) != len(places) or sum(path is not None for path in places) != len(document):
        return None
    following = iter(places)
    made = [next(following) if opened else None for opened in opens]
    layout: _Layout = (
        None,
        *(None if b"/>" in piece else path for path, piece in zip(made, pieces[1:], strict=True)),
    )
    if len(_layouts) >= _LAYOUTS:
        _layouts.clear()
    return _layouts.setdefault(layout, layout)
