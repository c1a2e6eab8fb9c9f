"""The office over simulated hours: both ends of every call agree at every moment."""

import itertools

import pytest

from phonetui.simulator import scenario
from phonetui.simulator.call import CallPlan, Leg, clock
from phonetui.simulator.exchange import CallRefused
from phonetui.simulator.media import PROFILES
from phonetui.simulator.tree import PhoneCondition
from phonetui.xapi.catalog import CatalogKind, phoneos
from phonetui.xapi.path import Path

from .offices import call_leaf, leaf, opened, pair

PAIRS = {
    "Dialing": set(),
    "Calling": set(),
    "Proceeding": {"Ringing", "Answering"},
    "Ringing": {"Proceeding"},
    "Answering": {"Proceeding"},
    "Connected": {"Connected", "Holding", "Hold", "Resuming"},
    "Holding": {"Connected", "Holding", "Hold", "Resuming"},
    "Hold": {"Connected", "Holding", "Hold", "Resuming"},
    "Resuming": {"Connected", "Holding", "Hold", "Resuming"},
    "Idle": {"Idle"},
}


def assert_agree(leg: Leg) -> None:
    """What one phone publishes of a call and what the other does."""
    other = leg.peer
    assert call_leaf(leg, "CallState") == leg.state
    assert call_leaf(leg, "Encoder") == call_leaf(leg, "Decoder")
    if other is None:
        assert leg.state in ("Dialing", "Calling", "Proceeding", "Reorder", "Idle")
        return
    if other not in other.device.legs:
        assert leg.state == "Idle"  # the other phone restarted: its calls were gone at once
        return
    if other.conversation is not leg.conversation:
        assert leg.state == "Idle"  # it passed the other on to somebody else
        return
    assert other.state in PAIRS[leg.state]
    assert leg.seconds - leg.talked_s == other.seconds - other.talked_s
    assert call_leaf(leg, "Duration") == clock(leg.seconds)
    assert call_leaf(leg, "PeerName") == other.device.label
    assert call_leaf(leg, "PeerPhone") == other.extension
    assert call_leaf(leg, "RoundTripDelay") == call_leaf(other, "RoundTripDelay")
    assert call_leaf(leg, "Encoder") == call_leaf(other, "Decoder")
    assert {call_leaf(leg, "Type"), call_leaf(other, "Type")} == {"Inbound", "Outbound"}
    assert (call_leaf(leg, "RemoteHold") == "Yes") == other.held
    assert_media(leg, other)


def assert_media(leg: Leg, other: Leg) -> None:
    assert leg.conversation
    plan, codec = leg.conversation.plan, leg.conversation.codec
    profile = PROFILES[plan.profile if leg is leg.conversation.callee else "clean"]
    sent, received = int(call_leaf(other, "PacketsSent")), int(call_leaf(leg, "PacketsReceived"))
    lost, discarded = int(call_leaf(leg, "PacketsLost")), int(call_leaf(leg, "PacketsDiscarded"))
    assert 0 <= sent - received - lost <= profile.delay_ms / 20 + 1
    assert call_leaf(leg, "BytesReceived") == str(received * codec.payload)
    assert call_leaf(other, "BytesSent") == str(sent * codec.payload)
    if received + lost:
        assert call_leaf(leg, "LossRate") == f"{lost / (received + lost):.6f}"
        assert call_leaf(leg, "DiscardRate") == f"{discarded / (received + lost):.6f}"
        assert float(call_leaf(leg, "MOSCQ")) <= float(call_leaf(leg, "MOSLQ"))
        assert 0 <= int(call_leaf(leg, "Rfactor")) <= 94
    else:
        assert call_leaf(leg, "Rfactor") == "127"


HOUR_S = 3600.0


@pytest.mark.parametrize(
    ("name", "seed", "seconds"),
    [
        ("busy", 7, 900.0),
        *(pytest.param(*row, HOUR_S, marks=pytest.mark.slow) for row in (("office", 1), ("busy", 7), ("trouble", 2))),
    ],
)
def test_both_ends_agree_at_every_tick(name: str, seed: int, seconds: float) -> None:
    watched = opened(name, phones=6, seed=seed)
    states = set()
    while (due := watched.office.next_due) is not None and due < seconds:
        watched.notices.clear()
        watched.office.advance(due)
        stirred = {phone for phone, _ in watched.notices}
        for device in watched.office.devices:
            for leg in device.legs if device.name in stirred else ():
                states.add(leg.state)
                assert_agree(leg)
    assert states >= {
        "Dialing",
        "Calling",
        "Proceeding",
        "Ringing",
        "Answering",
        "Connected",
        "Hold",
        "Resuming",
        "Idle",
    }


