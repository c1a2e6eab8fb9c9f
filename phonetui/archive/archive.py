"""The archive beside the loop: whatever the file takes its time for happens in a thread, in batches.

A file that fails is told of once. One that is locked or full is tried again; with one that is broken, the calls of this
run stay in memory alone.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from phonetui.archive.unkept import Unkept
from phonetui.phone.record import CallRecord

if TYPE_CHECKING:
    from phonetui.archive.file import File

BATCH_S = 2.0
"""Between two writes: so much is lost at most when the machine goes down."""
RETRY_S = 30.0
LOADED = 10_000
"""Calls of earlier runs that are held in memory: the newest."""

_T = TypeVar("_T")
_log = logging.getLogger(__name__)


class Archive:
    """Nothing here raises but cancellation; `trouble` says what is wrong."""

    def __init__(self, path: Path, days: int) -> None:
        """Keeps calls for `days`."""
        self.trouble = ""
        """Why calls are not kept at present; empty while they are."""
        self.older = 0
        """Calls in the file beyond those that were loaded."""
        self._path = path
        self._days = days
        self._thread = ThreadPoolExecutor(1, "archive")
        self._file: File | None = None
        self._pending: dict[str, CallRecord] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._writing: asyncio.Task[None] | None = None

    async def begin(self, now: datetime) -> Sequence[CallRecord]:
        """Opens the file and forgets what is too old; the calls whose end no earlier run saw."""

        def begin() -> list[CallRecord]:
            from phonetui.archive.file import File  # noqa: PLC0415 - the database's library: not before the first frame

            self._file = File(self._path)
            self._file.forget(now - timedelta(days=self._days))
            return self._file.unfinished(now)

        return await self._asked(begin, [])

    async def load(self) -> Sequence[CallRecord]:
        """Calls of earlier runs and of other dashboards, newest first."""
        if self._file is None:
            return []
        file = self._file
        nothing: tuple[list[CallRecord], int] = ([], 0)
        found, total = await self._asked(lambda: (file.newest(LOADED), len(file)), nothing)
        self.older = total - len(found)
        return found

    def keep(self, record: CallRecord) -> None:
        """Writes it soon; of one record the latest counts."""
        if self._file is None:
            return
        self._pending[record.id] = record
        if self._timer is None and self._writing is None:
            self._later(BATCH_S)

    async def close(self) -> None:
        """Returns once everything is written or has failed."""
        if self._timer is not None:
            self._timer.cancel()
        if self._writing is not None:
            await self._writing
        await self._asked(self._close, None)
        self._thread.shutdown(wait=False)

    def _later(self, seconds: float) -> None:
        self._timer = asyncio.get_running_loop().call_later(seconds, self._begin_writing)

    def _begin_writing(self) -> None:
        self._timer = None
        self._writing = asyncio.get_running_loop().create_task(self._write_out())

    async def _write_out(self) -> None:
        batch, self._pending = self._pending, {}
        if await self._asked(lambda: self._write(batch), False):
            self.trouble = ""
        else:
            self._pending = batch | self._pending
        self._writing = None
        if self._pending and self._file is not None:
            self._later(RETRY_S if self.trouble else BATCH_S)

    def _write(self, batch: dict[str, CallRecord]) -> bool:
        if self._file is not None:
            self._file.write(batch.values())
        return True

    def _close(self) -> None:
        if self._file is not None:
            try:
                self._write(self._pending)
            finally:
                self._file.close()

    async def _asked(self, work: Callable[[], _T], otherwise: _T) -> _T:
        """What `work` brings from the thread, or `otherwise` where the file fails."""
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, work)
        except Unkept as error:
            if self.trouble != str(error):
                _log.warning("call history: %s", error)
            self.trouble = str(error)
            if not error.is_passing:
                self._give_up()
            return otherwise

    def _give_up(self) -> None:
        if self._file is not None:
            self._thread.submit(self._file.close)
        self._file = None
