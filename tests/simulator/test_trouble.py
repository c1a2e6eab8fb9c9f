"""What goes wrong in an office, and calls that are passed on."""

import itertools

import pytest
from msgspec.structs import replace

from phonetui.simulator import scenario
from phonetui.simulator.call import CallPlan, Leg
from phonetui.simulator.device import SimulatedDevice
from phonetui.xapi.path import Path

from .offices import Watched, call_leaf, leaf, opened

TALK = CallPlan(answer_after_s=1.0)


def passed_on(
    *, engaged: bool = False
) -> tuple[Watched, tuple[SimulatedDevice, SimulatedDevice, SimulatedDevice], Leg]:
    """Phone 1 called 2, which passes the call on to 3 after five seconds of talk."""
    watched = opened(replace(scenario.read("quiet"), engaged=("5900",)))
    first, second, third = watched.office.devices[:3]
    to = "5900" if engaged else third.extensions[0]
    leg = watched.office.call(first, second, replace(TALK, transfer_at_s=5.0, transfer_to=to), 0.0)
    return watched, (first, second, third), leg


def test_a_call_is_passed_on() -> None:
    watched, (first, second, third), leg = passed_on()
    watched.office.advance(30.0)
    assert second.legs == []
    assert leg.peer is third.legs[0]
    assert call_leaf(leg, "PeerName") == third.label
    assert call_leaf(leg, "PeerPhone") == third.extensions[0]
    assert call_leaf(third.legs[0], "PeerPhone") == first.extensions[0]
    assert {leg.state, third.legs[0].state} == {"Connected"}
    assert leg.path == Path.parse("Line 1 Call 0"), "the caller's call stays the same"
    ends = [event for event in watched.events(second.name) if event.name == "SipCallDisconnect"]
    assert len(ends) == 2
    assert not [event for event in watched.events(first.name) if event.name == "SipCallDisconnect"]
    watched.office.exchange.hang_up(leg, 30.0)
    watched.office.advance(31.0)
    assert first.legs == third.legs == []


def test_durations_and_port_counters_never_go_back_in_a_transfer() -> None:
    watched, (first, _, __), _ = passed_on()
    watched.office.advance(30.0)
    for name in ("Network Statistics Port 1 RxTotalPkt", "Line 1 Call 0 Duration"):
        values = [value or "" for value in watched.changes(first.name, name)]
        numbers = [int(value.replace(":", "")) for value in values]
        assert numbers == sorted(numbers)
    received = [int(value or 0) for value in watched.changes(first.name, "Line 1 Call 0 PacketsReceived")]
    assert any(after < before for before, after in itertools.pairwise(received)), "another stream, counted afresh"


def test_nobody_to_pass_it_on_to() -> None:
    watched, (_, second, third), leg = passed_on(engaged=True)
    watched.office.advance(12.0)
    tones = watched.changes(second.name, "Line 1 Call 1 Tone")
    assert "Busy" in tones
    assert third.legs == []
    assert leg.state == "Connected"
    assert [back.state for back in second.legs] == ["Connected"], "taken back"
    assert leg.peer is second.legs[0]


def test_a_busy_number() -> None:
    watched = opened(replace(scenario.read("quiet"), engaged=("5900",)))
    device = watched.office.devices[0]
    watched.office.dial(device, "5900", 0.0)
    watched.office.advance(10.0)
    assert watched.changes(device.name, "Line 1 Call 0 Tone")[-3:] == ["Busy", "None", None]
    assert dict(watched.events(device.name)[-1].fields)["CauseCode"] == "486"


def test_a_message_that_is_heard() -> None:
    watched = opened(replace(scenario.read("quiet"), heard_after_s=5.0))
    first, second = watched.office.devices[:2]
    watched.office.call(first, second, CallPlan(answer_after_s=None), 0.0)
    watched.office.advance(60.0)
    assert watched.changes(second.name, "ExtStatus 1 MessageWaiting") == ["No", "Yes", "No"]
    assert watched.changes(second.name, "LEDStatus MwiLEDColor") == ["Off", "Red", "Off"]


def test_a_lost_registration() -> None:
    watched = opened()
    device = watched.office.devices[0]
    watched.office.unregister(device, 1.0)
    watched.office.advance(20.0)
    states = watched.changes(device.name, "ExtStatus 1 RegistrationState")
    assert states == ["Registered", "Not Registered", "Registering", "Registered"]
    assert watched.changes(device.name, "LEDStatus Line 1 LEDColor") == ["Off", "Amber", "Off"]


def test_a_restart_in_the_middle_of_a_lost_registration() -> None:
    watched = opened()
    device = watched.office.devices[0]
    watched.office.unregister(device, 1.0)
    watched.office.reboot(device, 2.0)
    watched.office.advance(60.0)
    assert leaf(device, "ExtStatus 1 RegistrationState") == "Registered"


def test_a_port_at_half_duplex_and_a_broken_cable() -> None:
    watched = opened("trouble")
    watched.office.advance(60.0)
    broken, half = watched.office.devices[1], watched.office.devices[3]
    assert leaf(half, "PhoneStatus SWPort") == "100 Half"
    assert int(leaf(half, "Network Statistics Port 1 TxCollisions") or 0) > 10
    assert int(leaf(half, "Network Statistics Port 1 TxLateCollision") or 0) > 0
    assert leaf(half, "Network Statistics Port 2 TxCollisions") == "0"
    assert int(leaf(broken, "Network Statistics Port 1 RxCrcErr") or 0) > 10


@pytest.mark.parametrize("name", ["busy", "trouble"])
def test_everything_happens_within_ten_minutes(name: str) -> None:
    watched = opened(name, phones=6)
    watched.office.advance(600.0)
    changes = {
        leaf: {value for device in watched.office.devices for value in watched.changes(device.name, leaf)}
        for leaf in ("Line 1 Call 0 Tone", "ExtStatus 1 MessageWaiting", "ExtStatus 1 RegistrationState")
    }
    assert "Busy" in changes["Line 1 Call 0 Tone"]
    assert changes["ExtStatus 1 MessageWaiting"] == {"Yes", "No"}
    assert ("Not Registered" in changes["ExtStatus 1 RegistrationState"]) is (name == "trouble")
    peers = [
        {value for value in values if value}
        for device in watched.office.devices
        for values in [watched.changes(device.name, "Line 1 Call 0 PeerPhone")]
    ]
    assert all(len(known) > 1 for known in peers)
