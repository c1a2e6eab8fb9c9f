"""The command palette: every action of the open screen with its key, and every phone and call by name."""

from collections.abc import Awaitable, Callable, Iterator
from typing import NamedTuple

from rich.text import Text
from textual.command import DiscoveryHit, Hit, Hits, Provider

from phonetui.actions import ACTIONS, APP_ACTIONS, SCREENS
from phonetui.phone.state import PhoneId
from phonetui.ui.keyboard import method, shown
from phonetui.ui.main.screen import MainScreen
from phonetui.ui.screens.screen_commands import ScreenCommands
from phonetui.ui.text.format import duration, model, name
from phonetui.ui.text.rows import clip, pad

_KEY = 8
"""Cells of a key."""
_OWN = 1.2
"""By how much an action of the screen that is open goes before others that match as well."""


class PaletteEntry(NamedTuple):
    words: str
    key: str
    """As it is shown; empty for a phone and a call."""
    act: Callable[[], Awaitable[None] | None]
    weight: float = 1.0


class Palette(Provider):
    """Names come from people and phones, so they are shown as text, never read as markup.

    Two providers would be listed in another order in every run, as the toolkit keeps them in a set.
    """

    async def discover(self) -> Hits:
        for entry in self._entries():
            yield DiscoveryHit(_line(entry), entry.act, text=entry.words)

    async def search(self, query: str) -> Hits:
        matcher = self.matcher(query)
        for entry in self._entries():
            score = matcher.match(entry.words)
            if score > 0:
                yield Hit(score * entry.weight, _line(entry), entry.act, text=entry.words)

    def _entries(self) -> Iterator[PaletteEntry]:
        """Actions of the screen that is open, its own first; then calls and phones."""
        main = next((screen for screen in self.app.screen_stack if isinstance(screen, MainScreen)), None)
        if main is None:
            return
        yield from self._actions(main.view_state.session.keys)
        phones = main.view_state.session.fleet.phones
        for phone in phones.values():
            for call in phone.calls:
                party = " ".join(filter(None, (call.remote_name, call.remote_number))) or "an unnamed party"
                words = f"Call of {name(phone)} with {party} {duration(call.duration_s)}"
                yield PaletteEntry(clip(words, 100), "", going(main, phone.id, "calls"))
        for phone in phones.values():
            words = " ".join(filter(None, ("Go to", name(phone), model(phone), phone.address)))
            yield PaletteEntry(clip(words, 100), "", going(main, phone.id))

    def _actions(self, keys: dict[str, str]) -> Iterator[PaletteEntry]:
        screen = self.screen
        here = SCREENS.get(screen.screen_id) if isinstance(screen, ScreenCommands) else None
        own = here.own if here else frozenset()
        for action in sorted(ACTIONS, key=lambda action: action.id not in own):
            namespace = self.app if action.id in APP_ACTIONS else screen
            act = getattr(namespace, f"action_{method(action.id)}", None)
            works = here is None or action.id in here.works
            if act is not None and works:  # what belongs to another screen is not offered here
                key = " ".join(shown(key) for key in keys[action.id].split(","))
                yield PaletteEntry(action.words, key, act, _OWN if action.id in own else 1.0)


def _line(entry: PaletteEntry) -> Text:
    return Text.assemble((pad(entry.key, _KEY), "bold"), entry.words)


def going(main: MainScreen, phone: PhoneId, pane: str = "") -> Callable[[], Awaitable[None]]:
    """What leads to a phone, and to a pane there, from wherever the operator is."""

    async def go() -> None:
        if await main.leave_to(main):
            main.go_to(phone)
            if pane:
                main.focus_pane(pane)

    return go
