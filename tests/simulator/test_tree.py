"""The tree tells each change once, in order."""

from phonetui.simulator.tree import Tree, TreeChange, TreeEvent, as_changes
from phonetui.xapi.path import Path

CALL = Path.of("Line", 1, "Call", 0)
STATE = CALL / "CallState"
LED = Path.of("LEDStatus", "MuteLEDColor")


def tree() -> Tree:
    return Tree(lambda: None)


def test_equal_values_are_no_change() -> None:
    grown = tree()
    grown.put(LED, "Off")
    assert grown.take() == (TreeChange(LED, "Off"),)
    grown.put(LED, "Off")
    assert grown.take() == ()


def test_of_several_values_in_one_instant_the_last_is_told() -> None:
    grown = tree()
    for value in ("Off", "Red", "Green"):
        grown.put(LED, value)
    assert grown.take() == (TreeChange(LED, "Green"),)
    grown.put(LED, "Red")
    grown.put(LED, "Green")
    assert grown.take() == ()


def test_a_lost_item_is_told_once_and_later_values_stay_later() -> None:
    grown = tree()
    grown.put(STATE, "Idle")
    grown.put(CALL / "Jitter", "3")
    grown.drop(CALL)
    grown.put(STATE, "Dialing")
    assert grown.take() == (
        *(
            TreeChange(STATE, "Idle"),
            TreeChange(CALL / "Jitter", "3"),
            TreeChange(CALL, None),
            TreeChange(STATE, "Dialing"),
        ),
    )
    assert dict(grown.leaves) == {STATE: "Dialing"}


def test_nothing_lost_is_nothing_told() -> None:
    grown = tree()
    grown.drop(CALL)
    assert grown.take() == ()


def test_events_keep_their_place() -> None:
    grown = tree()
    grown.put(LED, "Red")
    grown.emit(TreeEvent("BootEvent"))
    grown.put(LED, "Off")
    assert grown.take() == (TreeChange(LED, "Red"), TreeEvent("BootEvent"), TreeChange(LED, "Off"))


def test_whoever_takes_is_called_once_per_batch() -> None:
    calls: list[int] = []
    grown = Tree(lambda: calls.append(1))
    grown.put(LED, "Red")
    grown.put(STATE, "Idle")
    assert calls == [1]
    grown.take()
    grown.put(LED, "Off")
    assert calls == [1, 1]


def test_a_snapshot_tells_all() -> None:
    assert list(as_changes({LED: "Off", STATE: "Idle"})) == [TreeChange(LED, "Off"), TreeChange(STATE, "Idle")]
