"""Commands to phones of random dialects: keys, pictures, calls and refusals come out alike, however they are worded."""

from dataclasses import dataclass
from typing import Any

import pytest

from phonetui.errors import AccessError, CommandRefused, PermissionDenied
from phonetui.simulator import commands, screen
from phonetui.simulator.commands import SCREENSHOT_FILE
from phonetui.simulator.commands import CommandTarget as Behind
from phonetui.simulator.device import SimulatedDevice
from phonetui.simulator.dialect import Dialect
from phonetui.simulator.documents import DocHeader, serialize
from phonetui.simulator.element import CommandRequest, Element
from phonetui.simulator.presentation import Presentation
from phonetui.simulator.schema import ADMIN, USER, command_document, valuespace_document
from phonetui.transport.status_errors import Refusal, ServerPlace, error_of
from phonetui.xapi.command import CommandResult, parse_answer
from phonetui.xapi.control_commands import (
    ASSUMED_KEY_ARGUMENT,
    SEND_KEY,
    PictureFile,
    key_argument_name,
    missing_key_argument,
    picture_file,
    screenshot_picture,
)
from phonetui.xapi.path import Path
from phonetui.xapi.schema import CommandSchema, parse_schema, published
from tests.simulator.offices import opened

from .generated import random_phone

PHONES = 200
_PICTURE = Path.parse("Ui GetDeviceScreenshot")


@dataclass
class _Phone:
    """One that takes commands as its web server would, without the server."""

    device: SimulatedDevice
    behind: Behind

    @property
    def dialect(self) -> Dialect:
        return self.behind.head.dialect

    def run(self, path: Path, role: str = ADMIN, **arguments: str) -> CommandResult:
        call = CommandRequest(path.names, tuple(arguments.items()))
        if self.dialect.role_errors == "status" and not commands.is_permitted(call, role):
            raise error_of(ServerPlace.COMMAND, Refusal(status=403, username="xapi"))
        if self.dialect.screenshot == "answer" and path == _PICTURE:
            return CommandResult(_RESULT, image=self.picture)
        root = Element("Command", children=[commands.run(self.behind, call, role, 1.0)])
        return parse_answer(self.sent(root))

    def sent(self, root: Element) -> bytes:
        return serialize(self.behind.head.finish(root))

    @property
    def schema(self) -> CommandSchema:
        if not self.dialect.lists_commands:
            return published()
        head = self.behind.head
        return parse_schema(self.sent(command_document(head)), self.sent(valuespace_document(head)))

    @property
    def picture(self) -> bytes:
        return screen.screenshot(self.device, 1.0, self.dialect)


_RESULT: Any = "GetDeviceScreenshotResult"


def phone(dialect: Dialect) -> _Phone:
    office = opened("quiet").office
    device, absent = office.devices[0], None
    head = DocHeader(device.identity, dialect)
    behind = Behind(office, device, absent, absent, absent, Presentation(device, dialect), head)  # type: ignore[arg-type]  # not for these commands
    return _Phone(device, behind)


def argument(known: _Phone) -> str:
    """What SendKey's argument turns out to be called, as the program finds it out."""
    if (name := key_argument_name(known.schema)) is not None:
        return name
    try:
        known.run(SEND_KEY, **{ASSUMED_KEY_ARGUMENT: "Mute"})
    except CommandRefused as refusal:
        return missing_key_argument(refusal) or ""
    return ASSUMED_KEY_ARGUMENT


@pytest.mark.parametrize("first", range(0, PHONES, 20))
def test_keys_pictures_calls_and_refusals(first: int) -> None:
    for number in range(first, first + 20):
        known = phone(random_phone(number).dialect)
        about = str(known.dialect)
        with pytest.raises(AccessError) as refusal:
            known.run(SEND_KEY, USER, **{known.dialect.key_argument: "Mute"})
        assert isinstance(refusal.value, PermissionDenied), about
        name = argument(known)
        assert name.casefold() == known.dialect.key_argument.casefold(), about
        before = known.device.volume
        known.run(SEND_KEY, **{name: "VolUp"})
        assert known.device.volume == before + 1, about
        answer = known.run(_PICTURE)
        place = picture_file(answer)
        is_elsewhere = known.dialect.screenshot in ("url", "file")
        assert (place is not None) is is_elsewhere, about
        if place is None:
            assert screenshot_picture(answer) == (known.picture, "png"), about
        else:
            assert place in (
                PictureFile(SCREENSHOT_FILE, ""),
                PictureFile(SCREENSHOT_FILE, known.device.identity.address),
            ), about
        dialled = known.run(Path.of("Call", "Dial"), Number="5002").document
        assert dict(dialled) == {
            Path.of("CallId"): str(known.dialect.first_call),
            Path.of("LineId"): "1",
        }, about
