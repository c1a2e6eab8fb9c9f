"""What a phone's screen showed: asked for, and read."""

import asyncio
from dataclasses import dataclass

from phonetui.errors import ProtocolError
from phonetui.phone.raster import Raster
from phonetui.phone.state import PhoneId
from phonetui.text import NOTHING, Printable, printable
from phonetui.ui.graphics.raster_decoder import decode
from phonetui.ui.session import Session
from phonetui.xapi import screenshot
from phonetui.xapi.command import Command
from phonetui.xapi.path import Path

_COMMAND = Command(Path.of("Ui", "GetDeviceScreenshot"))


@dataclass(frozen=True, slots=True)
class Snapshot:
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


async def take(session: Session, phone: PhoneId) -> Snapshot:
    """Asks where control allows it. Raises PhonetuiError where no picture came."""
    if session.trees is None:
        raise ProtocolError("no pictures are offered here")
    answer = await session.trees.command(phone, _COMMAND)
    at = session.clock.steady()
    return await asyncio.to_thread(lambda: _read(*screenshot.decode(answer), at))


def _read(picture: bytes, ending: str, at: float) -> Snapshot:
    try:
        return Snapshot(picture, ending, at, decode(picture, ending))
    except ProtocolError as error:
        return Snapshot(picture, ending, at, why=printable(str(error)))
