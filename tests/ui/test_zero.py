"""Counters from now on: for the selected phone alone, frozen and masked, and back."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from phonetui.phone.state import PhoneId
from tests.ui.golden import compare, golden
from tests.ui.office import NOW, PC, SWITCH, FakeFleet, lobby, talk
from tests.ui.screen import SMALL, WIDE, Desk, opened

TOTALS = "sent 5160   received 5076   lost 84   discarded 31"
LATER = "sent 40   received 37   lost 3   discarded 0   since 03:04"


def went_on(fleet: FakeFleet) -> None:
    """Two seconds of call and two more errors."""
    before = lobby()
    connection = replace(before.connection, seen_at=(before.connection.seen_at or NOW) + timedelta(seconds=2))
    call = talk(packets_sent=5200, packets_received=5113, lost_packets=87, duration_s=105)
    lines = (replace(before.lines[0], calls=(call,)), *before.lines[1:])
    pc = replace(PC, counters=(("RxcrcErr", 16),), errors=16, errors_risen=2)
    fleet.put(replace(before, connection=connection, lines=lines, ports=(SWITCH, pc)))


async def after(desk: Desk) -> str:
    went_on(desk.fleet)
    await desk.refresh_view()
    return desk.text()


@pytest.mark.parametrize(("name", "size"), [("zeroed", WIDE), ("zeroed-80x24", SMALL)])
async def test_counted_since_a_moment_on_the_screen(name: str, size: tuple[int, int]) -> None:
    async with opened(size=size) as desk:
        await desk.press("R")
        desk.clock.move(120)
        await after(desk)
        drawn = golden(desk, desk.main)
    compare(name, drawn)


async def test_counters_are_zeroed_for_one_phone_and_come_back() -> None:
    async with opened() as desk:
        await desk.press("R")
        assert "sent 0   received 0   lost 0   discarded 0   since 03:04" in desk.text()
        assert "4 Network · errors since 03:04" in desk.text()
        assert LATER in await after(desk)
        assert "2 +2 ▲" in desk.text()
        desk.main.select(PhoneId("reception"))
        await desk.refresh_view()
        assert "lost 410" in desk.text()
        assert "since 03:04" not in desk.text()
        desk.main.select(PhoneId("lobby"))
        await desk.press("R")
        assert "lost 87   discarded 31" in desk.text()
        assert "since" not in desk.text()


async def test_each_phone_has_its_own_moment() -> None:
    async with opened() as desk:
        await desk.press("R")
        desk.clock.move(120)
        desk.main.select(PhoneId("reception"))
        await desk.press("R")
        assert "lost 0   discarded 0   since 03:06" in desk.text()
        desk.main.select(PhoneId("lobby"))
        await desk.refresh_view()
        assert "since 03:04" in desk.text()


async def test_a_frozen_display_shows_what_it_showed() -> None:
    async with opened() as desk:
        await desk.press("p", "R")
        assert TOTALS in desk.text()
        assert "Counted from now: to be seen when the display goes on." in desk.text()
        assert TOTALS in await after(desk)
        await desk.press("p")
        assert LATER in desk.text()
        await desk.press("p", "R")
        assert LATER in desk.text()


async def test_the_mask_does_not_make_it_another_call() -> None:
    async with opened() as desk:
        await desk.press("R", "P")
        await desk.refresh_view()
        assert LATER in await after(desk)
        await desk.press("P")
        await desk.refresh_view()
        assert LATER in desk.text()


async def test_without_a_phone_it_does_nothing() -> None:
    async with opened(FakeFleet()) as desk:
        await desk.press("R")
        assert "since" not in desk.text()
