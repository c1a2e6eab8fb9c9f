"""Where an element of a phone's document stands: the one rule for XML, feedback JSON and WebSocket JSON.

The wires mark list items differently (`item` and `maxOccurrence`, arrays with `id`), older software marks everything
and newer software hardly anything. So the catalogue decides first, then the wire's mark, then twins beside it. Names
that the catalogue has are written in its letter case.
"""

import re
from dataclasses import dataclass, field

from phonetui import numeric
from phonetui.errors import ProtocolError
from phonetui.text import Printable, printable
from phonetui.xapi.catalog import Kind, phoneos
from phonetui.xapi.path import Path

MAX_DEPTH = 64
"""Levels of a document; the deepest published place has seven."""
MAX_NAME = 128
"""Characters; the longest published name has 24."""
MAX_ODD = 100_000
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
    _odd: int = 0
    """Characters so far that had to be looked at one by one."""

    def keep(self, where: Path, text: str, kind: Kind) -> None:
        """A leaf, unless it is an empty element that is published as a branch: a list's item without members."""
        text = text.strip()
        if text or not phoneos().is_branch(where.names, kind):
            self.leaves[where] = self.value(text)

    def value(self, text: str) -> Printable:
        """`text` made harmless. Raises ProtocolError for more foreign characters than a phone has to say."""
        if text.isascii() and text.isprintable():
            return Printable(text)
        self._odd += len(text)
        if self._odd <= MAX_ODD:
            return printable(text)
        if text.isascii() and (lines := text.translate(_LINE_ENDS)).isprintable():
            return Printable(lines)  # a picture in lines of base64 is long and harmless
        raise ProtocolError(f"more than {MAX_ODD:,} characters beyond plain ASCII")


Spot = tuple[Path, str, str | None, bool, Kind, int]
"""All that decides an element's path: the path above it; its name; the wire's index; the wire's mark of a list; the
document's kind; its place among elements of the same name (from 1), or 0 where there is only one. A tuple, because
there is one for every element that ever arrives."""


def place(spot: Spot) -> Path:
    """The element's path. Raises ProtocolError for what cannot be a name."""
    known = _places.get(spot)
    if known is None:
        if len(_places) >= _PLACES_CAP:
            _places.clear()
        known = _places[spot] = _built(spot)
    return known


def ghost_place(spot: Spot) -> Path:
    """Like `place`; a ghost of a list that names no item is the end of the whole list."""
    parent, name, item, _, kind, position = spot
    return _below(parent, name, kind) if item is None and not position else place(spot)


def event_name(words: str) -> Printable:
    """An event's name, in the letter case of the catalogue as places are."""
    return printable(str(phoneos().canonical(Path(words[:MAX_WORDS].split()), Kind.EVENT)))


_places: dict[Spot, Path] = {}
"""Paths already built: phones of a fleet share their shape. Cleared when a liar fills it."""
_PLACES_CAP = 50_000


def _built(spot: Spot) -> Path:
    parent, name, item, may_repeat, kind, position = spot
    found = _below(parent, name, kind)
    listed = phoneos().is_list(found.names, kind)
    if listed or position or (listed is None and may_repeat):
        number = numeric.integer(item or "", most=numeric.MAX_INDEX)
        return found / (position or 1 if number is None else number)
    return found


def _below(parent: Path, name: str, kind: Kind) -> Path:
    """In the letter case of the catalogue: which one phones write isn't published, and all wires compare without it."""
    return phoneos().canonical(parent / _named(name), kind)


def _named(name: str) -> str:
    name = name.rpartition("}")[2]  # legacy software's XML has namespaces
    if len(name) > MAX_NAME or not _NAME.fullmatch(name):
        raise ProtocolError(f"'{name[:40]}' cannot be the name of an element")
    return str(printable(name))
