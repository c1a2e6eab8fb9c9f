"""A fleet made of what collectors publish: all screens work on it, and it polls nothing.

Rows of all phones, the whole state of those that are looked at, trees and figures over time by questions.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence, Set
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from msgspec.structs import replace

from phonetui.config.settings import Poll, Secret
from phonetui.errors import AccessError
from phonetui.exchange.attached_phones import AttachedPhones, active_alerts
from phonetui.exchange.commands import CommandSender
from phonetui.exchange.connection import NatsConnection
from phonetui.exchange.phone_queries import Questions
from phonetui.exchange.viewer import Viewer
from phonetui.exchange.whole_state import diagnosis_renamed
from phonetui.fleet.protocol import Trust
from phonetui.monitor.journal import MOST_ENTRIES, AlertReport, CallReport, EventReport, Report, StateReport
from phonetui.phone.calls.call_record import CallRecord
from phonetui.phone.journal import EntryKind, JournalEntry, Weight, event_words
from phonetui.phone.state import Call, CallKey, Phone, PhoneId
from phonetui.text import Printable, printable
from phonetui.xapi.catalog import phoneos
from phonetui.xapi.schema import CommandSchema, published
from phonetui.xapi.xml import no_match

if TYPE_CHECKING:
    from phonetui.fleet.protocol import CertificateCheck, KeptCalls, Prompter
    from phonetui.phone.alerts.alert import Alert, AlertKey
    from phonetui.phone.calls.call_legs import Ambiguous, Leg, Partner
    from phonetui.phone.diagnosis import Diagnosis
    from phonetui.phone.history import CallHistory, PortHistory
    from phonetui.xapi.command import Command, CommandResult
    from phonetui.xapi.control_commands import KeyArgument
    from phonetui.xapi.document import Document
    from phonetui.xapi.path import Path

EXCHANGE = PhoneId("nats")
"""Stands in the journal where a phone's name would: what is between collectors and this viewer."""
MOST_RECORDS = 2000
PHONE_S = 12.0
"""Time limit for an answer that the collector has to ask the phone for."""


