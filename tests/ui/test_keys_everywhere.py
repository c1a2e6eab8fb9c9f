"""Keys mean the same on every screen: each key that help lists acts, or says on the screen why it doesn't."""

from collections.abc import Awaitable, Callable, Iterator
from datetime import timedelta
from pathlib import Path as File

import pytest
from msgspec.structs import replace
from textual.screen import Screen
from textual.widgets import Input

from phonetui.actions import ACTIONS, APP_ACTIONS, BY_ID, EVERYWHERE, SCREENS
from phonetui.phone.state import PhoneId
from phonetui.recording.reader import Recording
from phonetui.recording.replay import ReplayFleet
from phonetui.ui.main.screen import MainScreen
from phonetui.ui.screens.screen_commands import ScreenCommands
from phonetui.ui.widgets.footer import Footer, KeyHints
from phonetui.ui.widgets.pane import Prompt
from phonetui.ui.widgets.row_list import RowsView
from tests.recording.test_files import INCIDENT
from tests.ui.alerts import troubled
from tests.ui.office import FakeFleet, office, with_tree
from tests.ui.remembered import remembering
from tests.ui.screen import Desk, opened
from tests.ui.test_cloud_tree import beside
from tests.ui.test_mesh import keep, kept_result
from tests.ui.test_screenshot import showing

ENDS = {"app.quit", "app.suspend"}
"""They leave the program, which other tests are about."""


def with_kept_mesh() -> FakeFleet:
    keep(kept_result())
    return office()


REACHED: dict[str, tuple[Callable[[], FakeFleet], tuple[str, ...]]] = {
    "main": (remembering, ()),
    "fleet": (remembering, ("f",)),
    "chart": (remembering, ("g",)),
    "calls": (remembering, ("c",)),
    "call": (remembering, ("c", "enter")),
    "status": (lambda: with_tree(remembering()), ("x",)),
    "alerts": (troubled, ("a",)),
    "events": (remembering, ("e",)),
    "picture": (showing, ("s",)),
    "command": (lambda: with_tree(remembering()), ("colon",)),
    "keys": (remembering, ("i", "y")),
    "mesh": (with_kept_mesh, ("M",)),
    "meshcall": (with_kept_mesh, ("M", "right", "right", "enter")),
    "webex": (beside, ("w",)),
}
REPLAYED = {"main": (), "fleet": ("f",)}
"""Screens over a recording, whose keys of time go before their own."""


OWN_FORMS = {"view.yank", "poll.faster", "poll.slower", "screen.command", "phone.certificate"}
"""Whose keys some screens have for a form of their own: copy this, more time, a command or configuration of all marked."""
QUICK = ("main",)
LONG = ("mesh", "meshcall", "webex")
"""Screens of test calls and of Webex, which are not over phones."""


def keys_of_help() -> Iterator[str]:
    """Every key that help lists, whichever screen it is of, once."""
    keys = [key for action in ACTIONS if action.id not in ENDS for key in action.keys.split(",")]
    yield from dict.fromkeys(keys)


async def silent_keys(desk: Desk, name: str, go: Callable[[], Awaitable[object]]) -> list[str]:
    """The keys of help after which the screen shows what it showed before; `go` leads there from the main screen."""
    screen: Screen[object] | None = None
    silent = []
    for key in keys_of_help():
        screen = await reach(desk, go, screen)
        assert getattr(screen, "screen_id", "keys") == name
        await desk.pilot.pause()
        before = seen(desk)
        await desk.press(key)
        if seen(desk) == before:
            silent.append(key)
    return silent


async def reach(desk: Desk, go: Callable[[], Awaitable[object]], before: Screen[object] | None) -> Screen[object]:
    """The screen as it was before the key, or anew where the key has left it."""
    app = desk.app
    while app.screen is not before and app.screen is not desk.main:
        app.pop_screen()
        await desk.pilot.pause()
    app.clear_notifications()
    for line in app.screen.query(KeyHints):
        line.end_message()
    if not isinstance(app.screen, MainScreen):  # a line keeps what was typed into it
        for field in app.screen.query(Input):
            field.value = ""
    desk.main.query_one(Footer).end_message()
    app.view_state.thaw()
    if app.screen.query(Prompt) or desk.main.has_class("-zoom"):
        await desk.press("escape")
    if app.screen is not before:
        first = next(iter(app.view_state.session.fleet.phones))
        desk.main.go_to(PhoneId("lobby") if "lobby" in desk.fleet.phones else first)
        await go()
    return app.screen


def seen(desk: Desk) -> tuple[object, ...]:
    """Text, focus, and where the cursor is, which is a colour."""
    screen = desk.app.screen
    return desk.lines(), screen, screen.focused, desk.app.theme, [view.cursor for view in screen.query(RowsView)]


