"""Whatever a phone says, nothing but text reaches the terminal and no widget fails."""

import unicodedata
from typing import Any

import pytest
from msgspec.structs import replace
from rich.segment import Segment
from textual.color import Color

from phonetui.errors import CommandRefused
from phonetui.phone.journal import JournalEntry
from phonetui.phone.lights import Light, Lights
from phonetui.phone.state import (
    Connection,
    Line,
    Link,
    Network,
    Phone,
    PhoneId,
    Port,
    State,
    System,
)
from phonetui.text import Printable, printable
from phonetui.ui.output import AsciiText, HarmlessText
from tests.ui.office import NOW, FakeFleet, course, lobby, talk
from tests.ui.screen import SMALL, WIDE, Desk, opened

WORDS = [
    "\x1b[2J\x1b]2;title\x07",
    "\x1b]52;c;aGVsbG8=\x07",
    "\x9b31mC1\x85",
    "\u202egnp.exe\u2066",
    "[/red]",
    "[@click=app.quit]press[/]",
    "[b + [",
    "half \ud800 a pair",
    "tab\tnew\nline\rback\bspace",
    "日本語 مرحبا é",
    "x" * 10_000,
    "{0} %s $HOME `id`",
]

RAW = [word for word in WORDS if "\x1b" in word or "\u202e" in word or "\x9b" in word]


def said_by(word: Printable) -> Phone:
    """A phone that says `word` wherever a phone can say anything."""
    light = Light(None, None, word, word)
    call = talk(
        state=word,
        encoder=word,
        decoder=word,
        remote_name=word,
        remote_number=word,
        tone=word,
        media=word,
        loss_rate=word,
    )
    port = Port(1, Link(word), configured=word, neighbour=word, neighbour_port=word)
    return replace(
        lobby(),
        name=word,
        address=word,
        group=(word, word),
        via=word,
        connection=Connection(State.LIVE, "", word, word, fresh_at=9_999.0),
        system=System(product_id=word, version=word, host_name=word),
        network=Network(ipv4=word, vlan=word),
        lights=Lights(light, light, light, light),
        lines=(Line(1, word, None, True, light, (call,)), Line(2, word, False, False, light)),
        ports=(port,),
    )


def fleet_saying(word: Printable) -> FakeFleet:
    shown = said_by(word)
    lost = Connection(State.REFUSED, "credentials", word, word)
    other = replace(shown, id=PhoneId("other"), connection=lost, group=())
    entry = JournalEntry(NOW, PhoneId(word), word)
    histories = {shown.id: {(1, 0): course(lobby())}}
    return FakeFleet({shown.id: shown, other.id: other}, (entry,), histories, refuses=CommandRefused(word, word))


def harmless(desk: Desk) -> None:
    lines = desk.lines()
    strange = {
        f"U+{ord(c):04X}" for c in "".join(lines) if unicodedata.category(c) in ("Cc", "Cs") or c in "\u202e\u2066"
    }
    assert not strange
    assert desk.app.is_running


@pytest.mark.parametrize("size", [WIDE, SMALL])
async def test_hostile_words_are_text_in_every_pane_and_title(size: tuple[int, int]) -> None:
    words = list(map(printable, WORDS))
    phones = {
        PhoneId(str(number)): replace(said_by(word), id=PhoneId(str(number))) for number, word in enumerate(words)
    }
    events = tuple(JournalEntry(NOW, PhoneId(word), word) for word in words)
    fleet = FakeFleet(phones, events, {phone: {(1, 0): course(lobby())} for phone in phones})
    async with opened(fleet, size=size, title=words[0]) as desk:
        for phone in phones:
            desk.main.select(phone)
            await desk.pilot.pause()
            harmless(desk)
        for keys in ("1z", "3", "4", "5"):
            await desk.press(*keys)
            harmless(desk)


@pytest.mark.parametrize(
    "word", [WORDS[1], "[/red]", "[@click=app.quit]press[/]", "[b + [", "x" * 10_000], ids=lambda word: ascii(word)[:24]
)
async def test_hostile_words_are_text_in_questions_toasts_palette_and_keys(word: str) -> None:
    async with opened(fleet_saying(printable(word))) as desk:
        for keys in (["ctrl+p"], ["escape", "H"], ["y"], ["i", "5", "space"], ["escape", "d"], ["y", "5", "enter"]):
            await desk.press(*keys)
            harmless(desk)


@pytest.mark.parametrize("word", RAW, ids=ascii)
async def test_the_last_wall_holds_even_for_words_that_nobody_made_harmless(word: str) -> None:
    async with opened(fleet_saying(Printable(word))) as desk:
        harmless(desk)
        await desk.press("H", "y")
        await desk.pilot.pause()
        harmless(desk)


async def test_hostile_words_stay_visible_as_words() -> None:
    async with opened(fleet_saying(printable("[@click=app.quit]press[/]"))) as desk:
        assert "[@click=app.quit]press[/]" in desk.text()


def filtered(text: str, wall: Any) -> str:
    return "".join(segment.text for segment in wall.apply([Segment(text)], Color.parse("black")))


def test_the_walls_keep_widths() -> None:
    assert filtered("a\x1b[31mb\u202e", HarmlessText()) == "a[31mb"
    assert filtered("日● é…", AsciiText()) == "??* ?~"
    control = Segment("\x1b[H", None, [(1,)])  # type: ignore[list-item]  # any control will do
    assert HarmlessText().apply([control], Color.parse("black")) == [control]
