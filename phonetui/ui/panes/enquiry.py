"""What became of asking Webex: under way, refused with its tracking id, told to wait, or what it brought."""

from collections.abc import Sequence
from dataclasses import dataclass

from phonetui.errors import Busy, PhonetuiError
from phonetui.text import NOTHING, Printable
from phonetui.ui.row import Role, Row, Run, clip, row, spread, width, wrapped


@dataclass(frozen=True, slots=True, kw_only=True)
class Enquiry:
    is_asking: bool = False
    failure: str = ""
    hint: str = ""
    """What to try about it."""
    reference: Printable = NOTHING
    """The failure's tracking id."""
    waits_until: float | None = None
    """Monotonic seconds, where Webex asks to wait."""
    outcome: str = ""
    """What a write brought."""
    is_good: bool = True
    """Whether it was what was asked for."""


_LONGEST = 140
"""Cells of a failure: what comes after it is what one needs."""
ASKING = Enquiry(is_asking=True)


def failed(error: PhonetuiError, at: float) -> Enquiry:
    """`at` in monotonic seconds."""
    if isinstance(error, Busy) and error.retry_after_s is not None:
        return Enquiry(failure=error.message, reference=error.reference, waits_until=at + error.retry_after_s)
    return Enquiry(failure=error.message, hint=error.hint, reference=error.reference)


def lines(enquiry: Enquiry, at: float, across: int, high: int = 1) -> list[Row]:
    """At most `high` rows; none where there is nothing to tell."""
    found = _told(enquiry, at)
    return [row(" ", Run(words, found.role)) for words in wrapped(found.text, across - 1, high)] if found.text else []


def _told(enquiry: Enquiry, at: float) -> Run:
    if enquiry.is_asking:
        return Run("◐ asking Webex …", Role.MEASURING)
    if enquiry.waits_until is not None:
        left = enquiry.waits_until - at
        words = f"Webex asks to wait {left:.0f} s" if left > 0 else "Webex asked to wait, which is over: ask again"
        return Run(f"≈ {words}", Role.STALE)
    if enquiry.failure:
        reference = f"tracking id {enquiry.reference}" if enquiry.reference else ""
        told = filter(None, (clip(enquiry.failure, _LONGEST), reference, enquiry.hint))
        return Run(f"✗ {' · '.join(told)}", Role.FAILED)
    if enquiry.outcome:
        return Run(f"{'●' if enquiry.is_good else '▲'} {enquiry.outcome}", Role.GOOD if enquiry.is_good else Role.FAIR)
    return Run("")


def ways(told: Sequence[tuple[str, str]], across: int, counts: str = "") -> Row:
    """Keys and what they do; where there is no room for all, the last but the very last give way.

    `counts` stands at the end, where there is room for it.
    """
    kept = list(told)
    while len(kept) > 1 and width(_ways(kept)) > across:
        del kept[-2]
    keys, end = _ways(kept), row(Run(f"{counts} ", Role.DIM)) if counts else ()
    return spread(keys, end if width(keys) + width(end) < across else (), across)


def _ways(told: Sequence[tuple[str, str]]) -> Row:
    return row(" ", *(run for key, word in told for run in (Run(key, Role.KEY), Run(f" {word}  ", Role.LABEL))))
