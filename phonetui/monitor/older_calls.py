"""Calls beyond those in memory: further pages of the archive, and what somebody searches for in it."""

import asyncio
import re
from collections.abc import Callable

from phonetui.monitor.call_history import RememberedCalls
from phonetui.phone.calls.call_record import CallRecord

MOST_LOADED = 50_000
"""Calls of earlier runs in memory, some 5 KB each: whoever wants older ones looks for them."""
MOST_FOUND = 1000
"""Calls that a search brings: whoever wants more of them says more."""
_PLAIN = re.compile(r"[ !#-\[\]-~]+")
"""ASCII that stands in JSON as it is typed: no quotes, no backslash."""


class OlderCalls:
    """The `KeptCalls` of a fleet; what it brings is among the fleet's records a little later."""

    def __init__(self, records: RememberedCalls, changed: Callable[[], None]) -> None:
        """`changed` is called when there are other records to be seen."""
        self._records = records
        self._changed = changed
        self._loading: asyncio.Task[None] | None = None
        self._searching: asyncio.Task[None] | None = None

    @property
    def count(self) -> int:
        return self._records.older

    @property
    def is_searching(self) -> bool:
        return self._searching is not None and not self._searching.done()

    def load(self) -> None:
        """Brings the next page, unless one is on its way, or there are MOST_LOADED."""
        if self.count and self._records.loaded < MOST_LOADED and (self._loading is None or self._loading.done()):
            self._loading = asyncio.get_running_loop().create_task(self._load())

    def search(self, fits: Callable[[CallRecord], bool], parts: tuple[str, ...] = ()) -> None:
        """Looks through the archive for calls that `fits` accepts; `parts` are texts that their records must contain.

        Ends the search before it.
        """
        self.end_search()
        if self.count:
            plain = [part.casefold() for part in parts if _PLAIN.fullmatch(part.casefold())]
            self._searching = asyncio.get_running_loop().create_task(self._search(fits, plain))

    def end_search(self) -> None:
        """Ends the search, and drops what it found."""
        if self._searching is not None:
            self._searching.cancel()
            self._searching = None
        self._records.end_search()
        self._changed()

    async def close(self) -> None:
        tasks = [task for task in (self._loading, self._searching) if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _load(self) -> None:
        await self._records.load()
        self._changed()

    async def _search(self, fits: Callable[[CallRecord], bool], parts: list[str]) -> None:
        found = 0
        async for brought in self._records.search(parts, fits):
            found += brought
            if brought:
                self._changed()
            if found >= MOST_FOUND:
                break
            await asyncio.sleep(0)
        self._changed()
