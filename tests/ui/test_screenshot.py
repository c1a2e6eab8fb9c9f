"""The phone's screen in the terminal: what is drawn, what it costs, and what is said where there is nothing to draw."""

import stat
from pathlib import Path as File

import pytest
from msgspec.structs import replace
from textual.geometry import Region

from phonetui.config.settings import FeedbackSettings
from phonetui.errors import TimedOut
from phonetui.fleet.protocol import Permission
from phonetui.monitor.fleet import LiveFleet
from phonetui.phone.state import PhoneId, State
from phonetui.simulator.screen import Canvas
from phonetui.text import Printable, printable
from phonetui.transport.trust import PinStore
from phonetui.ui.app import PhonetuiApp
from phonetui.ui.control.picture import PictureScreen
from phonetui.ui.graphics.decoders import Raster
from phonetui.ui.main.screen import MainScreen
from phonetui.ui.widgets.image import HALF, SHADES, ImageCell, PictureView, blocks, shades
from phonetui.xapi.command import CommandResult
from tests.live import served, settings, until
from tests.ui.office import CONFIG, FakeFleet, office
from tests.ui.screen import SMALL, WIDE, Desk, opened, painted, themed
from tests.ui.test_goldens import HOSTILE

ASKED = ("command", "lobby", "Ui GetDeviceScreenshot")


def canvas(*, dots: int = 0) -> Canvas:
    drawn = Canvas(60, 24)
    drawn.fill(0, 0, 60, 6, 2)
    drawn.fill(10, 12, 20, 6, 4)
    drawn.fill(40, 12, dots, 2, 6)
    return drawn


def showing(picture: bytes = b"", *, default: Permission = Permission.GRANTED) -> FakeFleet:
    """Phones whose screens all show the same."""
    picture = picture or canvas().png(grey=False)
    answer = CommandResult(Printable("UiGetDeviceScreenshotResult"), image=picture)
    return office(default=default, answers={"Ui GetDeviceScreenshot": answer})


async def seen(desk: Desk) -> PictureScreen:
    """Once the answer is on the screen."""
    screen = desk.app.screen
    assert isinstance(screen, PictureScreen)
    await until(lambda: not screen.snapshots.is_asking)
    await desk.pilot.pause()
    screen.refresh_view()
    await desk.pilot.pause()
    return screen


def test_two_dots_make_a_cell() -> None:
    raster = Raster(2, 3, (bytes((255, 0, 0) * 2), bytes((0, 255, 0) * 2), bytes((0, 0, 255) * 2)))
    lines = blocks(raster, 10, 10)
    assert lines[0] == (ImageCell(HALF, (255, 0, 0), (0, 255, 0)),) * 2
    assert lines[1] == (ImageCell(HALF, (0, 0, 255), None),) * 2


def test_shades_go_with_the_ground() -> None:
    raster = Raster(2, 2, (bytes((0, 0, 0, 255, 255, 255)),) * 2)
    assert shades(raster, 2, 1, dark=True) == ((ImageCell(SHADES[0]), ImageCell(SHADES[-1])),)
    assert shades(raster, 2, 1, dark=False) == ((ImageCell(SHADES[-1]), ImageCell(SHADES[0])),)


async def test_a_look_at_the_screen_is_no_act_of_control_and_asks_nobody() -> None:
    async with opened(showing(default=Permission.ASK)) as desk:
        await desk.press("s")
        await seen(desk)
        assert desk.fleet.done == [ASKED]
        assert desk.fleet.granted == set()
        await desk.press("escape")
        assert isinstance(desk.app.screen, MainScreen)


async def test_read_only_asks_no_phone_for_its_screen() -> None:
    async with opened(showing(default=Permission.DENIED)) as desk:
        await desk.press("s")
        assert isinstance(desk.app.screen, MainScreen)
        assert "read-only: nothing was sent" in desk.text()
        assert desk.fleet.done == []


async def test_the_picture_is_drawn_in_its_colours_and_its_age_is_told_in_steps() -> None:
    async with opened(showing()) as desk:
        await desk.press("s", "v")
        screen = await seen(desk)
        assert HALF * 20 in desk.text()
        assert "lobby  60 × 24  now" in desk.text()
        strip = screen.query_one(PictureView).render_line(12)
        colours = {segment.style.color.name for segment in strip if segment.style and segment.style.color}
        assert any(colour.startswith("#") for colour in colours)
        desk.clock.move(31)
        screen.refresh_view()
        await desk.pilot.pause()
        assert "30 s old" in desk.text()


def drawn_large() -> bytes:
    drawn = Canvas(480, 272)
    drawn.write(4, 4, "5003 BOARDROOM", 2, 1)
    drawn.write(300, 240, "END", 4, 1)
    return drawn.png(grey=False)


async def test_it_is_dots_first_moved_in_zoomed_and_turned_into_colours_and_back() -> None:
    async with opened(showing(drawn_large()), size=SMALL) as desk:
        await desk.press("s")
        screen = await seen(desk)
        view = screen.query_one(PictureView)
        wide, high = 2 * view.size.width, 4 * view.size.height
        assert f"480 × 272  now  dots 1:1, {wide} × {high} from 0, 0" in desk.text()
        assert "⣿⠛" in desk.text()
        before = desk.text()
        await desk.press("left")
        assert "The picture ends here" in desk.text()
        await desk.press("right", "down")
        assert f"from {wide // 4}, {high // 4}" in desk.text()
        await desk.press(*("right", "down") * 12)
        assert f"from {480 - wide}, {272 - high}" in desk.text()
        assert desk.text() != before
        await desk.press("minus")
        assert "dots 1:2" in desk.text()
        await desk.press("0")
        assert "dots 1:4" in desk.text()
        assert ", " not in desk.lines()[-2].partition("dots 1:4")[2]
        await desk.press("0")
        assert "This is all of the picture" in desk.text()
        await desk.press("plus", "plus", "plus", "plus")
        assert "dots 2:1" in desk.text()
        await desk.press("v")
        assert "half blocks" in desk.text()
        assert HALF in desk.text()
        await desk.press("plus", "l")
        assert "half blocks, 240 × 136 from 180, 68" in desk.text()
        await desk.press("v")
        assert "dots 2:1" in desk.text()
        assert desk.fleet.done == [ASKED]


