"""The phone as it is drawn: every model's keys, which of the keyboard presses them, what a click does."""

from collections.abc import Callable

import pytest
from msgspec.structs import replace

from phonetui.phone.lights import Cadence, Colour, Light
from phonetui.phone.models import GENERIC, MODELS, PhoneModel
from phonetui.phone.state import Connection, Phase, Phone, PhoneId, State, System
from phonetui.text import printable
from phonetui.ui.control.keypad import Keypad, KeypadView, key_names, missing_keys, phone_rows
from phonetui.ui.control.keys import ANSWER_S, KeysScreen, LampAnswers, sent_rows
from phonetui.ui.control.phone_layout import COMPACT, MOST_PITCH, WIDE, PhoneLayout, key_at, phone_layout
from phonetui.ui.key_queue import Outcome, Press
from phonetui.ui.keyboard import KEY_OF
from phonetui.ui.text.rows import Role, Run, cell_width, text
from tests.live import until
from tests.ui.golden import compare, golden
from tests.ui.office import AT, NOW, FakeFleet, lobby, office
from tests.ui.screen import SMALL, Desk, opened
from tests.ui.screen import WIDE as WIDE_SCREEN
from tests.ui.test_screenshot import showing

ROOMS = [(WIDE, 24), (COMPACT, 19), (WIDE, 40), (COMPACT, 30)]
SIZES = ["wide", "compact", "wide-tall", "compact-tall"]
ALL = [*MODELS.values(), GENERIC]


def laid_out(of: PhoneModel, room: tuple[int, int] = ROOMS[0]) -> PhoneLayout:
    found = phone_layout(of, *room)
    assert found is not None
    return found


def drawing(of: PhoneModel, *, phone: Phone | None = None, room: tuple[int, int] = ROOMS[0]) -> list[str]:
    return list(map(text, phone_rows(laid_out(of, room), KeypadView(of, phone, "KeyPad1"))))


@pytest.mark.parametrize("room", ROOMS, ids=SIZES)
@pytest.mark.parametrize("of", ALL, ids=lambda of: str(of.number) or "unknown")
def test_every_key_of_the_model_has_one_place_and_nothing_overlaps(of: PhoneModel, room: tuple[int, int]) -> None:
    found = laid_out(of, room)
    assert found.width == room[0]
    assert sorted(cap.key for cap in found.caps) == sorted(key_names(of))
    assert {*key_names(of)} == {*of.keys} | {key for key in (*SOFTKEYS, *lines_of(of)) if of.has(key)}
    taken = [(x, cap.y) for cap in found.caps for x in range(cap.x, cap.x + cap.cells)]
    assert len(taken) == len(set(taken))
    assert all(0 <= x < found.width and 0 <= y < found.height for x, y in taken)
    for cap in found.caps:
        assert key_at(found, cap.x, cap.y) == key_at(found, cap.x + cap.cells - 1, cap.y) == cap.key


SOFTKEYS = ("Soft1", "Soft2", "Soft3", "Soft4")


def lines_of(of: PhoneModel) -> list[str]:
    return [f"Line{number}" for number in range(1, of.line_keys + 1)]


@pytest.mark.parametrize("room", ROOMS, ids=SIZES)
@pytest.mark.parametrize("of", ALL, ids=lambda of: str(of.number) or "unknown")
def test_keys_lie_as_the_table_of_models_has_them(of: PhoneModel, room: tuple[int, int]) -> None:
    """Line keys on their sides from the top, softkeys below the display, clusters from left to right, then the foot."""
    found = laid_out(of, room)
    place = {cap.key: cap for cap in found.caps}
    lamps = {lamp.line: lamp for lamp in found.lamps}
    for side, numbers in enumerate(of.sides):
        assert [lamps[number].y for number in numbers] == [lamps[1].y + found.pitch * at for at in range(len(numbers))]
        assert {lamps[number].is_right for number in numbers} == {bool(side)}
        for number in numbers:
            if of.has_line_keys:
                assert place[f"Line{number}"].y == lamps[number].y
    bottom = max(lamp.y for lamp in found.lamps)
    soft = [place[key] for key in SOFTKEYS if key in place]
    assert [cap.x for cap in soft] == sorted(cap.x for cap in soft)
    assert len({cap.y for cap in soft} | {bottom}) == 1 + bool(soft)
    assert found.height <= room[1] - (found.pitch - 1) * bool(of.missing)
    after = max([bottom, *(cap.y for cap in soft)])
    rights = [-1]
    for cluster in of.body:
        caps = [[place[key] for key in keys] for keys in cluster]
        assert min(cap.x for row in caps for cap in row) > max(rights)
        rights.append(max(cap.x + cap.cells - 1 for row in caps for cap in row))
        heights = [row[0].y for row in caps]
        assert heights == sorted(set(heights))
        assert heights[0] > after
        if all(len(cap.label) == 0 for row in caps for cap in row):
            assert all(len({cap.y for cap in row}) == 1 for row in caps)
            assert all([cap.x for cap in row] == sorted({cap.x for cap in row}) for row in caps)
    body = max(place[key].y for cluster in of.body for keys in cluster for key in keys)
    foot = [place[key] for key in of.foot]
    assert min(cap.y for cap in foot) > body
    assert all(place[key].y > max(cap.y for cap in foot) for key in of.unplaced)


