"""What of a recording cannot be read: from when to when, and why, each span once.

A block goes on from the keyframe before it. Where that is lost its blocks are, too, which is one span and not many.
"""

from collections.abc import Iterable
from typing import NamedTuple

from phonetui.errors import ProtocolError
from phonetui.phone.clock import instant
from phonetui.recording.values import moment_of


class LostSpan(NamedTuple):
    """A part of a recording that cannot be read."""

    first_us: int
    last_us: int
    why: str

    @property
    def words(self) -> str:
        return f"{instant(moment_of(self.first_us))} to {instant(moment_of(self.last_us))} is lost: {self.why}"


class KeyframeLost(ProtocolError):
    """A block cannot be read because the keyframe that it goes on from cannot be."""

    def __init__(self, base_us: int) -> None:
        """`base_us` is the keyframe's moment."""
        super().__init__("the keyframe that it goes on from is lost")
        self.base_us = base_us


class LostSpans:
    def __init__(self, spans: Iterable[LostSpan] = ()) -> None:
        self._spans = list(spans)
        self._known: set[tuple[int, int]] = set()

    @property
    def sorted(self) -> list[LostSpan]:
        return sorted(self._spans)

    def add(self, frame: tuple[int, int], first_us: int, last_us: int, name: str, error: ProtocolError) -> None:
        """A `frame` (file, place) of the file `name` that goes from `first_us` to `last_us`; known ones count once."""
        if frame in self._known:
            return
        self._known.add(frame)
        if isinstance(error, KeyframeLost):
            first_us = error.base_us
            for number, span in enumerate(self._spans):
                if span.first_us <= first_us <= span.last_us:
                    self._spans[number] = span._replace(last_us=max(span.last_us, last_us))
                    return
        self._spans.append(LostSpan(first_us, last_us, f"a block of {name}: {error}"))
