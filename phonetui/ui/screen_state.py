"""State that screens leave in the session: it stays while other screens are shown, and is no screen's own.

Below the session and below the screens, so that both import it; imported before the first frame.
"""

from datetime import datetime
from enum import Enum
from typing import Protocol

from msgspec import Struct
from msgspec.structs import replace

from phonetui.phone.state import PhoneId
from phonetui.text import Printable

URGENCY = "trouble"
"""The column by which the fleet's table is sorted until another is chosen."""


class Arrangement(Struct, frozen=True):
    """Columns, order and grouping of the fleet's table."""

    columns: tuple[str, ...]
    """Ids of the columns, left to right."""
    order: str = URGENCY
    """Id of the column by which it is sorted."""
    grouping: str = ""
    """Key of the groups; empty for none."""
    is_reversed: bool = False

    def with_columns(self, columns: tuple[str, ...]) -> "Arrangement":
        """The same with other columns, sorted by one of them: an order that no column shows could not be explained."""
        order = next((name for name in (self.order, URGENCY) if name in columns), columns[0])
        return replace(self, columns=columns, order=order)

    @property
    def kept(self) -> dict[str, object]:
        """The arrangement as values of JSON, for the next run."""
        return {
            "columns": list(self.columns), "order": self.order, "grouping": self.grouping, "reversed": self.is_reversed,
        }  # fmt: skip


class TranscriptOutcome(Enum):
    """What became of a typed command, in the words of the transcript."""

    WAITING = "waiting for the answer"
    DONE = "OK"
    REFUSED = "refused"
    FAILED = "failed"
    NOT_SENT = "not sent"


class TranscriptEntry(Struct, frozen=True):
    """One line that was typed on the command screen, and what happened to it."""

    seen_at: datetime
    """Aware UTC; when it was typed."""
    phone: Printable
    line: str
    outcome: TranscriptOutcome
    reason: str = ""
    """Why it was refused or not sent."""
    answer: tuple[str, ...] = ()
    """In the terminal notation."""
    notes: tuple[str, ...] = ()
    """The same for people, where there is more to say."""


class BatchProgress(Struct, frozen=True):
    """How far one command for many phones is, and how it went."""

    wanted: int
    """The number of phones that it is for."""
    sent: int = 0
    """The number of phones that took it."""
    refused: tuple[tuple[PhoneId, str], ...] = ()
    """The phones that didn't, each with the reason."""

    @property
    def is_over(self) -> bool:
        return self.sent + len(self.refused) == self.wanted

    def __str__(self) -> str:
        failed = f", {len(self.refused)} refused" if self.refused else ""
        return f"sent to {self.sent} of {self.wanted}{failed}"


class OngoingTestCalls(Protocol):
    """Test calls of this run, as far as the program must know of them to end in good order."""

    @property
    def is_running(self) -> bool:
        """Whether calls are made or still being ended."""

    def stop(self) -> None:
        """Begins no more calls and ends those that are up; returns at once."""

    async def close(self) -> None:
        """Stops, and returns once all calls are over, or after a limit of its own."""
