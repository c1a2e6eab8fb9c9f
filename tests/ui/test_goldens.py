"""The main screen, cell by cell, with the role of every run.

`PHONETUI_GOLDENS=write` writes the files anew; look at the difference before keeping it.
"""

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from phonetui.phone.state import Connection, PhoneId, State
from phonetui.text import printable
from phonetui.ui.panes.pane import Pane
from phonetui.ui.row import Row
from tests.ui.office import AT, FakeFleet, office
from tests.ui.screen import SMALL, WIDE, Desk, opened
from tests.ui.test_hostile import fleet_saying

FOLDER = Path(__file__).parent / "goldens"


def stale() -> FakeFleet:
    fleet = office()
    lost = Connection(State.STALE, "timeout", printable("no answer within 10 s"), fresh_at=AT - 75)
    fleet.put(replace(fleet.phones[PhoneId("lobby")], connection=lost))
    return fleet


def failed() -> FakeFleet:
    fleet = office()
    refused = fleet.phones[PhoneId("desk-33")]
    fleet.phones = {refused.id: refused}
    return fleet


def trouble() -> FakeFleet:
    fleet = office()
    fleet.phones = {PhoneId("reception"): fleet.phones[PhoneId("reception")]}
    return fleet


SCREENS: dict[str, tuple[Callable[[], FakeFleet], tuple[int, int]]] = {
    "normal": (office, WIDE),
    "trouble": (trouble, WIDE),
    "empty": (FakeFleet, WIDE),
    "stale": (stale, WIDE),
    "failed": (failed, WIDE),
    "hostile": (lambda: fleet_saying(printable("\x1b]52;c;eA==\x07[/red]\u202e日本 [@click=app.quit]")), WIDE),
    "normal-80x24": (office, SMALL),
    "trouble-80x24": (trouble, SMALL),
}


@pytest.mark.parametrize("name", SCREENS)
async def test_main_screen(name: str) -> None:
    make, size = SCREENS[name]
    async with opened(make(), size=size) as desk:
        drawn = golden(desk)
    file = FOLDER / f"{name}.txt"
    if os.environ.get("PHONETUI_GOLDENS") == "write":
        FOLDER.mkdir(exist_ok=True)
        file.write_text(drawn, encoding="utf-8")
    assert drawn == file.read_text(encoding="utf-8")


def golden(desk: Desk) -> str:
    """The painted cells, then each pane's rows as `role<text>`."""
    panes = [f"== {type(pane).__name__}\n" + "".join(map(_roles, pane.rows)) for pane in desk.main.query(Pane)]
    return "\n".join(line.rstrip() for line in desk.lines()) + "\n\n" + "\n".join(panes)


def _roles(row: Row) -> str:
    return " ".join(f"{run.role}<{run.text.strip()}>" for run in row if run.text.strip()) + "\n"
