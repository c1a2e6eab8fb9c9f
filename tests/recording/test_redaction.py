"""`--redact`: what is somebody's is nowhere in the bytes, unpacked block by block; what was said alike stays alike."""

from datetime import UTC, datetime, timedelta
from pathlib import Path as File

import msgspec
import pytest

from phonetui.monitor.keyframe import PhoneSetup
from phonetui.monitor.observations import (
    ConnectionChanged,
    EntryWritten,
    EventTaken,
    FleetCompared,
    LeavesChanged,
    MarkSet,
    PhoneAdded,
    ReadingScope,
    VoiceReportTaken,
)
from phonetui.phone.journal import EntryKind, JournalEntry
from phonetui.phone.quality.grading import DEFAULT
from phonetui.phone.quality.voice_report_text import parse_voice_report
from phonetui.phone.state import Connection, Phone, PhoneId, State
from phonetui.recording.files import RecordingFiles
from phonetui.recording.frame import FrameType
from phonetui.recording.operations import cut, redact
from phonetui.recording.outline import Outline
from phonetui.recording.player import Player
from phonetui.recording.reader import Recording
from phonetui.recording.recorder import Recorder
from phonetui.recording.redaction import Redactor
from phonetui.text import printable
from phonetui.xapi.document import Event, Update
from phonetui.xapi.path import Path
from tests.faults.test_surveys import ALL, shows
from tests.recording.test_files import INCIDENT

NOW = datetime(2026, 11, 30, 14, 3, tzinfo=UTC)
WHO = PhoneId("198.51.100.77:8443")
PLANTED = (
    "Zephyrine Quakenbush", "+49 7731 555 0199", "75310199", "198.51.100.77", "198.51.100.99", "00:1A:2B:9C:4D:5E",
    "FVH99887766", "quakenbush.example.org", "7731555",
)  # fmt: skip
"""A name, numbers, addresses, a serial number and a host."""
LEAVES = {
    "SystemUnit ProductId": "DP-9851",
    "SystemUnit HostName": "quakenbush.example.org",
    "SystemUnit Hardware Module SerialNumber": "FVH99887766",
    "SystemUnit Hardware Module MACAddress": "00:1A:2B:9C:4D:5E",
    "Network IPv4 Address": "198.51.100.77",
    "Network IPv4 Gateway": "198.51.100.99",
    "Line 1 RegistrationState": "Registered",
    "Line 1 DisplayName": "Zephyrine Quakenbush",
    "Line 1 Call 0 CallState": "Connected",
    "Line 1 Call 0 PeerName": "Zephyrine Quakenbush",
    "Line 1 Call 0 PeerPhone": "+49 7731 555 0199",
    "Line 1 Call 0 PacketsReceived": "100",
}


def written(place: File) -> bytes:
    """Every body of every file, unpacked."""
    recording = Recording(place)
    return b"".join(
        msgspec.msgpack.encode(file.content(place)) if kind != FrameType.FILE else b""
        for file in recording.files
        for kind, frames in file.frames.items()
        for place in frames.offsets
    )


REPORT = """VQSessionReport: CallTerm
CallID: 5551@198.51.100.77
LocalID: "Zephyrine Quakenbush" <sip:75310199@198.51.100.77>
RemoteID: <sip:+497731555%200199@198.51.100.77>
OrigID: <sip:75310199@198.51.100.77>
LocalAddr: IP=198.51.100.77 PORT=16384 SSRC=0x1
LocalMAC: 00-1a-2b-9c-4d-5e
LocalMetrics:
x-Who: Zephyrine Quakenbush
PacketLoss: NLR=0.5 JDR=0.0
"""


def planted_office(sink: Redactor | Recorder) -> None:
    setup = PhoneSetup(Phone(id=WHO, name=printable(WHO), address=printable(WHO)), ("75310199",))
    sink.take(PhoneAdded(setup))
    for second in range(40):
        at, seen_at = float(second), NOW + timedelta(seconds=second)
        leaves = {**LEAVES, "Line 1 Call 0 PacketsReceived": str(100 + 50 * second)}
        changes = tuple(Update(Path.parse(place), printable(value), at) for place, value in leaves.items())
        sink.take(LeavesChanged(WHO, at, seen_at, changes, ReadingScope.PORTS | ReadingScope.CALLS))
        detail = printable("no answer from 198.51.100.77, its user is Zephyrine Quakenbush")
        connection = Connection(State.LIVE, "", detail, detail, seen_at, at)
        sink.take(ConnectionChanged(WHO, at, seen_at, connection, False))
        fields = (("PeerName", "Zephyrine Quakenbush"), ("PeerPhone", "+49 7731 555 0199"), ("CallId", "0"))
        event = Event(printable("SipCallDisconnect"), tuple((printable(n), printable(v)) for n, v in fields), at)
        sink.take(EventTaken(WHO, at, seen_at, event))
        sink.take(VoiceReportTaken(WHO, at, seen_at, parse_voice_report(REPORT.encode())))
        words = "Dial Number=+497731555 0199: OK  call of Zephyrine Quakenbush at 00-1a-2b-9c-4d-5e"
        sink.take(EntryWritten(JournalEntry(seen_at, WHO, printable(words), kind=EntryKind.COMMAND)))
        sink.take(MarkSet(at, seen_at, "Zephyrine Quakenbush complained"))
        sink.take(FleetCompared(at, seen_at))


