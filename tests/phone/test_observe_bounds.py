"""How much of one phone is followed, and that nothing beyond it costs anything."""

from phonetui.monitor.knowledge import Knowledge
from phonetui.phone.observe import CALLS, CALLS_OF_LINE, CHARACTERS, HISTORIES, LEAVES, LINES, admit, excess
from phonetui.phone.port_counters import COUNTERS, PORTS
from phonetui.phone.quality.grading import DEFAULT
from phonetui.phone.state import Phone, PhoneId
from phonetui.text import Printable, printable
from phonetui.xapi.document import EMPTY, Document, Update
from phonetui.xapi.path import Path


def known() -> Knowledge:
    return Knowledge(Phone(id=PhoneId("lobby"), name=printable("lobby"), address=printable("192.0.2.21")), DEFAULT)


def said(*paths: Path, value: str = "1") -> list[Update]:
    return [Update(path, Printable(value), 1.0) for path in paths]


def test_leaves_are_bounded_over_pushes() -> None:
    knowledge = known()
    for push in range(4):
        knowledge.apply(
            knowledge.pushed(said(*(Path.of("SystemUnit", f"L{push}-{number}") for number in range(4_000)))), 1.0
        )
    assert len(knowledge.document) == len(knowledge.changed_at) == LEAVES
    assert [words for words in knowledge.excess() if "values" in words]
    assert knowledge.excess() == (), "told once"
    taken = knowledge.apply(
        knowledge.pushed(said(Path.of("SystemUnit", "L0-0"), Path.of("SystemUnit", "New"), value="2")), 2.0
    )
    assert [change.path for change in taken] == [Path.of("SystemUnit", "L0-0")], "what is known still changes"
    knowledge.apply(knowledge.pushed([Update(Path.of("SystemUnit"), None, 3.0)]), 3.0)
    assert not knowledge.document
    assert not knowledge.changed_at
    assert len(knowledge.apply(knowledge.pushed(said(Path.of("SystemUnit", "New"))), 4.0)) == 1


def test_characters_are_bounded() -> None:
    big = "x" * (CHARACTERS // 4)
    paths = [Path.of("SystemUnit", f"Big{number}") for number in range(6)]
    kept, is_full = admit(EMPTY, said(*paths, value=big))
    assert is_full
    assert [update.path for update in kept] == paths[:4]
    document = EMPTY.merge(kept)
    assert document.characters == CHARACTERS
    shorter, is_full = admit(document, said(paths[0], value="y"))
    assert (len(shorter), is_full) == (1, False)
    swapped, is_full = admit(document, [Update(paths[0], None, 2.0), *said(paths[5], value=big)])
    assert (len(swapped), is_full) == (2, False), "a ghost makes room"


def test_lines_calls_ports_and_counters_are_bounded() -> None:
    knowledge = known()
    knowledge.apply(said(*(Path.of("ExtStatus", line, "RegistrationState") for line in range(1, 9_000))), 1.0)
    assert [line.index for line in knowledge.phone.lines] == list(range(1, LINES + 1))
    assert knowledge.excess() == (f"too much: 8,999 lines, {LINES} of them are followed",)
    knowledge = known()
    places = [Path.of("Line", 1 + number // 90, "Call", number % 90, "CallState") for number in range(1_800)]
    knowledge.apply(said(*places, value="Connected"), 1.0)
    assert sum(1 for _ in knowledge.phone.calls) == CALLS
    assert max(len(line.calls) for line in knowledge.phone.lines) == CALLS_OF_LINE
    assert knowledge.excess() == (f"too much: {CALLS_OF_LINE} calls or more on a line, or {CALLS} in all",)
    knowledge.measure(1.0)
    assert len(knowledge.histories) == HISTORIES
    ports = [Path.of("Network", "Statistics", "Port", 1 + n % 40, f"Counter{n // 40}") for n in range(9_600)]
    knowledge.apply(said(*ports), 2.0)
    assert len(knowledge.phone.ports) == PORTS
    assert all(len(port.counters) == COUNTERS for port in knowledge.phone.ports)


def test_a_desk_phone_is_far_from_every_bound() -> None:
    lines = {Path.of("Line", line, "Call", 0, "CallState"): Printable("Idle") for line in range(1, 121)}
    assert excess(Document(lines), [2] * 120, is_full=False) == {}
    assert admit(EMPTY, said(*lines)) == (tuple(said(*lines)), False)
