"""Where to look, and by what: a hint has its evidence beside it, and without figures there is none."""

from datetime import UTC, datetime
from typing import Any

import pytest
from msgspec.structs import replace

from phonetui.phone.diagnosis import CallEnd, FaultLocation, diagnose, fault_location
from phonetui.phone.measure import Grade, JudgedMetric, Measure, Metric, Pause, WorstWindow
from phonetui.phone.port_counters import ErrorRise
from phonetui.phone.state import Call, Link, Phase, Phone, PhoneId, Port
from phonetui.text import Printable

NOW = datetime(2026, 11, 21, 3, 4, 29, tzinfo=UTC)
GIGABIT = Link(Printable("1000 Full"), 1000, True, True)
HALF = Link(Printable("100 Half"), 100, False, True)
SWITCH = Port(1, GIGABIT, neighbour=Printable("sw-2f"), neighbour_port=Printable("Gi1/0/14"), errors=0)
BROKEN = ErrorRise(((0.0, {"RxCrcErr": 0}), (50.0, {"RxCrcErr": 14})))
DROPPING = ErrorRise(((0.0, {"RxDropPkts": 3}), (50.0, {"RxDropPkts": 9})))
ALL_GOOD = {Metric.LOSS: 0.0, Metric.DISCARD: 0.0, Metric.JITTER: 3.0, Metric.DELAY: 20.0, Metric.MOS: 4.3}


def end(
    name: str = "a",
    *,
    bad: dict[Metric, float] | None = None,
    good: dict[Metric, float] | None = None,
    grade: Grade = Grade.POOR,
    port: Port | None = SWITCH,
    rise: ErrorRise | None = None,
    call: dict[str, Any] | None = None,
    **measured: Any,
) -> CallEnd:
    """An end whose bad figures are poor and whose others are good."""
    bad, good = bad or {}, ALL_GOOD if good is None else good
    judged = [JudgedMetric(metric, value, Grade.POOR) for metric, value in bad.items()]
    judged += [JudgedMetric(metric, value, Grade.GOOD) for metric, value in good.items() if metric not in bad]
    phone = Phone(id=PhoneId(name), name=Printable(name), address=Printable(""), ports=(port,) if port else ())
    known: dict[str, Any] = {"phase": Phase.TALK, "decoder": Printable("G722"), "encoder": Printable("G722")}
    return CallEnd(
        phone,
        Call(1, 0, **(known | (call or {}))),
        Measure(1, 0, grade, tuple(judged), **measured),
        rise or ErrorRise(),
    )


