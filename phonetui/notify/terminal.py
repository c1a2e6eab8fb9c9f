"""A notification as bytes for the terminal: the bell, and OSC 9, 99 or 777 where the terminal supports one.

| form | who takes it |
|---|---|
| OSC 9 | iTerm2, WezTerm, Ghostty, Windows Terminal |
| OSC 99 | kitty |
| OSC 777 | foot, urxvt, terminals on VTE |

Inside tmux they go through its DCS wrap, where `allow-passthrough` is on. No standard has any of them; which terminal
takes which is from the terminals' own manuals.
"""

import base64
from collections.abc import Mapping
from enum import StrEnum

from phonetui.notify.alert_groups import Notification
from phonetui.text import printable

BELL = "\a"
LONGEST = 200
"""Characters of a text: desktops show no more, and tmux passes no more in one sequence."""


class OscForm(StrEnum):
    """The values of `[notify] osc`."""

    AUTO = "auto"
    OFF = "off"
    ITERM = "9"
    KITTY = "99"
    URXVT = "777"


_BY_PROGRAM = {
    "iTerm.app": OscForm.ITERM,
    "WezTerm": OscForm.ITERM,
    "ghostty": OscForm.ITERM,
    "foot": OscForm.URXVT,
}
"""Forms by the value of TERM_PROGRAM, or of LC_TERMINAL, which SSH passes on."""
_BY_NAME = (
    ("xterm-kitty", OscForm.KITTY),
    ("foot", OscForm.URXVT),
    ("rxvt", OscForm.URXVT),
    ("xterm-ghostty", OscForm.ITERM),
)
"""Forms by prefix of TERM."""


def detect_osc(environ: Mapping[str, str]) -> OscForm:
    """The form that the terminal is known to support; OFF for an unknown terminal."""
    for variable in ("LC_TERMINAL", "TERM_PROGRAM"):
        name = environ.get(variable, "")
        found = next((form for known, form in _BY_PROGRAM.items() if name.casefold() == known.casefold()), None)
        if name == "iTerm2":
            found = OscForm.ITERM
        if found is not None:
            return found
    if environ.get("KITTY_WINDOW_ID"):
        return OscForm.KITTY
    if environ.get("WT_SESSION"):
        return OscForm.ITERM
    term = environ.get("TERM", "")
    by_name = next((form for beginning, form in _BY_NAME if term.startswith(beginning)), None)
    if by_name is not None:
        return by_name
    return OscForm.URXVT if environ.get("VTE_VERSION") else OscForm.OFF


def terminal_bytes(notification: Notification, form: OscForm, *, bell: bool, in_tmux: bool) -> str:
    """The bytes to write; empty where neither is enabled. Texts cannot end the sequence or start another."""
    title, text = _bounded(notification.title), _bounded(notification.text)
    match form:
        case OscForm.ITERM:
            words = f"\x1b]9;{title}: {text}\a"
        case OscForm.KITTY:  # base64 (e=1): any text passes
            head, body = (base64.b64encode(part.encode()).decode() for part in (title, text))
            words = f"\x1b]99;i=phonetui:d=0:e=1;{head}\x1b\\\x1b]99;i=phonetui:d=1:p=body:e=1;{body}\x1b\\"
        case OscForm.URXVT:
            words = f"\x1b]777;notify;{title.replace(';', ',')};{text.replace(';', ',')}\a"
        case _:
            words = ""
    if words and in_tmux:
        escaped = words.replace("\x1b", "\x1b\x1b")
        words = f"\x1bPtmux;{escaped}\x1b\\"
    return (BELL if bell else "") + words


def _bounded(text: str) -> str:
    return str(printable(text))[:LONGEST]
