"""What happened to the phone itself: a restart, a refused administrator, a clock that is wrong."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from phonetui.phone.alert import AlertId, Severity, Trouble
from phonetui.phone.clock import is_another_day, skew_s
from phonetui.phone.journal import span
from phonetui.phone.state import Phone, State
from phonetui.phone.time_reference import NOT_SET
from phonetui.text import Printable, printable

SKEW_S = 30.0
"""What a clock may be wrong before it is told."""
GREAT_SKEW_S = 120.0
"""Beyond this, logs cannot be laid side by side any more."""
_BACK_S = 5.0
"""By how much the time since boot must go back: it is rounded, and may come late."""


@dataclass(frozen=True, slots=True)
class DevicePast:
    up_s: float | None = None
    failed_login: Printable | None = None
    clock: Printable | None = None
    skew_s: float | None = None
    """When `clock` was read."""
    is_another_day: bool = False


def assess(
    phone: Phone, past: DevicePast, seen_at: datetime, clock_set_by: timedelta = NOT_SET
) -> tuple[tuple[Trouble, ...], DevicePast]:
    """What is wrong, and what to compare the next reading with. `seen_at` is aware, and soon after the reading.

    `clock_set_by` is by how much our own clock was set since the start. Whether it was right before or is now cannot be
    told from here: a phone that agrees with either is not wrong.
    """
    is_new = phone.clock is not None and phone.clock != past.clock
    ours = (seen_at, seen_at - clock_set_by)
    skews = [skew for skew in (skew_s(phone.clock, moment) for moment in ours) if skew is not None]
    after = DevicePast(
        up_s=past.up_s if phone.up_s is None else phone.up_s,
        failed_login=past.failed_login if phone.failed_login is None else phone.failed_login,
        clock=phone.clock if is_new else past.clock,
        skew_s=min(skews, key=abs, default=None) if is_new else past.skew_s,
        is_another_day=all(is_another_day(phone.clock, moment) for moment in ours) if is_new else past.is_another_day,
    )
    return (*_restarted(phone, past), *_admin_login(past, after), *_clock(after)), after


def restarts(phone: Phone, past: DevicePast) -> Iterator[Trouble]:
    """That a phone is on its way down or up, of which it says nothing itself."""
    if phone.connection.state is State.REBOOTING:
        was = "" if past.up_s is None else f", was up {span(past.up_s)}"
        yield Trouble(AlertId.REBOOT, "", Severity.INFO, printable(f"restart{was}"))


def _restarted(phone: Phone, past: DevicePast) -> Iterator[Trouble]:
    if phone.up_s is not None and past.up_s is not None and phone.up_s < past.up_s - _BACK_S:
        words = f"restarted: up {span(phone.up_s)}, was up {span(past.up_s)}"
        yield Trouble(AlertId.REBOOT, "", Severity.INFO, printable(words))


def _admin_login(past: DevicePast, after: DevicePast) -> Iterator[Trouble]:
    if past.failed_login is not None and after.failed_login and after.failed_login != past.failed_login:
        words = f"an administrator's log-in failed: {after.failed_login} by the phone's clock"
        yield Trouble(AlertId.ADMIN_LOGIN, "", Severity.FAIR, printable(words))


def _clock(now: DevicePast) -> Iterator[Trouble]:
    if now.is_another_day:
        words = f"its clock shows another day: {now.clock}"
        yield Trouble(AlertId.CLOCK, "", Severity.FAIR, printable(words))
        return
    skew = now.skew_s
    if skew is None or abs(skew) <= SKEW_S:
        return
    size, way = abs(skew), "ahead of" if skew > 0 else "behind"
    shown = span(size) if size >= 600 else f"{round(size, -1):.0f} s"
    severity = Severity.FAIR if size > GREAT_SKEW_S else Severity.INFO
    words = printable(f"its clock is about {shown} {way} ours, zones aside: check its time server")
    yield Trouble(AlertId.CLOCK, "", severity, words)
