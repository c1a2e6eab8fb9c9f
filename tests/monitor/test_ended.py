"""Calls that are over: the last figures, whichever of removal and event came first."""

from phonetui.monitor.ended import JOIN_S, KEPT, Ended
from phonetui.monitor.knowledge import Knowledge
from phonetui.phone.measure import Grade, Measure
from phonetui.phone.state import Call, Phone, PhoneId
from phonetui.phone.thresholds import DEFAULT
from phonetui.text import printable
from phonetui.xapi.document import Document, Event, Update
from phonetui.xapi.path import ROOT, Path

CALL = Path.of("Line", 1, "Call", 0)
FINAL = {"LineId": "1", "CallId": "0", "CauseString": "Normal", "PacketsLost": "84", "MOSLQ": "3.8", "Novel": "x"}


def event(at: float, name: str = "SipCallDisconnect", **fields: str) -> Event:
    return Event(
        printable(name), tuple((printable(key), printable(value)) for key, value in (FINAL | fields).items()), at
    )


def known() -> Knowledge:
    knowledge = Knowledge(Phone(id=PhoneId("lobby"), name=printable("lobby"), address=printable("a")), DEFAULT)
    leaves = {CALL / "CallState": "Connected", CALL / "PeerName": "Front Desk", CALL / "PacketsLost": "80"}
    tree = Document({path: printable(value) for path, value in leaves.items()})
    knowledge.apply(knowledge.differences(tree, ROOT, 1.0), 1.0)
    return knowledge


def gone(knowledge: Knowledge, at: float) -> None:
    knowledge.pushed([Update(CALL, None, at)], at)


def test_the_removal_first_then_the_event() -> None:
    knowledge = known()
    gone(knowledge, 5.0)
    (ended,) = knowledge.ended
    assert (ended.call.remote_name, ended.call.lost_packets, ended.cause) == ("Front Desk", 80, None)
    knowledge.happened(event(5.4), 5.4)
    (ended,) = knowledge.ended
    assert (ended.call.remote_name, ended.call.lost_packets, ended.call.mos_lq) == ("Front Desk", 84, 3.8)
    assert (ended.cause, ended.ended_at) == ("Normal", 5.0)
    assert ended.event is not None
    assert ended.event.field("Novel") == "x"


def test_the_event_first_then_the_removal() -> None:
    knowledge = known()
    knowledge.happened(event(4.8), 4.8)
    assert [*knowledge.ended] == []
    gone(knowledge, 5.0)
    (ended,) = knowledge.ended
    assert (ended.call.lost_packets, ended.cause) == (84, "Normal")


def test_the_next_call_in_the_same_place_keeps_its_own() -> None:
    knowledge = known()
    gone(knowledge, 5.0)
    knowledge.pushed([Update(CALL / "CallState", printable("Connected"), 6.0)], 6.0)
    knowledge.happened(event(6.1), 6.1)
    gone(knowledge, 8.0)
    knowledge.happened(event(8.1, PacketsLost="1"), 8.1)
    assert [ended.call.lost_packets for ended in knowledge.ended] == [84, 1]


def test_what_comes_too_late_or_means_no_call_joins_nothing() -> None:
    knowledge = known()
    knowledge.happened(event(1.0), 1.0)
    gone(knowledge, 1.1 + JOIN_S)
    knowledge.happened(event(30.0), 30.0)
    knowledge.happened(event(12.0, name="SipCallSuccessful"), 12.0)
    knowledge.happened(event(12.0, LineId="x"), 12.0)
    knowledge.happened(event(12.0, CallId="7"), 12.0)
    (ended,) = knowledge.ended
    assert (ended.call.lost_packets, ended.event) == (80, None)


def test_a_call_that_turns_idle_has_ended() -> None:
    knowledge = known()
    knowledge.pushed([Update(CALL / "CallState", printable("Idle"), 5.0)], 5.0)
    assert len(knowledge.ended) == 1


def test_the_last_judgement_is_kept_and_the_ring_is_bounded() -> None:
    measure = Measure(1, 0, grade=Grade.POOR)
    ended = Ended()
    for number in range(KEPT + 5):
        ended = ended.gone(Call(1, number), measure, float(number))
    assert [call.call.id for call in ended.calls] == list(range(5, KEPT + 5))
    assert ended.calls[0].measure is measure
