"""The phone's screen as a picture: asked for, decoded, drawn."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.screen import Screen

from phonetui.config import places
from phonetui.errors import PhonetuiError, ProtocolError
from phonetui.phone.state import PhoneId
from phonetui.private import create_in, writable_folder
from phonetui.text import NOTHING, Printable, printable
from phonetui.ui.graphics.capabilities import ImageProtocol, with_cell_size
from phonetui.ui.graphics.decoders import Raster, decode
from phonetui.ui.graphics.encoders import AsyncEncoder
from phonetui.ui.keyboard import bindings
from phonetui.ui.output import AsciiText
from phonetui.ui.screens.live_screen import LiveScreen, in_sight
from phonetui.ui.session import Session
from phonetui.ui.snapshot import Snapshot
from phonetui.ui.text.format import TIMES, name, steps
from phonetui.ui.text.rows import Role, Row, Run, clipped, row
from phonetui.ui.theme import COLOURLESS
from phonetui.ui.view_state import ViewState
from phonetui.ui.widgets.image import DottedView
from phonetui.ui.widgets.row_list import StaticRows
from phonetui.xapi.command import Command
from phonetui.xapi.control_commands import SCREENSHOT, screenshot_picture

_COMMAND = Command(SCREENSHOT)


@dataclass(frozen=True, slots=True)
class Screenshot:
    picture: bytes
    """The file as the phone sent it."""
    ending: str
    """The usual one of its file name: `png`."""
    at: float
    """When it came, in monotonic seconds."""
    raster: Raster | None = None
    """None where the file is of a kind that cannot be drawn."""
    why: Printable = NOTHING
    """Why it cannot be drawn."""


async def take_screenshot(session: Session, phone: PhoneId) -> Screenshot:
    """Asks where control allows it. Raises PhonetuiError where no picture came."""
    if session.trees is None:
        raise ProtocolError("no pictures are offered here")
    answer = await session.trees.command(phone, _COMMAND)
    at = session.clock.steady()
    return await asyncio.to_thread(lambda: _read(*screenshot_picture(answer), at))


def _read(picture: bytes, ending: str, at: float) -> Screenshot:
    try:
        return Screenshot(picture, ending, at, decode(picture, ending))
    except ProtocolError as error:
        return Screenshot(picture, ending, at, why=printable(str(error)))


REPEAT_S = 5.0
"""From one answer to the next question, while it repeats."""
HIDDEN_BY_MASK = Printable("the privacy mask hides pictures. Take the mask away first")


class ScreenshotPoller:
    """Asks once at a time, and again by itself only while it is told to and somebody can see the picture."""

    def __init__(self, session: Session, phone: PhoneId, changed: Callable[[], object]) -> None:
        """`changed` is told after every change of what follows."""
        self.repeats = False
        self._session = session
        self._phone = phone
        self._changed = changed
        self._asking: asyncio.Task[None] | None = None
        self._answered_at = 0.0
        self._newest: Screenshot | None = None
        self._failure: Printable = NOTHING

    @property
    def newest(self) -> Screenshot | None:
        """None behind the privacy mask, too: what a picture shows cannot be masked."""
        return None if self._session.is_private else self._newest

    @property
    def failure(self) -> Printable:
        """Why the last question brought no picture, or why none is shown."""
        return HIDDEN_BY_MASK if self._session.is_private else self._failure

    @property
    def is_asking(self) -> bool:
        return self._asking is not None

    def ask(self) -> None:
        """Asks, unless an answer is on its way already."""
        if self._asking is None:
            self._asking = asyncio.create_task(self._ask(), name=f"screen of {self._phone}")
            self._changed()

    def repeat(self, wanted: bool) -> None:
        """Begins to repeat, or stops."""
        self.repeats = wanted
        self._changed()

    def ask_if_due(self) -> None:
        """To be called now and then while the picture is in sight."""
        if self.repeats and self._session.clock.steady() - self._answered_at >= REPEAT_S:
            self.ask()

    def close(self) -> None:
        """Waits for no answer any more."""
        self.repeats = False
        if self._asking is not None:
            self._asking.cancel()

    async def _ask(self) -> None:
        try:
            self._newest = await take_screenshot(self._session, self._phone)
        except PhonetuiError as error:
            self._failure, self.repeats = printable(str(error)), False
        else:
            self._failure = NOTHING
        finally:
            self._asking = None
            self._answered_at = self._session.clock.steady()
        self._changed()


SETTLED_S = 0.1
"""The toolkit paints a screen that comes more than once; what painting destroys would be sent each time."""


class PictureScreen(LiveScreen):
    """Opened only once control of the phone was given."""

    CSS_PATH = "../styles/picture.tcss"
    AUTO_FOCUS = ""
    is_always_live = True
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("picture")]

    def __init__(self, phone: PhoneId, view_state: ViewState) -> None:
        super().__init__(view_state)
        self._phone = phone
        self.snapshots = ScreenshotPoller(view_state.session, phone, self._changed)
        self._encoder = AsyncEncoder(self._changed)

    def body(self) -> ComposeResult:
        yield DottedView(id="picture")
        yield StaticRows(id="status")

    def on_mount(self) -> None:
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
        self.snapshots.ask()

    def action_picture_repeat(self) -> None:
        self.snapshots.repeat(not self.snapshots.repeats)

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

    def _refresh_if_changed(self) -> None:
        """Asks again where that is wanted, too."""
        if in_sight(self):
            self.snapshots.ask_if_due()
            super()._refresh_if_changed()

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
            "picture.refresh": "ask again",
            "picture.repeat": "stop" if self.snapshots.repeats else f"every {REPEAT_S:.0f} s",
            **({"picture.save": "save the file"} if self.snapshots.newest else {}),
        }
        self.show_key_hints((self.key_of(action), word) for action, word in words.items())

    def _show_picture(self) -> None:
        """What is shown stays until a new drawing is ready."""
        view, newest = self.query_one(DottedView), self.snapshots.newest
        raster, graphics_mode, colours = (
            newest.raster if newest else None,
            self._view_state.session.graphics_mode,
            draws_colours(self),
        )
        if raster is None or graphics_mode.protocol is ImageProtocol.BLOCKS or not colours or is_covered(view):
            view.show(raster, colours=colours)
        elif drawing := self._encoder.drawing(raster, graphics_mode, *view.size):
            view.show(raster, colours=colours, drawing=drawing)

    def _drawn(self) -> str:
        """What the picture costs, or why it isn't drawn as it was wished for."""
        drawing = self.query_one(DottedView).drawing
        if drawing is not None:
            return f"{-(-drawing.size // 1000)} kB as {drawing.protocol}"
        why = self._view_state.session.graphics_mode.why
        return f"half blocks: {why}" if why and draws_colours(self) else ""


def draws_colours(screen: Screen[None]) -> bool:
    """Whether the terminal is to be given half blocks in colours; shades otherwise."""
    is_ascii = any(isinstance(wall, AsciiText) for wall in screen.app.get_line_filters())
    return not (is_ascii or screen.app.no_color or screen.app.theme == COLOURLESS)


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
