"""What Prometheus reads of a fleet: absence for the unknown, bounded labels, nothing of callers, names that exist."""

import re
from datetime import timedelta
from importlib.resources import files

import pytest
from msgspec.structs import replace
from prometheus_client.parser import text_string_to_metric_families

from phonetui.metrics.exposition import SLOTS, Exposition, FleetSnapshot, exposition
from phonetui.metrics.totals import Totals, codec_label, end_reason
from phonetui.phone.calls.call_record import CallRecord
from phonetui.phone.state import Call, Line, Phase, Phone, PhoneId, State
from phonetui.text import Printable, printable
from tests.ui.office import AT, NOW, FakeFleet, fleet_of_eight, lobby, phone, talk

DATA = files("phonetui").joinpath("data")
Sample = tuple[str, tuple[tuple[str, str], ...]]


def fleet(*phones: Phone) -> FakeFleet:
    return FakeFleet({phone.id: phone for phone in phones})


def text(of: FakeFleet, totals: Totals | None = None) -> str:
    counted = totals or Totals(NOW)
    counted.update(of, of.version)
    return exposition(FleetSnapshot.of(of, counted.snapshot(), AT, NOW)).decode()


def samples(words: str) -> dict[Sample, float]:
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(words)
        for sample in family.samples
    }


def value(words: str, name: str, **labels: str) -> float | None:
    return samples(words).get((f"phonetui_{name}", tuple(sorted(labels.items()))))


def test_a_phone_in_a_call() -> None:
    words = text(fleet(lobby()))
    call = {"phone": "lobby", "line": "1", "slot": "0"}
    assert value(words, "phone_up", phone="lobby", site="HQ") == 1
    assert value(words, "call_active", **call) == 1
    assert value(words, "call_loss_ratio", **call) == pytest.approx(0.004)
    assert value(words, "call_jitter_seconds", **call) == pytest.approx(0.014)
    assert value(words, "call_mos", **call, kind="cq") == 4.1
    assert value(words, "call_grade", **call, phonetui_call_grade="good") == 1
    assert value(words, "call_grade", **call, phonetui_call_grade="critical") == 0
    assert value(words, "line_registered", phone="lobby", line="2") == 0
    assert value(words, "port_speed_bytes_per_second", phone="lobby", port="switch") == 125e6
    assert value(words, "phone_last_answer_timestamp_seconds", phone="lobby") == pytest.approx(NOW.timestamp() - 1)


def test_what_is_unknown_is_absent_and_never_zero() -> None:
    silent = Phone(id=PhoneId("silent"), name=Printable("silent"), address=Printable("192.0.2.9"))
    talking = phone("talking", lines=(Line(1, calls=(Call(1, 0, phase=Phase.TALK),)),))
    words = text(fleet(silent, talking))
    assert value(words, "phone_up", phone="silent", site="") == 0
    for name in ("phone_uptime_seconds", "phone_answer_seconds", "phone_last_answer_timestamp_seconds"):
        assert value(words, name, phone="silent") is None
    for name in ("call_loss_ratio", "call_jitter_seconds", "call_round_trip_seconds"):
        assert value(words, name, phone="talking", line="1", slot="0") is None
    assert value(words, "line_registered", phone="talking", line="1") is None
    assert not re.search(r"\b(None|nan)\b", words)


def test_nothing_of_callers_is_said() -> None:
    planted = talk(
        remote_name=Printable("Planted Name"), remote_number=Printable("+4712345678"), decoder=Printable("x-planted")
    )
    words = text(fleet(phone("lobby", lines=(Line(1, calls=(replace(planted, id=424242),)),))))
    for secret in ("Planted", "12345678", "424242", "x-planted"):
        assert secret not in words


def test_labels_are_bounded_whatever_a_phone_claims() -> None:
    calls = tuple(replace(talk(), id=1000 + number) for number in range(500))
    words = text(fleet(phone("lobby", lines=(Line(1, calls=calls),))))
    slots = {dict(labels)["slot"] for (name, labels) in samples(words) if name == "phonetui_call_active"}
    assert slots == {str(slot) for slot in range(SLOTS)}
    assert codec_label("G722") == "g722"
    assert codec_label("free words") == "other"
    assert codec_label(None) == "unknown"


def test_hostile_names_are_text() -> None:
    name = printable('x"} 1\n\x1b[31m')
    words = text(fleet(phone(str(name))))
    assert "\x1b" not in words
    assert value(words, "phone_up", phone=str(name), site="") == 1


def test_packets_are_counted_over_calls() -> None:
    totals = Totals(NOW)
    shown = fleet()

    def now(call: Call | None) -> tuple[float | None, float | None]:
        shown.put(phone("lobby", lines=(Line(1, calls=(call,) if call else ()),)))
        words = text(shown, totals)
        return value(words, "rtp_packets_received_total", phone="lobby"), value(
            words, "rtp_packets_lost_total", phone="lobby"
        )

    assert now(talk(packets_received=100, lost_packets=1)) == (100, 1)
    assert now(talk(packets_received=150, lost_packets=4)) == (150, 4)
    assert now(None) == (150, 4)
    assert now(talk(packets_received=20, lost_packets=0)) == (170, 4)
    assert now(talk(packets_received=20, lost_packets=0)) == (170, 4)