async def test_ascii_has_no_dots_and_says_so() -> None:
    async with opened(showing(), config=themed(ascii=True)) as desk:
        await desk.press("s")
        await seen(desk)
        await desk.press("v")
        assert "Dots are drawn in braille, which ASCII has not." in desk.prose()


async def test_only_the_cells_that_differ_are_painted_again(monkeypatch: pytest.MonkeyPatch) -> None:
    fleet = showing()
    async with opened(fleet) as desk:
        await desk.press("s", "v")
        screen = await seen(desk)
        view = screen.query_one(PictureView)
        painted: list[Region] = []
        monkeypatch.setattr(view, "refresh", lambda *regions: painted.extend(regions))
        await desk.press("r")
        await seen(desk)
        assert painted == []
        fleet.answers = showing(canvas(dots=4).png(grey=False)).answers
        await desk.press("r")
        await seen(desk)
        assert [(region.width, region.height) for region in painted] == [(4, 1)]


async def test_it_repeats_only_while_told_to_and_in_sight() -> None:
    async with opened(showing()) as desk:
        await desk.press("s")
        screen = await seen(desk)
        screen._refresh_if_changed()
        assert desk.fleet.done == [ASKED]
        await desk.press("space")
        desk.clock.move(6)
        screen._refresh_if_changed()
        await seen(desk)
        assert desk.fleet.done == [ASKED] * 2
        assert "asked again every 5 s" in desk.text()
        await desk.press("question_mark", "escape", "space")
        desk.clock.move(6)
        screen._refresh_if_changed()
        assert desk.fleet.done == [ASKED] * 2


async def test_what_the_phone_refuses_is_said_and_ends_the_repeating() -> None:
    fleet = showing()
    async with opened(fleet) as desk:
        await desk.press("s", "v", "space")
        screen = await seen(desk)
        fleet.refuses = TimedOut("xCommand Ui GetDeviceScreenshot", 10.0, "Check the network")
        await desk.press("r")
        await seen(desk)
        assert "✗ no answer to xCommand Ui GetDeviceScreenshot within 10 s. Check the network" in desk.text()
        assert HALF * 20 in desk.text()
        assert not screen.snapshots.repeats


@pytest.mark.parametrize(
    ("picture", "words"),
    [
        (b"\xff\xd8\xff\xe0rest", "a JPEG that is cut off or damaged; it can be saved"),
        (canvas().png(grey=False)[:-20], "a PNG that is cut off or damaged; it can be saved"),
        (b"no picture", "✗ no picture in the answer to the screenshot"),
    ],
)
async def test_what_cannot_be_drawn_is_said(picture: bytes, words: str) -> None:
    async with opened(showing(picture)) as desk:
        await desk.press("s")
        await seen(desk)
        assert words in desk.text()


async def test_the_file_is_saved_for_the_operator_alone(tmp_path: File, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    async with opened(showing()) as desk:
        await desk.press("s")
        await seen(desk)
        await desk.press("S")
        await until(lambda: any(tmp_path.iterdir()))
        await desk.press("S")
        await until(lambda: len(list(tmp_path.iterdir())) == 2)
        await desk.pilot.pause()
        assert "Saved, for you alone to read" in desk.text()
    for file in tmp_path.iterdir():  # noqa: ASYNC240 - the program has ended
        assert file.read_bytes() == canvas().png(grey=False)
        assert stat.S_IMODE(file.stat().st_mode) == 0o600


async def test_without_colours_it_is_drawn_in_shades() -> None:
    async with opened(showing(), config=themed(ascii=True)) as desk:
        await desk.press("s", "v")
        await seen(desk)
        drawn = desk.text()
    assert drawn.isascii()
    assert "+" * 20 in drawn


async def test_whatever_a_phone_calls_itself_is_text() -> None:
    fleet = showing()
    lobby = fleet.phones[PhoneId("lobby")]
    fleet.phones = {lobby.id: replace(lobby, name=printable(HOSTILE))}
    async with opened(fleet) as desk:
        await desk.press("s")
        await seen(desk)
        assert "\x1b" not in desk.text()
        assert "[/red]" in desk.text()


@pytest.mark.parametrize("number", [1, 2])
async def test_a_simulated_phone_is_seen_over_sockets(number: int) -> None:
    async with served(phones=2) as office:
        name = office.phones[number - 1].name
        config = replace(CONFIG, phones=tuple(map(settings, office.phones)), feedback=FeedbackSettings(listen="off"))
        fleet = LiveFleet(config, pins=PinStore(None))
        app = PhonetuiApp(fleet, config)
        async with app.run_test(size=WIDE) as pilot:
            app.view_state.selected = PhoneId(name)
            await until(lambda: fleet.phones[PhoneId(name)].connection.state is State.LIVE)
            await pilot.press("s", "v")
            await until(lambda: HALF * 10 in "".join(painted(app)))
            assert f"{name}  " in "".join(painted(app))
        await app.settle()
