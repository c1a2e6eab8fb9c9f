"""The palette: every action in the order of the alphabet, then every phone by its name."""

from collections.abc import Awaitable, Callable, Iterator
from typing import Protocol, runtime_checkable

from rich.text import Text
from textual.command import DiscoveryHit, Hit, Hits
from textual.system_commands import SystemCommandsProvider

from phonetui.phone.state import Phone, PhoneId
from phonetui.ui.main.screen import MainScreen
from phonetui.ui.text.format import model, name
from phonetui.ui.text.rows import clip


@runtime_checkable
class Holding(Protocol):
    """A screen that may hold what the operator typed."""

    @property
    def held(self) -> str:
        """What would be lost with it; empty where nothing would."""


class Palette(SystemCommandsProvider):
    """Names come from people and phones, so they are shown as text, never read as markup.

    Two providers would be listed in another order in every run, as the toolkit keeps them in a set.
    """

    async def discover(self) -> Hits:
        async for hit in super().discover():
            yield hit
        for phone, go in self._phones():
            yield DiscoveryHit(Text(_words(phone)), go)

    async def search(self, query: str) -> Hits:
        async for hit in super().search(query):
            yield hit
        matcher = self.matcher(query)
        for phone, go in self._phones():
            score = matcher.match(_words(phone))
            if score > 0:
                yield Hit(score, Text(_words(phone)), go)

    def _phones(self) -> Iterator[tuple[Phone, Callable[[], Awaitable[None]]]]:
        main = next((screen for screen in self.app.screen_stack if isinstance(screen, MainScreen)), None)
        if main is None:
            return
        for phone in main.view_state.session.fleet.phones.values():
            yield phone, going(main, phone.id)


def going(main: MainScreen, phone: PhoneId) -> Callable[[], Awaitable[None]]:
    """What leads to a phone from wherever the operator is."""

    async def go() -> None:
        """The screens above the main one are left, unless one of them holds what would be lost with it."""
        app = main.app
        above = app.screen_stack[app.screen_stack.index(main) + 1 :]
        if why := next((screen.held for screen in above if isinstance(screen, Holding) and screen.held), ""):
            app.notify(f"Not left for another phone: {why}.", severity="warning", markup=False)
            return
        with app.batch_update():
            for _ in above:
                await app.pop_screen()
            main.go_to(phone)

    return go


def _words(phone: Phone) -> str:
    return clip(" ".join(filter(None, ("Go to", name(phone), model(phone), phone.address))), 100)
