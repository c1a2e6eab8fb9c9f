"""Every screen in every state: the table, and the walk through it that reports all that differs.

A new screen is a new row. A cell that makes no sense is named in its row, with the reason.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, NamedTuple

from textual.screen import Screen
from textual.widgets import Input

from phonetui.ui.text.rows import Role
from phonetui.ui.theme import role_style
from phonetui.ui.widgets.row_list import RowsView
from tests.live import until
from tests.sampling import quick_are
from tests.ui.golden import differences, golden
from tests.ui.screen import SMALL, WIDE, Desk
from tests.ui.test_hostile import harmless


class State(NamedTuple):
    situation: str
    size: tuple[int, int] = WIDE
    ui: Mapping[str, object] = MappingProxyType({})
    """What of `[ui]` is set otherwise."""


STATES: dict[str, State] = {
    "normal": State("normal"),
    "empty": State("empty"),
    "unheard": State("unheard"),
    "stale": State("stale"),
    "failed": State("failed"),
    "hostile": State("hostile"),
    "80x24": State("normal", SMALL),
    "ascii": State("normal", ui=MappingProxyType({"ascii": True})),
    "light": State("normal", ui=MappingProxyType({"theme": "phonetui-light"})),
}
"""Empty is a configuration without phones, or a Webex that has nothing; unheard is the second in which nothing answered yet."""


STATES_TO_TRY = quick_are(("normal", "hostile"), STATES)
"""Parameters of a test."""


class Typed(NamedTuple):
    """Words that come into the field with the focus at once."""

    words: str


Step = str | Typed | Callable[[Desk], Screen[Any]]
"""Keys, separated by blanks; words; or what opens a screen that no key leads to."""


@dataclass(frozen=True)
class Seen:
    """A screen, and how it is reached from the main one and left for it."""

    name: str
    there: tuple[Step, ...] = ()
    back: tuple[Step, ...] = ("escape",)
    without: Mapping[str, str] = field(default_factory=dict)
    """States that it cannot be in, and why."""
    varying: str = ""
    """What differs from run to run: a pattern; what its first group leaves out of a line is not compared."""


_NEEDS_PHONE = {"empty": "it is of one phone: without any, its key says so and opens nothing"}
_NO_STATE = dict.fromkeys(
    ("empty", "unheard", "stale", "failed", "hostile"), "it shows nothing that a phone said: always as normal"
)
_NEEDS_CONTROL = {**_NEEDS_PHONE, "failed": "a phone that refuses us offers none of it: `command` shows what is said"}

SCREENS: tuple[Seen, ...] = (
    Seen("main", back=()),
    Seen("fleet", ("f",)),
    Seen("chart", ("g", "left left left")),
    Seen("keys", ("i y", "5 up"), without=_NEEDS_CONTROL),
    Seen("dial", ("d y",), ("escape I",), _NEEDS_CONTROL),
    Seen("picture", ("s",), ("escape",), _NEEDS_CONTROL),
    Seen("events", ("e", "up")),
    Seen("help", ("question_mark",), without=_NO_STATE),
    Seen("help-end", ("question_mark G",), without=_NO_STATE),
    Seen("status", ("x",), without=_NEEDS_PHONE),
    Seen(
        "command",
        ("colon", Typed("Call Dial Number=5000"), "enter y", Typed("HttpFeedback Register ")),
        ("escape I",),
        _NEEDS_PHONE,
    ),
    Seen("calls", ("c", "down")),
    Seen(
        "card", ("c down down down enter",), ("escape escape",),
        {
            **dict.fromkeys(("empty", "unheard", "failed"), "it is of a remembered call, and there is none"),
            "stale": "it is of a call that is over: what it says does not age",
        },
    ),
    Seen("alerts", ("a", "down")),
    Seen("palette", ("ctrl+p",)),
    Seen("gauge", ("D",), ("D",), varying=r"(.* (?:written  |paints   |loop lag |tasks    |memory   )).*"),
    Seen("explanation", ("2 f1",), ("escape 1",), _NO_STATE),
)  # fmt: skip


def states(seen: Seen) -> dict[str, State]:
    """Those that it can be in."""
    return {name: state for name, state in STATES.items() if name not in seen.without}


Arrived = Callable[[Desk], Awaitable[None]]


async def walked(desk: Desk, screens: Sequence[Seen], state: str, arrived: Arrived | None = None) -> list[str]:
    """Goes to each screen and back; what differs from its golden, each in words that name screen and state.

    `arrived` does on each screen what brings it into the state, where that is not so from the start. In the light
    they are walked backwards: how a screen looks must not depend on which were open before.
    """
    found: list[str] = []
    for seen in reversed(screens) if state == "light" else screens:
        if state in seen.without:
            continue
        await _go(desk, seen.there)
        if arrived is not None:
            await arrived(desk)
            await settled(desk)
        found += _compared(desk, seen, state)
        await _go(desk, seen.back)
        if desk.app.screen is not desk.main:
            found.append(f"{seen.name} × {state}: {seen.back} leads to {type(desk.app.screen).__name__}, not back")
            while desk.app.screen is not desk.main:
                desk.app.pop_screen()
        desk.app.clear_notifications()
    return found


async def _go(desk: Desk, steps: Iterable[Step]) -> None:
    for step in steps:
        if isinstance(step, Typed):
            desk.app.screen.query_one(Input).value = step.words
        elif isinstance(step, str):
            await desk.press(*step.split())
        else:
            await desk.app.push_screen(step(desk))
        await settled(desk)


async def settled(desk: Desk) -> None:
    """Once nothing is asked any more and all of it is drawn."""
    await desk.pilot.pause()
    while busy := [worker for worker in desk.app.workers if not worker.is_finished]:
        await asyncio.gather(*(worker.wait() for worker in busy), return_exceptions=True)
    screen: Any = desk.app.screen
    if asker := _asker(screen):
        screen._refresh_if_changed()
        await until(lambda: not asker.is_asking)
        await desk.pilot.pause()
    if hasattr(screen, "refresh_view"):
        screen.refresh_view()
        await desk.pilot.pause()


def _asker(screen: Any) -> Any:
    """What asks beside the screen, again and again; None where nothing does."""
    jobs = getattr(screen, "jobs", None)
    return getattr(screen, "snapshots", None) or getattr(screen, "poller", None) or getattr(jobs, "poller", None)


def _compared(desk: Desk, seen: Seen, state: str) -> list[str]:
    harmless(desk)
    screen: Screen[Any] = desk.app.screen
    is_ascii = state == "ascii"
    drawn = _steady(f"{_text(desk)}\n" if is_ascii else golden(desk, screen), seen.varying)
    found = [f"{seen.name} × {state}: not ASCII: {_beyond_ascii(drawn)}"] if is_ascii and not drawn.isascii() else []
    if re.search(r"[…~]$", desk.lines()[-1].rstrip()):
        found.append(f"{seen.name} × {state}: its last line is cut: {desk.lines()[-1].rstrip()}")
    if state == "light":
        found += [f"{seen.name} × light: {role} has no style" for role in _roles(screen) if not _is_styled(desk, role)]
    name, is_light = f"{seen.name}/{'normal' if state == 'light' else state}", state == "light"
    title = f"{seen.name} × {state}"
    return found + [f"{title} differs:\n{each}" for each in differences(name, drawn, may_write=not is_light)]


def _text(desk: Desk) -> str:
    return "\n".join(line.rstrip() for line in desk.top_lines())


def _steady(drawn: str, varying: str) -> str:
    return re.sub(varying, r"\1#", drawn) if varying else drawn


def _beyond_ascii(drawn: str) -> str:
    return " ".join(sorted({f"U+{ord(glyph):04X}" for glyph in drawn if not glyph.isascii()}))


def _roles(screen: Screen[Any]) -> list[Role]:
    return sorted({run.role for view in screen.query(RowsView) for shown in view.rows for run in shown})


def _is_styled(desk: Desk, role: Role) -> bool:
    style = role_style(desk.app.current_theme, role)
    return style.color is not None and not desk.app.current_theme.dark
