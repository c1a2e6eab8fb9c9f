"""Counters from a chosen moment on, over everything that makes them begin anew."""

from datetime import UTC, datetime, timedelta

from msgspec.structs import replace

from phonetui.phone.history import Baseline
from phonetui.phone.state import Call, Connection, Line, Phase, Phone, PhoneId, Port, State
from phonetui.text import Printable

NOON = datetime(2026, 11, 21, 12, 4, tzinfo=UTC)
TALK = Call(
    1, 0, phase=Phase.TALK, remote_number=Printable("5000"), duration_s=100, packets_sent=5000, packets_received=4990,
    lost_packets=10, discarded_packets=3,
)  # fmt: skip
PORT = Port(1, counters=(("RxcrcErr", 7), ("RxtotalPkt", 900)), errors=7)


def phone(after_s: float = 0.0, *calls: Call, port: Port = PORT) -> Phone:
    connection = Connection(State.LIVE, seen_at=NOON + timedelta(seconds=after_s))
    name = Printable("a")
    lines = (Line(1, calls=calls),)
    return Phone(id=PhoneId("a"), name=name, address=name, connection=connection, lines=lines, ports=(port,))


def talk(sent: int, received: int, lost: int, discarded: int | None, duration_s: float) -> Call:
    return replace(
        TALK, packets_sent=sent, packets_received=received, lost_packets=lost, discarded_packets=discarded,
        duration_s=duration_s,
    )  # fmt: skip


def figures(baseline: Baseline, call: Call) -> tuple[int | None, ...]:
    shown = baseline.call(call)
    return shown.packets_sent, shown.packets_received, shown.lost_packets, shown.discarded_packets


def test_counted_from_the_moment_on() -> None:
    baseline = Baseline.begin(phone(0, TALK), NOON)
    assert figures(baseline, TALK) == (0, 0, 0, 0)
    assert baseline.port(PORT).errors == 0
    later = talk(5500, 5489, 11, 3, 110)
    baseline = baseline.follow(phone(10, later, port=replace(PORT, errors=9)))
    assert figures(baseline, later) == (500, 499, 1, 0)
    assert baseline.port(replace(PORT, errors=9)).errors == 2
    assert baseline.taken_at == NOON


def test_late_packets_take_lost_ones_back_and_nothing_falls_below_zero() -> None:
    later = talk(5500, 5500, 8, 3, 110)
    baseline = Baseline.begin(phone(0, TALK), NOON).follow(phone(10, later))
    assert figures(baseline, later) == (500, 510, 0, 0)


def test_counters_that_began_anew_stay_whole_also_when_they_have_outgrown_the_moment() -> None:
    baseline = Baseline.begin(phone(0, TALK), NOON)
    resumed = talk(20, 19, 1, 0, 110)
    baseline = baseline.follow(phone(10, resumed))
    assert figures(baseline, resumed) == (20, 19, 1, 0)
    later = talk(9000, 8990, 12, 4, 290)
    baseline = baseline.follow(phone(190, later))
    assert figures(baseline, later) == (9000, 8990, 12, 4)


def test_another_call_in_the_place_is_whole() -> None:
    baseline = Baseline.begin(phone(0, TALK), NOON)
    other = talk(6000, 6000, 1, 0, 5)
    assert figures(baseline.follow(phone(10, other)), other) == (6000, 6000, 1, 0)
    long_after = talk(9000, 9000, 20, 5, 150)
    assert figures(baseline.follow(phone(3600, long_after)), long_after) == (9000, 9000, 20, 5)
    still_there = talk(9000, 9000, 20, 5, 3700)
    assert figures(baseline.follow(phone(3600, still_there)), still_there) == (4000, 4010, 10, 2)


def test_a_call_that_came_later_is_whole() -> None:
    baseline = Baseline.begin(phone(0), NOON).follow(phone(10, TALK))
    assert figures(baseline, TALK) == (5000, 4990, 10, 3)


def test_a_reboot_counts_whole_from_then_on() -> None:
    rebooted = Port(1, counters=(("RxcrcErr", 1), ("RxtotalPkt", 30)), errors=1)
    baseline = Baseline.begin(phone(), NOON).follow(phone(60, port=rebooted))
    assert baseline.port(rebooted).errors == 1
    outgrown = Port(1, counters=(("RxcrcErr", 8), ("RxtotalPkt", 9000)), errors=8)
    assert baseline.follow(phone(600, port=outgrown)).port(outgrown).errors == 8


def test_what_is_not_counted_stays_unknown() -> None:
    silent = replace(TALK, packets_received=None, packets_sent=None, lost_packets=None, discarded_packets=None)
    port = Port(1)
    baseline = Baseline.begin(phone(0, silent, port=port), NOON)
    assert figures(baseline, silent) == (None, None, None, None)
    assert baseline.port(port).errors is None


def test_an_unchanged_phone_costs_nothing() -> None:
    here = phone(0, TALK)
    baseline = Baseline.begin(here, NOON)
    assert baseline.follow(here) is baseline
