"""A terminal that says nobody looks is drawn on less; one that never says so is drawn on as ever."""

from textual import events

from tests.ui.office import phone
from tests.ui.screen import Desk, opened


def moves(desk: Desk) -> bool:
    """Whether a phone's news would be drawn now."""
    before = desk.app.view_state.stamp
    desk.fleet.put(phone("lobby"))
    return desk.app.view_state.stamp != before


async def test_without_a_word_from_the_terminal_everything_is_drawn() -> None:
    async with opened() as desk:
        assert moves(desk)


async def test_what_happens_while_nobody_looks_is_drawn_every_five_seconds_and_all_of_it_on_return() -> None:
    async with opened() as desk:
        desk.app.post_message(events.AppBlur())
        await desk.pilot.pause()
        assert not moves(desk)
        before = desk.app.view_state.stamp
        desk.clock.move(5)
        assert desk.app.view_state.stamp != before
        assert not moves(desk)
        before = desk.app.view_state.stamp
        desk.app.post_message(events.AppFocus())
        await desk.pilot.pause()
        assert desk.app.view_state.stamp != before
        assert moves(desk)


async def test_a_key_is_attention_too() -> None:
    async with opened() as desk:
        desk.app.post_message(events.AppBlur())
        await desk.pilot.pause()
        await desk.press("j")
        assert moves(desk)
