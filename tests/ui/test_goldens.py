"""Screens, cell by cell, with the role of every run.

`PHONETUI_GOLDENS=write` writes the files anew; look at the difference before keeping it.
"""

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path as File
from typing import Any

import pytest
from textual.screen import Screen

from phonetui.errors import CommandRefused, TimedOut
from phonetui.monitor.permission import Permission
from phonetui.phone.measure import Shares, Stretch
from phonetui.phone.partner import Ambiguous, Hint, Partner
from phonetui.phone.state import Connection, Phone, PhoneId, State
from phonetui.text import Printable, printable
from phonetui.ui.panes.pane import Pane
from phonetui.ui.row import Row
from phonetui.ui.screens.command import CommandScreen
from phonetui.ui.screens.fleet import FleetScreen
from phonetui.ui.screens.status import Status
from phonetui.ui.widgets.rows import RowsView
from phonetui.xapi.command import Answer
from phonetui.xapi.document import Document
from phonetui.xapi.path import Path
from tests.ui.office import AT, NOW, TREE, FakeFleet, office
from tests.ui.screen import SMALL, WIDE, Desk, opened, themed
from tests.ui.test_hostile import fleet_saying

FOLDER = File(__file__).parent / "goldens"


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


def paired(name: str = "desk-31") -> FakeFleet:
    """A call in trouble, its other end and where to look, beside one whose other end is not known."""
    fleet = office()
    far, near = replace(fleet.phones[PhoneId("lobby")], id=PhoneId("far"), name=printable(name)), PhoneId("reception")
    fleet.phones = {near: worn(fleet.phones[near]), far.id: far}
    fleet.partners = {
        (near, (1, 0)): Partner(far.id, (1, 0), Printable("5000 and 5001 call each other at the same time")),
        (near, (2, 0)): Ambiguous(
            ((far.id, (1, 0)), (near, (1, 0))), Printable("several calls between these numbers at once")
        ),
    }
    fleet.pointed = {(near, (1, 0)): (Hint(
        printable(f"check the cabling of port 1 / sw-2f Gi1/0/14 of {name}"),
        Printable("loss 4.1 %, CRC errors +14 in the last minute there"), (near,),
    ),)}  # fmt: skip
    fleet.hints = (Hint(Printable("look at sw-2f"), Printable("3 phones on sw-2f lose inbound packets"), (near,)),)
    return fleet


def worn(phone: Phone) -> Phone:
    """A phone whose first call says everything that a call can say, its score estimated, its loss in an unknown unit."""
    worst = Stretch(NOW, 10.0, 12.4, 11.0, 80.0, 2.4)
    measure = replace(
        phone.measures[0], mos_source="estimate", shares=Shares(good_s=800, poor_s=100), worst=worst,
        phone_discard_pct=0.4, stall_s=0.2, silent_s=0.0,
    )  # fmt: skip
    first, *others = phone.lines
    call = replace(first.calls[0], loss_rate=Printable("12"), discard_rate=Printable("1"), mos_cq=None, mos_lq=None)
    return replace(phone, measures=(measure,), lines=(replace(first, calls=(call,)), *others))


def paired_stale() -> FakeFleet:
    fleet = paired()
    lost = Connection(State.STALE, "timeout", printable("no answer within 10 s"), fresh_at=AT - 75)
    fleet.put(replace(fleet.phones[PhoneId("reception")], connection=lost))
    return fleet


HOSTILE = "\x1b]52;c;eA==\x07[/red]\u202e日本 [@click=app.quit]" + "long " * 20
SCREENS: dict[str, tuple[Callable[[], FakeFleet], tuple[int, int]]] = {
    "normal": (office, WIDE),
    "trouble": (trouble, WIDE),
    "empty": (FakeFleet, WIDE),
    "stale": (stale, WIDE),
    "failed": (failed, WIDE),
    "hostile": (lambda: fleet_saying(printable("\x1b]52;c;eA==\x07[/red]\u202e日本 [@click=app.quit]")), WIDE),
    "paired": (paired, WIDE),
    "paired-80x24": (paired, SMALL),
    "paired-stale": (paired_stale, WIDE),
    "paired-hostile": (lambda: paired(HOSTILE), WIDE),
    "normal-80x24": (office, SMALL),
    "trouble-80x24": (trouble, SMALL),
}


