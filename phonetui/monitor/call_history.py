"""All known calls: those of this run, from every phone's call tracker, and those of earlier runs, from the archive.

RememberedCalls ◄── what is in memory: this run's calls, and the newest pages of the archive
CallArchiver    ──► writes this run's calls down, once the archive's first page is there
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from msgspec.structs import replace

from phonetui.archive.archive import Archive
from phonetui.fleet.changes import ChangedItems
from phonetui.monitor.journal import Journal
from phonetui.monitor.observed_phone import ObservedPhone
from phonetui.phone.calls.call_record import CallRecord, unique_calls
from phonetui.phone.calls.call_series import CallSeries
from phonetui.phone.calls.call_tracker import CallTracker
from phonetui.phone.journal import Weight
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
BEGIN_S = 0.5
"""How long phones wait for an archive that is locked, or is brought up to date."""
LOADED = 10_000
"""Calls of earlier runs that are brought without being asked for."""
STEP_S = 0.05
"""Seconds between two steps: others on the loop and in the file have their turns."""
RETRY_S = 5.0
"""Before an archive that failed is asked again."""
TEND_S = 3600.0
"""Seconds between two looks for calls that are too old."""
_HISTORY = PhoneId("history")
"""Stands in the journal where a phone's name would."""


class RememberedCalls:
    """Takes the trackers' records, adds what only comparing phones shows, and keeps them where there is an archive."""

    def __init__(self, archive: Archive | None, *, is_shown: bool = True) -> None:
        """`is_shown`: whether somebody may look at calls of before.

        Where nobody may, a call is held for as long as its phone's tracker has it: a minute at least after its end, in
        which it is written down or passed on.
        """
        self.archive = archive
        self.is_shown = is_shown
        self._most = MOST_UNKEPT if archive is None else MOST_KNOWN
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
        self.changed: Callable[[CallRecord, CallRecord | None], None] | None = None
        """Called with each call that came, went on or ended, and how it was known before."""
        self.loaded = 0
        """Calls of earlier runs that were brought."""
        self._listed: tuple[CallRecord, ...] | None = ()

    @property
    def newest_first(self) -> tuple[CallRecord, ...]:
        """The records, those of calls that are up first; the same tuple as long as nothing changed."""
        if self._listed is None:
            self._forget_oldest()
            known = (self._found | self._known).values()
            self._listed = tuple(sorted(known, key=lambda one: (one.is_up, one.began_at, one.id), reverse=True))
        return self._listed

    def _forget_oldest(self) -> None:
        """Bounds what is held in memory; where there is an archive, they are older calls there from now on."""
        most = self._most
        if len(self._known) <= most:
            return
        over = sorted((one for one in self._known.values() if not one.is_up), key=lambda one: (one.began_at, one.id))
        gone = over[: len(self._known) - most * 9 // 10]  # some more: not with every call that comes
        for record in gone:
            del self._known[record.id]
            self._kept.pop(record.id, None)
        if self.archive is not None and gone and len(gone) < len(over):
            last = over[len(gone)]
            self._below = (last.began_at.timestamp(), last.id)
            self._tail = []
            self.loaded = max(self.loaded - len(gone), 1)

    @property
    def unkept(self) -> str:
        """Why calls don't outlive this run; empty where they do."""
        return self.archive.trouble if self.archive else "this session only"

    async def begin(self) -> Mapping[PhoneId, CallTracker]:
        """Trackers that begin with calls whose end no earlier run saw."""
        if self.archive is None:
            return {}
        lost: dict[PhoneId, list[CallRecord]] = {}
        for record in await self.archive.begin(datetime.now(UTC)):
            lost.setdefault(record.phone, []).append(record)
        return {phone: CallTracker.resume(records) for phone, records in lost.items()}

    async def load(self) -> bool | None:
        """Brings the next page of what earlier runs kept; whether there are more. None where the archive fails."""
        if self.archive is None or (self.loaded and self._below is None):
            return False
        page = await self.archive.page(self._below)
        if page is None:
            return None
        earlier, self._below = page
        self.loaded += len(earlier)
        self._join([replace(record, is_up=False) for record in earlier])
        return self._below is not None

    def _join(self, earlier: list[CallRecord]) -> None:
        """What this run has seen itself counts more."""
        found = unique_calls([*self._tail, *earlier])
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
        return max(self.archive.total - self.loaded, 0) if self.archive and self._below is not None else 0

    async def search(self, words: Sequence[str], fits: Callable[[CallRecord], bool]) -> AsyncIterator[int]:
        """Looks for older calls that fit and shows them, a stretch at a time: how many each brought.

        Ends where the archive does or fails. Each of `words`, in small ASCII letters, stands in the text of every call
        that fits.
        """
        below = self._below
        while self.archive is not None and below is not None:
            step = await self.archive.search(below, words, lambda record: fits(replace(record, is_up=False)))
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

    def has_seen(self, phone: PhoneId, tracker: CallTracker) -> bool:
        """Whether nothing is new of a phone."""
        return self._seen.get(phone) is tracker

    def update(self, phone: PhoneId, tracker: CallTracker, noted: Callable[[CallRecord], CallRecord]) -> bool:
        """Takes what is new of a phone; whether anything was. `noted` adds what else is known of a call that is up.

        A call that is up changes with every reading, so this is often enough for what else becomes known.
        """
        if self.has_seen(phone, tracker):
            return False
        before, self._seen[phone] = self._seen.get(phone), tracker
        moved = [record for record in tracker.records if self._take(record, noted)]
        if not self.is_shown and before is not None:
            self._drop(before, tracker)
        if moved:
            self._listed = None
            self._forget_oldest()
        return bool(moved)

    def _drop(self, before: CallTracker, after: CallTracker | None = None) -> None:
        """Forgets the calls that the phone's tracker had before and has not any more."""
        gone = {record.id for record in before.records}
        if after is not None:
            gone.difference_update(record.id for record in after.records)
        for id_ in gone:
            self._kept.pop(id_, None)
            if self._known.pop(id_, None) is not None:
                self._listed = None

    def forget(self, phone: PhoneId) -> None:
        """Drops what is kept for a phone that is no longer watched; its calls stay where somebody may look at them."""
        before = self._seen.pop(phone, None)
        if not self.is_shown and before is not None:
            self._drop(before)

    def known(self, id_: str) -> CallRecord | None:
        """A call in memory by its id."""
        return self._known.get(id_)

    def restore(self, records: Iterable[CallRecord], trackers: Mapping[PhoneId, CallTracker]) -> None:
        """What a replay goes on from."""
        self._known = {record.id: record for record in records}
        self._seen = dict(trackers)
        self._listed = None

    def add(self, records: Iterable[CallRecord]) -> None:
        """Calls of before; what is known of one already counts more."""
        for record in records:
            self._known.setdefault(record.id, record)
        self._listed = None

    def _take(self, record: CallRecord, noted: Callable[[CallRecord], CallRecord]) -> bool:
        before = self._known.get(record.id)
        if before is not None:
            record = replace(record, alerts=before.alerts, hints=before.hints, partner=before.partner)
        if record.is_up or (before is not None and before.is_up):
            record = noted(record)
        if record == before:
            return False
        self._known[record.id] = record
        if self.changed is not None:
            self.changed(record, before)
        self._keep(record)
        return True

    async def close(self, series: Mapping[str, CallSeries | None]) -> None:
        """Writes what is up as it stands, with its `series` so far, by the record's id."""
        if self.archive is not None:
            for record in self._known.values():
                if record.is_up:
                    self.archive.keep(replace(record, series=series.get(record.id, record.series)))
            await self.archive.close()

    def _keep(self, record: CallRecord) -> None:
        """At once where its story went on, else now and then."""
        if self.archive is None:
            return
        kept = self._kept.get(record.id)
        goes_on = kept is not None and kept.is_up and record.is_up and len(kept.steps) == len(record.steps)
        if goes_on and kept is not None and record.seen_at - kept.seen_at < KEEP_EVERY:
            return
        self.archive.keep(record)
        self._kept[record.id] = record
        if not record.is_up and not record.is_lost:
            del self._kept[record.id]


class CallArchiver:
    """Moves the records of ended calls from the phones' trackers into memory and the archive."""

    def __init__(
        self,
        records: RememberedCalls,
        journal: Journal,
        observed: Mapping[PhoneId, ObservedPhone],
        noted: Callable[[CallRecord], CallRecord],
    ) -> None:
        """`noted` adds what only comparing phones shows."""
        self._records = records
        self._journal = journal
        self._observed = observed
        self._noted = noted
        self._changes: ChangedItems[PhoneId, CallTracker] = ChangedItems()
        self._is_loaded = False
        self._trouble, self._set_aside = "", ""
        """What was written of the archive last."""
        self._beginning: asyncio.Task[None] | None = None

    async def begin(self) -> None:
        """Lets phones go on with calls whose end no earlier run saw. Waits no longer than BEGIN_S for the archive."""
        self._beginning = asyncio.create_task(self._resume())
        await asyncio.wait({self._beginning}, timeout=BEGIN_S)

    async def _resume(self) -> None:
        for phone, tracker in (await self._records.begin()).items():
            if phone in self._observed and not self._observed[phone].tracker.records:
                self._observed[phone].resume(tracker)

    async def load(self) -> None:
        """Brings the calls of earlier runs a page at a time, and then forgets what is too old, for as long as it runs.

        What this run sees is recorded after the first page only. A fault in it is noted once, and ends nothing.
        """
        try:
            await self._load()
        except Exception as error:  # noqa: BLE001 - phones are watched whatever an earlier run may have kept
            self._is_loaded = True
            self._journal.guard.note_fault(_HISTORY, "the calls of earlier runs", error)

    async def _load(self) -> None:
        archive = self._records.archive
        more: bool | None = self._records.is_shown
        self._is_loaded = self._is_loaded or not more
        while more is not False and self._records.loaded < LOADED:
            more = await self._records.load()
            self._journal.version += 1
            if not self._is_loaded:
                self._is_loaded = True
                if archive is not None:
                    await archive.count()
            await asyncio.sleep(RETRY_S if more is None else STEP_S)
        while archive is not None:
            if await archive.tend(datetime.now(UTC)):
                await asyncio.sleep(STEP_S)
            else:
                await archive.count()
                await asyncio.sleep(TEND_S)

    def update(self) -> None:
        """Records what is new, and says what is wrong with the archive."""
        if not self._is_loaded:
            return
        self.take_records()
        archive = self._records.archive
        if archive is not None and archive.set_aside != self._set_aside:
            self._set_aside = archive.set_aside
            self._journal.note(_HISTORY, self._set_aside, Weight.WARNING)
        if archive is not None and archive.trouble != self._trouble:
            self._trouble = archive.trouble
            words = f"calls are not kept: {self._trouble}" if self._trouble else "calls are kept again"
            self._journal.note(_HISTORY, words, Weight.WARNING if self._trouble else Weight.GOOD)

    def leave(self, observed: ObservedPhone) -> None:
        """The phone is not watched any more: a call of it is lost from sight, and its calls stay."""
        self._records.update(observed.log.phone, observed.leave(), self._noted)
        self._records.forget(observed.log.phone)

    async def close(self) -> None:
        if self._beginning is not None:
            self._beginning.cancel()
        self.take_records()
        left = [self._journal.guard.run(phone, "its calls", each.leave) for phone, each in self._observed.items()]
        await self._records.close({one.id: one.series for tracker in left if tracker for one in tracker.current})

    def take_records(self) -> None:
        """What the phones' trackers have that is new."""
        trackers = {phone: observed.tracker for phone, observed in self._observed.items()}
        for phone in self._changes.look(trackers):
            tracker = trackers[phone]
            if self._journal.guard.run(phone, "its call history", self._records.update, phone, tracker, self._noted):
                self._journal.version += 1
