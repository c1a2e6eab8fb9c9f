"""Paths in, fields out; what is gone reads as None."""

import pytest
from msgspec.structs import replace

from phonetui.phone.lights import Colour
from phonetui.phone.observe import observe
from phonetui.phone.port_counters import ErrorRise
from phonetui.phone.state import CallDirection, Phase, Phone, PhoneId
from phonetui.text import printable
from phonetui.xapi.document import EMPTY, Document, Update
from phonetui.xapi.path import ROOT, Path

BLANK = Phone(id=PhoneId("lobby"), name=printable("lobby"), address=printable("192.0.2.21"))


def tree(text: str) -> Document:
    rows = (line.strip().split(": ", 1) for line in text.strip().splitlines())
    return Document({Path.parse(path): printable(value) for path, value in rows})


def seen(document: Document, phone: Phone = BLANK, at: float = 1.0) -> Phone:
    return observe(phone, document, EMPTY.changes(document, at), at)


TALK = tree("""
    SystemUnit ProductId: DP-9851
    SystemUnit Software Version: PHONEOS.3-6-1-0001
    Network IPv4 Address: 192.0.2.21
    PhoneStatus OperationalVLANID: 110
    PhoneStatus ElapsedTime: 7 days, 02:13:02
    PhoneStatus SWPort: 1000 Full
    PhoneStatus SWPortConfig: Auto
    Standby Level: Off
    ExtStatus 1 RegistrationState: Registered
    ExtStatus 1 MessageWaiting: Yes
    ExtStatus 2 RegistrationState: Failed
    LEDStatus MwiLEDColor: Red
    LEDStatus MwiLEDCadence: Steady
    LEDStatus Line 1 LEDColor: Green
    LEDStatus Line 1 LEDCadence: Steady
    LEDStatus Line 3 LEDColor: Off
    LEDStatus Line 4 LEDColor: Red
    Line 1 Call 0 CallState: Connected
    Line 1 Call 0 Type: Inbound
    Line 1 Call 0 PeerName: Front Desk
    Line 1 Call 0 Jitter: 14 ms
    Line 1 Call 0 RoundTripDelay: 0
    Line 1 Call 0 MOSCQ: 41
    Line 1 Call 0 PacketsReceived: 5076
    Line 1 Call 0 LossRate: 5
    Line 1 Call 0 Novelty: x
    Network Statistics Port 1 RxTotalPkt: 1000
    Network Statistics Port 1 TxTotalGoodPkt: 500
    Network Statistics Port 1 RxCrcErr: 3
    Network Statistics Port 1 RxShortErr: 1
    Network Statistics Port 1 LldpFramesInErrorsTotal: 9
    Network Statistics Port 1 CdpNeighborDeviceId: sw-2f
    Network Statistics Port 1 CdpNeighborPort: Gi1/0/14
""")


def test_a_phone_in_a_call() -> None:
    phone = seen(TALK)
    assert (phone.system.product_id, phone.network.ipv4, phone.network.vlan) == ("DP-9851", "192.0.2.21", "110")
    assert phone.up_s == 612_782.0
    assert phone.lights.message is not None
    assert phone.lights.message.colour is Colour.RED
    assert phone.lights.mute is None
    (call,) = phone.calls
    assert (call.key, call.phase, call.direction) == ((1, 0), Phase.TALK, CallDirection.INCOMING)
    assert (call.jitter_ms, call.round_trip_ms, call.mos_cq, call.mos_lq) == (14.0, None, 4.1, None)
    assert (call.packets_received, call.lost_packets, call.loss_rate) == (5076, None, "5")


def test_lines_are_extensions_and_lit_keys() -> None:
    lines = seen(TALK).lines
    assert [line.index for line in lines] == [1, 2, 4]
    assert [line.is_registered for line in lines] == [True, False, None]
    assert lines[0].message_waiting is True


def test_ports_count_errors_and_know_their_neighbour() -> None:
    (port,) = seen(TALK).ports
    assert (port.errors, port.neighbour, port.neighbour_port) == (4, "sw-2f", "Gi1/0/14")
    assert port.link is not None
    assert port.link.speed_mbps == 1000
    assert (port.rx_per_s, port.errors_risen) == (None, None)


def test_the_first_counters_that_moved_give_no_rate() -> None:
    """How long they had stood before they were first read isn't known."""
    place = Path.parse("Network Statistics Port 1 RxTotalPkt")
    before = seen(Document({**TALK, place: printable("900")}), at=3.0)
    (port,) = seen(TALK, before, at=3.8).ports
    assert (port.rx_per_s, port.tx_per_s) == (None, None)


