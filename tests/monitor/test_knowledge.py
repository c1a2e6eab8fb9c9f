"""Readings and pushes tell of the same leaves: what wins, and what is told."""

import random

from phonetui.monitor.knowledge import Knowledge
from phonetui.phone.state import Phone, PhoneId
from phonetui.phone.thresholds import DEFAULT
from phonetui.text import Printable, printable
from phonetui.xapi.document import Document, Update
from phonetui.xapi.path import ROOT, Path

CALL = Path.of("Line", 1, "Call", 0)
STATE, JITTER = CALL / "CallState", CALL / "Jitter"


def known() -> Knowledge:
    blank = Phone(id=PhoneId("lobby"), name=printable("lobby"), address=printable("192.0.2.21"))
    return Knowledge(blank, DEFAULT)


def tree(**leaves: str) -> Document:
    return Document({CALL / name: printable(value) for name, value in leaves.items()})


def push(path: Path, value: str | None, at: float) -> Update:
    return Update(path, None if value is None else Printable(value), at)


def read(knowledge: Knowledge, document: Document, at: float) -> tuple[Update, ...]:
    return knowledge.apply(knowledge.differences(document, ROOT, at), at)


def test_a_value_equal_to_the_known_one_is_no_news() -> None:
    knowledge = known()
    assert len(read(knowledge, tree(CallState="Ringing"), 1.0)) == 1
    assert knowledge.pushed([push(STATE, "Ringing", 2.0)], 2.0) == ()
    assert read(knowledge, tree(CallState="Ringing"), 3.0) == ()


def test_a_reading_older_than_a_push_does_not_overwrite_it() -> None:
    knowledge = known()
    read(knowledge, tree(CallState="Ringing", Jitter="1"), 1.0)
    knowledge.asking()
    knowledge.pushed([push(STATE, "Connected", 2.0)], 2.0)
    changes = read(knowledge, tree(CallState="Ringing", Jitter="2"), 2.5)
    assert [change.path for change in changes] == [JITTER]
    assert knowledge.document[STATE] == "Connected"


def test_the_next_reading_makes_it_true() -> None:
    knowledge = known()
    knowledge.asking()
    knowledge.pushed([push(STATE, "Hold", 2.0)], 2.0)
    knowledge.asking()
    read(knowledge, tree(CallState="Connected"), 3.0)
    assert knowledge.document[STATE] == "Connected"


def test_a_pushed_ghost_is_not_undone_by_an_older_reading() -> None:
    knowledge = known()
    read(knowledge, tree(CallState="Connected"), 1.0)
    knowledge.asking()
    assert knowledge.pushed([push(CALL, None, 2.0)], 2.0) == (push(CALL, None, 2.0),)
    assert read(knowledge, tree(CallState="Connected"), 2.5) == ()
    assert not knowledge.phone.has_live_call


def test_a_pushed_call_is_not_dropped_by_an_older_reading() -> None:
    knowledge = known()
    knowledge.asking()
    knowledge.pushed([push(STATE, "Ringing", 2.0)], 2.0)
    assert read(knowledge, Document(), 2.5) == ()
    assert knowledge.phone.has_live_call


def test_a_ghost_of_nothing_is_no_news() -> None:
    assert known().pushed([push(CALL, None, 1.0)], 1.0) == ()


def test_pushes_in_any_order_and_twice_end_in_the_same_state() -> None:
    truth = tree(CallState="Connected", Jitter="9")
    posts = [push(STATE, word, 0.0) for word in ("Ringing", "Connected")] + [
        push(JITTER, str(n), 0.0) for n in range(10)
    ]
    rng = random.Random(3)
    for _ in range(50):
        knowledge = known()
        shuffled = posts * 2
        rng.shuffle(shuffled)
        for number, update in enumerate(shuffled):
            knowledge.pushed([update], float(number))
        knowledge.asking()
        read(knowledge, truth, 100.0)
        assert knowledge.document == truth


def test_what_a_phone_pushes_is_waited_for_and_what_it_does_not_is_not() -> None:
    knowledge = known()
    assert knowledge.awaits_push([push(JITTER, "1", 0.0)])
    assert knowledge.awaits_push([push(CALL, None, 0.0)])
    assert knowledge.awaits_push([push(Path.parse("Network Statistics Port 1 RxCrcErr"), "1", 0.0)])
    assert not knowledge.awaits_push([push(Path.parse("DownloadStatus CustomCAStatus Info"), "x", 0.0)])
    assert not knowledge.awaits_push([push(Path.parse("Novelty"), "x", 0.0)])


def test_figures_are_kept_while_the_call_lives() -> None:
    knowledge = known()
    for number in range(4):
        read(knowledge, tree(CallState="Connected", PacketsReceived=str(number * 100), Jitter="3"), number * 2.0)
        knowledge.measure(number * 2.0)
    history = knowledge.histories[(1, 0)]
    assert [value for _, value in history.jitter_ms.window(-1, 99)] == [3.0] * 4
    assert [value for _, value in history.loss_pct.window(-1, 99)] == [None, 0.0, 0.0, 0.0]
    read(knowledge, Document(), 8.0)
    assert knowledge.measure(8.0) == ()
    assert knowledge.histories == {}
    assert knowledge.phone.measures == ()


def test_a_push_names_this_phone_by_any_of_its_addresses() -> None:
    knowledge = known()
    assert knowledge.is_sender("00:00:5E:00:53:21")  # nothing is known yet
    own = [push(Path.parse("SystemUnit Hardware Module MACAddress"), "00005E005321", 1.0)]
    own += [push(Path.parse("Network Wifi MacAddress"), "00:00:5e:00:53:22", 1.0)]
    knowledge.apply(own, 1.0)
    assert knowledge.phone.network.wifi_mac
    assert knowledge.is_sender("00:00:5e:00:53:21")
    assert knowledge.is_sender("0000.5E00.5322")
    assert not knowledge.is_sender("00:00:5E:00:53:99")
