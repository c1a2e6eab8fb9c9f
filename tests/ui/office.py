"""A made-up office at a fixed moment, and a fleet that holds it: everything that a pane can show, without a network."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from msgspec.structs import replace

from phonetui.config.settings import Config, Poll, UiSettings
from phonetui.errors import PhonetuiError
from phonetui.fleet.protocol import Cloud, KeptCalls, Permission, Trust, TrustReason
from phonetui.monitor.firmware_profile import listed_key_argument
from phonetui.phone.alerts.alert import Alert, AlertKey
from phonetui.phone.calls.call_legs import Ambiguous, Leg, Partner
from phonetui.phone.calls.call_record import CallRecord
from phonetui.phone.diagnosis import Diagnosis
from phonetui.phone.history import CallHistory, PortHistory
from phonetui.phone.journal import JournalEntry, Weight
from phonetui.phone.lights import Cadence, Colour, Light, Lights
from phonetui.phone.measure import TREND_STEP_S, Grade, JudgedMetric, Measure, Metric, ScoreTrend
from phonetui.phone.state import (
    Call,
    CallDirection,
    CallKey,
    Connection,
    Line,
    Link,
    Network,
    Phase,
    Phone,
    PhoneId,
    Port,
    State,
    System,
)  # fmt: skip
from phonetui.text import Printable, printable
from phonetui.ui.session import Clock
from phonetui.xapi.command import Command, CommandResult
from phonetui.xapi.control_commands import KeyArgument
from phonetui.xapi.document import EMPTY, Document, Update
from phonetui.xapi.path import Path
from phonetui.xapi.schema import CommandSchema, published

NOW = datetime(2026, 11, 21, 3, 4, 29, tzinfo=UTC)
AT = 10_000.0
CONFIG = Config(ui=UiSettings(timezone="UTC"), title=Printable("HQ lab"))

PINNED = Trust(
    TrustReason.PIN,
    Printable(f"sha256:{'0123456789abcdef' * 4}"),
    Printable("CN=DP00005E005321"),
    NOW + timedelta(days=3650),
)

OFF = Light(Colour.OFF, Cadence.OFF)
GREEN = Light(Colour.GREEN, Cadence.STEADY)
RED = Light(Colour.RED, Cadence.STEADY)
RINGING = Light(Colour.AMBER, Cadence.FLASH)


def idle(line: int) -> Line:
    return Line(line, Printable("Registered"), True, False, OFF, (Call(line, 0, Printable("Idle"), Phase.IDLE),))


def talk(line: int = 1, **more: Any) -> Call:
    said = Call(
        line, 0, state=Printable("Connected"), phase=Phase.TALK, direction=CallDirection.INCOMING, encoder=Printable("G722"),
        decoder=Printable("G722"), remote_name=Printable("Front Desk"), remote_number=Printable("5000"), duration_s=103, packets_sent=5160,
        packets_received=5076, lost_packets=84, discarded_packets=31, jitter_ms=14, decode_latency_ms=42,
        round_trip_ms=92, burst_ms=60, gap_ms=8400, mos_lq=4.2, mos_cq=4.1, r_factor=86,
    )  # fmt: skip
    return replace(said, **more)


SWITCH = Port(
    1, Link(Printable("1000 Full"), 1000, True, True), counters=(("RxcrcErr", 0),), neighbour=Printable("sw-2f"), neighbour_port=Printable("Gi1/0/14"),
    rx_per_s=96.4, tx_per_s=50.1, errors=0, errors_risen=0,
)  # fmt: skip
PC = Port(
    2,
    Link(Printable("100 Full"), 100, True, True),
    counters=(("RxcrcErr", 14),),
    rx_per_s=12,
    tx_per_s=9,
    errors=14,
    errors_risen=14,
)


def phone(name: str, model: str = "9851", *, group: str = "", state: State = State.LIVE, **more: Any) -> Phone:
    said = Phone(
        id=PhoneId(name), name=Printable(name), address=Printable("192.0.2.21"), group=tuple(Printable(part) for part in group.split("/") if part),
        connection=Connection(state, fresh_at=AT - 1, seen_at=NOW - timedelta(seconds=1), pushes=True),
        system=System(product_id=Printable(f"DP-{model}"), version=Printable("PHONEOS.3-6-1-0001-45")),
        network=Network(ipv4=Printable("192.0.2.21"), vlan=Printable("110")), up_s=7 * 86400.0,
        lights=Lights(mute=OFF, speaker=GREEN, headset=OFF, message=RED),
        lines=(idle(1), idle(2)), ports=(SWITCH, PC),
    )  # fmt: skip
    return replace(said, **more)


def lobby() -> Phone:
    lines = (
        Line(1, Printable("Registered"), True, True, GREEN, (talk(),)),
        Line(2, Printable("Failed"), False, False, OFF, (Call(2, 0, Printable("Idle"), Phase.IDLE),)),
    )
    measures = (_measure(Grade.GOOD, 0.4, 0.1, 4.1, 102, 5100, JudgedMetric(Metric.MOS, 4.1, Grade.GOOD)),)
    return replace(
        phone("lobby", group="HQ/Ground floor", lines=lines, measures=measures),
        trend=ScoreTrend(int(AT // TREND_STEP_S), (4.3, 4.2, None, None, 4.1, 4.1)),
    )


def _measure(
    grade: Grade, loss: float, discard: float, mos: float, seconds: float, packets: int, *more: JudgedMetric
) -> Measure:
    judged = (JudgedMetric(Metric.LOSS, loss, grade), JudgedMetric(Metric.DISCARD, discard, Grade.GOOD), *more)
    return Measure(
        1, 0, grade, judged=judged, loss_pct=loss, discard_pct=discard, mos=mos, mos_source="phone-cq", measured_s=seconds,
        measured_packets=packets,
    )  # fmt: skip


def reception() -> Phone:
    call = talk(
        jitter_ms=61, mos_cq=3.2, mos_lq=3.3, r_factor=62, remote_name=Printable("Ola Nordmann"), remote_number=Printable("+47 22 00 00 00"),
        round_trip_ms=None, lost_packets=410, direction=CallDirection.OUTGOING, duration_s=3725,
    )  # fmt: skip
    second = talk(
        2, state=Printable("Ringing"), phase=Phase.ALERTING, encoder=None, decoder=None, duration_s=None, remote_name=Printable("Kari"),
        remote_number=Printable("5012"),
    )  # fmt: skip
    lines = (
        Line(1, Printable("Registered"), True, False, GREEN, (call,)),
        Line(2, Printable("Registered"), True, False, RINGING, (second,)),
    )
    worse = (JudgedMetric(Metric.JITTER, 61, Grade.POOR), JudgedMetric(Metric.MOS, 3.2, Grade.POOR))
    measures = (_measure(Grade.POOR, 4.1, 0.9, 3.2, 900, 45000, *worse),)
    return replace(
        phone("reception", "9861", group="HQ/Ground floor", lines=lines, measures=measures),
        trend=ScoreTrend(int(AT // TREND_STEP_S), (4.4, 4.4, 4.3, 4.4, 4.2, 3.9, 3.0, 2.6, 3.4, 3.2)),
    )


def troubled(name: str, state: State, reason: str, detail: str, hint: str, group: str) -> Phone:
    connection = Connection(
        state,
        reason,
        Printable(detail),
        Printable(hint),
        NOW - timedelta(minutes=7),
        AT - 420 if state is State.STALE else None,
    )
    return phone(name, "9841", group=group, connection=connection)


def fleet_of_eight() -> tuple[Phone, ...]:
    asleep = Connection(State.SLEEPING, fresh_at=AT - 3600, detail=Printable("DeepSleep at 22:00"))
    return (
        lobby(),
        reception(),
        phone("desk-31", "9841", group="HQ/3rd floor"),
        phone("desk-32", "9841", group="HQ/3rd floor", connection=asleep),
        troubled(
            "desk-33",
            State.REFUSED,
            "credentials",
            "the phone refuses user xapi",
            "Check the password.",
            "HQ/3rd floor",
        ),
        troubled("desk-34", State.STALE, "timeout", "no answer within 10 s", "", "HQ/3rd floor"),
        phone("bergen-1", "8875", group="Branch via bastion"),
        phone("bergen-2", "9871", group="Branch via bastion", via=Printable("bastion")),
    )


def entries() -> tuple[JournalEntry, ...]:
    def at(seconds: float) -> datetime:
        return NOW - timedelta(seconds=seconds)

    return (
        JournalEntry(at(1500), PhoneId("desk-33"), Printable("refused: the phone refuses user xapi"), Weight.TROUBLE),
        JournalEntry(at(420), PhoneId("desk-34"), Printable("stale: no answer within 10 s"), Weight.WARNING),
        JournalEntry(at(103), PhoneId("lobby"), Printable("L1, answered  Front Desk 5000")),
        JournalEntry(at(60), PhoneId("bergen-1"), Printable("live again after 12 s"), Weight.GOOD),
        JournalEntry(at(2), PhoneId("reception"), Printable("loss poor 4.1 % (was 0.6 %)"), Weight.TROUBLE),
    )


def course(phone_: Phone, seconds: int = 90, *, with_gap: bool = True) -> CallHistory:
    """A history that ends in the call's present figures, with one bad moment and one gap."""
    history = CallHistory(AT - seconds)
    measure = phone_.measures[0]
    call = next(phone_.calls)
    for second in range(0, seconds, 2):
        at = AT - seconds + second + 0.5
        is_gap = with_gap and seconds // 2 <= second < seconds // 2 + 4
        wave = 1.0 + 0.15 * ((second // 2) % 3) + (1.4 if second == seconds // 3 * 2 else 0.0)
        history.loss_pct.add(at, None if is_gap else (measure.loss_pct or 0) * wave * (second % 4 > 0))
        history.discard_pct.add(at, None if is_gap else measure.discard_pct)
        history.mos.add(at, None if is_gap else (measure.mos or 0) - wave / 8)
        history.jitter_ms.add(at, None if is_gap else (call.jitter_ms or 0) * wave)
        history.round_trip_ms.add(at, None if is_gap or call.round_trip_ms is None else call.round_trip_ms * wave)
    return history


@dataclass
class FakeFleet:
    """A fleet without phones: remembers what it was asked to do."""

    phones: dict[PhoneId, Phone] = field(default_factory=dict)
    entries: tuple[JournalEntry, ...] = ()
    histories: dict[PhoneId, dict[CallKey, CallHistory]] = field(default_factory=dict)
    port_histories: dict[PhoneId, dict[int, PortHistory]] = field(default_factory=dict)
    alerts: tuple[Alert, ...] = ()
    hints: tuple[Diagnosis, ...] = ()
    records: tuple[CallRecord, ...] = ()
    unkept: str = ""
    older_calls: KeptCalls | None = None
    partners: dict[Leg, Partner | Ambiguous] = field(default_factory=dict)
    pointed: dict[Leg, tuple[Diagnosis, ...]] = field(default_factory=dict)
    """What each call's figures point at."""
    default: Permission = Permission.ASK
    version: int = 1
    done: list[tuple[str, ...]] = field(default_factory=list)
    granted: set[PhoneId] = field(default_factory=set)
    refuses: PhonetuiError | None = None
    documents: dict[PhoneId, Document] = field(default_factory=dict)
    changes: dict[PhoneId, dict[Path, float]] = field(default_factory=dict)
    trusted: dict[PhoneId, Trust] = field(default_factory=dict)
    key_arguments: dict[PhoneId, KeyArgument] = field(default_factory=dict)
    schema: CommandSchema = field(default_factory=published)
    answers: dict[str, CommandResult] = field(default_factory=dict)
    """By command."""
    bodies: list[str | None] = field(default_factory=list)
    confirmed: list[bool] = field(default_factory=list)
    """Of each command, whether it came with the operator's word."""
    ends_with: BaseException | None = None
    cloud: Cloud | None = None
    is_running: bool = False
    was_settled: bool = False

    def put(self, phone_: Phone) -> None:
        self.phones = {**self.phones, phone_.id: phone_}
        self.version += 1

    def say(self, entry: JournalEntry) -> None:
        self.entries = (*self.entries, entry)
        self.version += 1

    def history(self, phone: PhoneId) -> Mapping[CallKey, CallHistory]:
        return self.histories.get(phone, {})

    def port_history(self, phone: PhoneId) -> Mapping[int, PortHistory]:
        return self.port_histories.get(phone, {})

    def partner(self, phone: PhoneId, call: CallKey) -> Partner | Ambiguous | None:
        return self.partners.get((phone, call))

    def causes(self, phone: PhoneId, call: CallKey) -> tuple[Diagnosis, ...]:
        return self.pointed.get((phone, call), ())

    def mute(self, alert: AlertKey, *, muted: bool) -> None:
        self.alerts = tuple(replace(known, is_muted=muted) if known.key == alert else known for known in self.alerts)
        self.version += 1

    def pace(self, phone: PhoneId, by: float) -> Poll:
        self.done.append(("pace", phone, f"{by:g}"))
        return Poll(call_s=2.0 / by, idle_s=10.0 / by, slow_s=60.0 / by)

    async def run(self) -> None:
        self.is_running = True
        if self.ends_with is not None:
            raise self.ends_with
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            self.was_settled = True

    def permission(self, phone: PhoneId) -> Permission:
        return Permission.GRANTED if phone in self.granted else self.default

    def grant(self, phone: PhoneId) -> None:
        self.granted.add(phone)
        self.version += 1

    def revoke(self, phone: PhoneId) -> None:
        self.granted.discard(phone)
        self.version += 1

    def document(self, phone: PhoneId) -> Document:
        return self.documents.get(phone, EMPTY)

    def changed_at(self, phone: PhoneId) -> Mapping[Path, float]:
        return self.changes.get(phone, {})

    def trust(self, phone: PhoneId) -> Trust:
        return self.trusted.get(phone, PINNED)

    def key_argument(self, phone: PhoneId) -> KeyArgument:
        return self.key_arguments.get(phone, listed_key_argument(None))

    async def commands(self, phone: PhoneId) -> CommandSchema:
        await asyncio.sleep(0)
        return self.schema

    async def command(self, phone: PhoneId, command: Command, *, confirmed: bool = False) -> CommandResult:
        self.confirmed.append(confirmed)
        self.done.append(("command", phone, str(command), *(f"{key}={value}" for key, value in command.arguments)))
        self.bodies.append(command.body)
        await asyncio.sleep(0)
        if self.refuses:
            raise self.refuses
        return self.answers.get(str(command), CommandResult(Printable(f"{''.join(command.path.names[-2:])}Result")))

    def tell(self, phone: PhoneId, leaves: Mapping[str, str | None], at: float) -> None:
        """The phone says other values at `at`; None takes a leaf away."""
        updates = [
            Update(Path.parse(path), None if said is None else printable(said), at) for path, said in leaves.items()
        ]
        self.documents[phone] = self.document(phone).merge(updates)
        known = {**self.changed_at(phone), **{update.path: at for update in updates}}
        self.changes[phone] = {path: when for path, when in known.items() if path in self.documents[phone]}
        self.version += 1

    async def dial(self, phone: PhoneId, number: str) -> CommandResult:
        self.done.append(("dial", phone, number))
        await asyncio.sleep(0)
        if self.refuses:
            raise self.refuses
        leaves = {Path.of("CallId"): Printable("0"), Path.of("LineId"): Printable("1")}
        return CommandResult(Printable("CallDialResult"), Document(leaves))

    async def press(self, phone: PhoneId, key: str) -> CommandResult:
        self.done.append(("press", phone, key))
        await asyncio.sleep(0)
        if self.refuses:
            raise self.refuses
        return CommandResult(Printable("UiSendKeyResult"))


TREE: Mapping[str, str] = {
    "Bookings Availability Status": "BookedUntil",
    "Bookings Availability TimeStamp": "2026-11-21T04:00:00Z",
    "Conference SelectedCallProtocol": "SIP",
    "DownloadStatus CustomCAStatus Info": "Installed - Office CA",
    "DownloadStatus FirmwareUpgradeStatus 1 Status": "Upgrade to PHONEOS.3-6-1-0001-45 done",
    "DownloadStatus ProvisioningStatus 1 Status": "Provisioning failed: timeout",
    "DownloadStatus ProvisioningStatus 2 Status": "Succeeded",
    "DownloadStatus ScreenStatus CustomWallpaperDownload 12": "Succeeded",
    "ExtStatus 1 MessageWaiting": "Yes",
    "ExtStatus 1 RegistrationState": "Registered",
    "HttpFeedback 1 Expression 1": "/Status/Call",
    "HttpFeedback 1 Format": "XML",
    "HttpFeedback 1 Status": "Failed",
    "HttpFeedback 1 URL": "https://198.51.100.7/post",
    "HttpFeedback 4 Expression 1": "/Status/Line",
    "HttpFeedback 4 Expression 2": "/Event/BootEvent",
    "HttpFeedback 4 Format": "XML",
    "HttpFeedback 4 Status": "OK",
    "HttpFeedback 4 URL": "http://192.0.2.9:40404/fb/token",
    "Line 1 Call 0 CallState": "Connected",
    "Line 1 Call 0 Jitter": "14",
    "Line 1 Call 0 PeerName": "Front Desk",
    "Network ActiveInterface": "LAN",
    "Network IPv4 Address": "192.0.2.21",
    "Network Statistics Port 1 RxCrcErr": "0",
    "Network Statistics Port 1 RxTotalPkt": "123456",
    "PRTStatus PRTGenerationStatus": "Generated 11/20/26 22:00",
    "PRTStatus PRTUploadStatus": "Upload failed",
    "PhoneStatus CurrentTime": "11/21/26 04:05:41",
    "PhoneStatus ElapsedTime": "7 days, 00:00:00",
    "PhoneStatus PCPort": "100 Full",
    "PhoneStatus PCPortConfig": "1000 Full",
    "PhoneStatus SIPBytesRecv": "910000",
    "PhoneStatus SIPBytesSent": "880000",
    "PhoneStatus SIPMessageRecv": "1201",
    "PhoneStatus SIPMessageSent": "1240",
    "PhoneStatus SWPort": "1000 Full",
    "PhoneStatus SWPortConfig": "Auto",
    "Security LastFailedAdminLogin": "11/21/26 02:58:11",
    "Security LastSuccessfulAdminLogin": "11/20/26 09:00:00",
    "Security SCEPStatus 1 DownloadStatus": "Enrolled",
    "Standby Level": "None",
    "SystemUnit HostName": "DP00005E005321",
    "SystemUnit ProductId": "DP-9851",
    "SystemUnit Shiny NewLeaf": "of a firmware to come",
    "SystemUnit Software Version": "PHONEOS.3-6-1-0001-45",
    "ThousandEyes Status": "Enabled",
    "ThousandEyes Version": "1.2.3",
}
"""What the phone in the lobby says."""


def with_tree(fleet: FakeFleet, phone: PhoneId = PhoneId("lobby"), at: float = AT - 700) -> FakeFleet:  # noqa: B008 - a string
    fleet.tell(phone, TREE, at)
    return fleet


def office(**more: Any) -> FakeFleet:
    phones = {phone_.id: phone_ for phone_ in fleet_of_eight()}
    histories = {
        PhoneId("lobby"): {(1, 0): course(phones[PhoneId("lobby")])},
        PhoneId("reception"): {(1, 0): course(phones[PhoneId("reception")], 900)},
    }
    return with_tree(FakeFleet(phones, entries(), histories, **more))


class HandClock:
    """Stands still until somebody moves it."""

    def __init__(self) -> None:
        self.at = AT

    def move(self, seconds: float) -> None:
        self.at += seconds

    @property
    def clock(self) -> Clock:
        return Clock(now=lambda: NOW + timedelta(seconds=self.at - AT), steady=lambda: self.at)


def answered(fleet: FakeFleet, **answers_ms: float) -> None:
    """The phones of these ids have just answered, in so many milliseconds."""
    for id_, answer_ms in answers_ms.items():
        known = fleet.phones[PhoneId(id_.replace("_", "-"))]
        fleet.phones[known.id] = replace(known, connection=replace(known.connection, answer_ms=answer_ms))