def bare() -> FakeFleet:
    """Phones that have said nothing yet."""
    fleet = office()
    fleet.documents.clear()
    return fleet


def hostile() -> FakeFleet:
    word = "\x1b]52;c;eA==\x07[/red]\u202e日本 [@click=app.quit]"
    fleet = fleet_saying(printable(word))
    fleet.tell(PhoneId("lobby"), dict.fromkeys(TREE, word), AT)
    fleet.default, fleet.refuses = Permission.GRANTED, CommandRefused(word, word, block=(printable(word),))
    return fleet


def obliging() -> FakeFleet:
    """Phones that do what they are told."""
    said = Document({Path.of("CallId"): Printable("0"), Path.of("LineId"): Printable("1")})
    return office(default=Permission.GRANTED, answers={"Call Dial": Answer(Printable("CallDialResult"), said)})


def unreachable() -> FakeFleet:
    fleet = stale()
    fleet.default, fleet.refuses = Permission.GRANTED, TimedOut("xCommand Call Dial", 10.0, "Check the network")
    return fleet


DIALLED = ("colon", *"Call Dial Number=5000", "enter", *"HttpFeedback Register ")
OTHERS: dict[str, tuple[Callable[[], FakeFleet], tuple[int, int], tuple[str, ...]]] = {
    "status": (office, WIDE, ("x",)),
    "status-empty": (bare, WIDE, ("x",)),
    "status-stale": (stale, WIDE, ("x",)),
    "status-hostile": (hostile, WIDE, ("x",)),
    "status-80x24": (office, SMALL, ("x",)),
    "command": (obliging, WIDE, DIALLED),
    "command-empty": (office, WIDE, ("colon",)),
    "command-stale": (unreachable, WIDE, DIALLED),
    "command-hostile": (hostile, WIDE, DIALLED),
    "command-80x24": (obliging, SMALL, DIALLED),
    "fleet": (office, WIDE, ("f",)),
    "fleet-grouped": (office, WIDE, ("f", "b", "down", "space")),
    "fleet-empty": (FakeFleet, WIDE, ("f",)),
    "fleet-hostile": (hostile, WIDE, ("f",)),
    "fleet-80x24": (office, SMALL, ("f",)),
}


@pytest.mark.parametrize("name", OTHERS)
async def test_other_screens(name: str) -> None:
    make, size, keys = OTHERS[name]
    async with opened(make(), size=size) as desk:
        await desk.press(*keys)
        await desk.app.workers.wait_for_complete()
        screen = desk.app.screen
        assert isinstance(screen, Status | CommandScreen | FleetScreen)
        screen.look()
        await desk.pilot.pause()
        drawn = golden(desk, screen)
    compare(name, drawn)


@pytest.mark.parametrize("name", SCREENS)
async def test_main_screen(name: str) -> None:
    make, size = SCREENS[name]
    async with opened(make(), size=size) as desk:
        drawn = golden(desk, desk.main)
    compare(name, drawn)


async def test_main_screen_in_ascii() -> None:
    async with opened(paired(), config=themed(ascii=True)) as desk:
        drawn = "\n".join(line.rstrip() for line in desk.lines()) + "\n"
    assert drawn.isascii()
    compare("paired-ascii", drawn)


def compare(name: str, drawn: str) -> None:
    file = FOLDER / f"{name}.txt"
    if os.environ.get("PHONETUI_GOLDENS") == "write":
        FOLDER.mkdir(exist_ok=True)
        file.write_text(drawn, encoding="utf-8")
    assert drawn == file.read_text(encoding="utf-8")


def golden(desk: Desk, screen: Screen[Any]) -> str:
    """The painted cells, then each list's rows as `role<text>`."""
    views = [f"== {_name(view)}\n" + "".join(map(_roles, view.rows)) for view in screen.query(RowsView)]
    return "\n".join(line.rstrip() for line in desk.lines()) + "\n\n" + "\n".join(views)


def _name(view: RowsView) -> str:
    return type(view).__name__ if isinstance(view, Pane) else view.id or ""


def _roles(row: Row) -> str:
    return " ".join(f"{run.role}<{run.text.strip()}>" for run in row if run.text.strip()) + "\n"
