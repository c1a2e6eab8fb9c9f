"""The lights of a phone's keys and lines: colour and cadence, and the words that phones have for them (inferred)."""

import re
from collections.abc import Mapping
from enum import StrEnum
from functools import lru_cache
from typing import TypeVar

from msgspec import Struct

from phonetui.text import Printable

_Word = TypeVar("_Word")


class Colour(StrEnum):
    """Colours of a light; other words stay raw."""

    OFF = "off"
    RED = "red"
    GREEN = "green"
    AMBER = "amber"
    BLUE = "blue"
    WHITE = "white"


class Cadence(StrEnum):
    """How a light blinks; other words stay raw."""

    OFF = "off"
    STEADY = "steady"
    SLOW = "slow"
    FAST = "fast"
    FLASH = "flash"
    PULSE = "pulse"
    DOUBLE = "double"


class Light(Struct, frozen=True, gc=False):
    """A light as the phone words it, and as it is parsed (the words are inferred: unknown ones stay raw)."""

    colour: Colour | None = None
    cadence: Cadence | None = None
    raw_colour: Printable | None = None
    raw_cadence: Printable | None = None

    @property
    def is_lit(self) -> bool | None:
        """Whether it is lit; None where the phone did not say, or used an unknown word."""
        if self.colour is Colour.OFF or self.cadence is Cadence.OFF:
            return False
        return True if self.colour is not None else None


class Lights(Struct, frozen=True, gc=False):
    """The lights of the phone's fixed keys and of its message lamp."""

    mute: Light | None = None
    speaker: Light | None = None
    headset: Light | None = None
    message: Light | None = None


_COLOURS: Mapping[str, Colour] = {
    **{colour.value: colour for colour in Colour if colour is not Colour.OFF},
    **dict.fromkeys(("orange", "yellow"), Colour.AMBER),
    **dict.fromkeys(("off", "none"), Colour.OFF),
}
_CADENCES: Mapping[str, Cadence] = {
    **dict.fromkeys(("off", "none"), Cadence.OFF),
    **dict.fromkeys(("solid", "steady", "constant", "noblink", "nb", "on"), Cadence.STEADY),
    **dict.fromkeys(("double", "db", "flutter"), Cadence.DOUBLE),
    **dict.fromkeys(("wink", "slow", "sb"), Cadence.SLOW),
    **dict.fromkeys(("fast", "rapid", "fb"), Cadence.FAST),
    **dict.fromkeys(("pulse", "breath"), Cadence.PULSE),
    **dict.fromkeys(("flash", "blink"), Cadence.FLASH),
}
"""The first word that is part of the phone's counts, so `fast blink` is fast."""


@lru_cache(1024)
def light(colour: Printable | None, cadence: Printable | None) -> Light | None:
    """A light from its colour and cadence; None where the phone says nothing of it at all."""
    if not colour and not cadence:
        return None
    return Light(
        colour=_by_word(colour, _COLOURS), cadence=_by_word(cadence, _CADENCES), raw_colour=colour, raw_cadence=cadence
    )


def _by_word(raw: Printable | None, table: Mapping[str, _Word]) -> _Word | None:
    folded = re.sub(r"[\s_\-]", "", raw or "").casefold()
    if folded in table:
        return table[folded]
    return next((meaning for word, meaning in table.items() if len(word) > 2 and word in folded), None)
