"""Screens as they are beside the states that `matrix` walks through."""

from collections.abc import Callable

import pytest
from msgspec.structs import replace

from phonetui.phone.calls.call_legs import Ambiguous, Partner
from phonetui.phone.diagnosis import Diagnosis
from phonetui.phone.measure import Shares, WorstWindow
from phonetui.phone.state import Connection, Phone, PhoneId, State
from phonetui.text import Printable, printable
from phonetui.ui.fleet.screen import FleetScreen
from phonetui.ui.status.command_screen import CommandScreen
from tests.ui.golden import CHROME, FOLDER, chrome, compare, differences, divided, golden
from tests.ui.office import AT, NOW, FakeFleet, office
from tests.ui.screen import SMALL, WIDE, opened, themed


def stale() -> FakeFleet:
    fleet = office()
    lost = Connection(State.STALE, "timeout", printable("no answer within 10 s"), fresh_at=AT - 75)
    fleet.put(replace(fleet.phones[PhoneId("lobby")], connection=lost))
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
    fleet.pointed = {(near, (1, 0)): (Diagnosis(
        printable(f"check the cabling of port 1 / sw-2f Gi1/0/14 of {name}"),
        Printable("loss 4.1 %, CRC errors +14 in the last minute there"), (near,),
    ),)}  # fmt: skip
    fleet.hints = (Diagnosis(Printable("look at sw-2f"), Printable("3 phones on sw-2f lose inbound packets"), (near,)),)
    return fleet


def worn(phone: Phone) -> Phone:
    """A phone whose first call says everything that a call can say, its score estimated, its loss in an unknown unit."""
    worst = WorstWindow(NOW, 10.0, 12.4, 11.0, 80.0, 2.4)
    measure = replace(
        phone.measures[0], mos_source="estimate", shares=Shares(good_s=800, poor_s=100), worst=worst,
        phone_discard_pct=0.4, no_receive_s=0.2, no_media_s=0.0,
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
    "trouble": (trouble, WIDE),
    "paired": (paired, WIDE),
    "paired-80x24": (paired, SMALL),
    "paired-stale": (paired_stale, WIDE),
    "paired-hostile": (lambda: paired(HOSTILE), WIDE),
    "trouble-80x24": (trouble, SMALL),
}


async def test_a_group_of_the_fleet_is_marked() -> None:
    async with opened(office()) as desk:
        await desk.press("f", "b", "down", "space")
        screen = desk.app.screen
        assert isinstance(screen, FleetScreen)
        screen.refresh_view()
        await desk.pilot.pause()
        drawn = golden(desk, screen)
    compare("fleet-grouped", drawn)


async def test_nothing_is_typed_yet() -> None:
    async with opened(office()) as desk:
        await desk.press("colon")
        await desk.app.workers.wait_for_complete()
        screen = desk.app.screen
        assert isinstance(screen, CommandScreen)
        screen.refresh_view()
        await desk.pilot.pause()
        drawn = golden(desk, screen)
    compare("command-untyped", drawn)


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


@pytest.mark.parametrize("part", CHROME)
def test_chrome_is_kept_for_goldens_that_there_are(part: str) -> None:
    names = chrome(part).keys()
    assert len(names) > 100
    assert [name for name in names if not (FOLDER / f"{name}.txt").exists()] == []


def test_a_golden_is_divided_without_losing_a_line() -> None:
    painted, shown = " phonetui  3 phones\n a list\n q quit", "== list\ndim<a list>\n"
    drawn = f"{painted}\n\n== Header\nbadge<phonetui>\n\n{shown}\n== Footer\nkey<q> label<quit>\n"
    assert divided(drawn) == (
        f" a list\n\n{shown}",
        {"header": " phonetui  3 phones\nbadge<phonetui>\n", "key-hints": " q quit\nkey<q> label<quit>\n"},
    )


def test_a_changed_word_of_the_footer_is_found() -> None:
    kept = chrome("key-hints")["main/normal"], chrome("header")["main/normal"]
    (line, roles), header = (part.split("\n", 1) for part in kept)
    content = (FOLDER / "main/normal.txt").read_text(encoding="utf-8")
    painted, _, views = content.partition("\n\n== ")
    drawn = f"{header[0]}\n{painted}\n{line}\n\n== Header\n{header[1]}\n== {views}\n== Footer\n{roles}"
    assert differences("main/normal", drawn, may_write=False) == []
    found = differences("main/normal", drawn.replace("quit", "leave"), may_write=False)
    assert [each.splitlines()[0] for each in found] == ["--- key-hints.txt"]
