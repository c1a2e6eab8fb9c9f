"""What is seen over all phones: both ends of real calls, named trouble, at a cost that does not matter."""

import statistics
import time
from functools import partial

import pytest
from msgspec.structs import replace

from phonetui.monitor.fleet import LiveFleet
from phonetui.monitor.fleet_analysis import FleetAnalysis
from phonetui.monitor.journal import Journal
from phonetui.phone.calls.call_legs import Partner
from phonetui.phone.diagnosis import CallEnd, FaultLocation, fault_location
from phonetui.phone.measure import Grade, Metric
from phonetui.phone.state import Line, Phone, PhoneId
from phonetui.simulator.media import losing
from tests.live import live, served, until
from tests.phone.exchange import Office, looks
from tests.phone.test_correlation import OTHERS, at
from tests.phone.test_diagnosis import end

ONE, TWO = PhoneId("sim-1"), PhoneId("sim-2")


def end_of(fleet: LiveFleet, phone: PhoneId) -> CallEnd | None:
    known = fleet.phones[phone]
    call = next(known.calls, None)
    return CallEnd(known, call, known.measure(call.key)) if call else None


def far_end_of(fleet: LiveFleet, phone: PhoneId) -> PhoneId | None:
    call = next(fleet.phones[phone].calls, None)
    partner = fleet.partner(phone, call.key) if call else None
    return partner.phone if isinstance(partner, Partner) else None


def trouble_of(fleet: LiveFleet, phone: PhoneId, other: PhoneId) -> FaultLocation | None:
    here, there = end_of(fleet, phone), end_of(fleet, other)
    return fault_location(here, there) if here and there else None


@pytest.mark.slow
async def test_two_phones_that_talk_are_paired_and_the_bad_direction_is_named() -> None:
    async with served(2) as office, live(office) as watched:
        fleet = watched.fleet
        await until(lambda: all(watched.state(phone) == "live" for phone in (ONE, TWO)))
        office.start_call("sim-1", "sim-2", profile="broken")
        took_s = await until(lambda: (far_end_of(fleet, ONE), far_end_of(fleet, TWO)) == (TWO, ONE), 8.0)
        print(f"\npaired {took_s:.1f} s after it was dialled")
        await until(partial(_is_poor, fleet, TWO), 30.0)
        await until(lambda: trouble_of(fleet, TWO, ONE) is FaultLocation.IN, 10.0, "the far end is measured, too")
        assert trouble_of(fleet, ONE, TWO) is FaultLocation.OUT
        call = next(fleet.phones[TWO].calls)
        await until(lambda: fleet.causes(TWO, call.key), 5.0)
        assert "loss" in str(fleet.causes(TWO, call.key)[0])
        assert not fleet.causes(ONE, call.key)
        office.hang_up("sim-1")
        await until(lambda: far_end_of(fleet, ONE) is None)
        await until(lambda: not fleet.causes(TWO, call.key))


def _is_poor(fleet: LiveFleet, phone: PhoneId) -> bool:
    worst = fleet.phones[phone].worst
    return worst is not None and worst.grade.severity >= Grade.POOR.severity


def test_the_switch_that_phones_share_is_named_while_it_is_in_trouble() -> None:
    ends = (*OTHERS, *(at(f"bad-{number}", bad=Metric.LOSS) for number in range(3)))
    phones = {one.phone.id: _calling(one) for one in ends}
    overview = FleetAnalysis({}, Journal().guard)
    assert overview.update(phones, 0.0)
    assert [hint.words for hint in overview.hints] == ["look at sw-2f"]
    assert not overview.update({**phones, PhoneId("new"): _calling(at("new", "sw-1f"))}, 0.5), "once a second is enough"
    quiet = {phone: replace(known, measures=()) for phone, known in phones.items()}
    assert not overview.update(quiet, 0.9), "and what is new is seen then"
    assert [hint.words for hint in overview.hints] == ["look at sw-2f"]
    assert FleetAnalysis({}, Journal().guard).update(phones, 0.9), "whoever has not looked yet looks at once"
    hints = overview.hints
    assert not overview.update(phones, 2.0), "the same phones"
    well = {one.phone.id: _calling(one) for one in OTHERS}
    overview.update({**phones, **well}, 4.0)
    assert overview.hints is hints
    assert overview.update({**phones, **{phone: replace(known, measures=()) for phone, known in phones.items()}}, 6.0)
    assert overview.hints == ()


def test_a_hint_keeps_its_figures_for_a_while() -> None:
    overview, told = FleetAnalysis({}, Journal().guard), []
    for second, loss in enumerate((4.0, 5.0, 6.0, 7.0)):
        lossy = _calling(end("a", bad={Metric.LOSS: loss, Metric.JITTER: 60.0}))
        changed = overview.update({lossy.id: lossy}, second * 4.0)
        told.append((changed, overview.causes((lossy.id, (1, 0)))[0].figures.partition(",")[0]))
    assert told == [(True, "loss 4.0 %"), (False, "loss 4.0 %"), (False, "loss 4.0 %"), (True, "loss 7.0 %")]
    well = _calling(end("a"))
    assert overview.update({well.id: well}, 20.0)
    assert overview.causes((well.id, (1, 0))) == ()


def _calling(one: CallEnd) -> Phone:
    """The phone of an end, with the call that it is in."""
    measures = (one.measure,) if one.measure else ()
    return replace(one.phone, lines=(Line(1, calls=(one.call,)),), measures=measures)


def test_the_cost_of_a_look_at_a_hundred_phones() -> None:
    office = Office(5, 100, calls_per_s=1.5)
    overview = FleetAnalysis({desk.id: (desk.extension,) for desk in office.desks}, Journal().guard)
    taken, calls = [], []
    for moment in looks(office, 400):
        phones = dict(office.phones)
        began = time.process_time()
        overview.update(phones, moment)
        taken.append(time.process_time() - began)
        calls.append(sum(1 for phone in phones.values() for _ in phone.calls))
    print(
        f"\n100 phones, {statistics.mean(calls):.0f} ends of calls: a look takes {1e3 * statistics.median(taken):.2f} ms "
        f"in the middle, {1e3 * max(taken):.2f} ms at most, once a second"
    )
    assert statistics.median(taken) < 0.1


@pytest.mark.slow
async def test_the_switch_is_named_whose_phones_lose_packets() -> None:
    async with served(12) as office, live(office) as watched:
        fleet, bad = watched.fleet, [PhoneId(f"sim-{number}") for number in (1, 2, 3)]
        await until(lambda: all(watched.state(phone.name) == "live" for phone in office.phones), 10.0)
        for number in (1, 2, 3):
            office.start_call(f"sim-{number}", f"sim-{number + 4}")
        for number in (9, 11):
            office.start_call(f"sim-{number}", f"sim-{number + 1}")
        await until(lambda: all(_hears(fleet, phone) for phone in bad), 10.0, "they talk")
        for phone in bad:
            office.impair(phone, losing(0.10))
        await until(lambda: fleet.hints and len(fleet.hints[0].phones) == 3, 30.0, "the switch is named")
        assert (
            str(fleet.hints[0])
            == "3 phones on access-sw-1 lose inbound packets, 0 of 7 elsewhere do: look at access-sw-1"
        )


def _hears(fleet: LiveFleet, phone: PhoneId) -> bool:
    end = end_of(fleet, phone)
    return end is not None and bool(end.call.packets_received)
