"""What the dashboard and the demo hand to the screen; the screen itself is a stand-in here."""

import asyncio
import stat
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from phonetui.config.settings import Config
from phonetui.fleet.protocol import Fleet
from phonetui.phone.state import State
from phonetui.simulator.server import SimulatedPhone
from phonetui.ui.session import Keep, KeepAccount, RecorderStatus
from tests.cli.conftest import Line
from tests.deadlines import EVENTUALLY_S


@dataclass
class Screen:
    """Runs the fleet until every phone is live, then quits."""

    config: Config = field(default_factory=Config)
    demo: bool = False
    dialled: Sequence[str] = ()
    preferences: Mapping[str, object] | None = None
    states: list[State] = field(default_factory=list)
    groups: list[tuple[str, ...]] = field(default_factory=list)

    def __call__(
        self,
        fleet: Fleet,
        config: Config,
        *,
        title: str = "",
        demo: bool = False,
        dialled: Sequence[str] = (),
        remember: Callable[[str], None] | None = None,
        preferences: Mapping[str, object] | None = None,
        keep: Keep | None = None,
        keep_account: KeepAccount | None = None,
        recorder: RecorderStatus | None = None,
    ) -> int:
        self.config, self.demo, self.dialled, self.preferences = config, demo, dialled, preferences
        if keep is not None:
            keep("fleet", {"order": "loss"})
        if remember is not None:
            remember("5001")
        asyncio.run(self._follow(fleet))
        return 0

    async def _follow(self, fleet: Fleet) -> None:
        before = {phone: known.group for phone, known in fleet.phones.items()}
        running = asyncio.create_task(fleet.run())
        async with asyncio.timeout(EVENTUALLY_S):
            while any(phone.connection.state is not State.LIVE for phone in fleet.phones.values()):  # noqa: ASYNC110 - looked at, as a screen does
                await asyncio.sleep(0.02)
        self.states = [phone.connection.state for phone in fleet.phones.values()]
        assert before == {phone: known.group for phone, known in fleet.phones.items()}
        self.groups = list(before.values())
        running.cancel()
        await asyncio.wait([running])


@pytest.fixture
def screen(monkeypatch: pytest.MonkeyPatch) -> Screen:
    screen = Screen()
    monkeypatch.setattr("phonetui.ui.run.run", screen)
    monkeypatch.setattr("phonetui.ui.run.check_terminal", lambda: None)
    return screen


def test_the_demo_is_live_and_leaves_nothing_behind(screen: Screen, line: Line, home: Path) -> None:
    run = line("--theme", "mine", "demo", "--phones", "4", "--seed", "3", "--ascii")
    assert (run.code, run.out, run.err) == (0, "", "")
    assert screen.demo
    assert screen.states == [State.LIVE] * 4
    assert (screen.config.ui.theme, screen.config.ui.ascii, screen.config.ui.mouse) == ("mine", True, True)
    assert len(set(screen.groups)) == 2
    assert screen.preferences is None
    assert not [*home.rglob("*.json"), *home.rglob("*.sqlite3")]


def test_the_dashboard_remembers_and_speaks_afterwards(
    screen: Screen, line: Line, phone: SimulatedPhone, home: Path
) -> None:
    (home / "state" / "phonetui" / "pins.json").unlink()
    for dialled in ((), ("5001",)):
        run = line("--phone", phone.url, "--no-mouse", "--read-only")
        assert (run.code, run.out) == (0, "")
        assert screen.dialled == dialled
        assert screen.preferences == ({"fleet": {"order": "loss"}} if dialled else {})
        assert (phone.fingerprint in run.err) is (dialled == ())
    assert (screen.config.read_only, screen.config.ui.mouse) == (True, False)


def test_the_dashboard_alone_keeps_calls_and_only_where_it_may(
    screen: Screen, line: Line, phone: SimulatedPhone, home: Path
) -> None:
    file = Path(dict(row.split(maxsplit=1) for row in line("config", "path").out.splitlines())["history"])
    config = home / "history.toml"
    config.write_text("[history]\ndays = 0\n")
    assert line("--config", str(config), "--phone", phone.url).code == 0
    assert line("--phone", phone.url, "watch", "--for", "0.2").code == 0
    assert not file.exists()
    assert line("--phone", phone.url).code == 0
    assert file.read_bytes().startswith(b"SQLite format 3")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
