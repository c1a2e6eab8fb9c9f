"""Every key and every sign, made from the tables that the program itself runs by."""

from collections.abc import Mapping
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from phonetui.actions import ACTIONS
from phonetui.phone.quality.thresholds import Thresholds
from phonetui.ui.format import GRADES, STATES, Mark
from phonetui.ui.keyboard import shown
from phonetui.ui.panes.claims import STATUSES
from phonetui.ui.panes.explained import limits_of
from phonetui.ui.row import Role, Row, Run, pad, row
from phonetui.ui.screens.dialog import Dialog
from phonetui.ui.widgets.rows import RowsView

_LISTS = (
    ("↑ ↓ j k", "Move; pgup pgdn home end G move far"),
    ("← → enter", "Close, open a group of phones"),
    ("tab", "Next pane; shift+tab the one before"),
    ("esc", "Back: ends the filter, then the zoom"),
)


class Help(Dialog[None]):
    CSS_PATH = "help.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,q,question_mark,enter", "leave", "Back")]

    def __init__(self, keys: Mapping[str, str], thresholds: Thresholds) -> None:
        super().__init__()
        self._rows = rows(keys, thresholds)

    def compose(self) -> ComposeResult:
        view = RowsView(id="help")
        view.border_title = "Help"
        view.border_subtitle = "esc back"
        yield view

    def on_mount(self) -> None:
        self.call_after_refresh(self.query_one(RowsView).show, self._rows)

    def action_leave(self) -> None:
        self.dismiss(None)


def rows(keys: Mapping[str, str], thresholds: Thresholds) -> list[Row]:
    keyed = {action: _keys(keys[action.id]) for action in ACTIONS}
    beside = min(max(map(len, keyed.values())) + 2, 11)
    most = max(len(action.words) for action in ACTIONS) + 2
    actions = [
        row(Run(f" {pad(keyed[action], beside)}", Role.KEY), pad(action.words, most), Run(action.id, Role.DIM))
        for action in ACTIONS
    ]
    lists = [row(Run(f" {pad(key, 11)}", Role.KEY), words) for key, words in _LISTS]
    grades = [_sign(mark, _GRADE_WORDS[mark.word]) for mark in GRADES.values()]
    states = [_sign(mark, _STATE_WORDS[state.value]) for state, mark in STATES.items()]
    claims = [_sign(mark, _CLAIM_WORDS[status]) for status, mark in STATUSES.items()]
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


_GRADE_WORDS = {
    "unknown": "the phone gives nothing to judge by",
    "measuring": "too few packets or too short to say",
    "good": "every figure that exists is inside its limits",
    "fair": "noticeable to some",
    "POOR": "many would complain",
    "CRITICAL": "hardly usable",
}
_STATE_WORDS = {
    "connecting": "first answer still to come",
    "live": "answers; beside it idle, ringing, or the worst call's grade",
    "stale": "no good answer for three intervals: what is shown is old",
    "sleeping": "in deep sleep, silent on purpose",
    "rebooting": "starting again; a few minutes at most",
    "unreachable": "no answer: network, power, or address",
    "refused": "answers, but lets nobody in: credentials, role, certificate",
    "not-xapi": "something answers there that is not a phone's xAPI",
}
_CLAIM_WORDS = {
    "connected": "online",
    "connected_with_issues": "online, with error codes",
    "disconnected": "offline; beside it, since when Webex has not heard of it",
    "offline_expired": "offline, and expired in Webex's word",
    "offline_deep_sleep": "asleep on purpose",
    "activating": "its activation goes on; it was never online yet",
    "pending": "waits for its activation; it was never online yet",
}
