"""Reading only what changed gives what reading everything gives, whatever comes, goes and changes in whatever order."""

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from phonetui.phone.observe import observe
from phonetui.phone.state import Phone, PhoneId, Port
from phonetui.text import printable
from phonetui.xapi.document import EMPTY, Document
from phonetui.xapi.path import Path

BLANK = Phone(id=PhoneId("lobby"), name=printable("lobby"), address=printable("192.0.2.21"))
LEAVES = {
    "Line 1 Call 0 CallState": ("Connected", "Hold", "Idle", "Ringing", ""),
    "Line 1 Call 0 Jitter": ("3", "14 ms", "x"),
    "Line 1 Call 0 Type": ("Inbound", "Outbound", "Audio"),
    "Line 1 Call 0 PeerPhone": ("5000", ""),
    "Line 1 Call 0 MOSLQ": ("4.1", "41", "7"),
    "Line 1 Call 1 CallState": ("Hold", "Idle"),
    "Line 2 Call 0 PacketsSent": ("10", "20"),
    "ExtStatus 1 RegistrationState": ("Registered", "Failed"),
    "LEDStatus Line 3 LEDColor": ("Red", "Off"),
    "Network Statistics Port 1 RxTotalPkt": ("1", "9", "none"),
    "Network Statistics Port 1 RxCrcErr": ("0", "3"),
    "Network Statistics Port 2 TxFrames": ("5", "6"),
    "PhoneStatus SWPort": ("1000 Full", "Down"),
    "PhoneStatus CurrentTime": ("8:15", "8:16"),
    "DownloadStatus CustomCAStatus Info": ("Installed", "x"),
    "SystemUnit ProductId": ("DP-9841", "DP-9851"),
}
documents = st.fixed_dictionaries(
    {}, optional={Path.parse(place): st.sampled_from(texts).map(printable) for place, texts in LEAVES.items()}
).map(lambda found: Document({path: found[path] for path in map(Path.parse, LEAVES) if path in found}))


def without_history(phone: Phone) -> Phone:
    """Rates, the moment of counting and the order of counters come from the readings before."""
    blank = Port(0)
    ports = (
        replace(
            port,
            counters=tuple(sorted(port.counters)),
            counted_at=blank.counted_at,
            rx_per_s=blank.rx_per_s,
            tx_per_s=blank.tx_per_s,
            errors_risen=blank.errors_risen,
            has_moved=blank.has_moved,
        )
        for port in phone.ports
    )
    return replace(phone, ports=tuple(ports))


@given(st.lists(documents, min_size=1, max_size=5))
def test_step_by_step_and_at_once(readings: list[Document]) -> None:
    phone, known = BLANK, EMPTY
    for at, read in enumerate(readings):
        changes = known.changes(read, float(at))
        phone, known = observe(phone, read, changes, float(at)), read
    at_once = observe(BLANK, known, EMPTY.changes(known, 0.0), 0.0)
    assert without_history(phone) == without_history(at_once)


def test_a_line_that_did_not_change_is_the_same_object() -> None:
    first = Document({Path.parse(f"Line {line} Call 0 Jitter"): printable("3") for line in range(1, 33)})
    second = Document({**first, Path.parse("Line 7 Call 0 Jitter"): printable("4")})
    before = observe(BLANK, first, EMPTY.changes(first, 0.0), 0.0)
    after = observe(before, second, first.changes(second, 1.0), 1.0)
    assert [one.index for one, other in zip(before.lines, after.lines, strict=True) if one is not other] == [7]


def test_a_call_whose_place_is_no_number_is_read_as_at_once() -> None:
    first = Document({Path.parse("Line 1 Call 0 Jitter"): printable("3")})
    second = Document({**first, Path.parse("Line 1 Call x Jitter"): printable("4")})
    before = observe(BLANK, first, EMPTY.changes(first, 0.0), 0.0)
    after = observe(before, second, first.changes(second, 1.0), 1.0)
    assert after.lines == observe(BLANK, second, EMPTY.changes(second, 0.0), 0.0).lines
