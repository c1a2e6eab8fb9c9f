"""What every pane is: the newest scene, drawn for the room that there is."""

from collections.abc import Sequence
from typing import ClassVar

from phonetui.ui.panes.scene import Scene
from phonetui.ui.row import Row
from phonetui.ui.widgets.rows import RowsView


class Pane(RowsView):
    """Draws itself again when it is given another scene or another size, and only then."""

    number: ClassVar[str] = ""
    """The key that leads here, for the title."""
    name_: ClassVar[str] = ""

    scene: Scene | None = None

    def look(self, scene: Scene) -> None:
        self.scene = scene
        self.draw()

    def draw(self) -> None:
        if self.scene is None or not self.size:
            return
        self.show(self.rows_of(self.scene, self.size.width, self.size.height))
        self._entitle(self.scene)

    def rows_of(self, scene: Scene, across: int, high: int) -> Sequence[Row]:
        raise NotImplementedError

    def title_of(self, scene: Scene) -> str:  # noqa: ARG002 - panes about one phone say which
        return self.name_

    def on_resize(self) -> None:
        self.draw()

    def _entitle(self, scene: Scene) -> None:
        self.entitle(f"{self.number} {self.title_of(scene)}".strip())
