"""The help screen, and the explanation of what is under the cursor; made from tables."""

import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any, ClassVar, NamedTuple

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Input

from phonetui.actions import ACTIONS, SCREENS, Action
from phonetui.phone.quality.grading import Limits, Thresholds
from phonetui.ui.keyboard import shown
from phonetui.ui.screens.dialog import Dialog
from phonetui.ui.text.format import GRADES, STATES, Mark
from phonetui.ui.text.rows import Role, Row, Run, pad, row, text
from phonetui.ui.webex_status import STATUSES
from phonetui.ui.widgets.pane import Prompt
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


def terms(name: str) -> list[Term]:
    """The terms that the help explains of a pane by its name, or of a screen by its id."""
    texts = _help_texts()
    return [Term(*fields) for fields in texts["panes"].get(name) or texts["screens"].get(name, ())]


def meaning_of(kind: str, word: str) -> str:
    """The meaning of a word of one of the help's own tables, such as `alerts`; empty where it has none."""
    found: str = _help_texts()[kind].get(word, "")
    return found


def explanation_rows(found: Iterable[Term], thresholds: Thresholds) -> list[Row]:
    """Limits are those of the thresholds in force, so that the explanation cannot disagree with them."""
    return [line for term in found for line in (*_explained(term, thresholds), ())][:-1]


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
        view.border_subtitle = self.hints()
        yield view

    def hints(self) -> str:
        return "esc back"

    def on_mount(self) -> None:
        self.call_after_refresh(self.query_one(RowsView).show, self._rows)


class HelpScreen(_RowsDialog):
    """Every key and every sign, made from the tables that the program itself runs by; those of one screen first."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("q,question_mark,enter", "leave", "Back"),
        Binding("escape", "back", "Back"),
        Binding("slash", "search", "Search"),
    ]

    def __init__(self, screen: str, keys: Mapping[str, str], thresholds: Thresholds) -> None:
        """`screen` is a row of `SCREENS`."""
        super().__init__(f"Keys on {SCREENS[screen].words}", [])
        self._sections = help_sections(screen, keys, thresholds)
        self._rows = list(_joined(self._sections))

    def hints(self) -> str:
        return "/ search   esc back"

    async def action_search(self) -> None:
        if not self.query(Prompt):
            await self.mount(Prompt("/", "", "part of a key's words, a sign, a grade, a limit"))

    def on_input_changed(self, event: Input.Changed) -> None:
        wanted = event.value.casefold().split()
        found = [(title, [line for line in lines if _has(line, wanted)]) for title, lines in self._sections]
        rows = list(_joined([(title, lines) for title, lines in found if lines]))
        self.query_one(RowsView).show(rows or [row(Run("No match.", Role.DIM))])

    def on_input_submitted(self) -> None:
        self.query(Prompt).remove()
        self.query_one(RowsView).focus()

    def action_back(self) -> None:
        if self.query(Prompt) or self.query_one(RowsView).rows != tuple(self._rows):
            self.query(Prompt).remove()
            self.query_one(RowsView).show(self._rows)
            self.query_one(RowsView).focus()
        else:
            self.action_leave()


class Explanation(_RowsDialog):
    """What the figures of a pane or screen are, where they come from, and beyond which limits they are judged."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,q,f1,enter", "leave", "Back")]

    def __init__(self, name: str, thresholds: Thresholds, first: Sequence[Term] = ()) -> None:
        """`name` is a pane's, or a screen's id; `first` is of what is under the cursor."""
        words = SCREENS[name].words.removeprefix("the ") if name in SCREENS else name
        super().__init__(f"{words[:1].upper()}{words[1:]}: what is what", [])
        self._rows = explanation_rows((*first, *terms(name)), thresholds)


Section = tuple[Row, list[Row]]
"""A title and what stands below it."""


def help_sections(screen: str, keys: Mapping[str, str], thresholds: Thresholds) -> list[Section]:
    """What works on that screen first, then what works on others, then signs and limits."""
    texts, here = _help_texts(), SCREENS[screen]
    keyed = {action: _keys(keys[action.id]) for action in ACTIONS}
    beside = min(max(map(len, keyed.values())) + 2, 11)
    most = max(len(action.words) for action in ACTIONS) + 2

    def rows_of(actions: Iterable[Action]) -> list[Row]:
        return [
            row(Run(f" {pad(keyed[action], beside)}", Role.KEY), pad(action.words, most), Run(action.id, Role.DIM))
            for action in actions
        ]

    by_id = {action.id: action for action in ACTIONS}
    rank = {id_: place for place, id_ in enumerate(by_id)}
    own = sorted(here.works, key=lambda id_: (id_ not in here.own, rank[id_]))
    figures = (
        ("loss", thresholds.loss_pct, "%"),
        ("discard", thresholds.discard_pct, "%"),
        ("jitter", thresholds.jitter_ms, "ms"),
        ("RTT", thresholds.round_trip_ms, "ms"),
        ("MOS", thresholds.mos, ""),
        ("MOS, G.729", thresholds.mos_narrow, ""),
        ("R factor", thresholds.r_factor, ""),
    )
    odds = _sign(Mark("≠", "Webex: …", Role.FAIR), "what Webex reports and we deny, still so after another look")
    return [
        (_title(f"Keys on {here.words}", "at the right: names for [keys]"),
         rows_of(by_id[id_] for id_ in own)),
        (_title("Lists"), [row(Run(f" {pad(key, 11)}", Role.KEY), words) for key, words in texts["lists"].items()]),
        (_title("Keys on other screens"), rows_of(action for action in ACTIONS if action.id not in here.works)),
        (_title("Grades of a call"), [_sign(mark, texts["grades"][mark.word]) for mark in GRADES.values()]),
        (_title("Limits", "beyond which a figure is fair, poor, critical; [quality] moves them"),
         [row(" ", pad(name, 14), limits_of(limit, unit)) for name, limit, unit in figures]),
        (_title("Phones"), [_sign(mark, texts["states"][state.value]) for state, mark in STATES.items()]),
        (_title("Phones as Webex claims"),
         [*(_sign(mark, texts["claims"][status]) for status, mark in STATUSES.items()), odds]),
    ]  # fmt: skip


def _joined(sections: Iterable[Section]) -> Iterator[Row]:
    for place, (title, lines) in enumerate(sections):
        if place:
            yield ()
        yield title
        yield from lines


def _has(line: Row, wanted: Iterable[str]) -> bool:
    written = text(line).casefold()
    return all(word in written for word in wanted)


def _sign(mark: Mark, words: str) -> Row:
    return row(" ", Run(pad(f"{mark.glyph} {mark.word}", 15), mark.role), words)


def _title(words: str, more: str = "") -> Row:
    return row(Run(words, Role.TITLE), Run(f"  {more}" if more else "", Role.DIM))


def _keys(keys: str) -> str:
    return " ".join(shown(key) for key in keys.split(","))
