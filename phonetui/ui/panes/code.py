"""An activation code, large enough to be read from the phone, and how long it holds."""

from datetime import datetime
from math import trunc

from phonetui.ui.row import Role, Row, Run, row
from phonetui.webex.devices import ActivationCode, drawn, groups

HIGH = 8
"""Rows that it takes: two lines of digits, a blank one, the code in plain and how long it holds."""
_DIGIT = 4
"""Cells of one, with the gap behind it."""
_HIDDEN = "•"


def rows(found: ActivationCode, now: datetime, *, hidden: bool) -> list[Row]:
    """`hidden` shows that there is one, and nothing of it."""
    parts = groups(found.code)
    if hidden:
        lines = [row(Run("  ".join(_HIDDEN * len(part) for part in parts), Role.TITLE))]
    else:
        pairs = [" ".join(parts[at : at + 2]) for at in range(0, len(parts), 2)]
        lines = [row(Run(line, Role.TITLE)) for pair in pairs for line in drawn(pair)]
    plain = "" if hidden else f"{' '.join(parts)}   "
    return [*lines[: HIGH - 2], (), row(Run(plain, Role.VALUE), _left(found, now))]


def is_over(found: ActivationCode, now: datetime) -> bool:
    return found.expires_at is not None and found.expires_at <= now


def countdown(seconds: float) -> str:
    """Days and hours, hours and minutes, minutes; seconds in the last minute alone."""
    minutes, rest = divmod(trunc(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    if days:
        return f"{days} d {hours} h"
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min" if minutes else f"{rest} s"


def _left(found: ActivationCode, now: datetime) -> Run:
    if found.expires_at is None:
        return Run("Webex doesn't say for how long", Role.DIM)
    return Run(f"holds for {countdown((found.expires_at - now).total_seconds())}", Role.INFO)
