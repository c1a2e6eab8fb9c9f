"""What every pane is: the newest snapshot, drawn for the room that there is."""

from collections.abc import Sequence
from typing import ClassVar

from textual.geometry import Region
from textual.strip import Strip

from phonetui.ui.snapshot import Snapshot
from phonetui.ui.text.rows import Row, sentence
from phonetui.ui.widgets.row_list import RowsView


class Pane(RowsView):
    """Draws itself again when it is given another snapshot or another size, and only then."""

    number: ClassVar[str] = ""
    """The key that leads here, for the title."""
    name_: ClassVar[str] = ""

    snapshot: Snapshot | None = None
    _is_drawn = False
    _drawn: tuple[object, ...] | None = None
    """What the rows that are shown were made of."""

    def render_lines(self, crop: Region) -> list[Strip]:
        """The first paint comes before the news of the size that it is for."""
        if not self._is_drawn:
            with self.no_repaint():
                self.draw()
        return super().render_lines(crop)

    def refresh_from(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        try:
            matter = self.dependencies(snapshot)
        except Exception:  # noqa: BLE001 - drawing it meets the same, and shows it
            matter = None
        if matter is None or matter != self._drawn:
            self.draw()

    def draw(self) -> None:
        """A fault in it stands in this pane alone."""
        try:
            self._draw()
        except Exception as error:  # noqa: BLE001 - what it can be is not known: the other panes must go on
            self._drawn = None
            self.show([sentence(self, error)])

    def _draw(self) -> None:
        if self.snapshot is None:
            return
        self._update_title(self.snapshot)
        size = self.size
        if not size:
            return
        self._is_drawn = True
        self._drawn = self.dependencies(self.snapshot)
        self.show(self.rows_of(self.snapshot, size.width, size.height))

    def dependencies(self, snapshot: Snapshot) -> tuple[object, ...] | None:  # noqa: ARG002 - few panes are of so little
        """All of a snapshot that rows and title are made of; None where that is too much to be compared."""
        return None

    def rows_of(self, snapshot: Snapshot, width: int, height: int) -> Sequence[Row]:
        raise NotImplementedError

    def title_of(self, snapshot: Snapshot) -> str:  # noqa: ARG002 - panes about one phone say which
        return self.name_

    def on_resize(self) -> None:
        self.draw()

    def _update_title(self, snapshot: Snapshot) -> None:
        self.set_title(f"{self.number} {self.title_of(snapshot)}".strip())
