"""Which part of a call's time is shown, and which moment of it is read: what the keys of its screen move.

since ├────────────┤▒▒▒▒▒▒▒▒┃▒▒▒▒▒▒├─────────┤ newest
                    window  cursor
"""

from msgspec import Struct
from msgspec.structs import replace

from phonetui.ui.panes.call_graph import LEVELS_S, GraphTime, fitting_step_s
from phonetui.ui.panes.call_metrics import STEP_S

_BEHIND = 4
"""Past an end of the window, the cursor comes to stand a quarter of it from there: one in so many."""


class CallSpan(Struct, frozen=True):
    """What there is of a call, in the seconds of its figures."""

    since: float
    newest: float
    is_over: bool
    """Whether nothing comes any more."""


class TimeWindow(Struct, frozen=True):
    level: int | None = None
    """Of `LEVELS_S`; None shows all of a call that is over, and the last minutes of one that is up."""
    ends_at: float | None = None
    """The moment in the last column; None follows the newest."""
    cursor: float | None = None
    """The moment that is read; None reads the newest."""

    def step_s(self, span: CallSpan, width: int) -> float:
        """The length of a column where a curve has `width` cells of two columns each."""
        if self.level is not None:
            return LEVELS_S[self.level]
        if not span.is_over:
            return STEP_S
        return fitting_step_s(span.since, span.newest, width)

    def moved(self, by: int, time: GraphTime, span: CallSpan) -> "TimeWindow":
        """The cursor so many cells on; past the newest there is none, and the window follows."""
        at = (span.newest if self.cursor is None else self.cursor) + by * 2 * time.step_s
        if at >= span.newest:
            return replace(self, cursor=None, ends_at=None)
        at = max(at, span.since)
        quarter_s, ends_at = time.span_s / _BEHIND, self.ends_at
        if at < time.since:
            ends_at = at + time.span_s - quarter_s
        elif at > time.end:
            ends_at = min(at + quarter_s, span.newest)
        return replace(self, cursor=at, ends_at=ends_at)

    def widened(self, by: int, time: GraphTime, span: CallSpan) -> "TimeWindow":
        """More time (1) or less (-1); the cursor stays in sight."""
        level = LEVELS_S.index(time.step_s) if time.step_s in LEVELS_S else 0
        level = min(max(level + by, 0), len(LEVELS_S) - 1)
        span_s, ends_at = 2 * time.width * LEVELS_S[level], None
        if self.cursor is not None and self.cursor < span.newest - span_s:
            ends_at = min(self.cursor + span_s / 2, span.newest)
        return replace(self, level=level, ends_at=ends_at)

    def shifted(self, by_s: float) -> "TimeWindow":
        """The same moments by another clock."""
        moments = (None if at is None else at + by_s for at in (self.ends_at, self.cursor))
        return TimeWindow(self.level, *moments)

    def can_widen(self, time: GraphTime, span: CallSpan) -> bool:
        return time.span_s < span.newest - span.since and time.step_s < LEVELS_S[-1]


def span_words(span_s: float) -> str:
    """`4 min`, for a title: coarse, because what stands there repaints the frame."""
    if span_s < 90:
        return f"{span_s:.0f} s"
    return f"{span_s / 60:.0f} min" if span_s < 5400 else f"{span_s / 3600:.1f} h"
