"""Nothing is painted twice: a pane sends what differs from what is on the screen, and nothing else."""

import pytest
from msgspec.structs import replace
from textual.app import App, ComposeResult
from textual.geometry import Region

from phonetui.phone.state import PhoneId
from phonetui.ui.text.rows import Role, Row, Run, row
from phonetui.ui.widgets.pane import Pane
from phonetui.ui.widgets.row_list import RowsView
from tests.ui.office import office
from tests.ui.screen import opened


class Counting(RowsView):
    """Remembers what it was asked to paint again."""

    def __init__(self, *, follow: bool = False) -> None:
        super().__init__(follow=follow)
        self.painted: list[Region] = []

    def refresh(self, *regions: Region, **more: bool) -> "Counting":
        self.painted += regions
        super().refresh(*regions, **more)
        return self


class Bench(App[None]):
    def __init__(self, view: RowsView) -> None:
        super().__init__()
        self.view = view

    def compose(self) -> ComposeResult:
        yield self.view


def numbered(count: int) -> list[Row]:
    return [row(f"row {number}") for number in range(count)]


async def test_equal_rows_are_not_painted_again() -> None:
    view = Counting()
    async with Bench(view).run_test(size=(20, 5)):
        view.show(numbered(4), range(4), at=1)
        view.painted.clear()
        view.show(numbered(4), range(4), at=1)
        assert view.painted == []


async def test_only_the_row_that_differs_is_painted() -> None:
    view = Counting()
    async with Bench(view).run_test(size=(20, 5)):
        view.show(numbered(4))
        view.painted.clear()
        rows = numbered(4)
        rows[2] = row("row 2", Run("!"))
        view.show([*rows[:2], row("other"), rows[3]])
        assert view.painted == [Region(0, 2, 5, 1)]


async def test_only_the_cells_that_can_differ_are_painted() -> None:
    view = Counting()
    async with Bench(view).run_test(size=(20, 5)):
        begun, end = Run("loss ", Role.LABEL), Run(" of all", Role.LABEL)
        view.show([row(begun, Run("1 %", Role.GOOD), end)])
        view.painted.clear()
        view.show([row(begun, Run("2 %", Role.GOOD), end)])
        view.show([row(begun, Run("2 %", Role.POOR), end)])
        view.show([row(begun, Run("12 %", Role.POOR), end)])
        assert view.painted == [Region(5, 0, 1, 1), Region(5, 0, 3, 1), Region(5, 0, 15, 1)]


async def test_of_a_run_the_characters_that_differ_are_painted() -> None:
    for before, after, painted in (
        ("● amber flash", "○ amber flash", Region(2, 0, 1, 1)),
        ("12 of 30", "12 of 31", Region(9, 0, 1, 1)),
        ("same", "sane", Region(4, 0, 1, 1)),
        ("日本 a", "日本 b", Region(2, 0, 6, 1)),
        ("e\u0301a", "e\u0301b", Region(2, 0, 2, 1)),
    ):
        async with Bench(view := Counting()).run_test(size=(20, 5)):
            view.show([row(Run("> ", Role.LABEL), Run(before, Role.GOOD), Run(" end"))])
            view.painted.clear()
            view.show([row(Run("> ", Role.LABEL), Run(after, Role.GOOD), Run(" end"))])
            assert view.painted == [painted]


async def test_rows_out_of_sight_cost_nothing() -> None:
    view = Counting()
    async with Bench(view).run_test(size=(20, 5)):
        view.show(numbered(50))
        view.painted.clear()
        view.show([*numbered(40), *(row("changed") for _ in range(10))])
        assert view.painted == []


async def test_the_cursor_paints_the_two_rows_that_it_left_and_came_to() -> None:
    view = Counting()
    async with Bench(view).run_test(size=(20, 5)) as pilot:
        view.show(numbered(4), range(4))
        view.focus()
        await pilot.pause()
        view.painted.clear()
        await pilot.press("j")
        assert view.cursor == 1
        assert {region.y for region in view.painted} == {0, 1}


@pytest.mark.parametrize(("keys", "cursor"), [(["G"], 9), (["G", "k"], 8), (["end", "home"], 0), (["pagedown"], 4)])
async def test_list_keys(keys: list[str], cursor: int) -> None:
    view = Counting()
    async with Bench(view).run_test(size=(20, 5)) as pilot:
        view.show(numbered(10), range(10))
        view.focus()
        await pilot.press(*keys)
        assert view.cursor == cursor


async def test_the_tail_is_followed_until_the_operator_scrolls_away() -> None:
    view = Counting(follow=True)
    async with Bench(view).run_test(size=(20, 5)) as pilot:
        view.show(numbered(10))
        assert "row 9" in view.render_line(4).text
        view.focus()
        await pilot.press("k", "k")
        view.show(numbered(12))
        assert "row 7" in view.render_line(4).text
        await pilot.press("G")
        view.show(numbered(13))
        assert "row 12" in view.render_line(4).text


async def test_more_above_and_below_is_marked() -> None:
    view = Counting()
    async with Bench(view).run_test(size=(20, 5)) as pilot:
        view.show(numbered(10), range(10))
        assert view.render_line(4).text.endswith("▼")
        view.focus()
        await pilot.press("G")
        assert view.render_line(0).text.endswith("▲")


async def test_a_steady_fleet_paints_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    async with opened() as desk:
        painted: list[object] = []
        monkeypatch.setattr(Pane, "refresh", lambda self, *regions, **_: painted.append((self, regions)))
        desk.fleet.version += 1
        desk.main.refresh_view()
        assert painted == []
        desk.fleet.put(replace(office().phones[PhoneId("desk-31")], up_s=8 * 86400.0))
        desk.main.refresh_view()
        assert painted == [], "a fact of a phone that is not shown"
