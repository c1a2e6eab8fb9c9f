"""A key acts on the row that stood under the cursor when the screen last showed it, in every list of the program."""

import os
import random
from collections.abc import Callable

import pytest

from phonetui.ui.widgets.list_cursor import SETTLE_S
from tests.ui.list_screens import LISTS, Listed, name
from tests.ui.screen import opened

LIST_STEPS = int(os.environ.get("PHONETUI_LIST_STEPS", -(-10_000 // len(LISTS))))
"""Of each list, over two seeds. 10,000 of all lists together by default; 10,000 of each are what is held to."""

EVERY = pytest.mark.parametrize("kind", LISTS, ids=lambda kind: kind.title)
CHANGING = pytest.mark.parametrize("kind", [kind for kind in LISTS if not kind.is_static], ids=lambda kind: kind.title)
FILTERED = pytest.mark.parametrize("kind", [kind for kind in LISTS if kind.is_filtered], ids=lambda kind: kind.title)


@EVERY
async def test_a_key_hits_the_row_under_the_cursor(kind: type[Listed]) -> None:
    async with opened() as desk:
        found = kind(desk)
        await found.open()
        for by in (0, 1, 2, -1):
            found.view.action_move(by)
            _, under = found.painted()
            assert found.act() == under


@FILTERED
async def test_filter_then_key(kind: type[Listed]) -> None:
    async with opened() as desk:
        found = kind(desk)
        await found.open()
        found.filter(name(3))
        assert found.painted()[1] == 3
        assert found.act() == 3


@FILTERED
async def test_nothing_matches_then_key(kind: type[Listed]) -> None:
    async with opened() as desk:
        found = kind(desk)
        await found.open()
        found.filter("zzz")
        assert found.act() is None
        assert found.painted() == ([None] * found.view.size.height, None)
        assert found.act() is None
        found.filter("")
        assert found.act() == found.painted()[1]


@CHANGING
async def test_a_row_arrives_then_key(kind: type[Listed]) -> None:
    async with opened() as desk:
        found = kind(desk)
        await found.open()
        desk.clock.move(SETTLE_S)
        found.view.action_move(-1)  # away from the newest, which is followed
        for rows in ([20, *range(8)], [30, 20, *range(8)], [30, 20, *range(8), 31]):
            under = found.reach()
            found.fill(rows)
            assert found.act() in (under, None)
            found.refresh_view()
            assert found.act() in (under, None)
            assert found.painted()[1] == under
            assert found.act() == under


@CHANGING
async def test_a_row_goes_then_key(kind: type[Listed]) -> None:
    async with opened() as desk:
        found = kind(desk)
        await found.open()
        found.view.action_move(1)
        under = found.reach()
        left = under if kind.keeps_what_is_gone else None
        found.fill([number for number in range(8) if number != under])
        found.refresh_view()
        assert found.act() == left
        found.painted()
        assert found.act() == left, "nobody can have seen yet that there is another row"
        desk.clock.move(SETTLE_S)
        assert found.act() == found.painted()[1]


@EVERY
async def test_a_click_means_what_was_painted_there(kind: type[Listed]) -> None:
    async with opened() as desk:
        found = kind(desk)
        await found.open()
        numbers, _ = found.painted()
        y = max(at for at, number in enumerate(numbers) if number is not None)
        found.fill([20, 21, *range(8)])
        found.refresh_view()
        found.click(y)
        assert found.painted()[1] == numbers[y]
        assert found.act() == numbers[y]


class Operator:
    """Presses keys at random while rows come and go, and holds against each deed what was on the screen."""

    def __init__(self, found: Listed, seed: str) -> None:
        self.found = found
        self.random = random.Random(seed)
        self.rows = list(range(8))
        self.numbers: list[int | None] = []
        self.under: int | None = None
        """What was last shown under the cursor."""
        self.is_settled = False
        """Whether nothing has happened since it was shown, and the operator could see it."""
        self.changed_at = -SETTLE_S
        """When another row was last shown under the cursor though no key had moved it."""
        self.log: list[str] = []
        self.hits = 0
        self.see(by_key=True)

    def see(self, *, by_key: bool) -> None:
        before = self.under
        self.numbers, self.under = self.found.painted()
        if by_key:
            self.changed_at = -SETTLE_S
        elif None not in (before, self.under) and before != self.under:
            self.changed_at = self.found.desk.clock.at

    def step(self) -> None:
        acts: list[tuple[Callable[[], None], int]] = [(self.deed, 5), (self.move, 4), (self.click, 1), (self.rest, 3)]
        if not self.found.is_static:
            acts += [(self.happen, 4), (self.refresh_view, 2), (self.paint, 2), (self.wait, 1)]
        acts += [(self.filter, 1)] * self.found.is_filtered + [(self.wish, 1)] * bool(self.found.wishes)
        (act,) = self.random.choices([act for act, _ in acts], [weight for _, weight in acts])
        act()

    def happen(self) -> None:
        """Rows come, go, all of them at once, or change places."""
        free = [number for number in range(40) if number not in self.rows]
        match self.random.randrange(6):
            case 0 | 1:
                self.rows.insert(self.random.randint(0, len(self.rows)), self.random.choice(free))
            case 2 | 3 if self.rows:
                gone = self.under if self.under in self.rows else self.random.choice(self.rows)
                self.rows.remove(gone)
            case 4:
                self.random.shuffle(self.rows)
            case _:
                self.rows = [] if self.random.random() < 0.1 else (self.rows or [*range(6)])
        self.found.fill(self.rows)
        self.is_settled = False
        self.log.append(f"rows {self.rows}")
        if self.random.random() < 0.6:
            self.refresh_view()

    def refresh_view(self) -> None:
        self.found.refresh_view()
        self.is_settled = False
        self.log.append("look")
        if self.random.random() < 0.5:
            self.paint()

    def paint(self) -> None:
        self.see(by_key=False)
        self.log.append(f"paint, under {self.under}")

    def wait(self) -> None:
        """Nothing is looked at or painted for long."""
        self.found.desk.clock.move(2 * SETTLE_S)
        self.log.append("wait")

    def rest(self) -> None:
        self.found.refresh_view()
        self.see(by_key=False)
        self.found.desk.clock.move(SETTLE_S)
        self.is_settled = True
        self.log.append(f"rest, under {self.under}")

    def move(self) -> None:
        by = self.random.choice((-1, -1, 1, 1, 1, -5, 5, -1000, 1000))
        self.found.view.action_move(by)
        self.see(by_key=True)
        self.log.append(f"move {by}, under {self.under}")

    def click(self) -> None:
        y = self.random.randrange(len(self.numbers))
        self.found.click(y)
        clicked = self.numbers[y]
        self.see(by_key=True)
        self.log.append(f"click at {y}, on {clicked}, under {self.under}")

    def filter(self) -> None:
        words = self.random.choice(("", "", name(self.random.randrange(12)), "k1", "k0", "zzz"))
        self.found.filter(words)
        self.see(by_key=True)
        self.log.append(f"filter {words!r}, under {self.under}")

    def wish(self) -> None:
        self.random.choice(self.found.wishes)()
        self.see(by_key=True)
        self.is_settled = False
        self.log.append(f"another order, under {self.under}")

    def deed(self) -> None:
        act = self.random.choice(self.found.deeds)
        hit = self.found.act(act)
        told = "\n".join([*self.log[-30:], f"{act}: hit {hit}, shown {self.under}"])
        assert hit in (self.under, None), told
        if self.found.desk.clock.at - self.changed_at < SETTLE_S:
            assert hit is None, f"nobody can have seen it yet\n{told}"
        if self.is_settled:
            assert hit == self.under, f"does nothing\n{told}"
        self.hits += hit is not None
        self.log.append(f"hit {hit}")
        self.is_settled = False
        self.found.refresh_view()
        self.see(by_key=True)


async def operate(kind: type[Listed], seed: int, steps: int) -> int:
    async with opened() as desk:
        found = kind(desk)
        await found.open()
        operator = Operator(found, f"{kind.title} {seed}")
        for _ in range(steps):
            operator.step()
        return operator.hits


@EVERY
async def test_no_deed_hits_a_row_that_was_not_shown_under_the_cursor(kind: type[Listed]) -> None:
    assert await operate(kind, 1, 120) > 2


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("seed", [2, 3])
@EVERY
async def test_no_deed_ever_does(kind: type[Listed], seed: int) -> None:
    assert await operate(kind, seed, -(-LIST_STEPS // 2)) > 5
