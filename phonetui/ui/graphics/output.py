"""The only way for a sequence of ours past the wall of `filters`: nothing passes but pictures, in their own letters."""

import re
from typing import Any

from rich.segment import ControlType, Segment
from textual.app import App
from textual.driver import Driver

_PICTURE = re.compile(
    r"(?:\x1b_G[A-Za-z0-9=,]*(?:;[A-Za-z0-9+/=]*)?\x1b\\)+"  # kitty: keys and base64
    r'|\x1bP[0-9;]*q[0-9;"#$!?@A-Z\[\\\]^_`a-z{|}~-]*\x1b\\'  # sixel
)


def segment(picture: str, column: int, up: int) -> Segment:
    """For the end of a painted line: draws in `column`, from 0, beginning `up` lines above, and comes back.

    It counts as no cells.
    """
    climb = f"\x1b[{up}A" if up else ""
    return Segment(f"\x1b7\x1b[{column + 1}G{climb}{_checked(picture)}\x1b8", None, [(ControlType.CURSOR_FORWARD, 0)])


def place(app: App[Any], picture: str, column: int, line: int) -> None:
    """Draws from that cell on, from 0, beside what is painted, and comes back."""
    _write(app, f"\x1b7\x1b[{line + 1};{column + 1}H{_checked(picture)}\x1b8")


def send(app: App[Any], sequence: str) -> None:
    _write(app, _checked(sequence))


def _write(app: App[Any], sequence: str) -> None:
    driver = app._driver  # private: the toolkit has no other way to write what isn't painted
    if driver is not None and not app.is_headless:
        driver.write(sequence)
        driver.flush()


def leaving(driver: type[Driver], removes: str) -> type[Driver]:
    """A driver that sends `removes` before it gives the terminal back: at every end, and while it is stopped."""

    class Leaving(driver):  # type: ignore[valid-type,misc]  # which driver depends on the platform
        def stop_application_mode(self) -> None:
            self.write(_checked(removes))
            super().stop_application_mode()

    return Leaving


def _checked(sequence: str) -> str:
    if not _PICTURE.fullmatch(sequence):
        raise ValueError("not the sequence of a picture")
    return sequence
