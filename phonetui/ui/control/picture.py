"""The screen that shows a phone's screenshot in braille or in colours; it can be moved, zoomed and saved."""

import asyncio
from collections.abc import Callable
from functools import partialmethod
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from phonetui.config import places
from phonetui.phone.state import PhoneId
from phonetui.private import create_in, writable_folder
from phonetui.ui.control.screenshot import REPEAT_S, ScreenshotPoller, draws_colours
from phonetui.ui.graphics.capabilities import ImageProtocol, with_cell_size
from phonetui.ui.graphics.decoders import Raster, cropped
from phonetui.ui.graphics.dots import Viewport, colour_viewport, dot_viewport
from phonetui.ui.graphics.encoders import AsyncEncoder
from phonetui.ui.keyboard import bindings
from phonetui.ui.output import AsciiText
from phonetui.ui.screens.live_screen import LiveScreen
from phonetui.ui.screens.screen_commands import in_sight
from phonetui.ui.snapshot import Snapshot
from phonetui.ui.text.format import TIMES, name, steps
from phonetui.ui.text.rows import Role, Row, Run, clipped, row
from phonetui.ui.view_state import ViewState
from phonetui.ui.widgets.image import DottedView
from phonetui.ui.widgets.row_list import StaticRows

SETTLED_S = 0.1
"""The toolkit paints a screen that comes more than once; what painting destroys would be sent each time."""


DOTS, COLOURS = "dots", "colours"


class PictureScreen(LiveScreen):
    """Looking is no act of control: it asks the phone, and nobody else."""

    screen_id = "picture"
    CSS_PATH = "../styles/picture.tcss"
    AUTO_FOCUS = ""
    is_always_live = True
    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings("picture"),
        Binding("left,h", "pan(-1, 0)", "Left", show=False),
        Binding("right,l", "pan(1, 0)", "Right", show=False),
        Binding("up,k", "pan(0, -1)", "Up", show=False),
        Binding("down,j", "pan(0, 1)", "Down", show=False),
    ]

    def __init__(self, phone: PhoneId, view_state: ViewState) -> None:
        super().__init__(view_state)
        self._phone = phone
        self.snapshots = ScreenshotPoller(view_state.session, phone, self._changed)
        self._encoder = AsyncEncoder(self._changed)
        self._looks = DOTS if view_state.session.graphics_mode.protocol is ImageProtocol.BLOCKS else COLOURS
        """How the picture is drawn, where the terminal can do both."""
        self._viewports: dict[str, Viewport] = {}
        """The part that is looked at, by looks."""
        self._part: tuple[Raster, Viewport, Raster] | None = None
        """The picture, the part that is looked at, and that part alone."""

    @property
    def shown_phone(self) -> PhoneId | None:
        return self._phone

    def body(self) -> ComposeResult:
        yield DottedView(id="picture")
        yield StaticRows(id="status")

    def on_mount(self) -> None:
        if not draws_colours(self):
            self._looks = DOTS  # finer than shades, and braille needs no colour
        self.snapshots.ask()
        self.app.app_suspend_signal.subscribe(self, lambda _: self.query_one(DottedView).put_away())
        self.app.app_resume_signal.subscribe(self, lambda _: self._put_up())

    def on_unmount(self) -> None:
        self.snapshots.close()
        self._encoder.close()

    def on_resize(self) -> None:
        session = self._view_state.session
        if not self.app.is_headless:
            session.graphics_mode = with_cell_size(session.graphics_mode)

    def on_screen_suspend(self) -> None:
        self.query_one(DottedView).put_away()

    def on_screen_resume(self) -> None:
        self._put_up()

    def _put_up(self) -> None:
        self.set_timer(SETTLED_S, self._settled)

    def _settled(self) -> None:
        if self.is_current:
            self.query_one(DottedView).put_up()

    def action_picture_refresh(self) -> None:
        """What comes may look as what stands there already, so it is said."""
        self.snapshots.ask()
        self.say("The phone is asked for its screen again.")

    def action_picture_repeat(self) -> None:
        self.snapshots.repeat(not self.snapshots.repeats)

    def action_picture_view(self) -> None:
        """Dots and colours in turn."""
        if not self._draws_dots and not self._can_dot:
            self.notify("Dots are drawn in braille, which ASCII has not.", markup=False)
            return
        self._looks = COLOURS if self._draws_dots else DOTS
        self.refresh_view()

    def action_picture_zoom(self, by: int) -> None:
        self._look(lambda viewport: viewport.zoomed(by))

    def action_picture_whole(self) -> None:
        self._look(lambda viewport: viewport.whole())

    def action_pan(self, right: int, down: int) -> None:
        self._look(lambda viewport: viewport.panned(right, down))

    action_picture_zoom_in = partialmethod(action_picture_zoom, 1)
    action_picture_zoom_out = partialmethod(action_picture_zoom, -1)

    def _look(self, turn: Callable[[Viewport], Viewport]) -> None:
        """At another part of the picture; where it is all there, says so."""
        newest = self.snapshots.newest
        if newest is None or newest.raster is None:
            self.notify("There is no picture to move in yet.", markup=False)
            return
        before = self._viewport(newest.raster)
        after = turn(before)
        if after == before:
            self.say("This is all of the picture." if before.is_whole else "The picture ends here.")
        self._viewports[self._drawn_looks] = after
        self.refresh_view()

    async def action_picture_save(self) -> None:
        newest = self.snapshots.newest
        if newest is None:
            self.notify(self.snapshots.failure or "There is no picture to save yet.", markup=False)
            return
        where = writable_folder(places.history().parent)
        stem = f"{self._phone}-{self._view_state.session.clock.now():%Y%m%dT%H%M%SZ}"
        try:
            path = await asyncio.to_thread(create_in, where, stem, newest.ending, newest.picture)
        except OSError as error:
            self.notify(f"{where}: {error.strerror or error}. Nothing was saved.", severity="error", markup=False)
        else:
            self.notify(f"Saved, for you alone to read: {path}", markup=False)

    def _refresh_if_changed(self) -> bool:
        """Asks again where that is wanted, too."""
        if in_sight(self):
            self.snapshots.ask_if_due()
        return super()._refresh_if_changed()

    def _changed(self) -> None:
        self.call_later(self.refresh_view)

    @property
    def stamp(self) -> object:
        return super().stamp, is_covered(self.query_one(DottedView))

    def draw(self, snapshot: Snapshot) -> None:
        self._show_picture()
        phone = snapshot.phones.get(self._phone)
        status = picture_status(name(phone) if phone else self._phone, self.snapshots, snapshot.at, self._drawn())
        self._view("status").show([clipped(status, self.size.width - 2)])
        words = {
            "picture.view": COLOURS if self._draws_dots else DOTS,
            "picture.zoom.in": "larger",
            "picture.zoom.out": "smaller",
            "picture.whole": "whole",
            "picture.refresh": "ask again",
            "picture.repeat": "stop" if self.snapshots.repeats else f"every {REPEAT_S:.0f} s",
            **({"picture.save": "save the file"} if self.snapshots.newest else {}),
        }
        self.show_key_hints([("← ↑ ↓ →", "move"), *((self.key_of(action), word) for action, word in words.items())])

    @property
    def _can_dot(self) -> bool:
        return not any(isinstance(wall, AsciiText) for wall in self.app.get_line_filters())

    @property
    def _draws_dots(self) -> bool:
        return self._looks == DOTS and self._can_dot

    @property
    def _drawn_looks(self) -> str:
        return DOTS if self._draws_dots else COLOURS

    def _viewport(self, raster: Raster) -> Viewport:
        size, view = (raster.width, raster.height), self.query_one(DottedView)
        now = dot_viewport(size, *view.size) if self._draws_dots else colour_viewport(size)
        return now.follow(self._viewports.get(self._drawn_looks))

    def _show_picture(self) -> None:
        """What is shown stays until a new drawing is ready."""
        view, newest = self.query_one(DottedView), self.snapshots.newest
        graphics_mode, colours = self._view_state.session.graphics_mode, draws_colours(self)
        if newest is None or newest.raster is None or newest.dots is None:
            view.show(None, colours=colours)
            return
        viewport = self._viewport(newest.raster)
        if self._draws_dots:
            view.show_dots(newest.dots, viewport)
            return
        raster = self._cut_out(newest.raster, viewport)
        if graphics_mode.protocol is ImageProtocol.BLOCKS or not colours or is_covered(view):
            view.show(raster, colours=colours)
        elif drawing := self._encoder.drawing(raster, graphics_mode, *view.size):
            view.show(raster, colours=colours, drawing=drawing)

    def _cut_out(self, raster: Raster, viewport: Viewport) -> Raster:
        if self._part is None or self._part[:2] != (raster, viewport):
            self._part = raster, viewport, cropped(raster, viewport.x, viewport.y, *viewport.extent)
        return self._part[2]

    def _drawn(self) -> str:
        """How and how large it is drawn, and which part; what it costs, or why it isn't drawn as was wished for."""
        view, newest = self.query_one(DottedView), self.snapshots.newest
        if newest is None or newest.raster is None:
            return ""
        viewport = self._viewport(newest.raster)
        (width, height), (x, y) = viewport.extent, (viewport.x, viewport.y)
        part = "" if viewport.is_whole else f", {width} {TIMES} {height} from {x}, {y}"
        why = self._view_state.session.graphics_mode.why if draws_colours(self) else ""
        if self._draws_dots:
            zoom = viewport.zoom
            looks = f"dots {f'{zoom}:1' if zoom >= 1 else f'1:{-zoom}'}"
        elif view.drawing is not None:
            looks = f"{-(-view.drawing.size // 1000)} kB as {view.drawing.protocol}"
        else:
            looks = "half blocks" if draws_colours(self) else "shades"
        return f"{looks}{part}{f': {why}' if why else ''}"


