"""All calls that are known: those of this run out of every phone's chronicle, and those of earlier runs."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from phonetui.archive.archive import Archive
from phonetui.phone.calls.call_record import CallRecord, alone
from phonetui.phone.calls.call_tracker import CallTracker
from phonetui.phone.state import PhoneId

if TYPE_CHECKING:
    from phonetui.archive.store import Place

MOST_KNOWN = 60_000
"""Calls in memory, some 5 KB each."""
MOST_UNKEPT = 5_000
"""The same where no archive keeps what is left out: a day of a busy office."""
TAIL = 200
"""Calls on either side of a page's end that are compared."""
KEEP_EVERY = timedelta(seconds=30)
"""Between two writes of a call that goes on."""


class Records:
    """Takes what chronicles tell, adds what only comparing phones tells, and keeps it where there is an archive."""

    def __init__(self, archive: Archive | None) -> None:
        self._archive = archive
        self._known: dict[str, CallRecord] = {}
        self._seen: dict[PhoneId, CallTracker] = {}
        self._kept: dict[str, CallRecord] = {}
        """Calls that go on, as they were written last."""
        self._found: dict[str, CallRecord] = {}
        """Calls beyond the loaded ones that somebody looks for."""
        self._below: Place | None = None
        """Where the loaded ones end; None before the first and after the last page."""
        self._tail: list[CallRecord] = []
        """The oldest that were loaded: two programs may have kept the same call on either side of a page's end."""
        self.loaded = 0
        """Calls of earlier runs that were brought."""
        self._listed: tuple[CallRecord, ...] | None = ()

    @property
    def newest_first(self) -> tuple[CallRecord, ...]:
        """Those that are up stand on top; the same tuple as long as nothing changed."""
        if self._listed is None:
            self._forget_oldest()
            known = (self._found | self._known).values()
            self._listed = tuple(sorted(known, key=lambda record: (record.is_up, record.began_at), reverse=True))
        return self._listed

    def _forget_oldest(self) -> None:
        """Bounds what is held in memory; where there is an archive, they are older calls there from now on."""
        most = MOST_KNOWN if self._archive is not None else MOST_UNKEPT
        if len(self._known) <= most:
            return
        over = sorted((one for one in self._known.values() if not one.is_up), key=lambda one: (one.began_at, one.id))
        gone = over[: len(self._known) - most * 9 // 10]  # some more: not with every call that comes
        for record in gone:
            del self._known[record.id]
            self._kept.pop(record.id, None)
        if self._archive is not None and gone and len(gone) < len(over):
            last = over[len(gone)]
            self._below = (last.began_at.timestamp(), last.id)
            self._tail = []
            self.loaded = max(self.loaded - len(gone), 1)

    @property
    def trouble(self) -> str:
        """What is wrong with the archive; empty where nothing is, or where there is none."""
        return self._archive.trouble if self._archive else ""

    @property
    def unkept(self) -> str:
        """Why calls don't outlive this run; empty where they do."""
        return self.trouble if self._archive else "of this run alone"

    async def begin(self) -> Mapping[PhoneId, CallTracker]:
        """Chronicles that begin with calls whose end no earlier run saw."""
        if self._archive is None:
            return {}
        lost: dict[PhoneId, list[CallRecord]] = {}
        for record in await self._archive.begin(datetime.now(UTC)):
            lost.setdefault(record.phone, []).append(record)
        return {phone: CallTracker.resumed(records) for phone, records in lost.items()}

    async def load(self) -> bool | None:
        """Brings the next page of what earlier runs kept; whether there are more. None where the archive fails."""
        if self._archive is None or (self.loaded and self._below is None):
            return False
        page = await self._archive.page(self._below)
        if page is None:
            return None
        earlier, self._below = page
        self.loaded += len(earlier)
        self._join([replace(record, is_up=False) for record in earlier])
        return self._below is not None

    async def count(self) -> None:
        """Finds out how many calls there are beyond those that were brought."""
        if self._archive is not None:
            await self._archive.count()

    def _join(self, earlier: list[CallRecord]) -> None:
        """What this run has seen itself counts more."""
        found = alone([*self._tail, *earlier])
        ids = {record.id for record in found}
        for record in self._tail:
            if record.id not in ids and self._known.get(record.id) is record:
                del self._known[record.id]
        for record in found:
            self._known.setdefault(record.id, record)
        self._tail = found[:TAIL]
        self._listed = None

    @property
    def older(self) -> int:
        """Calls in the archive beyond those that were brought."""
        return max(self._archive.total - self.loaded, 0) if self._archive and self._below is not None else 0

    @property
    def set_aside(self) -> str:
        """That a damaged archive was set aside, in words; else empty."""
        return self._archive.set_aside if self._archive else ""

    async def tend(self) -> bool:
        """Forgets what is too old, some of it at a time; whether there is more."""
        return self._archive is not None and await self._archive.tend(datetime.now(UTC))

    async def search(self, words: Sequence[str], fits: Callable[[CallRecord], bool]) -> AsyncIterator[int]:
        """Looks for older calls that fit and shows them, a stretch at a time: how many each brought.

        Ends where the archive does or fails. Each of `words`, in small ASCII letters, stands in the text of every call
        that fits.
        """
        below = self._below
        while self._archive is not None and below is not None:
            step = await self._archive.search(below, words, lambda record: fits(replace(record, is_up=False)))
            if step is None:
                return
            found, below = step
            self._found |= {record.id: replace(record, is_up=False) for record in found}
            if found:
                self._listed = None
            yield len(found)

    def end_search(self) -> None:
        """What was found beyond the loaded calls is not shown any more."""
        if self._found:
            self._found = {}
            self._listed = None

    def look(self, phone: PhoneId, chronicle: CallTracker, noted: Callable[[CallRecord], CallRecord]) -> bool:
        """Takes what is new of a phone; whether anything was. `noted` adds what else is known of a call that is up.

        A call that is up changes with every reading, so this is often enough for what else becomes known.
        """
        if self._seen.get(phone) is chronicle:
            return False
        self._seen[phone] = chronicle
        moved = [told for told in chronicle.records if self._take(told, noted)]
        if moved:
            self._listed = None
            self._forget_oldest()
        return bool(moved)

    def forget(self, phone: PhoneId) -> None:
        """It is not watched any more; its calls stay."""
        self._seen.pop(phone, None)

    def _take(self, told: CallRecord, noted: Callable[[CallRecord], CallRecord]) -> bool:
        before, record = self._known.get(told.id), told
        if before is not None:
            record = replace(told, alerts=before.alerts, hints=before.hints, partner=before.partner)
        if record.is_up or (before is not None and before.is_up):
            record = noted(record)
        if record == before:
            return False
        self._known[record.id] = record
        self._keep(record)
        return True

    async def close(self) -> None:
        """Writes what is up as it stands."""
        if self._archive is not None:
            for record in self._known.values():
                if record.is_up:
                    self._archive.keep(record)
            await self._archive.close()

    def _keep(self, record: CallRecord) -> None:
        """At once where its story went on, else now and then."""
        if self._archive is None:
            return
        kept = self._kept.get(record.id)
        goes_on = kept is not None and kept.is_up and record.is_up and len(kept.steps) == len(record.steps)
        if goes_on and kept is not None and record.seen_at - kept.seen_at < KEEP_EVERY:
            return
        self._archive.keep(record)
        self._kept[record.id] = record
        if not record.is_up and not record.is_lost:
            del self._kept[record.id]