@pytest.mark.parametrize("name", ["office", "busy"])
def test_what_was_told_is_the_tree(name: str) -> None:
    watched = opened(name, phones=5, seed=3)
    watched.office.advance(900)
    for device in watched.office.devices:
        assert watched.replayed(device.name) == device.tree.leaves


def test_no_value_is_told_twice() -> None:
    watched = opened("busy", phones=5, seed=2)
    watched.office.advance(600)
    for device in watched.office.devices:
        histories = watched.histories(device.name)
        assert histories.keys() >= {*device.tree.leaves, Path.parse("Line 1 Call 0 CallState")}
        for path, values in histories.items():
            assert all(before != after for before, after in itertools.pairwise(values)), path


def test_the_same_seed_gives_the_same_office() -> None:
    first, second, other = opened("busy", seed=5), opened("busy", seed=5), opened("busy", seed=6)
    for watched in (first, second, other):
        watched.office.advance(300)
    assert first.notices == second.notices
    assert first.notices != other.notices


@pytest.mark.parametrize("name", ["office", "busy"])
@pytest.mark.parametrize("seed", range(1, 6))
def test_a_troubled_call_is_up_within_two_seconds_and_stays(name: str, seed: int) -> None:
    watched = opened(name, seed=seed)
    watched.office.advance(2.0)
    legs = [leg for device in watched.office.devices for leg in device.legs]
    legs = [leg for leg in legs if leg.conversation and leg.conversation.plan.profile == "congested"]
    assert [leg.state for leg in legs] == ["Connected", "Connected"]
    watched.office.advance(25.0)
    shares = [leg.conversation.end_of(leg).reception().loss_share for leg in legs if leg.conversation]
    assert max(shares) > 0.02
    assert min(shares) < 0.01


def test_there_is_always_a_troubled_call_but_for_the_change_to_the_next() -> None:
    watched, without = opened("office", seed=1), 0
    for second in range(10, 1500):
        watched.office.advance(float(second))
        legs = [leg for device in watched.office.devices for leg in device.legs]
        without += not any(leg.conversation and leg.conversation.plan.profile == "congested" for leg in legs)
    assert without < 30


def test_a_quiet_office_changes_only_what_an_idle_phone_changes() -> None:
    watched = opened("quiet")
    watched.notices.clear()
    watched.office.advance(600)
    heads = {str(notice).split("'")[1].rsplit(" ", 1)[0] for _, notice in watched.notices}
    assert heads == {
        "PhoneStatus",
        "Network Statistics Ethernet",
        "Network Statistics Port 1",
        "Network Statistics Port 2",
    }
    leaves = {str(notice).split("'")[1] for _, notice in watched.notices if "PhoneStatus" in str(notice)}
    sip = {"SIPMessageSent", "SIPMessageRecv", "SIPBytesSent", "SIPBytesRecv"}
    assert leaves == {f"PhoneStatus {name}" for name in {"CurrentTime", "ElapsedTime"} | sip}


def test_clock_and_counters_change_at_their_own_pace() -> None:
    watched = opened("quiet", phones=1)
    watched.notices.clear()
    watched.office.advance(100)
    assert len(watched.changes("sim-1", "PhoneStatus ElapsedTime")) == 10
    assert len(watched.changes("sim-1", "Network Statistics Port 1 RxTotalPkt")) == 20


def test_a_call_adds_fifty_packets_a_second_to_the_ports() -> None:
    watched = opened("quiet", phones=2)
    first, second = watched.office.devices
    port = "Network Statistics Port 1 TxTotalGoodPkt"
    watched.office.advance(10)
    idle = int(leaf(first, port) or 0)
    watched.office.advance(20)
    pace = int(leaf(first, port) or 0) - idle
    watched.office.call(first, second, CallPlan(answer_after_s=0.5), 20)
    watched.office.advance(30)
    before = int(leaf(first, port) or 0)
    watched.office.advance(40)
    assert int(leaf(first, port) or 0) - before == pytest.approx(pace + 500, abs=2)


def test_one_cable_breaks_frames() -> None:
    watched = opened("office")
    watched.office.advance(300)
    crc = [int(leaf(device, "Network Statistics Port 1 RxCrcErr") or 0) for device in watched.office.devices]
    assert [bool(count) for count in crc] == [False, True, False, False, False]
    assert len(set(watched.changes("sim-2", "Network Statistics Port 1 RxCrcErr"))) > 20


