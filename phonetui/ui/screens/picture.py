"""The phone's screen, as a picture."""

import asyncio
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import Screen

from phonetui.actions import PICTURE_ACTIONS
from phonetui.config import places
from phonetui.phone.state import PhoneId
from phonetui.ui.bindings import bindings
from phonetui.ui.exports import folder, write_picture
from phonetui.ui.filters import AsciiText
from phonetui.ui.format import TIMES, name, steps
from phonetui.ui.keyboard import shown
from phonetui.ui.panes.header import Header
from phonetui.ui.row import Role, Row, Run, clipped, row
from phonetui.ui.screens.sight import in_sight
from phonetui.ui.snapshots import EVERY_S, Snapshots
from phonetui.ui.themes import COLOURLESS
from phonetui.ui.viewpoint import Viewpoint
from phonetui.ui.widgets.picture import PictureView
from phonetui.ui.widgets.rows import RowsView

LOOK_S = 0.25


class PictureScreen(Screen[None]):
    """Opened only once control of the phone was given."""

    CSS_PATH = "picture.tcss"
    AUTO_FOCUS = ""
    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings(PICTURE_ACTIONS),
        Binding("escape,q,s", "leave", "Back to the main screen", show=False),
    ]

    def __init__(self, phone: PhoneId, viewpoint: Viewpoint) -> None:
        super().__init__()
        self._phone = phone
        self._viewpoint = viewpoint
        self.snapshots = Snapshots(viewpoint.session, phone, self._changed)
        self._seen: object = None

    def compose(self) -> ComposeResult:
        yield Header()
        yield PictureView(id="picture")
        yield RowsView(id="said")
        yield RowsView(id="ways")

    def on_mount(self) -> None:
        for view in self.query(RowsView):
            view.can_focus = False
        self.snapshots.ask()
        self.set_interval(LOOK_S, self.look_again)

    def on_unmount(self) -> None:
        self.snapshots.close()

    def on_resize(self) -> None:
        self.call_after_refresh(self.look)

    def action_picture_refresh(self) -> None:
        self.snapshots.ask()

    def action_picture_repeat(self) -> None:
        self.snapshots.repeat(not self.snapshots.repeats)

    def action_leave(self) -> None:
        self.dismiss(None)

    async def action_picture_save(self) -> None:
        newest = self.snapshots.newest
        if newest is None:
            self.notify("There is no picture to save yet.", markup=False)
            return
        where = folder(places.history().parent)
        stem = f"{self._phone}-{self._viewpoint.session.clock.now():%Y%m%dT%H%M%SZ}"
        try:
            path = await asyncio.to_thread(write_picture, newest.picture, where, stem, newest.ending)
        except OSError as error:
            self.notify(f"{where}: {error.strerror or error}. Nothing was saved.", severity="error", markup=False)
        else:
            self.notify(f"Saved, for you alone to read: {path}", markup=False)

    def look_again(self) -> None:
        """A few times a second: repeats the question where that is wanted, and shows what moved."""
        if not in_sight(self):
            return
        self.snapshots.ask_if_due()
        if self._viewpoint.stamp != self._seen:
            self.look()

    def _changed(self) -> None:
        self.call_later(self.look)

    def look(self) -> None:
        if not self.is_mounted or not self.size:
            return
        self._seen = self._viewpoint.stamp
        scene = self._viewpoint.scene(live=True)
        self.query_one(Header).look(scene)
        newest = self.snapshots.newest
        if newest is not None:
            self.query_one(PictureView).show(newest.raster, colours=draws_colours(self))
        across = self.size.width
        phone = scene.phones.get(self._phone)
        said = told(name(phone) if phone else self._phone, self.snapshots, scene.at)
        self.query_one("#said", RowsView).show([clipped(said, across - 2)])
        self.query_one("#ways", RowsView).show([clipped(self._ways(), across)])

    def _ways(self) -> Row:
        keys = self._viewpoint.session.keys
        words = {
            "picture.refresh": "ask again",
            "picture.repeat": "stop" if self.snapshots.repeats else f"every {EVERY_S:.0f} s",
            "picture.save": "save the file",
        }
        ways = [(shown(keys[action].partition(",")[0]), word) for action, word in words.items()]
        return row(
            " ",
            *(
                run
                for key, word in (*ways, ("esc", "back"))
                for run in (Run(key, Role.KEY), Run(f" {word}  ", Role.LABEL))
            ),
        )


def draws_colours(screen: Screen[None]) -> bool:
    """Whether the terminal is to be given half blocks in colours; shades otherwise."""
    is_ascii = any(isinstance(wall, AsciiText) for wall in screen.app.get_line_filters())
    return not (is_ascii or screen.app.no_color or screen.app.theme == COLOURLESS)


def told(phone: str, snapshots: Snapshots, at: float) -> Row:
    """One line: whose picture it is, how large and how old, and what went wrong. `at` in monotonic seconds."""
    newest = snapshots.newest
    said = [Run(f"{phone}  ", Role.TITLE)]
    if newest is not None:
        if newest.raster is not None:
            said.append(Run(f"{newest.raster.width} {TIMES} {newest.raster.height}  ", Role.LABEL))
        else:
            said.append(Run(f"{newest.why}; it can be saved  ", Role.UNKNOWN))
        age = steps(at - newest.at)
        said.append(Run(f"{age} old  ", Role.STALE) if age else Run("now  ", Role.LABEL))
    if snapshots.failure:
        said.append(Run(f"✗ {snapshots.failure}", Role.FAILED))
    elif newest is None:
        said.append(Run("◐ asking the phone for a picture of its screen", Role.MEASURING))
    elif snapshots.repeats:
        said.append(Run(f"asked again every {EVERY_S:.0f} s", Role.INFO))
    return row(*said)
