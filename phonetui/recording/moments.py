"""Parses moments as people type them: `14:03`, `14:03:21`, `2026-11-30T14:03:21Z`, `-5m`, `+30s`. Pure."""

import re
from datetime import UTC, datetime, timedelta, tzinfo

from phonetui.errors import ConfigError

_CLOCK = re.compile(r"(\d{1,2}):(\d\d)(?::(\d\d))?")
_AGE = re.compile(r"([+-])(\d+(?:\.\d+)?)(s|m|h|d)")
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
ALLOWED = "14:03, 2026-11-30T14:03:21Z or -5m"


def moment_from(words: str, span: tuple[datetime, datetime], since: datetime, zone: tzinfo | None) -> datetime:
    """Aware UTC. `-5m` counts from `since`; a time of day is the latest within `span`, in `zone` (None: the machine's).

    Raises ConfigError for what is no moment.
    """
    words = words.strip()
    if found := _AGE.fullmatch(words):
        seconds = float(found[2]) * _UNITS[found[3]]
        return since + timedelta(seconds=min(seconds, 1e8) * (-1 if found[1] == "-" else 1))
    if found := _CLOCK.fullmatch(words):
        return _at_clock(int(found[1]), int(found[2]), int(found[3] or 0), span, zone)
    try:
        moment = datetime.fromisoformat(words)
    except ValueError:
        raise ConfigError(f"'{words[:40]}' is no moment", f"Write {ALLOWED}") from None
    return (moment.replace(tzinfo=zone) if moment.tzinfo is None else moment).astimezone(UTC)


def _at_clock(hour: int, minute: int, second: int, span: tuple[datetime, datetime], zone: tzinfo | None) -> datetime:
    first, last = span
    day = last.astimezone(zone)
    try:
        latest = day.replace(hour=hour, minute=minute, second=second, microsecond=0)
    except ValueError:
        raise ConfigError(f"{hour}:{minute:02} is no time of day", f"Write {ALLOWED}") from None
    days = max((last - first).days, 0) + 2
    moments = [(latest - timedelta(days=back)).astimezone(UTC) for back in range(min(days, 4000))]
    return next(
        (moment for moment in moments if first <= moment <= last), moments[0] if moments[0] <= last else moments[1]
    )
