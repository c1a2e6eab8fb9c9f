"""The archive for the event loop: every access to the file runs in a thread, a page or a batch at a time.

A failure is logged once. A file that is locked, full or cannot be opened is tried again; one that is damaged is set
aside and started again; where neither helps, the calls of this run stay in memory alone.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from phonetui.archive import ArchiveError
from phonetui.archive.records import row_key
from phonetui.phone.calls.call_record import CallRecord

if TYPE_CHECKING:
    from phonetui.archive.store import CallStore, Kept, Place

BATCH_S = 2.0
"""Seconds between two writes: so much is lost at most when the machine goes down."""
RETRY_S = 30.0
PAGE = 250
"""Calls of earlier runs that are brought in one step."""
MOST_PENDING = 20_000
"""Records that wait for a file that cannot be written; of more than these the oldest are forgotten."""

_T = TypeVar("_T")
_log = logging.getLogger(__name__)


class Archive:
    """The archive as the event loop uses it. Nothing here raises but cancellation; `trouble` says what is wrong."""

    def __init__(self, path: Path, days: int) -> None:
        """Keeps calls for `days`."""
        self.trouble = ""
        """Why calls are not kept at present; empty while they are."""
        self.set_aside = ""
        """That a damaged file was set aside in this run, in words; else empty."""
        self.total = 0
        """Calls in the file, as they were counted last."""
        self._path = path
        self._keep = timedelta(days=days)
        self._thread = ThreadPoolExecutor(1, "archive")
        self._file: CallStore | None = None
        self._is_over = False
        """Whether nothing helps: calls are remembered for this run alone."""
        self._failed_to_write = False
        self._began_at = time.monotonic()
        self._pending: dict[tuple[str, str], Kept] = {}
        """By what kind of thing it is, and which one."""
        self._timer: asyncio.TimerHandle | None = None
        self._writing: asyncio.Task[None] | None = None

    async def begin(self, now: datetime) -> Sequence[CallRecord]:
        """Opens the file; the calls whose end no earlier run saw."""
        return await self._ask(lambda file: file.unfinished(now), []) or []

    async def page(self, below: "Place | None" = None) -> "tuple[Sequence[CallRecord], Place | None] | None":
        """The newest calls, or those below a place, and the place of the last; None where the file fails just now.

        They are of earlier runs, and of other dashboards.
        """
        return await self._ask(lambda file: file.page(below, PAGE), None)

    async def count(self) -> None:
        """Counts `total` anew."""
        self.total = await self._ask(len, self.total)

    async def search(
        self, below: "Place", words: Sequence[str], fits: Callable[[CallRecord], bool]
    ) -> "tuple[Sequence[CallRecord], Place | None] | None":
        """One stretch of a search through all calls, as in `CallStore.search`; None where the file fails just now."""
        return await self._ask(lambda file: file.search(below, words, fits), None)

    async def tend(self, now: datetime) -> bool:
        """Forgets some of what is too old, and shrinks the file; whether there is more to be done now."""
        ran_s = time.monotonic() - self._began_at
        return await self._ask(lambda file: file.tend(now, self._keep, ran_s=ran_s), False)

    def keep(self, record: "Kept") -> None:
        """Writes it soon; of one record the latest counts."""
        if self._is_over:
            return
        self._pending[type(record).__name__, row_key(record)] = record
        if len(self._pending) > MOST_PENDING:
            del self._pending[next(iter(self._pending))]
        if self._timer is None and self._writing is None:
            self._later(BATCH_S)

    async def close(self) -> None:
        """Returns once everything is written or has failed."""
        if self._timer is not None:
            self._timer.cancel()
        if self._writing is not None:
            await self._writing
        if self._pending:
            await self._ask(lambda file: file.write(self._pending.values()), None, writes=True)
        file, self._file, self._is_over = self._file, None, True
        if file is not None:
            await asyncio.get_running_loop().run_in_executor(self._thread, file.close)
        self._thread.shutdown(wait=False)

    def _later(self, seconds: float) -> None:
        self._timer = asyncio.get_running_loop().call_later(seconds, self._begin_writing)

    def _begin_writing(self) -> None:
        self._timer = None
        self._writing = asyncio.get_running_loop().create_task(self._write_out())

    async def _write_out(self) -> None:
        batch, self._pending = self._pending, {}
        if await self._ask(lambda file: file.write(batch.values()), None, writes=True) is None:
            self._pending = batch | self._pending
        self._writing = None
        if self._pending and not self._is_over:
            self._later(RETRY_S if self.trouble else BATCH_S)

    def _opened(self) -> "CallStore":
        from phonetui.archive.store import CallStore  # noqa: PLC0415 - the database's library: not before the first frame

        if self._file is None:
            self._file = CallStore(self._path)
            self.set_aside = self._file.set_aside
        return self._file

    def _in_thread(self, work: "Callable[[CallStore], _T]") -> _T:
        file = self._opened()
        try:
            return work(file)
        except ArchiveError as error:
            if not error.is_damage:
                raise
            file.put_aside(error)
            self.set_aside = file.set_aside
            return work(file)

    async def _ask(self, work: "Callable[[CallStore], _T]", otherwise: _T, *, writes: bool = False) -> _T:
        """What `work` brings from the thread, or `otherwise` where the file fails."""
        if self._is_over:
            return otherwise
        try:
            found = await asyncio.get_running_loop().run_in_executor(self._thread, self._in_thread, work)
        except ArchiveError as error:
            if self.trouble != str(error):
                _log.warning("call history: %s", error)
            self.trouble = str(error)
            self._failed_to_write = self._failed_to_write or writes
            self._is_over = not error.is_passing
            return otherwise
        if writes or not self._failed_to_write:  # a file that can be read need not be one that can be written
            self.trouble, self._failed_to_write = "", False
        return found
