"""Fetches and decodes a phone's screenshot, once or repeatedly."""

import asyncio
from collections.abc import Callable

from msgspec import Struct
from textual.screen import Screen

from phonetui.errors import PhonetuiError, ProtocolError
from phonetui.phone.state import PhoneId
from phonetui.text import NOTHING, Printable, printable
from phonetui.ui.graphics.decoders import Raster, decode
from phonetui.ui.graphics.dots import DotPicture
from phonetui.ui.output import AsciiText
from phonetui.ui.session import Session
from phonetui.ui.theme import COLOURLESS
from phonetui.xapi.command import Command
from phonetui.xapi.control_commands import SCREENSHOT, screenshot_picture

_COMMAND = Command(SCREENSHOT)


class Screenshot(Struct, frozen=True):
    picture: bytes
    """The file as the phone sent it."""
    ending: str
    """The usual one of its file name: `png`."""
    at: float
    """When it came, in monotonic seconds."""
    raster: Raster | None = None
    """None where the file is of a kind that cannot be drawn."""
    dots: DotPicture | None = None
    """The same as dots."""
    why: Printable = NOTHING
    """Why it cannot be drawn."""


async def take_screenshot(session: Session, phone: PhoneId) -> Screenshot:
    """Asks where the phone isn't read-only. Raises PhonetuiError where no picture came."""
    if session.trees is None:
        raise ProtocolError("no pictures are offered here")
    answer = await session.trees.command(phone, _COMMAND)
    at = session.clock.steady()
    return await asyncio.to_thread(lambda: _read(*screenshot_picture(answer), at))


def _read(picture: bytes, ending: str, at: float) -> Screenshot:
    try:
        raster = decode(picture, ending)
        return Screenshot(picture, ending, at, raster, DotPicture(raster).prepare())
    except ProtocolError as error:
        return Screenshot(picture, ending, at, why=printable(str(error)))


REPEAT_S = 5.0
"""From one answer to the next question, while it repeats."""
HIDDEN_BY_MASK = Printable("the privacy mask hides pictures. Take the mask away first")


class ScreenshotPoller:
    """Asks once at a time, and again by itself only while it is told to and somebody can see the picture."""

    def __init__(self, session: Session, phone: PhoneId, changed: Callable[[], object]) -> None:
        """`changed` is called after every change of what follows."""
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
        """The newest picture; None behind the privacy mask, too: what a picture shows cannot be masked."""
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
        """Asks again if that is due; to be called now and then while the picture is in sight."""
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


def draws_colours(screen: Screen[None]) -> bool:
    """Whether the terminal is to be given half blocks in colours; shades otherwise."""
    is_ascii = any(isinstance(wall, AsciiText) for wall in screen.app.get_line_filters())
    return not (is_ascii or screen.app.no_color or screen.app.theme == COLOURLESS)
