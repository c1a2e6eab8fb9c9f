"""Which lamp shows what: the words of the older firmware's LED scripts, the meanings of Cisco's desk-phone guides."""

from collections.abc import Iterable
from typing import Final

from phonetui.simulator.call import Leg

Light = tuple[str, str]
"""Colour and cadence, as published."""
OFF: Final[Light] = ("Off", "Off")
IN_CALL: Final[Light] = ("Green", "Steady")
HELD: Final[Light] = ("Green", "SlowBlink")
RINGING: Final[Light] = ("Amber", "FastBlink")
UNREGISTERED: Final[Light] = ("Amber", "Steady")
_RED: Final[Light] = ("Red", "Steady")
_MWI_RINGING: Final[Light] = ("Red", "FastBlink")


def line_key(legs: Iterable[Leg], *, registered: bool) -> Light:
    """A line key's light from the calls on its line: ringing outshines talk, and talk a held call."""
    states = {"Hold" if leg.held else leg.state for leg in legs} - {"Idle"}
    if "Ringing" in states:
        return RINGING
    if states - {"Hold"}:
        return IN_CALL
    if states:
        return HELD
    return OFF if registered else UNREGISTERED


def message(*, waiting: bool, ringing: bool) -> Light:
    """The lamp at the top: flashing while the phone rings, steady for voice mail."""
    if ringing:
        return _MWI_RINGING
    return _RED if waiting else OFF


def mute(*, muted: bool) -> Light:
    return _RED if muted else OFF


def audio(path: str, lamp: str) -> Light:
    """The speaker's or headset's lamp: lit while the sound goes that way."""
    return IN_CALL if path == lamp else OFF
