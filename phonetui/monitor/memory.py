"""Calls as they are written down: out of every phone's chronicle, once the calls of earlier runs are there."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from phonetui.monitor.desk import Ledger
from phonetui.monitor.records import Records
from phonetui.monitor.watch import Watch
from phonetui.phone.journal import Entry, Weight
from phonetui.phone.record import CallRecord
from phonetui.phone.state import PhoneId
from phonetui.text import printable

_HISTORY = PhoneId("history")
"""Stands in the journal where a phone's name would."""


class Memory:
    def __init__(
        self,
        records: Records,
        ledger: Ledger,
        watches: Mapping[PhoneId, Watch],
        noted: Callable[[CallRecord], CallRecord],
    ) -> None:
        """`noted` adds what only comparing phones tells."""
        self._records = records
        self._ledger = ledger
        self._watches = watches
        self._noted = noted
        self._is_loaded = False
        self._told = ""
        """What was told to be wrong with the archive."""

    async def begin(self) -> None:
        """Lets phones go on with calls whose end no earlier run saw."""
        for phone, chronicle in (await self._records.begin()).items():
            if phone in self._watches:
                self._watches[phone].chronicle = chronicle

    async def load(self) -> None:
        """Brings the calls of earlier runs; only then is written down what this one sees."""
        try:
            await self._records.load()
        except Exception as error:  # noqa: BLE001 - phones are watched whatever an earlier run may have kept
            self._ledger.guard.met(_HISTORY, "the calls of earlier runs", error)
        self._ledger.version += 1
        self._is_loaded = True

    def look(self) -> None:
        if not self._is_loaded:
            return
        self._take()
        trouble = self._records.trouble
        if trouble != self._told:
            self._told = trouble
            words = printable(f"calls are not kept: {trouble}" if trouble else "calls are kept again")
            self._ledger.write(Entry(datetime.now(UTC), _HISTORY, words, Weight.WARNING if trouble else Weight.GOOD))

    def leave(self, watch: Watch) -> None:
        """The phone is not watched any more: a call of it is lost from sight, and its calls stay."""
        self._records.look(watch.desk.phone, watch.chronicle.lost(), self._noted)
        self._records.forget(watch.desk.phone)

    async def close(self) -> None:
        self._take()
        await self._records.close()

    def _take(self) -> None:
        for phone, watch in self._watches.items():
            if self._ledger.guard.run(
                phone, "its call history", self._records.look, phone, watch.chronicle, self._noted
            ):
                self._ledger.version += 1