def marks(name: str) -> tuple[pytest.MarkDecorator, ...]:
    return () if name in QUICK else (pytest.mark.slow, pytest.mark.long) if name in LONG else (pytest.mark.slow,)


@pytest.mark.parametrize("name", [pytest.param(name, marks=marks(name)) for name in REACHED])
async def test_every_key_of_help_acts_or_says_why_not(
    name: str, tmp_path: File, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere(tmp_path, monkeypatch)
    make, way = REACHED[name]
    async with opened(make()) as desk:
        assert await silent_keys(desk, name, lambda: desk.press(*way)) == [], "neither acted nor said anything"


@pytest.mark.parametrize("name", [pytest.param(name, marks=(pytest.mark.slow, pytest.mark.long)) for name in REPLAYED])
async def test_every_key_of_help_acts_or_says_why_not_over_a_recording(
    name: str, tmp_path: File, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere(tmp_path, monkeypatch)
    fleet = ReplayFleet(Recording(INCIDENT))
    middle = fleet.span[0] + timedelta(seconds=60)
    fleet.seek(middle)

    async with opened(fleet) as desk:  # type: ignore[arg-type]  # a replay is a fleet, too

        async def go() -> None:
            fleet.seek(middle)
            await desk.press(*REPLAYED[name])

        assert await silent_keys(desk, name, go) == [], "neither acted nor said anything"


def elsewhere(folder: File, patch: pytest.MonkeyPatch) -> None:
    """What keys write, and what was kept before, lies in `folder`."""
    patch.chdir(folder)
    for name in ("XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME"):
        patch.setenv(name, str(folder / name))


async def test_phone_keys_act_on_the_row_under_the_cursor_as_it_was_shown() -> None:
    async with opened(troubled()) as desk:
        await desk.open_list("a", "down")
        screen = desk.app.screen
        assert isinstance(screen, ScreenCommands)
        await desk.press("d")
        assert "Dial a number on reception?" in desk.prose()
        assert desk.app.view_state.selected == "reception"


async def test_a_row_of_no_phone_hits_none() -> None:
    async with opened(troubled()) as desk:
        await desk.open_list("a", *["down"] * 5, "d")
        assert "This alert is of no phone in particular." in desk.lines()[-1]


async def test_the_selection_travels_and_the_fleet_is_one_key_away() -> None:
    async with opened(troubled()) as desk:
        await desk.press("down")
        whose = desk.app.view_state.selected
        assert whose == "reception"
        await desk.press("a")
        assert "Alerts of reception" in desk.text()
        await desk.press("o")
        assert "Alerts of all phones" in desk.text()
        await desk.press("o", "e")
        assert "Events of reception" in desk.text()


async def test_a_screen_that_is_open_below_is_gone_back_to() -> None:
    async with opened(remembering()) as desk:
        await desk.press("f", "c", "e", "f")
        assert [getattr(screen, "screen_id", "") for screen in desk.app.screen_stack] == ["main", "fleet"]


async def test_the_next_problem_is_the_worst_phone_then_the_next_round_and_round() -> None:
    async with opened() as desk:
        seen = []
        for _ in range(6):
            await desk.press("n")
            seen.append(desk.app.view_state.selected)
        count = next(place for place, phone in enumerate(seen[1:], 1) if phone == seen[0])
        assert count > 1
        assert f"Problem {6 % count or count} of {count}: {seen[-1]}" in desk.lines()[-1]
        await desk.press("N")
        assert desk.app.view_state.selected == seen[-2]


async def test_without_a_problem_its_key_says_so() -> None:
    fleet = remembering()
    fleet.phones = {id_: replace(one, lines=(), measures=()) for id_, one in fleet.phones.items() if one.is_current}
    async with opened(fleet) as desk:
        await desk.press("n")
        assert "No problem: every phone answers" in desk.lines()[-1]


async def test_a_pane_s_number_leads_to_it_from_every_screen() -> None:
    async with opened(remembering()) as desk:
        await desk.press("f", "c", "4")
        assert desk.app.screen is desk.main
        assert desk.main.focused is not None
        assert desk.main.focused.id == "ports"


def test_view_and_phone_keys_work_on_every_screen_over_phones_unless_their_key_means_the_same() -> None:
    """What a screen does with such a key is its own form of it: copy, export, back."""
    kept = {
        (name, id_)
        for name, keys in SCREENS.items()
        if name in REACHED and name not in LONG and not keys.is_line
        for id_ in EVERYWHERE - keys.actions
        if not any(key in keys.leaves for key in BY_ID[id_].keys.split(","))
    }
    own = {name for name, id_ in kept if id_ not in OWN_FORMS}
    assert own == set(), sorted(kept)
    assert not APP_ACTIONS & EVERYWHERE
