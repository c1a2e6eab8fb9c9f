"""Trees as values, and what leads from one to the next."""

from hypothesis import given
from hypothesis import strategies as st

from phonetui.text import printable
from phonetui.xapi.document import Document, Update
from phonetui.xapi.path import ROOT, Path


def document(**leaves: str) -> Document:
    return Document({Path.parse(name.replace("_", " ")): printable(value) for name, value in leaves.items()})


BUSY = document(
    Line_1_Call_0_CallState="Connected", Line_1_Call_0_Jitter="3", Line_2_Call_1_Jitter="4", Standby_Level="Off"
)


def test_the_fields_of_a_branch() -> None:
    assert set(BUSY.under(Path.parse("Line 1"))) == {
        Path.parse("Line 1 Call 0 CallState"),
        Path.parse("Line 1 Call 0 Jitter"),
    }
    assert len(BUSY.under(Path.parse("Line Call Jitter"))) == 2
    assert BUSY.indices(Path.parse("Line")) == (1, 2)


def test_a_call_that_vanished_is_one_ghost() -> None:
    changes = BUSY.changes(document(Line_2_Call_1_Jitter="4"), 1.0, place=Path.of("Line"))
    assert changes == (Update(Path.of("Line", 1, "Call", 0), None, 1.0),)


def test_a_leaf_that_vanished_from_a_live_item_is_its_own_ghost() -> None:
    changes = BUSY.changes(document(Line_1_Call_0_Jitter="3", Line_2_Call_1_Jitter="4"), 1.0, place=Path.of("Line"))
    assert changes == (Update(Path.parse("Line 1 Call 0 CallState"), None, 1.0),)


def test_what_lies_below_a_leaf_that_vanished_comes_again() -> None:
    """A ghost takes everything below its path, and a leaf may have children."""
    before = document(A_B="text", A_B_C="1", A_B_D="2")
    read = document(A_B_C="1", A_B_D="2")
    changes = before.changes(read, 1.0)
    assert changes[0] == Update(Path.parse("A B"), None, 1.0)
    assert set(changes[1:]) == {
        Update(Path.parse(f"A B {name}"), read[Path.parse(f"A B {name}")], 1.0) for name in "CD"
    }
    assert before.merge(changes) == read


def test_equal_values_are_no_change() -> None:
    assert BUSY.changes(BUSY, 1.0) == ()


def test_lists_and_indexed_leaves_as_json() -> None:
    tree = document(Line_1_Call_0_Jitter="3", DownloadStatus_ScreenStatus_CustomWallpaperDownload_2="ok", A_B="1")
    assert tree.nested() == {
        "Line": [{"id": 1, "Call": [{"id": 0, "Jitter": "3"}]}],
        "DownloadStatus": {"ScreenStatus": {"CustomWallpaperDownload": [{"id": 2, "Value": "ok"}]}},
        "A": {"B": "1"},
    }


steps = st.sampled_from([("Line", 0), ("Line", 1), ("Call", 0), ("Call", 7), ("Jitter",), ("Level",)])
paths = st.lists(steps, min_size=1, max_size=3).map(lambda parts: Path(step for part in parts for step in part))
trees = st.dictionaries(paths, st.sampled_from(["1", "2", ""]).map(printable), max_size=8).map(Document)


@given(trees, trees)
def test_changes_lead_there(before: Document, after: Document) -> None:
    assert before.merge(before.changes(after, 0.0)) == after


@given(trees, trees, paths)
def test_changes_of_a_branch_leave_the_rest_alone(before: Document, after: Document, place: Path) -> None:
    merged = before.merge(before.changes(after.under(place), 0.0, place=place))
    assert merged.under(place) == after.under(place)
    outside = [path for path in before if path not in before.under(place)]
    assert all(merged[path] == before[path] for path in outside)


@given(trees)
def test_everything_gone(before: Document) -> None:
    assert before.merge([Update(ROOT, None, 0.0)]) == Document()