LOSS, JITTER, DISCARD = {Metric.LOSS: 4.1}, {Metric.JITTER: 61.0}, {Metric.DISCARD: 3.2}
TABLE = {
    "cable": (end(bad=LOSS, rise=BROKEN), None, "loss 4.1 %, CRC errors +14 in the last minute there: check the cabling of port 1 / sw-2f Gi1/0/14 of a"),
    "cable of the other end": (end(bad=LOSS), end("b", rise=BROKEN), "loss 4.1 %, CRC errors +14 in the last minute there: check the cabling of port 1 / sw-2f Gi1/0/14 of b"),
    "loss that pauses": (end(bad=LOSS | {Metric.LOSS: 0.0}, rise=BROKEN, worst=WorstWindow(NOW, 10.0, 11.3, 11.0, None, None)), None, "loss 0.0 %, 11.3 % in the worst 10 s, CRC errors +14 in the last minute there: check the cabling of port 1 / sw-2f Gi1/0/14 of a"),
    "drops": (end(bad=LOSS, rise=DROPPING, port=replace(SWITCH, neighbour=None, neighbour_port=None)), None, "loss 4.1 %, errors +6 in the last minute there: look at port 1 of a"),
    "duplex": (end(bad=LOSS, port=replace(SWITCH, link=HALF, configured=Printable("100MB half"))), None, "loss 4.1 %, port 1 / sw-2f Gi1/0/14 of a runs at 100 Half, configured 100MB half: set both ends of that link to auto: a duplex mismatch loses frames"),
    "congestion": (end(bad=LOSS | JITTER), None, "loss 4.1 %, with jitter 61 ms, no errors at the network port: check QoS and load on the way in: packets queue and drop"),
    "congestion, port unknown": (end(bad=LOSS | JITTER, port=None), None, "loss 4.1 %, with jitter 61 ms: check QoS and load on the way in: packets queue and drop"),
    "between the switches": (end(bad=LOSS, call={"lost_packets": 41, "packets_received": 959}), end("b", port=replace(SWITCH, neighbour=None)), "loss 4.1 %, 41 of 1000 packets from b lost since the call began, both network ports clean: look between b and sw-2f"),
    "on one switch": (end(bad={Metric.BURST: 365.0}, call={"lost_packets": 41, "packets_received": 959}), end("b"), "bursts of loss 365 ms, 41 of 1000 packets from b lost since the call began, both network ports clean: look at sw-2f"),
    "jitter beyond the buffer": (end(bad=DISCARD | JITTER), None, "discard 3.2 %, loss 0.0 %, jitter 61 ms: jitter is beyond the buffer: check queues and Wi-Fi on the way in"),
    "late at full rate": (end(bad=DISCARD, received_per_s=50.0), None, "discard 3.2 %, loss 0.0 %, jitter 3 ms: packets come in bursts that mean jitter hides, or the phone is busy: look for spikes of delay"),
    "comfort noise": (end(bad=DISCARD, received_per_s=30.0), None, "discard 3.2 %, loss 0.0 %, jitter 3 ms: may be comfort noise of a gateway (payload type 19), which is counted but not missed"),
    "far away": (end(bad={Metric.DELAY: 450.0}), None, "RTT 450 ms, loss 0.0 %, jitter 3 ms: check the path over the WAN: it is long, not lossy"),
    "codec": (end(bad={Metric.MOS: 3.2}), None, "MOS 3.2, loss 0.0 %, discard 0.0 %, jitter 3 ms, RTT 20 ms, codec G722: check the codec, or transcoding on the way"),
    "one way": (end(no_receive_s=5.3, no_media_s=0.0, sent_per_s=50.0, call={"mapped_rtp_port": Printable("16386 >> 0")}), None, "nothing received for over 4 s while 50 packets/s are sent, mapped RTP port 16386 >> 0: look for NAT or a firewall on the way in"),
    "one way, sent there": (end(no_receive_s=31.0, no_media_s=0.0, sent_per_s=50.0), end("b", sent_per_s=49.7), "nothing received for over 30 s while 50 packets/s are sent, b sends 50 packets/s, no mapped RTP port is told: look for NAT or a firewall on the way in"),
    "silence": (end(no_receive_s=5.0, no_media_s=5.0, sent_per_s=0.0), None, "no packet either way for over 4 s, codec G722: hold at the far end, or a path that is dead both ways"),
    "one way, or a hold": (end(no_receive_s=5.3, no_media_s=0.0, sent_per_s=50.0, pause=Pause.POSSIBLE), None, "nothing received for over 4 s while 50 packets/s are sent, no mapped RTP port is told: if the far end does not hold, look for NAT or a firewall on the way in"),
    "silence suppressed": (end(no_receive_s=5.0, no_media_s=5.0, sent_per_s=0.0, pause=Pause.LIKELY, call={"encoder": Printable("G729ab")}), None, "no packet either way for over 4 s, codec G729ab: hold at the far end, or silence suppression of the codec"),
}  # fmt: skip


@pytest.mark.parametrize("name", TABLE)
def test_each_cause_by_its_evidence(name: str) -> None:
    here, there, expected = TABLE[name]
    (hint,) = diagnose(here, there)
    assert str(hint) == expected
    assert here.phone.id in hint.phones