def is_covered(view: DottedView) -> bool:
    """Whether a message or the gauge lies over a part of it. Dialogs are other screens, and see to themselves."""
    above = (other for other in view.screen.query("*") if other is not view and not other.children)
    return any(other.visible and other.region.overlaps(view.region) for other in above)


def picture_status(phone: str, snapshots: ScreenshotPoller, at: float, drawn: str = "") -> Row:
    """One line: whose picture it is, how large and how old, how drawn, and what went wrong.

    `at` in monotonic seconds.
    """
    newest = snapshots.newest
    runs = [Run(f"{phone}  ", Role.TITLE)]
    if newest is not None:
        if newest.raster is not None:
            runs.append(Run(f"{newest.raster.width} {TIMES} {newest.raster.height}  ", Role.LABEL))
        else:
            runs.append(Run(f"{newest.why}; it can be saved  ", Role.UNKNOWN))
        age = steps(at - newest.at)
        runs.append(Run(f"{age} old  ", Role.STALE) if age else Run("now  ", Role.LABEL))
    if snapshots.failure:
        runs.append(Run(f"✗ {snapshots.failure}  ", Role.FAILED))
    elif newest is None:
        runs.append(Run("◐ asking the phone for a picture of its screen", Role.MEASURING))
    elif snapshots.repeats:
        runs.append(Run(f"asked again every {REPEAT_S:.0f} s  ", Role.INFO))
    if newest is not None and newest.raster is not None and drawn:
        runs.append(Run(drawn, Role.LABEL))
    return row(*runs)
