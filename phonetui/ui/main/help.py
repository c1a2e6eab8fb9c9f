"""Help, the explanation of a pane, and the palette: made from the tables of actions, signs, terms and limits."""

import tomllib
from collections.abc import Awaitable, Callable, Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Any, ClassVar, NamedTuple, Protocol, runtime_checkable

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.command import DiscoveryHit, Hit, Hits
from textual.system_commands import SystemCommandsProvider

from phonetui.actions import ACTIONS
from phonetui.phone.quality.grading import Limits, Thresholds
from phonetui.phone.state import Phone, PhoneId
from phonetui.ui.keyboard import shown
from phonetui.ui.main.screen import MainScreen
from phonetui.ui.screens.dialog import Dialog
from phonetui.ui.text.format import GRADES, STATES, Mark, model, name
from phonetui.ui.text.rows import Role, Row, Run, clip, pad, row
from phonetui.ui.webex_status import STATUSES
from phonetui.ui.widgets.pane import Pane
from phonetui.ui.widgets.row_list import RowsView


class Term(NamedTuple):
    """A word or sign of a pane, for the explanation of it."""

    name: str
    """As the pane writes it."""
    meaning: str
    source: str = ""
    """The leaf of the phone, or how it is made of several."""
    limits: str = ""
    """The field of `Thresholds` that judges it."""
    unit: str = ""


@cache
def _help_texts() -> dict[str, Any]:
    """What ships beside this module, read when somebody first asks for help."""
    return tomllib.loads((files("phonetui.ui.main") / "help.toml").read_text("utf-8"))


def terms(pane: type[Pane]) -> list[Term]:
    return [Term(*fields) for fields in _help_texts()["panes"].get(pane.name_, ())]


def explanation_rows(pane: type[Pane], thresholds: Thresholds) -> list[Row]:
    """Limits are those of the thresholds in force, so that the explanation cannot disagree with them."""
    return [line for term in terms(pane) for line in (*_explained(term, thresholds), ())][:-1]


def _explained(term: Term, thresholds: Thresholds) -> Iterator[Row]:
    yield row(Run(f" {pad(term.name, 12)}", Role.TITLE), term.meaning)
    if term.source:
        yield row(" " * 13, Run(f"from {term.source}", Role.LABEL))
    if term.limits:
        yield row(" " * 13, Run(limits_of(getattr(thresholds, term.limits), term.unit), Role.ACCENT))


def limits_of(limit: Limits, unit: str) -> str:
    """`fair > 1 %   poor > 3 %   critical > 5 %`"""
    sign = "<" if limit.is_floor else ">"
    steps = (("fair", limit.fair), ("poor", limit.poor), ("critical", limit.critical))
    return "   ".join(f"{name} {sign} {value:g} {unit}".rstrip() for name, value in steps if value is not None)


class _RowsDialog(Dialog[None]):
    """Rows to read, and nothing to answer."""

    CSS_PATH = "../styles/help.tcss"

    def __init__(self, title: str, rows: list[Row]) -> None:
        super().__init__()
        self._title, self._rows = title, rows

    def compose(self) -> ComposeResult:
        view = RowsView(id="help")
        view.border_title = self._title
        view.border_subtitle = "esc back"
        yield view

    def on_mount(self) -> None:
        self.call_after_refresh(self.query_one(RowsView).show, self._rows)


class HelpScreen(_RowsDialog):
    """Every key and every sign, made from the tables that the program itself runs by."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,q,question_mark,enter", "leave", "Back")]

    def __init__(self, keys: Mapping[str, str], thresholds: Thresholds) -> None:
        super().__init__("Help", help_rows(keys, thresholds))


class Explanation(_RowsDialog):
    """What a pane's figures are, where they come from, and beyond which limits they are judged."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,q,f1,enter", "leave", "Back")]

    def __init__(self, pane: Pane, thresholds: Thresholds) -> None:
        super().__init__(f"{pane.name_}: what is what", explanation_rows(type(pane), thresholds))


def help_rows(keys: Mapping[str, str], thresholds: Thresholds) -> list[Row]:
    texts = _help_texts()
    keyed = {action: _keys(keys[action.id]) for action in ACTIONS}
    beside = min(max(map(len, keyed.values())) + 2, 11)
    most = max(len(action.words) for action in ACTIONS) + 2
    actions = [
        row(Run(f" {pad(keyed[action], beside)}", Role.KEY), pad(action.words, most), Run(action.id, Role.DIM))
        for action in ACTIONS
    ]
    lists = [row(Run(f" {pad(key, 11)}", Role.KEY), words) for key, words in texts["lists"].items()]
    grades = [_sign(mark, texts["grades"][mark.word]) for mark in GRADES.values()]
    states = [_sign(mark, texts["states"][state.value]) for state, mark in STATES.items()]
    claims = [_sign(mark, texts["claims"][status]) for status, mark in STATUSES.items()]
    odds = _sign(Mark("≠", "Webex: …", Role.FAIR), "what Webex says and we deny, still so after another look")
    figures = (
        ("loss", thresholds.loss_pct, "%"),
        ("discard", thresholds.discard_pct, "%"),
        ("jitter", thresholds.jitter_ms, "ms"),
        ("round trip", thresholds.round_trip_ms, "ms"),
        ("MOS", thresholds.mos, ""),
        ("MOS, G.729", thresholds.mos_narrow, ""),
        ("R factor", thresholds.r_factor, ""),
    )
    limits = [row(" ", pad(name, 14), limits_of(limit, unit)) for name, limit, unit in figures]
    return [
        _title("Keys", "the names at the right are for [keys] of the configuration"), *actions, (),
        _title("Lists"), *lists, (),
        _title("Grades of a call"), *grades, (),
        _title("Limits", "beyond which a figure is fair, poor, critical; [quality] moves them"), *limits, (),
        _title("Phones"), *states, (),
        _title("Phones as Webex claims"), *claims, odds,
    ]  # fmt: skip


def _sign(mark: Mark, words: str) -> Row:
    return row(" ", Run(pad(f"{mark.glyph} {mark.word}", 15), mark.role), words)


def _title(words: str, more: str = "") -> Row:
    return row(Run(words, Role.TITLE), Run(f"  {more}" if more else "", Role.DIM))


def _keys(keys: str) -> str:
    return " ".join(shown(key) for key in keys.split(","))


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
