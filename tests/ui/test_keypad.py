"""The phone as it is drawn: every model's keys, which of the keyboard presses them, what a click does."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from phonetui.phone.models import GENERIC, MODELS, PhoneModel
from phonetui.phone.state import Connection, PhoneId, State, System
from phonetui.text import printable
from phonetui.ui.control.keypad import (
    COMPACT,
    MESSAGE,
    WIDE,
    Keypad,
    KeypadView,
    key_at,
    key_names,
    keypad_layout,
    keypad_rows,
    missing_keys,
)
from phonetui.ui.control.keys import KeysScreen
from phonetui.ui.keyboard import KEY_OF, shown
from phonetui.ui.text.rows import Role, Run, cell_width, text
from tests.live import until
from tests.ui.golden import compare, golden
from tests.ui.office import AT, FakeFleet, lobby, office
from tests.ui.screen import WIDE as WIDE_SCREEN
from tests.ui.screen import Desk, opened
from tests.ui.test_screenshot import showing

ROOMS = [(WIDE, 21), (COMPACT, 15)]
ALL = [*MODELS.values(), GENERIC]


def drawing(of: PhoneModel, *, chosen: str = "KeyPad1", last: str = "", phone: bool = True) -> list[str]:
    found = keypad_layout(of, WIDE, 21)
    assert found is not None
    return list(
        map(text, keypad_rows(found, KeypadView(of, lobby() if phone else None, chosen, last, Run("✗", Role.FAILED))))
    )


@pytest.mark.parametrize("room", ROOMS, ids=["wide", "compact"])
@pytest.mark.parametrize("of", ALL, ids=lambda of: str(of.number) or "unknown")
def test_every_key_has_one_place_and_nothing_overlaps(of: PhoneModel, room: tuple[int, int]) -> None:
    found = keypad_layout(of, *room)
    assert found is not None
    caps = [cap for row in found for cap in row]
    assert sorted(cap.key for cap in caps) == sorted([*key_names(of), MESSAGE])
    for row in found:
        ends = [0, *(cap.x + cap.cells for cap in row)]
        assert all(cap.x >= end for cap, end in zip(row, ends, strict=False))
        assert ends[-1] <= room[0]
    for y, row in enumerate(found):
        for cap in row:
            expected = None if cap.key == MESSAGE else cap.key
            assert key_at(found, cap.x, y) == key_at(found, cap.x + cap.cells - 1, y) == expected


@pytest.mark.parametrize("room", ROOMS, ids=["wide", "compact"])
@pytest.mark.parametrize("of", ALL, ids=lambda of: str(of.number) or "unknown")
def test_the_key_of_the_keyboard_stands_beside_each_that_the_model_has(of: PhoneModel, room: tuple[int, int]) -> None:
    found = keypad_layout(of, *room)
    assert found is not None
    for caps, row in zip(found, keypad_rows(found, KeypadView(of, lobby(), "KeyPad1")), strict=True):
        assert cell_width(row) <= room[0]
        for cap in caps:
            if cap.key != MESSAGE:
                beside = shown(KEY_OF[cap.key]) if cap.key in KEY_OF else " "
                words = text(row)[cap.x + 1 : cap.x + cap.cells]
                assert words.startswith(f"[{beside if of.has(cap.key) else '–'}]{' ' + cap.label if cap.label else ''}")


def test_there_is_no_drawing_without_room() -> None:
    assert keypad_layout(GENERIC, COMPACT - 1, 40) is None
    assert keypad_layout(GENERIC, 200, 8) is None
    assert key_at((), 0, 0) is None


def test_lights_say_what_they_are_in_words() -> None:
    drawn = "\n".join(drawing(MODELS["9851"]))
    assert "message ● red" in drawn
    assert "[alt+1] 1 ● green       Connected" in drawn
    assert "[s] Speaker ● green" in drawn
    assert "[m] Mute ○ off" in drawn


def test_a_phone_that_said_nothing_has_keys_and_no_lights() -> None:
    assert "green" not in "\n".join(drawing(MODELS["9851"], phone=False))


def test_the_last_key_and_the_chosen_one_are_marked() -> None:
    drawn = "\n".join(drawing(MODELS["9841"], chosen="Services", last="Hold"))
    assert "▸[ ] Services" in drawn
    assert "✗[h] Hold" in drawn


def test_lights_of_a_stale_phone_have_no_colour() -> None:
    found = keypad_layout(MODELS["9851"], WIDE, 21)
    assert found is not None
    lost = replace(lobby(), connection=Connection(State.STALE, "timeout", fresh_at=AT - 75))
    roles = {run.role for row in keypad_rows(found, KeypadView(MODELS["9851"], lost, "KeyPad1")) for run in row}
    assert Role.STALE in roles
    assert Role.LIGHT_GREEN not in roles


@pytest.mark.parametrize(
    ("number", "words"),
    [
        ("9841", ""),
        ("9871", "– not on the 9871 (touch its screen): softkeys, navigation"),
        (
            "8875",
            "– not on the 8875 (touch its screen): softkeys, navigation, line keys, Transfer, Conference, Settings",
        ),
    ],
)
def test_it_says_why_keys_are_dim(number: str, words: str) -> None:
    assert missing_keys(MODELS[number]) == words
    assert "unknown model" in missing_keys(GENERIC)


async def settle(desk: Desk) -> KeysScreen:
    for _ in range(4):
        await desk.pilot.pause()
    screen = desk.app.screen
    assert isinstance(screen, KeysScreen)
    screen.refresh_view()
    await desk.pilot.pause()
    return screen


async def test_a_click_on_a_key_presses_it() -> None:
    async with opened() as desk:
        await desk.press("i", "y")
        screen = await settle(desk)
        view = screen.query_one(Keypad)
        found = keypad_layout(MODELS["9851"], view.size.width, view.size.height)
        assert found is not None
        y, cap = next((y, cap) for y, row in enumerate(found) for cap in row if cap.key == "Services")
        corner = view.content_region.offset
        await desk.pilot.click(offset=(corner.x + cap.x + 3, corner.y + y))
        await desk.pilot.click(offset=(corner.x + 2, corner.y))  # the message light is no key
        await settle(desk)
        assert desk.fleet.done == [("press", "lobby", "Services")]
        assert "✓[ ] Services" in desk.text()


async def test_the_screen_comes_beside_the_keys_and_goes() -> None:
    async with opened(showing()) as desk:
        await desk.press("i", "f5")
        screen = await settle(desk)
        await until(lambda: len(desk.fleet.done) == 1)
        await until(lambda: "▀" * 10 in desk.text())
        assert "Its screen" in desk.text()
        await desk.press("5", "f5")
        await settle(desk)
        assert "Its screen" not in desk.text()
        assert [done[0] for done in desk.fleet.done] == ["command", "press"]
        assert not screen.has_class("-glancing")


def called(name: str, product: str | None = None) -> FakeFleet:
    """One phone, of some model or of one that nobody knows."""
    fleet = office()
    one = fleet.phones[PhoneId(name)]
    fleet.phones = {one.id: one if product is None else replace(one, system=System(product_id=printable(product)))}
    return fleet


GOLDENS: dict[str, tuple[Callable[[], FakeFleet], tuple[int, int]]] = {
    "keys-9841": (lambda: called("desk-31"), WIDE_SCREEN),
    "keys-9871": (lambda: called("bergen-2"), WIDE_SCREEN),
    "keys-8875": (lambda: called("bergen-1"), WIDE_SCREEN),
    "keys-unknown": (lambda: called("lobby", "DP-9999"), WIDE_SCREEN),
    "keys-60x16": (lambda: called("lobby"), (60, 16)),
}


@pytest.mark.parametrize("name", GOLDENS)
async def test_keys_cell_by_cell(name: str) -> None:
    make, size = GOLDENS[name]
    async with opened(make(), size=size) as desk:
        await desk.press("i", "y", "5", "up")
        screen = await settle(desk)
        drawn = golden(desk, screen)
    compare(name, drawn)