def test_rates_come_from_two_readings_that_differ() -> None:
    before = seen(Document({**TALK, Path.parse("Network Statistics Port 1 RxTotalPkt"): printable("900")}), at=8.0)
    first = seen(TALK, before, at=10.0)
    same = seen(TALK, first, at=12.0)
    later = Document({**TALK, Path.parse("Network Statistics Port 1 RxTotalPkt"): printable("1480"),
                      Path.parse("Network Statistics Port 1 RxCrcErr"): printable("17")})  # fmt: skip
    (port,) = seen(later, same, at=15.0).ports
    assert (port.rx_per_s, port.tx_per_s, port.errors_risen) == (96.0, 0.0, 14)
    (again,) = seen(later, seen(later, same, at=15.0), at=16.0).ports
    assert again.rx_per_s == 96.0
    (rebooted,) = seen(TALK, seen(later, same, at=15.0), at=20.0).ports
    assert (rebooted.rx_per_s, rebooted.errors_risen) == (None, None)


@pytest.mark.parametrize(("packets", "rate"), [(1000, 100.0), (1090, 100.0), (910, 100.0), (1120, 112.0), (0, 0.0)])
def test_a_rate_that_flickers_keeps_its_value(packets: int, rate: float) -> None:
    place = Path.of("Network", "Statistics", "Port", 1)
    phone = BLANK
    for at, total in ((0.0, 0), (10.0, 1000), (20.0, 2000), (30.0, 2000 + packets)):
        moving = {Path((*place, "RxTotalPkt")): total, Path((*place, "TxBytes")): int(at)}
        phone = seen(Document({path: printable(str(value)) for path, value in moving.items()}), phone, at=at)
    assert phone.ports[0].rx_per_s == rate


def test_a_ghost_leaves_nothing_behind() -> None:
    ghost = Update(Path.of("Line", 1, "Call", 0), None, 2.0)
    phone = observe(seen(TALK), TALK.merge([ghost]), [ghost], 2.0)
    assert list(phone.calls) == []
    assert phone.lines[0].is_registered is True


@pytest.mark.parametrize("depth", [1, 2, 9])
@pytest.mark.parametrize("path", TALK, ids=str)
def test_what_is_gone_reads_as_if_it_had_never_been(path: Path, depth: int) -> None:
    """Only what a change touches is read again, and that is enough, at whatever height of the tree it happens."""
    ghost = Update(Path(path[:depth]), None, 1.0)
    left = TALK.merge([ghost])
    back = left.changes(TALK, 1.0)
    for came, fresh in ((observe(seen(TALK), left, [ghost], 1.0), left), (observe(seen(left), TALK, back, 1.0), TALK)):
        assert replace(came, is_mpp=False) == replace(seen(fresh), is_mpp=False)  # found by a few places, not by all


def test_everything_gone() -> None:
    ghost = Update(ROOT, None, 2.0)
    phone = observe(seen(TALK), EMPTY, [ghost], 2.0)
    assert phone == BLANK


def test_changes_elsewhere_touch_nothing() -> None:
    phone = seen(TALK)
    update = Update(Path.parse("Bookings Current Id"), printable("3"), 2.0)
    assert observe(phone, TALK.merge([update]), [update], 2.0) is phone


def test_what_mpp_phones_alone_publish() -> None:
    assert not seen(tree("SystemUnit ProductId: DP-9851\nPhoneStatus SWPort: 1000 Full")).is_mpp
    assert seen(tree("PhoneStatus SIPMessageSent: 4")).is_mpp
    assert seen(tree("DownloadStatus CustomCAStatus Info: Not Installed")).is_mpp


def test_an_idle_slot_is_no_call() -> None:
    phone = seen(tree("Line 1 Call 0 CallState: Idle\nLine 1 Call 0 PacketsSent: 0"))
    assert not phone.has_live_call
    assert len(phone.lines[0].calls) == 1


@pytest.mark.parametrize(
    ("said", "read"), [("", ""), ("n/a", ""), ("--", ""), ("11/21/26 02:58:11", "11/21/26 02:58:11")]
)
def test_a_word_for_nothing_is_no_failed_log_in(said: str, read: str) -> None:
    assert seen(Document({Path.of("Security", "LastFailedAdminLogin"): printable(said)})).failed_login == read


def test_errors_count_from_where_they_were_first_told_though_the_link_was_told_before() -> None:
    """Else its errors rose from nothing known, and none of the first minute were told."""
    link, place = tree("PhoneStatus SWPort: 1000 Full"), Path.parse("Network Statistics Port 1")
    phone, document, rise = BLANK, EMPTY, ErrorRise()
    for at, counters in (
        (0.0, {}),
        (1.0, {"RxCrcErr": "100"}),
        (6.0, {"RxCrcErr": "107", "RxAlignErr": "3"}),
        (11.0, {"RxAlignErr": "4"}),
    ):
        updates = [Update(path, value, at) for path, value in (link.items() if not counters else ())]
        updates += [Update(place / name, printable(value), at) for name, value in counters.items()]
        document = document.merge(updates)
        phone = observe(phone, document, updates, at)
        rise = rise.read(phone.ports[0], at)
    assert dict(rise.by_counter) == {"RxCrcErr": 7, "RxAlignErr": 1}
    assert rise.seconds == 10.0
