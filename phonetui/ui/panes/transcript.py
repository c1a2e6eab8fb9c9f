"""What was told to phones and what they said to it, newest at the bottom."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, tzinfo
from enum import Enum

from phonetui.text import Printable
from phonetui.ui.row import Role, Row, Run, clip, row

LONGEST = 400
"""Characters of a line that are shown; a picture in base64 has a million."""


class Fate(Enum):
    WAITING = "waiting for the answer"
    DONE = "OK"
    REFUSED = "refused"
    FAILED = "failed"
    NOT_SENT = "not sent"


@dataclass(frozen=True, slots=True)
class Exchange:
    """One line that was typed, and what became of it."""

    seen_at: datetime
    """Aware UTC; when it was typed."""
    phone: Printable
    line: str
    fate: Fate
    words: str = ""
    """Why it was refused or not sent."""
    answer: tuple[str, ...] = ()
    """In the terminal notation."""
    explained: tuple[str, ...] = ()
    """The same for people, where there is more to say."""


_ROLES = {
    Fate.WAITING: ("◐", Role.MEASURING),
    Fate.DONE: ("●", Role.GOOD),
    Fate.REFUSED: ("✗", Role.FAILED),
    Fate.FAILED: ("✗", Role.FAILED),
    Fate.NOT_SENT: ("○", Role.FAIR),
}


def rows(exchanges: Iterable[Exchange], zone: tzinfo | None) -> list[Row]:
    made = [line for exchange in exchanges for line in (*_exchange(exchange, zone), ())]
    return made[:-1] or [row(Run("Nothing has been sent yet.", Role.DIM))]


def _exchange(exchange: Exchange, zone: tzinfo | None) -> Iterable[Row]:
    glyph, role = _ROLES[exchange.fate]
    words = f"{exchange.fate.value}: {exchange.words}" if exchange.words else exchange.fate.value
    yield row(
        Run(f"{exchange.seen_at.astimezone(zone):%H:%M:%S} ", Role.DIM),
        Run(f"{clip(exchange.phone, 24)} ", Role.LABEL),
        Run(clip(exchange.line, LONGEST), Role.TITLE),
    )
    yield row("  ", Run(f"{glyph} {clip(words, LONGEST)}", role))
    shown = Role.FAILED if exchange.fate is Fate.REFUSED else Role.PLAIN
    for line in exchange.explained:
        yield row("  ", Run(clip(line, LONGEST), _tone(line)))
    for line in exchange.answer:
        yield row(
            "  ", Run(clip(line, LONGEST), Role.DIM if exchange.explained and exchange.fate is Fate.DONE else shown)
        )


def _tone(line: str) -> Role:
    if line.startswith("→"):
        return Role.INFO
    return Role.FAIR if "▲" in line else Role.VALUE
