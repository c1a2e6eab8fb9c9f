"""Trees as values, and what leads from one to the next."""

import random
import time
from collections.abc import Iterable, Mapping

from hypothesis import given
from hypothesis import strategies as st

from phonetui.text import Printable, printable
from phonetui.xapi.document import EMPTY, Document, Update, _covers
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


class Plain:
    """The same by going through everything."""

    @staticmethod
    def under(leaves: Mapping[Path, Printable], place: Path) -> set[Path]:
        return {path for path in leaves if _covers(place, path)}

    @staticmethod
    def merged(leaves: Mapping[Path, Printable], updates: Iterable[Update]) -> dict[Path, Printable]:
        after = dict(leaves)
        for update in updates:
            if update.value is not None:
                after[update.path] = update.value
            else:
                after = {path: value for path, value in after.items() if not path.is_under(update.path)}
        return after


def _any_path(rng: random.Random, *, shortest: int = 1) -> Path:
    steps = [rng.choice("AB"), rng.choice((1, 2, "C")), rng.choice("AD"), rng.choice((0, 1)), rng.choice("EF")]
    return Path(steps[: rng.randint(shortest, 5)])


def test_a_part_is_found_and_changed_as_if_everything_were_gone_through() -> None:
    rng = random.Random(7)
    document = EMPTY
    for _ in range(1500):
        updates = [
            Update(
                _any_path(rng, shortest=rng.choice((0, 1))),
                None if rng.random() < 0.3 else Printable(str(rng.random())),
                0.0,
            )
            for _ in range(rng.randint(0, 6))
        ]
        updates = [update for update in updates if update.path or update.is_ghost]
        if rng.random() < 0.9:  # else it goes on from a document that was never asked for a part
            document = Document(dict(document))
        plain, place = dict(document), _any_path(rng)
        assert dict(document.under(place)).keys() == Plain.under(plain, place)
        assert set(document.covered([place, Path.of("A")])) == {
            path for path in plain if path.is_under(place) or path.is_under(Path.of("A"))
        }
        after = document.merge(updates)
        assert dict(after) == Plain.merged(plain, updates)
        assert after.characters == sum(map(len, after.values()))
        for name in "AB":
            steps = {path[1] for path in after if path[0] == name and len(path) > 1}
            assert set(after.indices(Path.of(name))) == {step for step in steps if isinstance(step, int)}
            assert after.count(name) == len(after.indices(Path.of(name)))
            assert all(after.has_item(name, index) for index in after.indices(Path.of(name)))
            assert not after.has_item(name, 9)
        assert dict(document) == plain, "a document is never changed in place"
        read = Document(
            Plain.merged({}, (Update(_any_path(rng), Printable("x"), 0.0) for _ in range(rng.randint(0, 8))))
        )
        assert dict(after.merge(after.changes(read, 0.0))) == dict(read)
        document = after if len(after) < 40 else EMPTY


def test_changes_and_merging_take_time_in_proportion() -> None:
    """Ten times as many leaves and ghosts took a hundred times as long: 7.7 s for one push of 9,900."""

    def took_s(size: int) -> float:
        def tree(kind: str) -> Document:
            return Document({Path.of("Line", number, "Call", 0, kind): Printable("1") for number in range(size)})

        before, after = tree("Old"), tree("New")
        began = time.process_time()
        changes = before.changes(after, 0.0)
        assert dict(before.merge(changes)) == dict(after)
        assert len(before.covered(change.path for change in changes)) == size
        return time.process_time() - began

    small, great = (min(took_s(size) for _ in range(3)) for size in (500, 5000))
    print(f"\n500 leaves {1000 * small:.1f} ms, 5,000 leaves {1000 * great:.1f} ms")
    assert great < 30 * small
