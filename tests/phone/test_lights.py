"""Lights, in every spelling seen."""

import pytest

from phonetui.phone import lights
from phonetui.phone.lights import Cadence, Colour
from phonetui.text import printable


@pytest.mark.parametrize(
    ("colour", "cadence", "expected"),
    [
        ("Green", "Steady", (Colour.GREEN, Cadence.STEADY, True)),
        ("red_led", "Slow Blink", (Colour.RED, Cadence.SLOW, True)),
        ("ORANGE", "FastBlink", (Colour.AMBER, Cadence.FAST, True)),
        ("Amber", "DoubleBlink", (Colour.AMBER, Cadence.DOUBLE, True)),
        ("Green", "nb", (Colour.GREEN, Cadence.STEADY, True)),
        ("Off", "Off", (Colour.OFF, Cadence.OFF, False)),
        ("Green", "Off", (Colour.GREEN, Cadence.OFF, False)),
        ("Mauve", "Throbbing", (None, None, None)),
    ],
)
def test_light(colour: str, cadence: str, expected: tuple[Colour | None, Cadence | None, bool | None]) -> None:
    light = lights.light(printable(colour), printable(cadence))
    assert light is not None
    assert (light.colour, light.cadence, light.is_lit) == expected
    assert (light.raw_colour, light.raw_cadence) == (colour, cadence)
