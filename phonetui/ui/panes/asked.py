"""How asking Webex goes, in words: on its way, told to wait, failed with the reference that its support asks for."""

from math import ceil

from phonetui.text import Printable
from phonetui.ui.row import Role, Row, Run, row, wrapped

ASKING = row(Run("◐ asking Webex …", Role.MEASURING))
_STEP_S = 5
"""The time to wait is told in steps, so that it seldom changes."""


def waiting(seconds: float) -> Row:
    """`seconds` is more than 0."""
    told = ceil(seconds / _STEP_S) * _STEP_S
    return row(Run(f"≈ Webex asks to wait {told} s; what stands here is from before", Role.STALE))


def failed(words: Printable, reference: Printable, across: int, *, high: int = 2) -> list[Row]:
    """In at most `high` rows, the tracking id last."""
    told = f"✗ {words}" + (f"  {reference}" if reference else "")
    return [row(Run(line, Role.FAILED)) for line in wrapped(told, across, high)]
