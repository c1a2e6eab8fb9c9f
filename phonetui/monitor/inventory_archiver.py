"""Writes to the archive now and then what each phone is, where it is, and its alerts: the data of reports."""

import asyncio
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

from phonetui.archive.archive import Archive
from phonetui.config.settings import PhoneSettings
from phonetui.errors import AccessError
from phonetui.monitor.journal import EVERYBODY
from phonetui.monitor.observed_fleet import ObservedFleet
from phonetui.phone.alerts.alert import Alert, AlertKey
from phonetui.phone.inventory import PhoneRecord, is_same, phone_record
from phonetui.phone.state import Phone, PhoneId
from phonetui.text import printable
from phonetui.transport.trust import read_certificate

LOOK_S = 10.0
"""Seconds between two looks at all phones."""
REFRESH = timedelta(minutes=15)
"""How old the time of the latest look at a phone of which nothing changes may become in the file."""
STEP = 25
"""Phones in one turn of the loop: a quarter of a millisecond."""


class InventoryArchiver:
    """Writes phones and alerts into the archive, at intervals and when the program ends."""

    def __init__(
        self,
        archive: Archive | None,
        observed: ObservedFleet,
        settings: Mapping[PhoneId, PhoneSettings],
        shown: Callable[[PhoneId], bytes | None],
    ) -> None:
        """`shown` gives the certificate, in DER, that a phone showed last; None where none was looked at."""
        self._archive = archive
        self._observed = observed
        self._guard = observed.journal.guard
        self._settings = settings
        self._shown = shown
        self._looked: dict[PhoneId, tuple[Phone, datetime | None]] = {}
        """The phones as last seen, each with the end of its certificate."""
        self._kept: dict[PhoneId, PhoneRecord] = {}
        """The phones as last written."""
        self._ends: dict[PhoneId, tuple[bytes, datetime | None]] = {}
        """Certificates that were read, and when each ends."""
        self._alerts: dict[tuple[AlertKey, datetime], Alert] = {}
        """Alerts that hold or were cleared lately, as last written."""

    async def run(self) -> None:
        """Runs until cancelled, and then once more; at once where nothing is kept."""
        if self._archive is None:
            return
        try:
            while True:
                await asyncio.sleep(LOOK_S)
                await self._look()
        finally:
            for phone in self._observed.phones.values():
                self._keep_phone(self._archive, phone)
            self._guard.run(EVERYBODY, "keeping alerts", self._keep_alerts, self._archive)

    async def _look(self) -> None:
        archive = self._archive
        if archive is None:
            return
        for place, phone in enumerate(tuple(self._observed.phones.values()), 1):
            await self._read_certificate(phone.id)
            self._keep_phone(archive, phone)
            if place % STEP == 0:
                await asyncio.sleep(0)
        self._guard.run(EVERYBODY, "keeping alerts", self._keep_alerts, archive)
        for gone in self._kept.keys() - self._observed.phones.keys():
            for known in (self._kept, self._looked, self._ends):
                known.pop(gone, None)

    def _keep_phone(self, archive: Archive, phone: Phone) -> None:
        self._guard.run(phone.id, "what is kept of it", self._keep, archive, phone, datetime.now(UTC))

    def _keep(self, archive: Archive, phone: Phone, now: datetime) -> None:
        before = self._kept.get(phone.id)
        is_due = before is None or now - before.watched_at >= REFRESH or now < before.watched_at
        _, end = self._ends.get(phone.id, (b"", None))
        looked_at, known_end = self._looked.get(phone.id, (None, None))
        if not is_due and looked_at is phone and known_end == end:
            return
        self._looked[phone.id] = (phone, end)
        settings = self._settings.get(phone.id)
        serial = printable(settings.serial) if settings is not None and settings.serial else None
        record = phone_record(phone, now, serial=serial, certificate_ends_at=end)
        if before is None or is_due or not is_same(before, record):
            archive.keep(record)
            self._kept[phone.id] = record

    def _keep_alerts(self, archive: Archive) -> None:
        """One of a call that both ends see is the first end's."""
        now = {
            (alert.key, alert.raised_at): alert
            for alert in self._observed.alerts.alerts
            if not alert.is_muted and not alert.is_second_end
        }
        for key, alert in now.items():
            if self._alerts.get(key) != alert:
                archive.keep(alert)
        self._alerts = now

    async def _read_certificate(self, phone: PhoneId) -> None:
        """In a thread: the first of them brings a library along. What cannot be read is not read again."""
        shown = self._shown(phone)
        known = self._ends.get(phone)
        if shown is None or (known is not None and known[0] == shown):
            return
        self._ends[phone] = shown, None
        try:
            self._ends[phone] = shown, (await asyncio.to_thread(read_certificate, shown)).not_after
        except AccessError:
            return
        except Exception as error:  # noqa: BLE001 - whatever one phone shows, the others are looked at
            self._guard.note_fault(phone, "its certificate", error)