@pytest.mark.parametrize("is_redacted", [True, False])
def test_nothing_planted_is_in_the_bytes(tmp_path: File, is_redacted: bool) -> None:
    recorder = Recorder(RecordingFiles(tmp_path, run="r", masked=is_redacted), print)
    if is_redacted:
        planted_office(Redactor(recorder, DEFAULT))
    else:  # the same search finds them where nothing is masked
        from phonetui.recording.reconstruction import Reconstruction

        made = Reconstruction(DEFAULT)
        made.copy_to(recorder)
        planted_office(made)  # type: ignore[arg-type]  # takes observations as well
    recorder.close()
    assert not recorder.failure
    data = written(tmp_path)
    found = [words for words in PLANTED if words.encode() in data]
    assert bool(found) is not is_redacted, found
    if is_redacted:
        player = Player(Recording(tmp_path))
        player.seek(player.recording.last_us)
        (phone,) = player.fleet.phones.values()
        (call,) = phone.calls
        assert call.packets_received == 2050
        assert call.remote_name is not None
        assert call.remote_name.startswith("•••")
        reported = [report for record in player.fleet.records.newest_first for report in record.reports]
        assert reported
        assert all(report.local.loss_pct == 0.5 and "•••" in str(report.call_id) for report in reported)


def place(item: int, kind: str) -> str:
    """The leaf in which a phone has a secret of that kind."""
    match kind:
        case "name":
            return f"Line {item} Call 0 PeerName"
        case "number" | "extension":
            return f"Line {item} Call 0 PeerPhone"
        case "mac":
            return f"Kem {item} MacAddress"
        case "serial":
            return f"Kem {item} SerialNumber"
        case "host":
            return f"Kem {item} HostName"
        case "user":
            return f"Kem {item} AuthUser"
        case "token":
            return f"Kem {item} AuthPassword"
    return f"Kem {item} Address"


@pytest.mark.slow
def test_none_of_the_sixty_secrets_of_a_survey_is_in_a_redacted_recording(tmp_path: File) -> None:
    """Neither as a leaf nor as a part of words that somebody wrote of the phone."""
    recorder = Recorder(RecordingFiles(tmp_path, run="r", masked=True), print)
    sink = Redactor(recorder, DEFAULT)
    sink.take(PhoneAdded(PhoneSetup(Phone(id=WHO, name=printable(WHO), address=printable(WHO)), ("75310199",))))
    for second in range(2):
        at, seen_at = float(second), NOW + timedelta(seconds=second)
        changes = tuple(
            Update(Path.parse(place(item, kind)), printable(secret), at) for item, (kind, secret) in enumerate(ALL, 1)
        )
        sink.take(LeavesChanged(WHO, at, seen_at, changes, ReadingScope.PORTS | ReadingScope.CALLS))
        for _, secret in ALL:
            words = printable(f"no answer of {secret} at 12:00")
            sink.take(EntryWritten(JournalEntry(seen_at, WHO, words, kind=EntryKind.COMMAND)))
        sink.take(FleetCompared(at, seen_at))
    recorder.close()
    data = written(tmp_path)
    assert b"no answer of" in data
    content = data.decode("utf-8", "replace").replace("0123456789", "")  # numbers in order, one byte each
    assert not [(kind, secret) for kind, secret in ALL if shows(kind, secret, content)]


@pytest.mark.slow
def test_a_recording_is_redacted_afterwards(tmp_path: File) -> None:
    """Calls between its phones are still found to be two ends of one, by the aliases of their numbers."""
    plain = Recording(INCIDENT)
    output = tmp_path / "masked.ptrec"
    redact(plain, output)
    masked = Recording(output)
    assert masked.is_masked
    numbers: set[str] = set()
    shown: set[str] = set()
    for recording, found in ((plain, numbers), (masked, shown)):
        player = Player(recording)
        for at_us in range(plain.first_us, plain.last_us, 20_000_000):
            player.go_to(at_us)
            calls = [call for phone in player.fleet.phones.values() for call in phone.calls]
            found |= {str(call.remote_number) for call in calls if call.remote_number}
            if recording is masked:
                found |= {str(call.remote_name) for call in calls if call.remote_name}
    assert len(numbers) >= 4
    assert all(words.startswith("•••") for words in shown)
    data = written(output)
    assert [number for number in numbers if msgspec.msgpack.encode(number) in data] == []
    before, after = Player(plain), Player(masked)
    middle = plain.first_us + 50_000_000
    before.seek(middle)
    after.seek(middle)
    ends = [(id_, call.key) for id_, phone in before.fleet.phones.items() for call in phone.calls]
    assert len(ends) >= 2
    partners = {leg: getattr(before.fleet.partner(*leg), "phone", None) for leg in ends}
    assert {leg: getattr(after.fleet.partner(*leg), "phone", None) for leg in ends} == partners


@pytest.mark.slow
def test_calls_that_were_up_when_a_part_begins_go_on_in_its_masked_copy(tmp_path: File) -> None:
    """They began when they did, and are not counted as begun in it; so in a copy of the part."""
    whole = Recording(INCIDENT)
    middle = (whole.first_us + whole.last_us) // 2
    cut(whole, middle, middle + 20_000_000, tmp_path / "part.ptrec")
    part = Recording(tmp_path / "part.ptrec")
    redact(part, tmp_path / "masked.ptrec")
    masked = Recording(tmp_path / "masked.ptrec")
    assert Outline(masked).calls == Outline(part).calls
    plain, copy = Player(part), Player(masked)
    for player in (plain, copy):
        player.seek(middle + 10_000_000)
    before, after = (
        {record.key: (record.began_at, record.is_up) for record in player.fleet.records.newest_first}
        for player in (plain, copy)
    )
    assert any(began_at < plain.moment - timedelta(seconds=10) for began_at, _ in before.values())
    assert after == before
