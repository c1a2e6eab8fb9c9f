"""What is told of a call's grade: trouble once, relief once, and nothing in between."""

from phonetui.monitor.desk import SOUND_READINGS, Desk, Ledger
from phonetui.phone.measure import Grade, Measure
from phonetui.phone.state import Call, PhoneId

G, F, P, C, M, U = Grade.GOOD, Grade.FAIR, Grade.POOR, Grade.CRITICAL, Grade.MEASURING, Grade.UNKNOWN


def told(*grades: Grade) -> list[str]:
    ledger = Ledger()
    desk = Desk(PhoneId("lobby"), ledger)
    for grade in grades:
        desk.measured([(Call(1, 0), Measure(1, 0, grade=grade))])
    return [entry.text.split()[-1] for entry in ledger.entries]


def test_the_way_to_good_is_silent() -> None:
    assert told(U, M, M, G, G, G) == []


def test_trouble_that_comes_and_goes_is_told_once_and_worse_again() -> None:
    assert told(G, P, G, P, F, P, C, P, C) == ["POOR", "CRITICAL"]


def test_relief_needs_patience() -> None:
    assert told(P, *[G] * (SOUND_READINGS - 1), P, *[G] * SOUND_READINGS, P) == ["POOR", "GOOD", "POOR"]


def test_the_next_call_begins_anew() -> None:
    ledger = Ledger()
    desk = Desk(PhoneId("lobby"), ledger)
    for calls in ([(Call(1, 0), Measure(1, 0, grade=P))], [], [(Call(1, 0), Measure(1, 0, grade=P))]):
        desk.measured(calls)
    assert len(ledger.entries) == 2