QUIET = {
    "nothing is wrong": end(),
    "nothing is known": CallEnd(end().phone, Call(1, 0, phase=Phase.TALK), None),
    "too early": end(bad=LOSS | JITTER, grade=Grade.MEASURING, rise=BROKEN),
    "loss, and nothing that tells why": end(bad=LOSS),
    "late, and jitter unknown": end(bad=DISCARD, good={Metric.LOSS: 0.0}),
    "a low score, and loss unknown": end(bad={Metric.MOS: 3.2}, good={}),
    "errors that hurt no call": end(rise=BROKEN),
    "held here": end(bad=LOSS | JITTER, no_receive_s=9.0, no_media_s=9.0, call={"phase": Phase.HELD}),
    "held there": end(bad=LOSS | JITTER, no_receive_s=9.0, no_media_s=9.0, call={"remote_hold": True}),
    "a stall that is short": end(no_receive_s=1.0, no_media_s=0.0, sent_per_s=50.0),
    "a pause": end(no_receive_s=9.0, no_media_s=0.0, sent_per_s=50.0, pause=Pause.LIKELY),
    "a stall, and sending unknown": end(no_receive_s=9.0, no_media_s=None),
}


@pytest.mark.parametrize("name", QUIET)
def test_no_hint_without_evidence(name: str) -> None:
    assert diagnose(QUIET[name], None) == ()


def test_several_causes_stand_beside_each_other() -> None:
    hints = diagnose(
        end(bad=LOSS | {Metric.DELAY: 450.0}, rise=BROKEN, no_receive_s=5.0, no_media_s=0.0, sent_per_s=50.0), None
    )
    assert [hint.words.split(" ")[0] for hint in hints] == ["look", "check"]


@pytest.mark.parametrize(
    ("here", "there", "expected"),
    [
        (end(bad=LOSS), end("b"), FaultLocation.IN),
        (end(), end("b", bad=JITTER), FaultLocation.OUT),
        (end(bad=LOSS), end("b", bad=DISCARD), FaultLocation.BOTH),
        (end(), end("b"), FaultLocation.NONE),
        (end(bad={Metric.MOS: 3.0}), end("b"), FaultLocation.NONE),
        (end(bad=LOSS), end("b", good={}), None),
        (end(bad=LOSS), end("b", grade=Grade.MEASURING), None),
        (end(bad=LOSS), end("b", call={"phase": Phase.HELD}), None),
    ],
)
def test_which_way_the_trouble_lies(here: CallEnd, there: CallEnd, expected: FaultLocation | None) -> None:
    assert fault_location(here, there) is expected
    mirrored = {FaultLocation.IN: FaultLocation.OUT, FaultLocation.OUT: FaultLocation.IN}
    assert fault_location(there, here) is (mirrored.get(expected, expected) if expected else None)


def port(at: float, **counters: int) -> Port:
    return Port(1, GIGABIT, counters=tuple(counters.items()), counted_at=at)


def test_errors_count_for_a_minute() -> None:
    rise = ErrorRise().read(port(0.0, RxCrcErr=100, RxTotalPkt=1), 0.0)
    assert (rise.errors, str(rise)) == (0, "")
    rise = rise.read(port(30.0, RxCrcErr=110, RxDropPkts=2, RxTotalPkt=900), 30.0)
    assert (rise.bad_sums, rise.errors, str(rise)) == (10, 10, "CRC errors +10 in the last minute")
    assert rise.read(port(30.0, RxCrcErr=110, RxDropPkts=2, RxTotalPkt=900), 31.0) is rise
    assert rise.read(port(40.0, RxCrcErr=110, RxDropPkts=2, RxJabber=9), 40.0).errors == 10
    assert rise.read(port(30.0, RxCrcErr=110, RxDropPkts=2), 95.0).errors == 0


def test_a_reboot_is_no_rise() -> None:
    rise = ErrorRise().read(port(0.0, RxCrcErr=100), 0.0).read(port(10.0, RxCrcErr=3), 10.0)
    assert rise.errors == 0
    assert rise.read(port(20.0, RxCrcErr=5), 20.0).errors == 2
    assert rise.read(None, 21.0) == ErrorRise()