def test_every_published_status_row_is_there_during_a_call() -> None:
    watched = opened("quiet")
    first, second = watched.office.devices[:2]
    watched.office.call(first, second, CallPlan(answer_after_s=0.5), 0)
    watched.office.advance(5)
    names = {path.names for path in first.tree.leaves}
    for entry in phoneos().entries:
        if entry.kind is CatalogKind.STATUS and not entry.notation.startswith("HttpFeedback"):
            row = entry.path.names
            assert any(found[: len(row)] == row for found in names), entry.notation
    assert all(phoneos().knows(path) or path.names[:2] == ("Network", "Statistics") for path in first.tree.leaves)


def test_a_line_without_calls_has_no_call() -> None:
    watched = opened("quiet", phones=2)
    assert not any(path.names[0] == "Line" for path in watched.office.devices[0].tree.leaves)
    watched.office.call(*pair(watched), CallPlan(answer_after_s=0.5, talk_s=3), 0)
    watched.office.advance(10)
    assert not any(path.names[0] == "Line" for path in watched.office.devices[0].tree.leaves)
    assert watched.changes("sim-1", "Line 1 Call 0 CallState")[-2:] == ["Idle", None]


def test_the_states_of_a_call_on_both_ends() -> None:
    watched = opened("quiet", phones=2)
    plan = CallPlan(answer_after_s=1.0, talk_s=10, hold_at_s=3, hold_s=2)
    watched.office.call(*pair(watched), plan, 0)
    watched.office.advance(20)
    state = "Line 1 Call 0 CallState"
    assert watched.changes("sim-1", state) == [
        *("Dialing", "Calling", "Proceeding", "Connected", "Holding", "Hold", "Resuming", "Connected", "Idle", None)
    ]
    assert watched.changes("sim-2", state) == ["Ringing", "Answering", "Connected", "Idle", None]
    assert watched.changes("sim-1", "Line 1 Call 0 Tone") == ["Dial", "None", "Ring Back", "None", None]
    assert watched.changes("sim-2", "Line 1 Call 0 Tone") == ["Ring", "None", None]
    assert watched.changes("sim-2", "Line 1 Call 0 RemoteHold") == ["No", "Yes", "No", None]
    assert [event.name for event in watched.events("sim-1")] == ["SipCallSuccessful", "SipCallDisconnect"]


def test_media_stands_still_while_a_call_is_held() -> None:
    watched = opened("quiet", phones=2)
    leg = watched.office.call(*pair(watched), CallPlan(profile="wifi", answer_after_s=0.2), 0)
    watched.office.advance(5)
    watched.office.exchange.hold(leg, 5)
    watched.office.advance(6)
    counted = [
        call_leaf(end, name) for end in (leg, leg.peer) if end for name in ("PacketsSent", "PacketsLost", "Jitter")
    ]
    duration = call_leaf(leg, "Duration")
    watched.office.advance(16)
    assert counted == [
        call_leaf(end, name) for end in (leg, leg.peer) if end for name in ("PacketsSent", "PacketsLost", "Jitter")
    ]
    assert call_leaf(leg, "Duration") > duration


def test_the_last_word_on_a_call_carries_its_figures() -> None:
    watched = opened("quiet", phones=2)
    watched.office.call(*pair(watched), CallPlan(profile="broken", answer_after_s=0.2, talk_s=20), 0)
    watched.office.advance(30)
    sent = dict(watched.events("sim-1")[-1].fields)
    heard = dict(watched.events("sim-2")[-1].fields)
    assert (heard["CauseCode"], heard["CauseString"], heard["Duration"]) == ("200", "Normal", sent["Duration"])
    assert int(sent["PacketsSent"]) == int(heard["PacketsReceived"]) + int(heard["PacketsLost"]) == 1000
    assert (sent["Direction"], heard["Direction"]) == ("Outbound", "Inbound")


def test_an_unknown_number_ends_in_the_reorder_tone() -> None:
    watched = opened("quiet", phones=2)
    watched.office.dial(watched.office.devices[0], "999", 0)
    watched.office.flush()
    watched.office.advance(10)
    states = watched.changes("sim-1", "Line 1 Call 0 CallState")
    assert states == ["Dialing", "Calling", "Proceeding", "Reorder", "Idle", None]
    assert "Reorder" in watched.changes("sim-1", "Line 1 Call 0 Tone")
    assert dict(watched.events("sim-1")[-1].fields)["CauseCode"] == "404"


def test_a_third_caller_finds_the_line_busy() -> None:
    watched = opened("quiet", phones=4)
    a, b, c, d = watched.office.devices
    for caller in (b, c, d):
        watched.office.call(caller, a, CallPlan(answer_after_s=None), 0)
    watched.office.advance(3)
    assert [leg.tone for leg in a.legs] == ["Ring", "Call Waiting"]
    assert "Busy" in watched.changes("sim-4", "Line 1 Call 0 Tone")


