"""Runs one phone's part of what is done for all phones: a fault in it is that phone's alone and told once.

Whatever goes through all phones in one task (states, alerts, pairing, claims, records, pushes) runs each phone's part
here, because an exception that leaves it would end the watching of all.
"""

import logging
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeVar

from phonetui.phone.journal import JournalEntry, Weight
from phonetui.phone.state import PhoneId
from phonetui.text import printable

EVERYBODY = PhoneId("phonetui")
"""Stands in the journal where a phone's name would, for a part that is no single phone's."""
FAULTS = 200
"""Different faults that are told in a run; of more, each phone's next reading would bring another."""

_Result = TypeVar("_Result")
_log = logging.getLogger(__name__)


class Guard:
    def __init__(self, write: Callable[[JournalEntry], None]) -> None:
        """`write` takes the journal's line about a fault."""
        self._write = write
        self._met: set[tuple[PhoneId, str, str]] = set()

    def run(self, phone: PhoneId, part: str, work: Callable[..., _Result], *arguments: object) -> _Result | None:
        """What `work` gives; None after a fault in it. `part` is the work in a few words: `its alerts`.

        The log has the first of each kind with its traceback. Cancelling passes through.
        """
        try:
            return work(*arguments)
        except Exception as error:  # noqa: BLE001 - what it can be is not known: one phone must not end the others
            self.met(phone, part, error)
            return None

    def met(self, phone: PhoneId, part: str, error: Exception) -> None:
        """Tells of a fault of our own in one phone's part, where it wasn't told before."""
        kind = (phone, part, type(error).__name__)
        if kind in self._met or len(self._met) >= FAULTS:
            return
        self._met.add(kind)
        _log.error("%s: fault in the program, in %s", phone, part, exc_info=error)
        words = printable(
            f"fault in phonetui, in {part}: {type(error).__name__}; the log has the rest, all else goes on"
        )
        self._write(JournalEntry(datetime.now(UTC), phone, words, Weight.WARNING))
