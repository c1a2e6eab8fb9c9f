"""A phone's status tree as it is published: the office's values in the words of a dialect, and the whole tree as bytes.

tree ─► notices ─► present ─┬─► notices as published ─► log, feedback, WebSocket
                            └─► leaves as published  ─► getxml, xGet

`StatusWriter` keeps each branch at the top of the tree as it was last written, and writes it again only after a change:
a thousand phones are asked for their trees. It serves whole branches of dialects that keep the catalogue's places.
"""

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType

from phonetui.simulator import call, documents
from phonetui.simulator import dialect as dialect_module
from phonetui.simulator.call import Leg
from phonetui.simulator.device import CALLS_PER_LINE, LEDS, SimulatedDevice
from phonetui.simulator.dialect import PLAIN, Dialect, Wording
from phonetui.simulator.documents import DocHeader
from phonetui.simulator.feedback import SLOTS
from phonetui.simulator.tree import Notice, TreeChange, TreeEvent
from phonetui.xapi.catalog import CatalogEntry, CatalogKind, Deployment, phoneos
from phonetui.xapi.path import Path


class Presentation:
    """What a phone publishes of its tree, as of the last notices."""

    def __init__(self, device: SimulatedDevice, dialect: Dialect = PLAIN) -> None:
        self.dialect = dialect
        self._device = device
        self._wording = Wording(dialect)
        self._leaves: dict[Path, str] = {}
        self.changes: dict[str, int] = {}
        """How often anything changed in each branch at the top, in the order of their first leaves."""
        self._published: dict[tuple[str, ...], bool] = {}
        self._verbatim: dict[Path, str] = {}

    @property
    def leaves(self) -> Mapping[Path, str]:
        """A live, read-only view."""
        return MappingProxyType(self._leaves)

    def keep_verbatim(self, path: Path, text: str) -> None:
        """The next change to exactly this value goes out as it is, in any dialect."""
        self._verbatim = {path: text}

    def present(self, notices: Iterable[Notice]) -> tuple[Notice, ...]:
        """What is published of these, oldest first; the first ones bring along what the dialect adds of itself."""
        published: list[Notice] = [] if self._leaves else [*self._added()]
        for notice in notices:
            match notice:
                case TreeChange(path, None):
                    published += self._gone(path)
                case TreeChange(path, value):
                    published += self._put(path, value or "")
                case TreeEvent(name, fields):
                    if publishes(self.dialect, tuple(name.split()), CatalogKind.EVENT):
                        worded = tuple(self._fields(fields))
                        published.append(TreeEvent(dialect_module.event(self.dialect, name), worded))
                case _:
                    published.append(notice)
        return tuple(published)

    def _put(self, path: Path, value: str) -> Iterator[TreeChange]:
        names = path.names
        if self._verbatim.pop(path, None) == value:
            text = value
        elif self._shows(names):
            text = self._wording.of(names, value)
        else:
            return
        yield from self._show(path, text)
        if names[-1] == "CallState":
            for name, extra in self.dialect.call_leaves:
                yield from self._show(Path(path[:-1]) / name, extra)

    def _show(self, path: Path, text: str) -> Iterator[TreeChange]:
        known = self._leaves.get(path)
        if not text and self.dialect.omits_empty:
            if known is not None:
                del self._leaves[path]
                self._count(path)
                yield TreeChange(path, None)
        elif known != text:
            self._leaves[path] = text
            self._count(path)
            yield TreeChange(path, text)

    def _gone(self, item: Path) -> Iterator[TreeChange]:
        if self.dialect.idle_calls and item.names == ("Line", "Call"):
            yield from self._idle(item)
            return
        below = [path for path in self._leaves if path.is_under(item)]
        for path in below:
            del self._leaves[path]
        if below:
            self._count(item)
            yield TreeChange(item, None)
        if self.dialect.idle_slots and item.names == ("HttpFeedback",):
            yield from self._show(item / "URL", "")

    def _count(self, path: Path) -> None:
        name = str(path[0])
        self.changes[name] = self.changes.get(name, 0) + 1

    def _idle(self, item: Path) -> Iterator[TreeChange]:
        """A call's slot with nothing in it."""
        leg = Leg(self._device, int(item[1]), int(item[3]), False, "", "Idle", "None")
        for name, value in call.leaves(leg):
            yield from self._put(item / name, "0" if name == "Rfactor" else value)

    def _added(self) -> Iterator[TreeChange]:
        """What the dialect has beyond the tree."""
        for notation, text in self.dialect.leaves:
            yield from self._show(Path.parse(notation), text)
        for key in range(self._device.model.lamps + 1, self.dialect.line_keys + 1):
            yield from self._put(LEDS / "Line" / key / "LEDCadence", "Off")
            yield from self._put(LEDS / "Line" / key / "LEDColor", "Off")
        if self.dialect.idle_slots:
            for number in range(1, SLOTS + 1):
                yield from self._show(Path.of("HttpFeedback", number, "URL"), "")
        if self.dialect.idle_calls:
            for line in range(1, len(self._device.extensions) + 1):
                for slot in range(CALLS_PER_LINE):
                    yield from self._idle(Path.of("Line", line, "Call", slot))

    def _fields(self, fields: tuple[tuple[str, str], ...]) -> Iterator[tuple[str, str]]:
        """An event's fields are worded as the leaves of a call, and called as these unless the dialect says more."""
        dialect = self.dialect
        for name, value in fields:
            if name in call.FIGURES and not dialect.event_figures:
                continue
            text = self._wording.of(("Line", "Call", name), value)
            text = str(dialect_module.call_id(dialect, int(value))) if name == "CallId" else text
            if text or not dialect.omits_empty:
                yield dialect_module.field(dialect, name), text

    def _shows(self, names: tuple[str, ...]) -> bool:
        if names not in self._published:
            self._published[names] = publishes(self.dialect, names, CatalogKind.STATUS)
        return self._published[names]


