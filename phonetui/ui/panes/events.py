"""What happened, newest at the bottom."""

from collections.abc import Sequence
from datetime import tzinfo
from functools import lru_cache

from phonetui.phone.journal import Entry, Weight
from phonetui.ui.panes.pane import Pane
from phonetui.ui.panes.scene import Scene
from phonetui.ui.row import Role, Row, Run, clipped, pad, row

_ROLES = {Weight.INFO: Role.PLAIN, Weight.GOOD: Role.GOOD, Weight.WARNING: Role.FAIR, Weight.TROUBLE: Role.POOR}
_GLYPHS = {Weight.INFO: "·", Weight.GOOD: "●", Weight.WARNING: "▲", Weight.TROUBLE: "!"}


class Events(Pane):
    number = "5"
    name_ = "Events"

    _shown: tuple[Sequence[Entry], int] | None = None

    def draw(self) -> None:
        """Drawn again only for other entries or another width: there may be thousands."""
        if self.scene is not None:
            key = (self.scene.entries, self.size.width)
            if self._shown is None or self._shown[0] is not key[0] or self._shown[1] != key[1]:
                self._shown = key
                super().draw()

    def rows_of(self, scene: Scene, across: int, high: int) -> list[Row]:  # noqa: ARG002 - events scroll
        return rows(scene.entries, scene.zone, across)


def rows(entries: Sequence[Entry], zone: tzinfo | None, across: int) -> list[Row]:
    if not entries:
        return [row(Run("Nothing has happened yet.", Role.DIM))]
    return [_entry(entry, zone, across) for entry in entries]


@lru_cache(maxsize=8192)
def _entry(entry: Entry, zone: tzinfo | None, across: int) -> Row:
    name = pad(entry.phone, 12)
    role = _ROLES[entry.weight]
    return clipped(
        row(
            Run(f"{entry.seen_at.astimezone(zone):%H:%M:%S} ", Role.DIM),
            Run(f"{name} ", Role.LABEL),
            Run(f"{_GLYPHS[entry.weight]} ", role),
            Run(entry.text, role),
        ),
        across,
    )