def test_a_line_holds_two_calls_and_no_third() -> None:
    watched = opened("quiet", phones=4)
    a, b, c, d = watched.office.devices
    legs = [watched.office.call(a, other, CallPlan(answer_after_s=0.2), 0) for other in (b, c)]
    assert [leg.call_id for leg in legs] == [0, 1]
    with pytest.raises(CallRefused, match="No line"):
        watched.office.call(a, d, CallPlan(), 1)


def test_a_second_call_puts_the_first_on_hold() -> None:
    watched = opened("quiet", phones=3)
    a, b, c = watched.office.devices
    first = watched.office.call(a, b, CallPlan(answer_after_s=0.2), 0)
    watched.office.advance(3)
    second = watched.office.call(a, c, CallPlan(answer_after_s=0.2), 3)
    watched.office.advance(6)
    assert (first.state, second.state) == ("Hold", "Connected")
    watched.office.exchange.resume(first, 6)
    watched.office.advance(8)
    assert (first.state, second.state) == ("Connected", "Hold")


def test_nobody_answers_and_a_message_is_left() -> None:
    watched = opened("quiet", phones=2)
    watched.office.call(*pair(watched), CallPlan(answer_after_s=None), 0)
    watched.office.advance(60)
    assert leaf(watched.office.devices[1], "ExtStatus 1 MessageWaiting") == "Yes"
    assert leaf(watched.office.devices[1], "LEDStatus MwiLEDColor") == "Red"
    assert not watched.office.devices[1].legs


def test_a_single_phone_has_somebody_to_talk_to() -> None:
    watched = opened("office", phones=1)
    watched.office.advance(30)
    assert {name for name, _ in watched.notices} == {"sim-1"}
    assert [leg.state for leg in watched.office.devices[0].legs] == ["Connected"]


def test_a_restart() -> None:
    watched = opened("quiet", phones=2)
    first, second = watched.office.devices
    leg = watched.office.call(first, second, CallPlan(answer_after_s=0.2), 0)
    watched.office.advance(5)
    watched.notices.clear()
    watched.office.reboot(first, 5)
    assert not first.live
    mine = [notice for name, notice in watched.notices if name == "sim-1"]
    assert [event.name for event in watched.events("sim-1")] == ["BootEvent", "Shutdown"]
    assert mine[-1] == PhoneCondition("rebooting")
    assert not any(path.is_under(leg.path) for path in first.tree.leaves)
    watched.office.advance(12.9)
    assert not first.live
    assert not second.legs
    watched.office.advance(15)
    assert PhoneCondition("live") in [notice for name, notice in watched.notices if name == "sim-1"]
    assert leaf(first, "PhoneStatus ElapsedTime") == "0 days, 00:00:00"
    assert int(leaf(first, "Network Statistics Port 1 RxTotalPkt") or 0) < 100
    assert watched.changes("sim-1", "ExtStatus 1 RegistrationState") == ["Registering", "Registered"]


def test_a_restarting_phone_cannot_be_called_and_cannot_call() -> None:
    watched = opened("quiet", phones=2)
    first, second = watched.office.devices
    watched.office.reboot(first, 0)
    with pytest.raises(CallRefused):
        watched.office.dial(first, "5002", 1)
    watched.office.dial(second, "5001", 1)
    watched.office.advance(3)
    assert [leg.state for leg in second.legs] == ["Reorder"]


def test_the_busy_office_restarts_a_phone_a_minute() -> None:
    watched = opened("busy")
    watched.office.advance(300)
    boots = [notice for _, notice in watched.notices if notice == PhoneCondition("rebooting")]
    assert len(boots) == 5


def test_a_new_name_shows_in_calls_in_progress_and_nothing_else_changes() -> None:
    watched = opened("quiet", phones=2)
    watched.office.call(*pair(watched), CallPlan(answer_after_s=0.2), 0)
    watched.office.advance(5.5)
    watched.notices.clear()
    watched.office.rename(watched.office.devices[0], "Attic")
    assert [str(notice) for _, notice in watched.notices] == [
        "TreeChange(path=Path('Line 1 Call 0 PeerName'), value='Attic')"
    ]


def test_profiles_of_scenarios_exist() -> None:
    for name in scenario.scenarios():
        read = scenario.read(name)
        assert not read.troubled_profile or read.troubled_profile in PROFILES
        assert read.title


def test_scenario_names() -> None:
    assert scenario.scenarios() == ("busy", "campus", "incident", "mesh", "office", "quiet", "trouble")
