"""Every published row of the xAPI can be seen or run somewhere: this table says where, and each place is asked.

A status row is fed into a phone's document with a value that nothing else has; it must come out of the pane that the
table names, and out of the status tree with its meaning, its unit and its release. A command must be offered and
understood by the command screen; an event must become a line of the events pane.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import pytest

from phonetui.phone.journal import JournalEntry, event_words
from phonetui.phone.observe import observe
from phonetui.phone.quality.grading import DEFAULT
from phonetui.phone.state import EVENT_WORDS, Connection, Phone, PhoneId, State
from phonetui.text import Printable, printable
from phonetui.ui.alerts import rows as alerts_rows
from phonetui.ui.panes import call, lines, network
from phonetui.ui.snapshot import Snapshot
from phonetui.ui.status import command_line, tree
from phonetui.ui.status import rows as status_rows
from phonetui.ui.status.command_line import line_completions, parse_line
from phonetui.ui.status.document import device_facts, leaves
from phonetui.ui.text.rows import Row, text
from phonetui.xapi.catalog import CatalogEntry as Published
from phonetui.xapi.catalog import CatalogKind, Type, phoneos
from phonetui.xapi.document import Document, Event, Update
from phonetui.xapi.path import Path
from phonetui.xapi.schema import published
from tests.ui.office import AT, NOW

ACROSS = 600
"""Cells: nothing is cut."""
WORD = "Zq7x"


def seen_in(paint: Callable[[Snapshot, Phone, Document], str]) -> Callable[[Document], str]:
    def look(document: Document) -> str:
        connection = Connection(State.LIVE, fresh_at=AT)
        phone = Phone(id=PhoneId("one"), name=Printable("one"), address=Printable("192.0.2.1"), connection=connection)
        changes = [Update(path, value, AT) for path, value in document.items()]
        phone = observe(phone, document, changes, AT)
        snapshot = Snapshot(
            phones={phone.id: phone},
            selected=phone.id,
            entries=(),
            histories={},
            at=AT,
            zone=None,
            thresholds=DEFAULT,
            now=NOW,
        )
        return paint(snapshot, phone, document)

    return look


def _joined(rows: Sequence[Row]) -> str:
    return "\n".join(map(text, rows))


def _summary(_: Snapshot, phone: Phone, document: Document) -> str:
    return _joined(status_rows.summary_rows(status_rows.SummaryContext(phone, device_facts(document)), ACROSS, 99))


def _tree(_: Snapshot, phone: Phone, document: Document) -> str:
    found = leaves(document, dict.fromkeys(document, AT), before=document, opened_at=AT)
    return "\n".join(
        [
            *map(text, tree.StatusRows(tree.visible_rows(tree.build(found), {}, opens_all=True), ACROSS, AT)),
            *(text(row) for leaf in found for row in tree.leaf_detail(leaf, ACROSS, pushes=True)),
        ]
    )


HOMES: Mapping[str, Callable[[Document], str]] = {
    "title": seen_in(lambda _, phone, __: call.title(phone)),
    "calls": seen_in(lambda snapshot, _, __: _joined(call.rows(snapshot, 118))),
    "lines": seen_in(lambda _, phone, __: _joined(lines.rows(phone, 118, 9))),
    "ports": seen_in(lambda _, phone, __: _joined(network.rows(phone, 118, 9))),
    "summary": seen_in(_summary),
    "tree": seen_in(_tree),
}


class Home(NamedTuple):
    """Where a status row shows beside the tree, which has them all."""

    place: str
    raw: str = WORD
    shown: str = ""
    """What the raw value becomes; itself where this is empty."""
    beside: Mapping[str, str] = {}
    """Other leaves without which the phone would not say this one."""
    leaf: str = ""
    """A leaf of a container."""


CALL = {"Line 1 Call 0 CallState": "Connected"}
TREE = Home("tree")


def figure(raw: str, shown: str = "") -> Home:
    """Something of a call that stands."""
    return Home("calls", raw, shown, CALL)


def lamp(name: str, raw: str, shown: str) -> Home:
    other = {"Color": f"LEDStatus {name}LEDCadence", "Cadence": f"LEDStatus {name}LEDColor"}
    kind = "Cadence" if raw == "FastBlink" else "Color"
    return Home("lines", raw, shown, {other[kind]: "Blue" if kind == "Cadence" else "Steady"})


SLOT = {"HttpFeedback 1 URL": "http://192.0.2.77/x"}

STATUS: Mapping[str, Home] = {
    "Conference SelectedCallProtocol": Home("summary"),
    "ExtStatus[n] MessageWaiting": Home("lines", "Yes", "msg", {"ExtStatus 1 RegistrationState": "Registered"}),
    "ExtStatus[n] RegistrationState": Home("lines"),
    "HttpFeedback[n] URL": Home("summary", "http://zq7x.example/x", "zq7x.example"),
    "HttpFeedback[n] Status": Home("summary", beside=SLOT),
    "HttpFeedback[n] Format": Home("summary", beside=SLOT),
    "HttpFeedback[n] Expression[n]": Home("summary", "/Status/Zq7x", "1 paths", SLOT),
    "Network Ethernet MacAddress": Home("summary"),
    "Network IPv4 Address": Home("ports", "192.0.2.77", beside={"PhoneStatus SWPort": "1000 Full"}),
    "Network Wifi MacAddress": Home("summary"),
    "Network ActiveInterface": Home("summary"),
    "Standby Level": Home("summary"),
    "SystemUnit HostName": Home("summary"),
    "SystemUnit ProductId": Home("title", "DP-9877", "9877"),
    "SystemUnit ProductType": Home("summary"),
    "SystemUnit Hardware Module": Home("summary", leaf="VID"),
    "SystemUnit Hardware Module MACAddress": Home("summary"),
    "SystemUnit Hardware Module VID": Home("summary"),
    "SystemUnit Hardware Module Version": Home("summary", shown=f"rev {WORD}"),
    "SystemUnit Software": Home("title", "PHONEOS.3-7-7-0001", "3.7.7", leaf="Version"),
    "SystemUnit Software Version": Home("title", "PHONEOS.3-7-7-0001", "3.7.7"),
    "Network Statistics Ethernet": Home("tree", "4711", leaf="RxFrames"),
    "Network Statistics Port[1..2]": Home("ports", "4711", leaf="RxCrcErr"),
    "ThousandEyes Status": Home("summary"),
    "ThousandEyes Version": Home("summary"),
    "LEDStatus HeadsetLEDCadence": lamp("Headset", "FastBlink", "blue fast"),
    "LEDStatus HeadsetLEDColor": lamp("Headset", "Blue", "● blue"),
    "LEDStatus MuteLEDCadence": lamp("Mute", "FastBlink", "blue fast"),
    "LEDStatus MuteLEDColor": lamp("Mute", "Blue", "● blue"),
    "LEDStatus MwiLEDCadence": lamp("Mwi", "FastBlink", "blue fast"),
    "LEDStatus MwiLEDColor": lamp("Mwi", "Blue", "● blue"),
    "LEDStatus SpeakerLEDCadence": lamp("Speaker", "FastBlink", "blue fast"),
    "LEDStatus SpeakerLEDColor": lamp("Speaker", "Blue", "● blue"),
    "LEDStatus Line[n] LEDCadence": lamp("Line 1 ", "FastBlink", "blue fast"),
    "LEDStatus Line[n] LEDColor": lamp("Line 1 ", "Blue", "● blue"),
    "PhoneStatus CurrentTime": Home("summary", "11/21/26 04:05:41"),
    "PhoneStatus ElapsedTime": Home("summary", "7 days, 02:13:02", "up 7 d 02:13"),
    "PhoneStatus OperationalVLANID": Home("ports", "4077", beside={"PhoneStatus SWPort": "1000 Full"}),
    "PhoneStatus PCPort": Home("ports", "100 Full", "PC     ● 100 full"),
    "PhoneStatus PCPortConfig": Home("ports", beside={"PhoneStatus PCPort": "100 Full"}),
    "PhoneStatus SWPort": Home("ports", "1000 Full", "switch ● 1000 full"),
    "PhoneStatus SWPortConfig": Home("ports", "100 Full", "100 Full ▲ mismatch", {"PhoneStatus SWPort": "1000 Full"}),
    "Bookings Availability Status": Home("summary"),
    "Bookings Availability TimeStamp": Home("summary", beside={"Bookings Availability Status": "FreeUntil"}),
    "Bookings Current Id": Home("summary"),
    "Bookings Current MeetingId": Home("summary"),
    "DownloadStatus CustomCAStatus Info": Home("summary"),
    "DownloadStatus CustomCAStatus ProvisioningStatus": Home("summary", "failed Zq7x"),
    "DownloadStatus FirmwareUpgradeStatus[1..3] Status": Home("summary"),
    "DownloadStatus ProvisioningStatus[1..3] Status": Home("summary"),
    "DownloadStatus ScreenStatus CustomWallpaperDownload[1..20]": Home("summary"),
    "DownloadStatus ScreenStatus LogoDownloadStatus": Home("summary"),
    "DownloadedLocalePackage LocaleDownloadStatus": Home("summary"),
    "DownloadedLocalePackage LocaleDownloadURL": Home("summary"),
    "PRTStatus PRTGenerationStatus": Home("summary"),
    "PRTStatus PRTUploadStatus": Home("summary"),
    "PhoneStatus ExternalIP": Home("summary"),
    "PhoneStatus SIPBytesRecv": Home("summary", "4711", beside={"PhoneStatus SIPMessageRecv": "1"}),
    "PhoneStatus SIPBytesSent": Home("summary", "4711", beside={"PhoneStatus SIPMessageSent": "1"}),
    "PhoneStatus SIPMessageRecv": Home("summary", "4711"),
    "PhoneStatus SIPMessageSent": Home("summary", "4711"),
    "Security LastFailedAdminLogin": Home("summary"),
    "Security LastSuccessfulAdminLogin": Home("summary"),
    "Security SCEPStatus[1..3] DownloadStatus": Home("summary"),
    "Line[n] Call[n] BytesReceived": TREE,
    "Line[n] Call[n] BytesSent": TREE,
    "Line[n] Call[n] CallAppearance": TREE,
    "Line[n] Call[n] CallState": Home("calls"),
    "Line[n] Call[n] Callback": TREE,
    "Line[n] Call[n] DecodeLatency": figure("77", "buffer 77 ms"),
    "Line[n] Call[n] Decoder": figure(WORD),
    "Line[n] Call[n] Encoder": figure(WORD),
    "Line[n] Call[n] DiscardRate": TREE,
    "Line[n] Call[n] Duration": figure("01:02:03"),
    "Line[n] Call[n] BurstDuration": figure("77", "burst 77 ms"),
    "Line[n] Call[n] GapDuration": figure("7700", "gap 7.7 s"),
    "Line[n] Call[n] Jitter": figure("77", "77 ms"),
    "Line[n] Call[n] LossRate": TREE,
    "Line[n] Call[n] MOSCQ": figure("3.7", "CQ 3.7"),
    "Line[n] Call[n] MOSLQ": figure("3.7", "LQ 3.7"),
    "Line[n] Call[n] MappedRtpPort": TREE,
    "Line[n] Call[n] PacketsDiscarded": Home("calls", "4711", "", {**CALL, "Line 1 Call 0 Jitter": "1"}),
    "Line[n] Call[n] PacketsLost": Home("calls", "4711", "", {**CALL, "Line 1 Call 0 Jitter": "1"}),
    "Line[n] Call[n] PacketsReceived": Home("calls", "4711", "", {**CALL, "Line 1 Call 0 Jitter": "1"}),
    "Line[n] Call[n] PacketsSent": Home("calls", "4711", "", {**CALL, "Line 1 Call 0 Jitter": "1"}),
    "Line[n] Call[n] PeerName": figure(WORD),
    "Line[n] Call[n] PeerPhone": figure(WORD),
    "Line[n] Call[n] RemoteHold": TREE,
    "Line[n] Call[n] Rfactor": figure("77", "R 77"),
    "Line[n] Call[n] RoundTripDelay": figure("77", "77 ms"),
    "Line[n] Call[n] Type": figure("Inbound", " in "),
    "Line[n] Call[n] Tone": TREE,
}

RUN: Mapping[str, str] = {
    "HttpFeedback Deregister": "HttpFeedback Deregister FeedbackSlot=4",
    "HttpFeedback Enable": "HttpFeedback Enable FeedbackSlot=4",
    "HttpFeedback Register": "HttpFeedback Register FeedbackSlot=4 ServerUrl=http://192.0.2.9/ Expression=/Status/Line",
    "Security Certificates CA Add": "Security Certificates CA Add @ca.pem",
    "Security Certificates CA Delete": "Security Certificates CA Delete Fingerprint=00",
    "Security Certificates CA Show": "Security Certificates CA Show Format=Text",
    "Call Dial": "Call Dial Number=5000",
    "SystemUnit Boot": "SystemUnit Boot Action=Restart",
    "SystemUnit FactoryReset": "SystemUnit FactoryReset Confirm=Yes",
    "Ui GetDeviceScreenshot": "Ui GetDeviceScreenshot",
    "Ui SendKey": "Ui SendKey Key=Mute",
    "Bookings Book": 'Bookings Book Title="Stand up"',
    "Bookings Delete": "Bookings Delete BookingRequestUUID=1",
    "Bookings List": "Bookings List",
}
"""How each command is typed."""

HAPPEN: tuple[str, ...] = (
    "BootEvent", "Shutdown", "SipCallDisconnect", "SipCallSuccessful", "Bookings BookingCreated", "Bookings Start",
    "Bookings End", "Bookings Deleted", "Bookings SyncRequired",
)  # fmt: skip
"""Each a line of the events pane, whatever it carries."""

ROWS = phoneos().entries


def of_kind(kind: CatalogKind) -> list[Published]:
    return [entry for entry in ROWS if entry.kind is kind]


def test_every_row_is_in_the_table_and_nothing_else_is() -> None:
    assert len(ROWS) == 115
    assert {entry.notation for entry in of_kind(CatalogKind.STATUS)} == set(STATUS)
    assert {entry.notation for entry in of_kind(CatalogKind.COMMAND)} == set(RUN)
    assert {entry.notation for entry in of_kind(CatalogKind.EVENT)} == set(HAPPEN)


def fed(entry: Published, home: Home) -> Document:
    """The row with its value, every index 1 but that of a call, which begins at 0."""
    place = re.sub(r"Call\[[^\]]*\]", "Call 0", entry.notation)
    place = " ".join((re.sub(r"\[[^\]]*\]", " 1", place), home.leaf))
    said = {**home.beside, place.strip(): home.raw}
    return Document({Path.parse(path): printable(value) for path, value in said.items()})


@pytest.mark.parametrize("entry", of_kind(CatalogKind.STATUS), ids=lambda entry: entry.notation)
def test_a_status_row_shows_where_the_table_says(entry: Published) -> None:
    home = STATUS[entry.notation]
    assert entry.type is not Type.CONTAINER or home.leaf, "a container shows by one of its leaves"
    painted = HOMES[home.place](fed(entry, home))
    assert (home.shown or home.raw) in painted, painted
    without = HOMES[home.place](Document({Path.parse(path): printable(value) for path, value in home.beside.items()}))
    assert (home.shown or home.raw) not in without, "it shows without the row as well, which proves nothing"


@pytest.mark.parametrize("entry", of_kind(CatalogKind.STATUS), ids=lambda entry: entry.notation)
def test_the_status_tree_has_every_row_with_its_meaning_and_its_unit(entry: Published) -> None:
    home = STATUS[entry.notation]
    painted = HOMES["tree"](fed(entry, home))
    wanted = [home.raw]
    if not home.leaf or phoneos().find(Path((*entry.path.names, home.leaf))) is None:
        wanted += [entry.meaning, entry.unit or "", f"since PhoneOS {entry.release}", entry.deployment.value]
    assert [words for words in wanted if words not in painted] == []


@pytest.mark.parametrize("entry", of_kind(CatalogKind.COMMAND), ids=lambda entry: entry.notation)
def test_a_command_is_offered_understood_and_explained(entry: Published) -> None:
    typed = parse_line(RUN[entry.notation])
    assert str(typed.command.path) == entry.notation
    names = entry.notation.split()
    before = "".join(f"{name} " for name in names[:-1])
    assert f"{names[-1]} " in [choice.word for choice in line_completions(before, published()).choices]
    found = line_completions(f"{entry.notation} ", published())
    assert entry.meaning in _joined(command_line.choice_rows(found, ""))
    assert found.form is not None
    assert found.form.missing(typed.command.arguments) == ()
    known = {parameter.name for parameter in found.form.parameters}
    assert {name for name, _ in typed.command.arguments} <= known


@pytest.mark.parametrize("entry", of_kind(CatalogKind.EVENT), ids=lambda entry: entry.notation)
def test_an_event_is_a_line_of_the_events_pane(entry: Published) -> None:
    assert entry.notation in HAPPEN
    happened = Event(printable(entry.notation), ((printable("Action"), printable(WORD)),), AT)
    line = JournalEntry(NOW, PhoneId("one"), event_words(happened))
    painted = _joined(alerts_rows.EventRows((line,), None, 118))
    assert EVENT_WORDS.get(entry.notation, entry.notation) in painted
    assert WORD in painted
