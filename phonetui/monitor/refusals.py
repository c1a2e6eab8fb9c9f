"""What one phone refuses while it answers elsewhere: remembered, and asked for again seldom. Pure.

A phone that tells who it is and refuses its whole tree, one part of it or a registration refuses that place, not us:
the others are read on. After a restart or with new firmware everything may be otherwise.
"""

from math import inf

from phonetui.errors import AccessError, Busy, CommandRefused, PhonetuiError, ProtocolError, ServerError
from phonetui.xapi.path import Path

ASK_AGAIN_S = 300.0
"""After a phone refused to push: whoever held its slots may have freed one. So after it refused a part of its tree."""
WHOLE_AGAIN_S = 900.0
"""After a phone refused its whole tree in one answer."""


def may_concern_place(error: PhonetuiError) -> bool:
    """Whether a web server answered, which may answer otherwise elsewhere; what all phones share is no phone's word."""
    is_answer = isinstance(error, AccessError | Busy | CommandRefused | ProtocolError | ServerError)
    return is_answer and not error.is_shared


class Refusals:
    """By place: a path of the status tree, ROOT for the whole of it, or a command's path."""

    def __init__(self) -> None:
        self._again_at: dict[Path, float] = {}
        self._version: str | None = None

    def add(self, place: Path, again_at: float) -> None:
        """`place` refused; it is asked again at monotonic second `again_at`."""
        self._again_at[place] = again_at

    def remove(self, place: Path) -> None:
        self._again_at.pop(place, None)

    def holds(self, place: Path, now: float) -> bool:
        """Whether it refused lately, so that it isn't asked yet."""
        return now < self._again_at.get(place, -inf)

    def is_due(self, place: Path, now: float) -> bool:
        """Whether it refused, and long enough ago to be asked again."""
        return self._again_at.get(place, inf) <= now

    def begin(self, version: str | None) -> None:
        """A connection stands to a phone of this firmware."""
        if version != self._version:
            self.forget()
        self._version = version

    def forget(self) -> None:
        self._again_at.clear()
