"""How high the panes of the main screen are where they lie below each other in frames.

calls    all that is left while a call has figures: its graphs grow; else what its words need
middle   as many rows as lines and network have
events   a share of the height while a call has figures, as far as there are events; else all that is left
"""

from phonetui.phone.state import Phase, Phone
from phonetui.ui.snapshot import Snapshot

TALL = 30
"""Lines of a terminal from which on panes have frames."""
SIDE_BY_SIDE = 110
"""Columns from which on phones stand beside the rest, and lines beside network."""
_FRAME = 2
_FEWEST_EVENTS, _EVENTS_SHARE = 3, 5
"""Rows at least, and the part of the height that events get beside a call: one in so many."""
_FEWEST_CALL_ROWS = 6
_MOST_LINES = 6


def pane_heights(snapshot: Snapshot, width: int, height: int) -> dict[str, int | str]:
    """By the id of a pane or its box, with frames; `height` is between header and footer. Empty: as the styles say."""
    phone = snapshot.phone
    if phone is None or width < SIDE_BY_SIDE:
        return {}
    middle = _FRAME + max(min(len(phone.lines), _MOST_LINES) + 2, len(phone.ports) + 2)
    if not _has_figures(phone):
        return {"calls": _FRAME + _FEWEST_CALL_ROWS, "middle": middle, "events": "1fr"}
    events = _FRAME + max(_FEWEST_EVENTS, min(len(snapshot.entries), height // _EVENTS_SHARE))
    return {"calls": "1fr", "middle": middle, "events": events}


def _has_figures(phone: Phone) -> bool:
    return any(call.phase in (Phase.TALK, Phase.HELD) and not call.is_from_events for call in phone.calls)
