"""A program of its own for the tests in a pseudo-terminal: the dashboard over the made-up office."""

import sys
from collections.abc import Mapping

from msgspec.structs import replace

from phonetui.errors import ConfigError
from phonetui.fleet.protocol import Permission
from phonetui.phone.state import Phone, PhoneId
from phonetui.simulator.screen import Canvas
from phonetui.text import Printable
from phonetui.ui.run import run
from phonetui.xapi.command import CommandResult
from tests.ui.office import CONFIG, HandClock, office, phone


class Faulty(dict[PhoneId, Phone]):
    """Breaks the screen that draws it once its cursor is on another phone than at the start: all are looked at once
    before the first frame, and the selected one again for each.
    """

    def __init__(self, phones: Mapping[PhoneId, Phone]) -> None:
        super().__init__(phones)
        self._asked: list[PhoneId] = []

    def __getitem__(self, phone: PhoneId) -> Phone:
        if phone in self._asked and phone != self._asked[0]:
            secret = "planted-secret"
            raise ZeroDivisionError(secret[:0])
        self._asked.append(phone)
        return super().__getitem__(phone)


def picture() -> bytes:
    drawn = Canvas(60, 24)
    drawn.fill(0, 0, 60, 6, 2)
    drawn.fill(10, 12, 20, 6, 4)
    return drawn.png(grey=False)


def main(way: str, graphics: str = "blocks") -> int:
    fleet = office(ends_with=RuntimeError("made up") if way == "crash" else None)
    fleet.put(phone("steady"))
    if way == "hostile":
        known = fleet.phones[PhoneId("lobby")]
        fleet.put(replace(known, name=type(known.name)("\x1b]52;c;eA==\x07\x9b31m\u202e")))
    if way == "fault":
        fleet.phones = Faulty(fleet.phones)
    config = CONFIG
    if way == "picture":
        fleet.phones = {PhoneId("lobby"): fleet.phones[PhoneId("lobby")]}
        fleet.default = Permission.GRANTED
        fleet.answers["Ui GetDeviceScreenshot"] = CommandResult(
            Printable("UiGetDeviceScreenshotResult"), image=picture()
        )
        config = replace(CONFIG, ui=replace(CONFIG.ui, graphics=graphics))
    try:
        return run(fleet, config, clock=HandClock().clock)
    except ConfigError as error:
        print(f"phonetui: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
