"""A simulated phone's status tree; the only place where it changes.

Every change is noted in the order in which it happened; whoever publishes (log, feedback slots) takes the notes, so
that tree, log and posts cannot disagree. Knows nothing of what the leaves mean.
"""

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType

from msgspec import Struct

from phonetui.xapi.path import Path


class TreeChange(Struct, frozen=True):
    """A leaf's new value, or with None a list item that went away with everything below it."""

    path: Path
    value: str | None


class TreeEvent(Struct, frozen=True):
    """Something that happened; `name` without the word Event, as `SipCallDisconnect`."""

    name: str
    fields: tuple[tuple[str, str], ...] = ()


class PhoneCondition(Struct, frozen=True):
    """The phone as a whole became `live` or `rebooting`."""

    state: str


class TreeSetting(Struct, frozen=True):
    """A new value in the configuration, which is another document."""

    path: Path
    value: str


Notice = TreeChange | TreeEvent | PhoneCondition | TreeSetting


def subject(notice: Notice) -> tuple[str, Path] | None:
    """The document that a notice is about, and the place in it; None for the phone as a whole."""
    match notice:
        case TreeChange(path, _):
            return "Status", path
        case TreeSetting(path, _):
            return "Configuration", path
        case TreeEvent(name, _):
            return "Event", Path(name.split())
    return None


class Tree:
    """Leaves in the order in which they first appeared."""

    def __init__(self, on_first_notice: Callable[[], None]) -> None:
        """`on_first_notice` is called when there is something to take."""
        self._leaves: dict[Path, str] = {}
        self._notices: list[Notice | None] = []
        self._fresh: dict[Path, tuple[int, str | None]] = {}
        self._on_first_notice = on_first_notice

    @property
    def leaves(self) -> Mapping[Path, str]:
        """A live, read-only view."""
        return MappingProxyType(self._leaves)

    def put(self, path: Path, value: str) -> None:
        """Sets a leaf; a value equal to the one there is no change.

        Of several values within one instant only the last is noted, and none when the leaf is back where it was.
        """
        known = self._leaves.get(path)
        if known == value:
            return
        self._leaves[path] = value
        if path in self._fresh:
            index, known = self._fresh.pop(path)
            self._notices[index] = None
            if known == value:
                return
        self._fresh[path] = (len(self._notices), known)
        self._note(TreeChange(path, value))

    def drop(self, item: Path) -> None:
        """Removes a list item with everything below it; nothing there is no change."""
        below = [path for path in self._leaves if path.is_under(item)]
        for path in below:
            del self._leaves[path]
        if below:
            self.emit(TreeChange(item, None))

    def emit(self, notice: Notice) -> None:
        """Notes what isn't a leaf's value; values before it stay before it."""
        self._fresh.clear()
        self._note(notice)

    def take(self) -> tuple[Notice, ...]:
        """The notices since the last time, oldest first."""
        notices = tuple(notice for notice in self._notices if notice is not None)
        self._notices.clear()
        self._fresh.clear()
        return notices

    def _note(self, notice: Notice) -> None:
        self._notices.append(notice)
        if len(self._notices) == 1:
            self._on_first_notice()


def as_changes(leaves: Mapping[Path, str]) -> Iterator[TreeChange]:
    """A whole tree as changes from an empty one."""
    return (TreeChange(path, value) for path, value in leaves.items())
