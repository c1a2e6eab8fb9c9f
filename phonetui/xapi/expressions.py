"""What we register for with a phone, as feedback expressions: it pushes this, and all else is polled."""

from functools import cache

from phonetui.xapi.path import Path

EXPRESSIONS = (
    "/Status/Line",
    "/Status/LEDStatus",
    "/Status/ExtStatus",
    "/Status/PhoneStatus",
    "/Status/Network",
    "/Status/Standby",
    "/Status/Bookings",
    "/Status/ThousandEyes",
    "/Status/PRTStatus",
    "/Status/Security",
    "/Event/BootEvent",
    "/Event/Shutdown",
    "/Event/SipCallSuccessful",
    "/Event/SipCallDisconnect",
    "/Event/Bookings",
)
"""Fifteen, as many as the oldest guide allows in one slot. What is missing hardly ever changes and is polled."""


@cache
def _places() -> tuple[Path, ...]:
    """Of the status."""
    return tuple(Path.of(*expression.split("/")[2:]) for expression in EXPRESSIONS if expression.startswith("/Status/"))


def is_registered(path: Path) -> bool:
    """Whether a leaf, or a place of the status with all below it, is among them."""
    return any(path.is_under(place) for place in _places())
