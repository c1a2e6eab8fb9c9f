"""What the dashboard's terminal is given when something goes wrong, and when it is over."""

from datetime import timedelta
from typing import Any, cast

import pytest
from msgspec.structs import replace

from phonetui.config.settings import NotifySettings
from phonetui.notify.alert_groups import CALM_S, GATHER_S
from phonetui.ui.alert_notices import AlertNotices
from phonetui.ui.session import Clock, Session
from tests.notify.test_alert_groups import alert
from tests.ui.office import CONFIG, NOW, FakeFleet, phone


def notices(fleet: FakeFleet, **settings: Any) -> tuple[AlertNotices, list[str]]:
    config = replace(CONFIG, notify=NotifySettings(**settings))
    written: list[str] = []
    return AlertNotices(Session(fleet=cast(Any, fleet), config=config, clock=Clock()), written.append), written


async def go_on(ringing: AlertNotices, begin_s: float, seconds: float) -> None:
    for second in range(int(seconds)):
        now_s = begin_s + second
        await ringing.update(now_s, NOW + timedelta(seconds=now_s))


async def test_it_rings_once_and_says_when_it_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TMUX", raising=False)
    fleet = FakeFleet({phone("lobby").id: phone("lobby")}, alerts=(alert("lobby"),))
    ringing, written = notices(fleet, osc="9")
    await go_on(ringing, 0, GATHER_S + 30)
    assert written == ["\a\x1b]9;lobby: loss: loss 7.2 %\a"]
    fleet.alerts = ()
    await go_on(ringing, 100, CALM_S + 5)
    assert written[1:] == ["\x1b]9;lobby: loss over: loss 7.2 %\a"]


async def test_a_terminal_that_is_not_known_gets_the_bell_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("TMUX", "TERM_PROGRAM", "LC_TERMINAL", "KITTY_WINDOW_ID", "WT_SESSION", "VTE_VERSION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    ringing, written = notices(FakeFleet({phone("lobby").id: phone("lobby")}, alerts=(alert("lobby"),)))
    await go_on(ringing, 0, GATHER_S + 30)
    assert written == ["\a"]


async def test_tmux_that_passes_nothing_on_gets_the_bell_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMUX", "/nowhere,1,0")
    monkeypatch.setattr("phonetui.ui.alert_notices._tmux", lambda *_: "off")
    ringing, written = notices(FakeFleet({phone("lobby").id: phone("lobby")}, alerts=(alert("lobby"),)), osc="9")
    await go_on(ringing, 0, GATHER_S + 30)
    assert written == ["\a"]