class AttachedFleet:
    """A `Fleet`, a `NotifyingFleet` and a `TreeFleet` over the NATS server."""

    def __init__(
        self,
        connection: NatsConnection,
        sites: tuple[str, ...] = (),
        *,
        read_only: bool = False,
        report: Callable[[Report], None] | None = None,
        notice: Callable[[str], None] | None = None,
        ask_with: "Callable[[Prompter], None] | None" = None,
    ) -> None:
        """Of these sites, without any of all. `report` is called with what happens, `notice` with the exchange's own
        words, `ask_with` with whom a jump host's questions are put to.
        """
        self._ask_with = ask_with or (lambda _: None)
        self._phones = AttachedPhones(sites)
        self._report = report
        self._notice = notice or (lambda _: None)
        self._version = 0
        self._waiting: list[Callable[[], None]] = []
        self._entries: dict[JournalEntry, None] = {}
        """As they came, up to twice as many as are shown; what comes once more when asked for is no other."""
        self._entries_kept: tuple[int, tuple[JournalEntry, ...]] = (-1, ())
        self._entries_version = 0
        self._records: dict[str, CallRecord] = {}
        self._records_kept: tuple[CallRecord, ...] | None = ()
        self._alerts: tuple[int, tuple[Alert, ...]] = (-1, ())
        self._mutes: dict[AlertKey, bool] = {}
        self._snapshot: tuple[int, Mapping[PhoneId, Phone]] = (-1, {})
        self._readings: dict[Leg, object] = {}
        """Of live calls, as they were reported last."""
        self._reported: dict[PhoneId, tuple[str, str]] = {}
        self.viewer = Viewer(
            connection, sites, self._phones, changed=self._change, took=self._take_happened,
            took_state=self._report_calls, note=self._note,
        )  # fmt: skip
        self.questions = Questions(connection, self._phones, self._change)
        self._sender = CommandSender(connection, self._phones, self.questions, read_only=read_only)
        self.permission = self._sender.permission

    async def run(self) -> None:
        """Runs until cancelled. Raises ConfigError."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.viewer.run())
            tasks.create_task(self.questions.run())

    @property
    def version(self) -> int:
        return self._version

    def on_next_change(self, changed: Callable[[], None]) -> None:
        if changed not in self._waiting:
            self._waiting.append(changed)

    def _change(self) -> None:
        self._version += 1
        waiting, self._waiting = self._waiting, []
        for changed in waiting:
            changed()
        if self._report is not None:
            self._report_states(self._report)

    @property
    def phones(self) -> Mapping[PhoneId, Phone]:
        """The phones of the sites by id; the same mapping as long as nothing changed."""
        if self._snapshot[0] != self._version:
            self._snapshot = (self._version, self._phones.ordered)
        return self._snapshot[1]

    @property
    def entries(self) -> Sequence[JournalEntry]:
        if self._entries_kept[0] != self._entries_version:
            latest = sorted(self._entries, key=_seen_at)[-MOST_ENTRIES:]
            self._entries_kept = (self._entries_version, tuple(latest))
        return self._entries_kept[1]

    @property
    def alerts(self) -> "Sequence[Alert]":
        version = self._phones.alerts_version
        if self._alerts[0] != version:
            found = [
                replace(alert, is_muted=self._mutes[alert.key]) if alert.key in self._mutes else alert
                for alert in active_alerts(self._phones.phones.values())
            ]
            held = sorted((alert for alert in found if alert.is_active), key=_urgency)
            gone = sorted((alert for alert in found if not alert.is_active), key=_cleared_at, reverse=True)
            self._alerts = (version, (*held, *gone))
        return self._alerts[1]

    @property
    def hints(self) -> "Sequence[Diagnosis]":
        return tuple(
            diagnosis_renamed(hint, lambda phone, site=heard.life.site: self._phones.id_of(site, phone))  # type: ignore[misc]  # a default keeps this round's value
            for heard in self._phones.collectors.values()
            if not heard.is_silent
            for hint in heard.life.hints
        )

    @property
    def records(self) -> Sequence[CallRecord]:
        """The calls that ended while this viewer was there, and in the hour before; newest first."""
        if self._records_kept is None:
            self._records_kept = tuple(
                sorted(self._records.values(), key=lambda record: record.last_at, reverse=True)
            )  # fmt: skip
        return self._records_kept

    @property
    def unkept(self) -> str:
        return "the collectors keep the calls; here are those of the last hour"

    @property
    def older_calls(self) -> "KeptCalls | None":
        return None

    def history(self, phone: PhoneId) -> "Mapping[CallKey, CallHistory]":
        self.viewer.look_at(phone)
        return self.questions.history(phone)[0]

    def port_history(self, phone: PhoneId) -> "Mapping[int, PortHistory]":
        self.viewer.look_at(phone)
        return self.questions.history(phone)[1]

    def partner(self, phone: PhoneId, call: CallKey) -> "Partner | Ambiguous | None":
        known = self._phones.phones.get(phone)
        found = known.details.calls.get(call) if known is not None else None
        return (found.partner or found.ambiguous) if found is not None else None

    def causes(self, phone: PhoneId, call: CallKey) -> "Sequence[Diagnosis]":
        known = self._phones.phones.get(phone)
        found = known.details.calls.get(call) if known is not None else None
        return found.causes if found is not None else ()

    def mute(self, alert: "AlertKey", *, muted: bool) -> None:
        """Mutes an alert for this viewer alone."""
        self._mutes[alert] = muted
        self._alerts = (-1, ())
        self._change()

    def pace(self, phone: PhoneId, by: float) -> Poll:  # noqa: ARG002 - collectors read as their configuration says
        interval_s = self.phones[phone].connection.interval_s
        return Poll(call_s=interval_s, idle_s=interval_s)

    @property
    def why_read_only(self) -> str:
        return self._sender.refusal or 'the collector is read-only, or has control = "off" for it'

    @property
    def is_attached(self) -> bool:
        return True

    @property
    def cut_off_at(self) -> datetime | None:
        return self.viewer.lost_at

    def grant(self, phone: PhoneId) -> None:
        self._sender.grant(phone)
        self._change()

    def revoke(self, phone: PhoneId) -> None:
        self._sender.revoke(phone)
        self._change()

    @property
    def granted(self) -> Set[PhoneId]:
        return self._sender.granted

    async def dial(self, phone: PhoneId, number: str, *, confirmed: bool = False) -> "CommandResult":
        return await self._sender.dial(phone, number, confirmed=confirmed)

    async def press(self, phone: PhoneId, key: str, *, confirmed: bool = False) -> "CommandResult":
        return await self._sender.press(phone, key, confirmed=confirmed)

    async def command(self, phone: PhoneId, command: "Command", *, confirmed: bool = False) -> "CommandResult":
        return await self._sender.command(phone, command, confirmed=confirmed)

    @property
    def cloud(self) -> None:
        """Webex is asked by collectors, for what phones show of it."""

    def ask_with(self, prompter: "Prompter") -> None:
        self._ask_with(prompter)

    def adopt(self, device_key: str) -> PhoneId:  # noqa: ARG002 - whatever it is
        raise AccessError("collectors watch the phones of their configuration: nothing can be added from here")

    def username(self, phone: PhoneId) -> Printable:  # noqa: ARG002 - as above
        raise AccessError("passwords are the collector's affair", "Change it where the collector runs")

    async def sign_in(
        self,
        phone: PhoneId,  # noqa: ARG002 - as above
        username: str,  # noqa: ARG002 - as above
        password: Secret,  # noqa: ARG002 - as above
    ) -> tuple[PhoneId, ...]:
        """A password never travels to a collector."""
        raise AccessError("passwords are the collector's affair", "Change it where the collector runs")

    async def check_certificate(self, phone: PhoneId) -> "CertificateCheck":  # noqa: ARG002 - whichever it is
        raise AccessError("certificates are the collector's affair", "Run 'phonetui trust' where the collector runs")

    async def accept_certificate(self, phone: PhoneId, check: "CertificateCheck") -> None:  # noqa: ARG002 - as above
        raise AccessError("certificates are the collector's affair", "Run 'phonetui trust' where the collector runs")

    async def fetch(self, phone: PhoneId, path: "Path") -> "Document":
        """The part of the tree as the collector knows it.

        Raises CommandRefused for a place that neither the phone nor the catalogue knows.
        """
        document = (await self.questions.fresh_document(phone)).under(path)
        if not document and not phoneos().knows(path):
            raise no_match(path)
        return document

    async def calls_now(self, phone: PhoneId) -> tuple[Call, ...]:
        """The collector asks the phone. Raises PhonetuiError."""
        return await self.questions.ask(phone, "calls", None, tuple[Call, ...], PHONE_S)

    def numbers(self, phone: PhoneId) -> tuple[Printable, ...]:  # noqa: ARG002 - a collector tells none
        """A mesh's plan gives them."""
        return ()

    def read_calls(self, phone: PhoneId) -> None:
        """Collectors read a phone's calls by themselves after a command."""

    def document(self, phone: PhoneId) -> "Document":
        return self.questions.document(phone)[0]

    def changed_at(self, phone: PhoneId) -> "Mapping[Path, float]":
        return self.questions.document(phone)[1]

    def trust(self, phone: PhoneId) -> Trust:
        """Certificates are the collector's affair."""
        return Trust.elsewhere(self.phones.get(phone))

    async def commands(self, phone: PhoneId) -> CommandSchema:  # noqa: ARG002 - what is published of all
        return published()

    def key_argument(self, phone: PhoneId) -> "KeyArgument":  # noqa: ARG002 - the collector finds out
        from phonetui.xapi.control_commands import (  # noqa: PLC0415 - seldom asked for
            ASSUMED_KEY_ARGUMENT,
            KeyArgument,
            KeyArgumentOrigin,
        )

        return KeyArgument(ASSUMED_KEY_ARGUMENT, KeyArgumentOrigin.ASSUMPTION)

    def _take_happened(
        self, site: str, what: JournalEntry | EventReport | AlertReport | CallRecord, was_before: bool
    ) -> None:
        def name(phone: PhoneId) -> PhoneId:
            return self._phones.id_of(site, phone)

        match what:
            case JournalEntry(phone=phone):
                self._write(replace(what, phone=name(phone)))
            case EventReport(phone=phone, event=event, seen_at=seen_at):
                entry = JournalEntry(
                    seen_at, name(phone), event_words(event), kind=EntryKind.EVENT, fields=event.fields
                )  # fmt: skip
                self._write(entry)
                self._send(replace(what, phone=name(phone)), was_before)
            case AlertReport(alert=alert) if alert.phone is not None:
                self._send(replace(what, alert=replace(alert, phone=name(alert.phone))), was_before)
            case CallRecord(phone=phone):
                record = replace(what, phone=name(phone))
                if what.partner is not None:
                    record = replace(record, partner=(name(what.partner[0]), what.partner[1]))
                self._records[record.id] = record
                while len(self._records) > MOST_RECORDS:
                    del self._records[next(iter(self._records))]
                self._records_kept = None

    def _send(self, report: Report, was_before: bool) -> None:
        if self._report is not None and not was_before:
            self._report(report)

    def _write(self, entry: JournalEntry) -> None:
        self._entries[entry] = None
        if len(self._entries) > 2 * MOST_ENTRIES:
            self._entries = dict.fromkeys(sorted(self._entries, key=_seen_at)[-MOST_ENTRIES:])
        self._entries_version += 1

    def _note(self, words: str) -> None:
        self._write(JournalEntry(datetime.now(UTC), EXCHANGE, printable(words), Weight.WARNING))
        self._notice(words)
        self._change()

    def _report_calls(self, phone: PhoneId) -> None:
        """Of a phone whose whole state came."""
        known = self._phones.phones.get(phone)
        if self._report is None or known is None or known.shown is not known.known:
            return
        for call in known.shown.calls:
            measure = known.shown.measure(call.key)
            if measure is not None:
                moment = known.shown.connection.seen_at or datetime.now(UTC)
                reading = (measure, call.state, moment)
                if self._readings.get((phone, call.key)) != reading:
                    self._readings[phone, call.key] = reading
                    self._report(CallReport(phone, call.state, call.jitter_ms, measure, moment))

    def _report_states(self, report: Callable[[Report], None]) -> None:
        for phone in self.phones.values():
            state = (phone.connection.state.value, phone.connection.reason)
            if self._reported.get(phone.id) != state:
                self._reported[phone.id] = state
                report(StateReport(phone.id, phone.connection.state, phone.connection.reason, datetime.now(UTC)))


def _seen_at(entry: JournalEntry) -> datetime:
    return entry.seen_at


def _urgency(alert: "Alert") -> tuple[bool, int, float]:
    return (alert.is_muted, -alert.severity.rank, -alert.raised_at.timestamp())


def _cleared_at(alert: "Alert") -> float:
    return alert.cleared_at.timestamp() if alert.cleared_at is not None else 0.0