@pytest.mark.parametrize(
    "room", [*ROOMS[:2], *(pytest.param(room, marks=pytest.mark.slow) for room in ROOMS[2:])], ids=SIZES
)
@pytest.mark.parametrize("of", ALL, ids=lambda of: str(of.number) or "unknown")
def test_what_presses_a_key_stands_on_it_and_the_last_and_the_chosen_show(
    of: PhoneModel, room: tuple[int, int]
) -> None:
    found = laid_out(of, room)
    plain = phone_rows(found, KeypadView(of, lobby(), ""))
    assert {cell_width(row) for row in plain} == {found.width}
    for cap, other in zip(found.caps, (*found.caps[1:], found.caps[0]), strict=True):
        words = text(plain[cap.y])[cap.x : cap.x + cap.cells]
        assert cap.keyboard in words
        assert ("" if cap.key in SOFTKEYS else cap.label) in words
        drawn = phone_rows(found, KeypadView(of, lobby(), cap.key, other.key, Run("✗", Role.FAILED)))
        assert "▸" in text(drawn[cap.y])[cap.x : cap.x + cap.cells]
        assert Role.BADGE in {run.role for run in drawn[other.y]}


@pytest.mark.parametrize("of", ALL, ids=lambda of: str(of.number) or "unknown")
def test_the_keyboard_reaches_every_key_by_its_own_or_by_the_space_bar(of: PhoneModel) -> None:
    """`pgdn` walks through all keys of the model; each that has a key of its own says which."""
    assert {cap.key for cap in laid_out(of).caps} <= {*key_names(of)}
    assert all(KEY_OF.get(cap.key) is None or cap.keyboard for cap in laid_out(of).caps)


def test_there_is_no_drawing_without_room() -> None:
    assert phone_layout(GENERIC, COMPACT - 1, 40) is None
    assert phone_layout(GENERIC, 200, 8) is None
    spaced = phone_layout(GENERIC, 200, 40)
    assert spaced is not None
    assert min(cap.x for cap in spaced.caps) == (200 - WIDE) // 2
    assert key_at(spaced, 0, 0) is None


def test_lights_and_display_say_what_is_known_in_words() -> None:
    drawn = "\n".join(drawing(MODELS["9851"], phone=lobby(), room=(WIDE, 20)))
    assert "MWI ● red" in drawn
    assert "alt+1│ ● │ 1 ● Front Desk 5000 " in drawn
    assert "G722  00:01:43 │ · │alt+4" in drawn
    assert "s Speaker ● green" in drawn
    assert "m Mute ○ off" in drawn


def test_where_there_is_room_a_line_has_two_rows() -> None:
    rows = phone_rows(laid_out(MODELS["9851"], (WIDE, 40)), KeypadView(MODELS["9851"], lobby(), ""))
    assert text(rows[2])[9:66].split() == ["│", "1", "●", "Front", "Desk", "5000", "│"]
    assert text(rows[3])[9:66].split() == ["│", "Connected", "G722", "00:01:43", "msg", "│"]


def test_both_sides_of_the_display_share_a_row() -> None:
    phone = lobby()
    other = replace(phone.lines[0], index=6)
    drawn = drawing(MODELS["9861"], phone=replace(phone, lines=(*phone.lines, other)))
    assert drawn[2].count("Front Desk") == 2
    assert drawn[3].count("idle") == 1


def test_a_phone_that_said_nothing_has_keys_and_no_lights() -> None:
    drawn = "\n".join(drawing(MODELS["9851"]))
    assert not set("●○·") & set(drawn)


def test_names_of_any_width_stay_in_the_display() -> None:
    phone = lobby()
    line = phone.lines[0]
    call = replace(line.calls[0], remote_name=printable("日本語" * 30 + "\x1b[2J[/]"))
    named = replace(phone, lines=(replace(line, calls=(call,)), *phone.lines[1:]))
    rows = phone_rows(laid_out(MODELS["9861"]), KeypadView(MODELS["9861"], named, "KeyPad1"))
    assert {cell_width(row) for row in rows} == {WIDE}
    assert text(rows[2]).endswith("│ · │alt+6")


def test_lights_of_a_stale_phone_have_no_colour() -> None:
    lost = replace(lobby(), connection=Connection(State.STALE, "timeout", fresh_at=AT - 75))
    rows = phone_rows(laid_out(MODELS["9851"]), KeypadView(MODELS["9851"], lost, "KeyPad1"))
    roles = {run.role for row in rows for run in row}
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
def test_it_says_which_keys_are_missing(number: str, words: str) -> None:
    assert missing_keys(MODELS[number]) == words
    assert "unknown model" in missing_keys(GENERIC)


