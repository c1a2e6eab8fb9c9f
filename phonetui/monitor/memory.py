"""Calls as they are written down: out of every phone's chronicle, once the calls of earlier runs are there."""

import asyncio
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from phonetui.monitor.desk import Ledger
from phonetui.monitor.records import Records
from phonetui.monitor.watch import Watch
from phonetui.phone.calls.call_record import CallRecord
from phonetui.phone.journal import Entry, Weight
from phonetui.phone.state import PhoneId
from phonetui.text import printable

BEGIN_S = 0.5
"""For how long phones wait for an archive that is locked, or is brought up to date."""
LOADED = 10_000
"""Calls of earlier runs that are brought without being asked for."""
STEP_S = 0.05
"""Between two steps: others on the loop and in the file have their turns."""
RETRY_S = 5.0
"""Before an archive that failed is asked again."""
TEND_S = 3600.0
"""Between two looks for calls that are too old."""
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
        self._set_aside = ""
        self._beginning: asyncio.Task[None] | None = None

    async def begin(self) -> None:
        """Lets phones go on with calls whose end no earlier run saw. Waits no longer than BEGIN_S for the archive."""
        self._beginning = asyncio.create_task(self._resume())
        await asyncio.wait({self._beginning}, timeout=BEGIN_S)

    async def _resume(self) -> None:
        for phone, chronicle in (await self._records.begin()).items():
            if phone in self._watches and not self._watches[phone].chronicle.records:
                self._watches[phone].chronicle = chronicle

    async def load(self) -> None:
        """Brings the calls of earlier runs a page at a time, and then forgets what is too old, for as long as it runs.

        Only after the first page is written down what this run sees. A fault in it is told once, and ends nothing.
        """
        try:
            await self._load()
        except Exception as error:  # noqa: BLE001 - phones are watched whatever an earlier run may have kept
            self._is_loaded = True
            self._ledger.guard.met(_HISTORY, "the calls of earlier runs", error)

    async def _load(self) -> None:
        more: bool | None = True
        while more is not False and self._records.loaded < LOADED:
            more = await self._records.load()
            self._ledger.version += 1
            if not self._is_loaded:
                self._is_loaded = True
                await self._records.count()
            await asyncio.sleep(RETRY_S if more is None else STEP_S)
        while True:
            if await self._records.tend():
                await asyncio.sleep(STEP_S)
            else:
                await self._records.count()
                await asyncio.sleep(TEND_S)

    def look(self) -> None:
        if not self._is_loaded:
            return
        self._take()
        if (words := self._records.set_aside) != self._set_aside:
            self._set_aside = words
            self._ledger.write(Entry(datetime.now(UTC), _HISTORY, printable(words), Weight.WARNING))
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
        if self._beginning is not None:
            self._beginning.cancel()
        self._take()
        await self._records.close()

    def _take(self) -> None:
        for phone, watch in self._watches.items():
            if self._ledger.guard.run(
                phone, "its call history", self._records.look, phone, watch.chronicle, self._noted
            ):
                self._ledger.version += 1