def publishes(dialect: Dialect, names: tuple[str, ...], kind: CatalogKind) -> bool:
    """Whether this deployment's firmware has the catalogue's row of the place, or of the container that it is in.

    What no row describes, it has.
    """
    rows: Iterator[CatalogEntry | None] = (
        phoneos().find(Path(names[:length]), kind) for length in range(len(names), 0, -1)
    )
    row = next((row for row in rows if row), None)
    if row is None:
        return True
    return row.release <= dialect.release and (dialect.deployment == "MPP" or row.deployment is not Deployment.MPP)


_WHOLE = "/Status"


class StatusWriter:
    """Writes status documents of a presentation, and keeps them as long as nothing changes."""

    def __init__(self, head: DocHeader, presentation: Presentation) -> None:
        self._head = head
        self._presentation = presentation
        self._is_plain = dialect_module.keeps_places(head.dialect) and head.dialect.role_reads == "all"
        self._written: dict[str, tuple[int, str]] = {}

    def read(self, location: str) -> bytes | None:
        """The answer for the whole tree or a branch at its top; None where it has to be assembled."""
        if not self._is_plain or not location.startswith(_WHOLE):
            return None
        name = location[len(_WHOLE) :].strip("/")
        branches = self._presentation.changes
        if name and name not in branches:
            return None
        inside = "".join(self._branch(each) for each in ((name,) if name else tuple(branches)))
        if not inside:
            return None
        root = self._head.finish(self._head.root("Status"))
        return documents.document_bytes(root, inside)

    def _branch(self, name: str) -> str:
        number = self._presentation.changes[name]
        known = self._written.get(name)
        if known is None or known[0] != number:
            leaves = {path: text for path, text in self._presentation.leaves.items() if path[0] == name}
            tree = self._head.finish(documents.status(self._head, leaves))
            known = self._written[name] = (number, documents.inner_text(tree))
        return known[1]
