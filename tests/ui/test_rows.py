from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from phonetui.ui.text.rows import (
    BLOCKS,
    GAP,
    Role,
    Run,
    cell_width,
    clip,
    clipped,
    pad,
    right,
    row,
    sparkline,
    spread,
    text,
)


def test_neighbours_of_one_role_become_one_run_and_empty_ones_vanish() -> None:
    assert row("a", Run("b"), Run("", Role.GOOD), Run("c", Role.GOOD)) == (Run("ab"), Run("c", Role.GOOD))


def test_what_is_cut_says_so() -> None:
    assert clip("reception", 6) == "recep…"
    assert clip("lobby", 6) == "lobby"
    assert clip("日本語", 4) == "日…"


@given(st.text(max_size=40), st.integers(0, 30))
def test_pad_and_right_have_exactly_the_cells_asked_for(words: str, cells: int) -> None:
    assert cell_len(pad(words, cells)) == cells
    assert cell_len(right(words, cells)) == cells


@given(st.lists(st.text(st.characters(exclude_categories=["C"]), max_size=9), max_size=4), st.integers(1, 30))
def test_a_clipped_row_never_exceeds_its_room(parts: list[str], cells: int) -> None:
    runs = row(*(Run(part, role) for part, role in zip(parts, Role, strict=False)))
    assert cell_width(clipped(runs, cells)) <= cells


def test_spread_fills_the_room_and_cuts_the_left_end_first() -> None:
    assert text(spread(row("lobby"), row("good"), 12)) == "lobby   good"
    assert text(spread(row("a very long name"), row("good"), 12)) == "a very… good"


def test_a_sparkline_keeps_its_scale() -> None:
    assert sparkline([1.0, 3.0, 5.0], 1.0, 5.0) == "▁▅█"
    assert sparkline([4.4, 4.4], 1.0, 5.0) == "▇▇"


def test_a_gap_is_never_drawn_as_zero_and_a_little_never_as_none() -> None:
    assert sparkline([0.0, None, 0.01, 10.0, 99.0], 0.0, 10.0, rooted=True) == f"▁{GAP}▂██"


@given(st.lists(st.none() | st.floats(allow_nan=False), max_size=20), st.booleans())
def test_a_sparkline_has_a_character_a_value(values: list[float | None], rooted: bool) -> None:
    drawn = sparkline(values, 0.0, 10.0, rooted=rooted)
    assert len(drawn) == len(values)
    assert set(drawn) <= {*BLOCKS, GAP}