def test_calls_are_counted_once_by_how_they_ended() -> None:
    def record(number: int, code: str | None, ended_s: float) -> CallRecord:
        began_at = NOW + timedelta(seconds=number)
        return CallRecord(
            phone=PhoneId("lobby"), call=talk(), began_at=began_at, seen_at=began_at, is_up=False,
            ended_at=NOW + timedelta(seconds=ended_s), cause_code=Printable(code) if code else None,
        )  # fmt: skip

    before, plain, busy, free = (
        record(1, "200", -5),
        record(2, "200", 5),
        record(3, "486", 6),
        record(4, "call me 555", 7),
    )
    shown = fleet(lobby())
    shown.records = (free, busy, plain, before)
    totals = Totals(NOW)
    for _ in range(3):
        shown.version += 1
        words = text(shown, totals)
    assert value(words, "calls_total", site="HQ", end_reason="200") == 1
    assert value(words, "calls_total", site="HQ", end_reason="486") == 1
    assert value(words, "calls_total", site="HQ", end_reason="other") == 1
    assert end_reason(record(5, None, 1)) == "unknown"


def test_readings_become_histograms() -> None:
    call = lobby()
    words = text(fleet(replace(call, measures=(replace(call.measures[0], estimate=3.7, loss_pct=2.0),))))
    labels = {"site": "HQ", "codec": "g722"}
    assert value(words, "interval_mos_bucket", **labels, le="3.6") == 0
    assert value(words, "interval_mos_bucket", **labels, le="4.0") == 1
    assert value(words, "interval_loss_ratio_bucket", **labels, le="0.01") == 0
    assert value(words, "interval_loss_ratio_bucket", **labels, le="0.03") == 1
    assert value(words, "interval_loss_ratio_sum", **labels) == pytest.approx(0.02)


def test_states_are_sets() -> None:
    words = text(fleet(*fleet_of_eight()))
    states = {
        dict(labels)["phonetui_phone_state"]: number
        for (name, labels), number in samples(words).items()
        if name == "phonetui_phone_state" and dict(labels)["phone"] == "desk-33"
    }
    assert states == {str(state): float(state is State.REFUSED) for state in State}


def test_every_series_is_typed_and_has_help() -> None:
    words = text(fleet(*fleet_of_eight()))
    families = list(text_string_to_metric_families(words))
    assert len(families) > 30
    assert all(family.documentation and family.type != "unknown" for family in families)


def test_what_is_kept_from_scrape_to_scrape_is_what_a_fresh_one_says() -> None:
    """Each change moves its phone's lines, whoever comes and goes; what didn't change isn't written again."""
    kept = Exposition()
    eight = {one.id: one for one in fleet_of_eight()}
    first, second, *_ = eight.values()
    moved = replace(first, network=replace(first.network, vlan=Printable("900")))
    unregistered = replace(second, lines=tuple(replace(line, is_registered=False) for line in second.lines))
    silent = replace(first, connection=replace(first.connection, state=State.UNREACHABLE))
    counted = replace(first, ports=tuple(replace(port, counters=(("RxCRCErrs", 7),)) for port in first.ports))
    placed = replace(first, group=(printable('Else"where\\n'),))
    steps = [
        (eight, 32), (eight, 0), ({**eight, moved.id: moved}, 1), ({**eight, unregistered.id: unregistered}, 2),
        ({**eight, silent.id: silent}, 2), ({**eight, counted.id: counted}, 2), ({**eight, placed.id: placed}, 3),
        ({second.id: second}, 0), ({**eight}, 28), (dict(reversed(eight.items())), 0), ({}, 0),
    ]  # fmt: skip
    for phones, rendered in steps:
        shown = FakeFleet(dict(phones))
        totals = Totals(NOW)
        totals.update(shown, shown.version)
        snapshot = FleetSnapshot.of(shown, totals.snapshot(), AT, NOW)
        assert kept.text(snapshot) == exposition(snapshot)
        assert kept._cache.rendered == rendered


def test_what_was_written_ahead_is_not_written_again() -> None:
    """A few phones at a time, those that were heard of; what they say otherwise by then is written anew."""
    ahead = Exposition()
    shown = FakeFleet({one.id: one for one in fleet_of_eight()})
    heard = [one.id for one in shown.phones.values() if one.connection.state is not State.CONNECTING]
    written: list[PhoneId] = []
    while some := ahead.unwritten(shown.phones, 3):
        assert len(some) <= 3
        written += [one.id for one in some]
        ahead.prepare(some)
    assert written == heard
    first = shown.phones[heard[0]]
    shown.put(replace(first, network=replace(first.network, vlan=Printable("900"))))
    snapshot = FleetSnapshot.of(shown, Totals(NOW).snapshot(), AT, NOW)
    assert ahead.text(snapshot) == exposition(snapshot)
    groups = 4
    assert ahead._cache.rendered == groups * (len(shown.phones) - len(heard)) + 1