def test_a_lamp_that_answers_a_key_is_told_and_nothing_later() -> None:
    phone, answers = lobby(), LampAnswers()
    hold, mute = Press(NOW, "Hold", Outcome.SENT, number=1), Press(NOW, "Mute", Outcome.SENT, number=2)
    answers.update(phone, None, 0.0)
    answers.update(phone, hold, 1.0)
    slow = Light(Colour.GREEN, Cadence.SLOW)
    held = replace(phone, lines=(replace(phone.lines[0], light=slow), *phone.lines[1:]))
    answers.update(held, hold, 2.0)
    answers.update(held, mute, 3.0)
    muted = replace(held, lights=replace(held.lights, mute=Light(Colour.RED, Cadence.STEADY)))
    answers.update(muted, mute, 3.5)
    answers.update(replace(muted, lights=phone.lights), mute, 3.0 + ANSWER_S + 1)
    assert answers.answers == {1: "lamp line 1: green, slow", 2: "lamp: red"}
    rows = [text(row) for row in sent_rows([hold, mute], None, 60, answers.answers)]
    assert rows[0].endswith("Hold         ✓ sent  lamp line 1: green, slow")
    narrow = [text(row) for row in sent_rows([hold], None, 24, answers.answers)]
    assert narrow[1:] == ["  lamp line 1: green,", "  slow"]


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
        found = phone_layout(MODELS["9851"], *view.size)
        assert found is not None
        corner = view.content_region.offset
        for key in ("Services", "Line1"):
            cap = next(cap for cap in found.caps if cap.key == key)
            await desk.pilot.click(offset=(corner.x + cap.x + cap.cells - 1, corner.y + cap.y))
        await desk.pilot.click(offset=(corner.x + 10, corner.y))  # the message light is no key
        await settle(desk)
        assert desk.fleet.done == [("press", "lobby", "Services"), ("press", "lobby", "Line1")]
        assert "Services" in desk.text()


async def test_a_click_on_the_list_presses_its_key_where_there_is_no_room_to_draw() -> None:
    async with opened(size=(60, 16)) as desk:
        await desk.press("i", "y")
        screen = await settle(desk)
        corner = screen.query_one(Keypad).content_region.offset
        await desk.pilot.click(offset=(corner.x + 4, corner.y + 2))
        await settle(desk)
        assert desk.fleet.done == [("press", "lobby", "KeyPad3")]


@pytest.mark.parametrize("size", [WIDE_SCREEN, SMALL, (60, 16)])
async def test_the_screen_comes_into_the_display_and_goes(size: tuple[int, int]) -> None:
    """Beside the keys where they are a list."""
    async with opened(showing(), size=size) as desk:
        await desk.press("i", "f5")
        screen = await settle(desk)
        await until(lambda: len(desk.fleet.done) == 1)
        await until(lambda: "▀" * 4 in desk.text())
        region, view = screen.query_one(Keypad).display_region, screen.query_one("#display")
        assert (region is None) == (size == (60, 16)) == ("Its screen" in desk.text())
        if region is not None:
            assert view.region == region
            assert "Front Desk 5000" not in "\n".join(desk.lines()[region.y : region.bottom])
        await desk.press("5", "f5")
        await settle(desk)
        assert "▀" not in desk.text()
        assert [done[0] for done in desk.fleet.done] == ["command", "press"]
        assert not screen.has_class("-glancing")


def test_a_picture_takes_what_room_there_is() -> None:
    tall = phone_layout(MODELS["9841"], WIDE, 40, most_pitch=MOST_PITCH)
    usual = laid_out(MODELS["9841"], (WIDE, 40))
    assert tall is not None
    assert (usual.display_rows[1], tall.display_rows[1]) == (4, 16)
    assert {cap.key for cap in tall.caps} == {cap.key for cap in usual.caps}


@pytest.mark.parametrize(
    ("phase", "labels"),
    [(Phase.TALK, ["Hold", "End call", "Confer.", "Transfer"]), (Phase.HELD, ["Resume", "End call", "New call", "Redial"]),
     (Phase.ALERTING, ["Answer", "Decline", "Ignore", ""]), (Phase.IDLE, ["Redial", "Contacts", "Forward", "DND"]),
     (Phase.UNKNOWN, ["Soft1", "Soft2", "Soft3", "Soft4"])],
)  # fmt: skip
@pytest.mark.parametrize("room", [(WIDE, 40), (COMPACT, 20)])
def test_softkeys_are_called_as_by_default_in_the_state_of_the_call(
    phase: Phase, labels: list[str], room: tuple[int, int]
) -> None:
    phone = lobby()
    calls = (replace(phone.lines[0].calls[0], phase=phase),)
    drawn = drawing(MODELS["9851"], phone=replace(phone, lines=(replace(phone.lines[0], calls=calls),)), room=room)
    row = next(line for line in drawn if "F1" in line)
    for key, label in zip(("F1", "F2", "F3", "F4"), labels, strict=True):
        assert f"{key} {label}".strip() in row or room[0] == COMPACT
    stale = replace(phone, connection=Connection(State.STALE, "timeout", fresh_at=AT - 75))
    assert "F1 Soft1" in "\n".join(drawing(MODELS["9851"], phone=stale)), "nothing is claimed of a phone that is away"


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
