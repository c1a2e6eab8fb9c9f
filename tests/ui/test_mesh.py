"""The screen of test calls: a kept result, a grid that fills while calls are made, and keys that say what they did."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from msgspec.structs import replace

from phonetui.archive.meshes import MeshArchive
from phonetui.config import places
from phonetui.config.settings import Config, FeedbackSettings
from phonetui.mesh.direction import Verdict
from phonetui.mesh.mesh_call import CallFault
from phonetui.mesh.result import MeshResult, not_run
from phonetui.mesh.result_file import text
from phonetui.monitor.fleet import LiveFleet
from phonetui.phone.state import PhoneId
from phonetui.transport.trust import PinStore
from phonetui.ui.app import PhonetuiApp
from phonetui.ui.mesh.screen import MeshCallScreen, MeshScreen
from phonetui.ui.widgets.split_grid import SplitGrid
from tests.live import served, settings, until
from tests.mesh.test_results import result_of
from tests.ui.golden import compare, golden
from tests.ui.office import CONFIG, office
from tests.ui.screen import SMALL, WIDE, Desk, opened
from tests.ui.test_hostile import harmless


def kept_result() -> MeshResult:
    """Nine phones at three sites: Branch hears badly, one pair is silent one way, one phone was busy."""
    bad = {(f"p{one}", f"p{other}"): 4.0 for one in (0, 1, 2, 6, 7, 8) for other in (3, 4, 5)}
    result = result_of(bad, silent=(("p0", "p7"),))
    for call in result.calls:
        if "p8" in (call.caller, call.callee):
            result = result.with_call(not_run(call, CallFault.BUSY, "p8 is in a call (Connected)", PhoneId("p8")))
    return replace(result, ended_at=result.began_at)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The operator's own files are elsewhere."""
    for name in ("XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME"):
        monkeypatch.setenv(name, str(tmp_path / name))
    return tmp_path


def keep(result: MeshResult) -> Path:
    return MeshArchive(places.meshes()).keep(result.name, result.began_at, text(result))


@asynccontextmanager
async def with_mesh(size: tuple[int, int] = WIDE, config: Config = CONFIG) -> AsyncIterator[tuple[Desk, MeshScreen]]:
    async with opened(office(), size=size, config=config) as desk:
        await desk.press("M")
        screen = desk.app.screen
        assert isinstance(screen, MeshScreen)
        await desk.until(lambda: "kept 02 Nov" in desk.text(), "the kept result is shown")
        await desk.until(lambda: isinstance(desk.app.focused, SplitGrid), "the grid takes the keys")
        yield desk, screen


@pytest.mark.parametrize(
    ("name", "size"), [("mesh-120x36", WIDE), pytest.param("mesh-80x24", SMALL, marks=pytest.mark.slow)]
)
async def test_a_kept_result(name: str, size: tuple[int, int]) -> None:
    keep(kept_result())
    async with with_mesh(size) as (desk, screen):
        screen.query_one(SplitGrid).action_move(0, 3)
        await desk.pilot.pause()
        compare(name, golden(desk, screen))


async def test_the_cursor_names_both_directions_and_enter_opens_them() -> None:
    keep(kept_result())
    async with with_mesh() as (desk, screen):
        await desk.press("right", "right", "right", "right", "right", "right", "right")
        await desk.until(lambda: "p0 → p7  critical: no audio: 0 of 1200 packets came" in desk.text())
        assert "p7 → p0  ok: " in desk.text()
        await desk.press("enter")
        assert isinstance(desk.app.screen, MeshCallScreen)
        await desk.until(lambda: "0 of 1,200" in desk.text())
        await desk.press("enter")
        assert desk.app.screen_stack[-1] is screen
        await desk.press("home")
        await desk.until(lambda: "a phone does not call itself" in desk.text())


async def test_without_colours_each_half_is_a_letter() -> None:
    keep(kept_result())
    config = replace(CONFIG, ui=replace(CONFIG.ui, ascii=True))
    async with with_mesh(config=config) as (desk, _):
        row = next(line for line in desk.lines() if " p0 " in line and " 1 " in line)
        assert row.split(" 1 ", 1)[1].split() == ["[..]oo", "oo", "Co", "Co", "Co", "oo", "Co", "--"]


async def test_keys_that_cannot_work_say_why() -> None:
    """Over a fleet that makes no test calls, without a result."""
    async with opened(office()) as desk:
        await desk.press("M")
        await desk.until(lambda: "Test calls are not made here" in desk.text())
        for key in ("n", "o", "x", "E", "y", "e"):
            await desk.press(key)
        assert desk.fleet.done == []


@pytest.mark.slow
async def test_test_calls_from_the_screen_and_stopped_by_a_key(folder: Path) -> None:
    """Over real sockets: the plan of the folder, the question, a call in talk, `x`; nothing is left up."""
    plan = 'name = "night"\n[[phone]]\nname = "sim-1"\n[[phone]]\nname = "sim-2"\n'
    async with served(2) as simulated:
        places.mesh_plans().mkdir(parents=True)
        (places.mesh_plans() / "night.toml").write_text(plan)
        phones = tuple(settings(phone) for phone in simulated.phones)
        config = replace(CONFIG, phones=phones, feedback=FeedbackSettings(listen="off"))
        app = PhonetuiApp(LiveFleet(config, pins=PinStore(None)), config)
        async with app.run_test(size=WIDE) as pilot:
            await until(lambda: all(phone.is_current for phone in app.session.fleet.phones.values()))
            await pilot.press("M")
            screen = app.screen
            assert isinstance(screen, MeshScreen)
            await until(lambda: screen.mesh.plan is not None)
            await pilot.press("n")
            await until(lambda: app.screen is not screen)
            await asyncio.sleep(0.6)
            await pilot.press("y")
            await until(lambda: screen.mesh.run is not None and screen.mesh.run.calls_up == 1)
            await until(
                lambda: any("Connected" in leg.state for phone in simulated.phones for leg in phone.device.legs), 15.0
            )
            await pilot.press("x")
            await until(lambda: not screen.mesh.is_running, 12.0)
            assert [phone.device.legs for phone in simulated.phones] == [[], []]
            result = screen.mesh.result
            assert result is not None
            assert (result.is_interrupted, result.calls[0].fault) == (True, CallFault.STOPPED)
            assert result.counts == {Verdict.UNKNOWN: 2}
            await until(lambda: MeshArchive(places.meshes()).files())
        await app.settle()


async def test_a_result_that_somebody_tampered_with_is_text() -> None:
    path = keep(kept_result())
    path.write_text(path.read_text().replace('"p0"', json.dumps("\x1b]52;c;eA==\x07[/red]\u202e[@click=app.quit]x[/]")))
    async with with_mesh() as (desk, _):
        for keys in (["down"], ["right", "right", "enter"], ["escape", "f1"], ["escape", "question_mark"]):
            await desk.press(*keys)
            harmless(desk)
