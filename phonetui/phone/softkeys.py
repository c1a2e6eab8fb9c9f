"""What a phone's softkeys are called in each state of its calls. A phone doesn't publish its labels.

The rows are the lists that Cisco's administration guides of its multiplatform phones give as defaults (idle, ringing,
progressing, connected and hold key lists), in their order. That PhoneOS shows the same is inferred; a profile, a
feature or another firmware changes them. What the phone shows just now is on its screenshot alone.
"""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import NamedTuple

from phonetui.phone.state import Call, Phase

COUNT = 4
"""Keys below the display."""


class SoftkeyLabel(NamedTuple):
    label: str
    short: str
    """In six letters."""


_NONE = SoftkeyLabel("", "")
_REDIAL, _NEW_CALL = SoftkeyLabel("Redial", "Redial"), SoftkeyLabel("New call", "New")
_FORWARD, _DND = SoftkeyLabel("Forward", "Fwd"), SoftkeyLabel("DND", "DND")
_DIRECTORY, _END = SoftkeyLabel("Contacts", "Contac"), SoftkeyLabel("End call", "End")
_ANSWER, _DECLINE = SoftkeyLabel("Answer", "Answer"), SoftkeyLabel("Decline", "Reject")
_HOLD, _RESUME = SoftkeyLabel("Hold", "Hold"), SoftkeyLabel("Resume", "Resume")
_CONFERENCE, _TRANSFER = SoftkeyLabel("Confer.", "Conf"), SoftkeyLabel("Transfer", "Xfer")

DEFAULTS: Mapping[Phase, tuple[SoftkeyLabel, ...]] = MappingProxyType(
    {
        Phase.IDLE: (_REDIAL, _DIRECTORY, _FORWARD, _DND),
        Phase.ALERTING: (_ANSWER, _DECLINE, SoftkeyLabel("Ignore", "Ignore"), _NONE),
        Phase.SETUP: (_NONE, _END, _NONE, _NONE),
        Phase.TALK: (_HOLD, _END, _CONFERENCE, _TRANSFER),
        Phase.HELD: (_RESUME, _END, _NEW_CALL, _REDIAL),
        Phase.ENDING: (_NONE, _END, _NONE, _NONE),
    }
)
"""By the state of the call in the foreground: inferred, as above. Of states that are not here nothing is known."""
_FOREGROUND = (Phase.ALERTING, Phase.SETUP, Phase.TALK, Phase.HELD, Phase.ENDING)
"""Whose keys are shown where there are several calls: what rings comes first."""


def softkey_labels(calls: Iterable[Call], *, is_known_idle: bool) -> tuple[SoftkeyLabel, ...]:
    """The labels of the keys from the left; empty where the phone's calls tell nothing to go by."""
    phases = {call.phase for call in calls}
    found = next((phase for phase in _FOREGROUND if phase in phases), None)
    if found is not None:
        return DEFAULTS[found]
    return DEFAULTS[Phase.IDLE] if is_known_idle and phases <= {Phase.IDLE} else ()
