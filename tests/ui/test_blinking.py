"""Lights that blink: where it is wanted, while somebody looks, and nothing but their signs."""

from collections.abc import Awaitable, Callable
from itertools import pairwise

import pytest
from msgspec.structs import replace
from textual import events
from textual.geometry import Region

from phonetui.phone.lights import Cadence, Colour, Light
from phonetui.phone.models import MODELS
from phonetui.phone.state import Phone, PhoneId, State
from phonetui.ui.control import keypad
from phonetui.ui.control.keypad import Keypad, KeypadView
from phonetui.ui.control.keys import KeysScreen
from phonetui.ui.control.phone_layout import phone_layout
from phonetui.ui.panes import lines
from phonetui.ui.panes.lines import LinesPane
from phonetui.ui.text.rows import Row, text
from phonetui.ui.view_state import BLINK_STEP_S, dark_cadences
from phonetui.ui.widgets.row_list import RowsView
from tests.ui.office import FakeFleet, office, reception
from tests.ui.screen import SMALL, WIDE, Desk, opened, themed

BLINKING = (Cadence.SLOW, Cadence.FAST, Cadence.FLASH, Cadence.PULSE, Cadence.DOUBLE)
DARK = frozenset(BLINKING)


def ringing() -> FakeFleet:
    """One phone: a steady light, and one that flashes beside it."""
    fleet = office()
    fleet.phones = {PhoneId("reception"): reception()}
    return fleet


def signs(rows: list[Row]) -> str:
    return "".join(glyph for line in rows for glyph in text(line) if glyph in "●○")


@pytest.mark.parametrize("cadence", Cadence)
def test_what_blinks_is_off_some_of_the_time_and_never_more_than_twice_a_second(cadence: Cadence) -> None:
    course = [cadence in dark_cadences(step * BLINK_STEP_S) for step in range(80)]
    assert any(course) is (cadence in BLINKING)
    assert not all(course)
    assert sum(now and not before for before, now in pairwise(course)) <= 80 * BLINK_STEP_S * 2


@pytest.mark.parametrize("height", [1, 6])
def test_the_words_stay_and_so_does_what_is_steady_or_stale(height: int) -> None:
    phone = reception()
    lit, off = lines.rows(phone, 60, height), lines.rows(phone, 60, height, DARK)
    assert signs(lit) != signs(off)
    assert [text(line).replace("○", "●") for line in off] == [text(line).replace("○", "●") for line in lit]
    stale = replace(phone, connection=replace(phone.connection, state=State.STALE))
    assert lines.rows(stale, 60, height, DARK) == lines.rows(stale, 60, height)


def test_the_drawn_phone_blinks_as_it_does() -> None:
    phone, model = reception(), MODELS["9861"]
    shaped = phone_layout(model, 80, 40)
    assert shaped is not None

    def drawn(phone: Phone, off: frozenset[Cadence]) -> str:
        return signs(keypad.phone_rows(shaped, KeypadView(model, phone, "Line1", dark=off)))

    assert drawn(phone, DARK) != drawn(phone, frozenset())
    message = replace(phone, lights=replace(phone.lights, message=Light(Colour.RED, Cadence.SLOW)))
    assert drawn(message, DARK).startswith("○")
    assert drawn(message, frozenset({Cadence.FAST})).startswith("●")
    stale = replace(message, connection=replace(phone.connection, state=State.STALE))
    assert drawn(stale, DARK) == drawn(stale, frozenset())


def painted_by(view: RowsView) -> list[Region]:
    """Fills with what the view asks to be painted from now on."""
    regions: list[Region] = []
    refresh = view.refresh

    def remembered(*more: Region, **options: bool) -> RowsView:
        regions.extend(more)
        return refresh(*more, **options)

    view.refresh = remembered  # type: ignore[method-assign]
    return regions


def moved_to(desk: Desk, is_off: bool) -> None:
    while (Cadence.FLASH in dark_cadences(desk.clock.at)) is not is_off:
        desk.clock.move(BLINK_STEP_S)


@pytest.mark.parametrize("size", [WIDE, SMALL])
async def test_only_the_sign_of_a_blinking_light_is_painted(size: tuple[int, int]) -> None:
    async with opened(ringing(), size, themed(blink=True)) as desk:
        moved_to(desk, False)
        desk.main.blink()
        before, regions = desk.text(), painted_by(desk.main.query_one(LinesPane))
        moved_to(desk, True)
        desk.main.blink()
        assert [region.size.area for region in regions] == [1]
        await desk.pilot.pause()
        changed = [(a, b) for a, b in zip(before, desk.text(), strict=True) if a != b]
        assert changed == [("●", "○")]
        regions.clear()
        desk.main.blink()
        assert regions == []


async def freeze(desk: Desk) -> None:
    await desk.press("p")


async def look_away(desk: Desk) -> None:
    desk.app.post_message(events.AppBlur())
    await desk.pilot.pause()


@pytest.mark.parametrize("stop", [freeze, look_away])
async def test_lights_stand_lit_while_nobody_looks_or_the_display_is_frozen(
    stop: Callable[[Desk], Awaitable[None]],
) -> None:
    async with opened(ringing(), config=themed(blink=True)) as desk:
        moved_to(desk, True)
        desk.main.blink()
        pane = desk.main.query_one(LinesPane)
        assert signs(list(pane.rows)) == signs(lines.rows(reception(), 60, 6, DARK))
        await stop(desk)
        desk.main.blink()
        assert signs(list(pane.rows)) == signs(lines.rows(reception(), 60, 6))
        regions = painted_by(pane)
        for _ in range(8):
            desk.clock.move(BLINK_STEP_S)
            desk.main.blink()
        assert regions == []


async def test_nothing_blinks_unless_it_is_wanted() -> None:
    async with opened(ringing()) as desk:
        moved_to(desk, True)
        regions = painted_by(desk.main.query_one(LinesPane))
        desk.main.blink()
        await desk.refresh_view()
        assert regions == []


async def test_the_lights_of_the_phone_under_control_blink() -> None:
    fleet = ringing()
    fleet.granted.add(PhoneId("reception"))
    async with opened(fleet, config=themed(blink=True)) as desk:
        moved_to(desk, False)
        await desk.press("i")
        screen = desk.app.screen
        assert isinstance(screen, KeysScreen)
        screen.blink()
        regions = painted_by(screen.query_one(Keypad))
        moved_to(desk, True)
        screen.blink()
        assert [region.size.area for region in regions] == [1]
