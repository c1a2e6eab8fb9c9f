"""Which values are other objects than at the look before."""

from phonetui.fleet.changes import ChangedItems


def test_the_first_look_finds_everything_and_the_next_one_what_changed() -> None:
    one, two, other = object(), object(), object()
    items: ChangedItems[str, object] = ChangedItems()
    assert items.look({"a": one, "b": two}) == ["a", "b"]
    assert items.look({"a": one, "b": two}) == []
    assert items.look({"a": one, "b": other}) == ["b"]


def test_equal_is_not_the_same() -> None:
    items: ChangedItems[str, list[int]] = ChangedItems()
    items.look({"a": [1]})
    assert items.look({"a": [1]}) == ["a"]


def test_what_came_went_or_moved() -> None:
    one, two, new = object(), object(), object()
    items: ChangedItems[str, object] = ChangedItems()
    items.look({"a": one, "b": two})
    assert items.look({"b": two, "a": one}) == [], "in another order all are what they were"
    assert items.look({"b": two, "c": new}) == ["c"]
    assert items.look({}) == []
    assert items.look({"a": one}) == ["a"], "what was gone is new when it is back"
