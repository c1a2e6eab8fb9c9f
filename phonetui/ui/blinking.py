"""When blinking lights are dark, where the operator wants to see them blink (`[ui] blink`)."""

from phonetui.phone.state import Cadence

STEP_S = 0.25
"""Between two looks; what blinks fastest goes on and off twice a second, which nobody's eyes mind."""
_COURSES = {
    Cadence.SLOW: "●●●●○○○○",
    Cadence.FLASH: "●●○○",
    Cadence.FAST: "●○",
    Cadence.PULSE: "●●●●●●○○",
    Cadence.DOUBLE: "●○●○○○○○",
}
"""A sign a step, over and over: no phone publishes its own."""


def dark(at: float) -> frozenset[Cadence]:
    """The cadences whose lights are off at second `at`."""
    step = int(at / STEP_S)
    return frozenset(cadence for cadence, course in _COURSES.items() if course[step % len(course)] == "○")
