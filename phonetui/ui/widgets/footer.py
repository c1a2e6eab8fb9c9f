"""The footer: keys of the screen, and for a while the message of a key that could not act."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from rich.cells import cell_len
from textual import events
from textual.timer import Timer

from phonetui.actions import ACTIONS
from phonetui.phone.state import Phase, Phone
from phonetui.ui.snapshot import Snapshot
from phonetui.ui.text.format import why_refused
from phonetui.ui.text.rows import Role, Row, Run, cell_width, row, spread
from phonetui.ui.widgets.pane import Pane
from phonetui.ui.widgets.row_list import RowsView, StaticRows

MESSAGE_S = 8.0
"""How long a message stands, unless a key is pressed before."""


class FooterMessage(RowsView):
    """Rows in whose place a sentence may stand for a while."""

    _message: Row = ()
    _below: Sequence[Row] = ()
    """The rows that the message covers."""
    _timer: Timer | None = None

    def show(self, rows: Sequence[Row], *args: Any, **more: Any) -> None:
        self._below = rows
        super().show([self._message] if self._message else rows, *args, **more)

    def say(self, words: str) -> bool:
        """Whether there was room for it: a remedy is never cut."""
        message = row(" ", Run(words, Role.FAIR))
        if cell_width(message) > self.size.width:
            return False
        self._message = message
        if self._timer is not None:
            self._timer.stop()
        self._timer = self.set_timer(MESSAGE_S, self.end_message)
        self.show(self._below)
        return True

    def end_message(self) -> None:
        if self._message:
            self._message = ()
            self.show(self._below)


class KeyHints(StaticRows, FooterMessage, can_focus=False):
    """The key hints of a screen that knows its hints by itself."""


class KeyHint(NamedTuple):
    key: str
    """In the toolkit's name."""
    shown: str
    word: str


class Footer(Pane, FooterMessage, can_focus=False):  # in this order the style sheet takes it for a pane
    """The footer of the main screen; a click on a hint is its key."""

    def __init__(self, keys: Mapping[str, str], named: Callable[[str], str]) -> None:
        """`keys` are the keys in force by action id; `named` says how a key is written for people."""
        super().__init__()
        self._keys = keys
        self._named = named
        self._hints: list[KeyHint] = []

    def dependencies(self, snapshot: Snapshot) -> tuple[object, ...]:
        is_replay = snapshot.timeline is not None
        return (snapshot.phone, snapshot.device, frozenset(snapshot.granted), snapshot.read_only, is_replay)

    def rows_of(self, snapshot: Snapshot, width: int, height: int) -> list[Row]:  # noqa: ARG002 - one line
        chosen = [action for action in ACTIONS if action.short and offers(action.id, snapshot)]
        chosen.sort(key=lambda action: not action.id.startswith("time."))
        firsts = ((self._keys[action.id].partition(",")[0], action.short) for action in chosen)
        self._hints = fitting_hints([KeyHint(key, self._named(key), word) for key, word in firsts], width)
        return [rows(self._hints)]

    def on_click(self, event: events.Click) -> None:
        reached = 1
        for hint in self._hints:
            reached += cell_len(hint.shown) + cell_len(hint.word) + 3
            if event.x < reached:
                self.app.simulate_key(hint.key)
                return


_SHADOWED = frozenset({"screen.command", "problem.next", "problem.previous"})
"""Actions whose keys are a replay's."""


def offers(action: str, snapshot: Snapshot) -> bool:
    """Whether the action would do anything for the selected phone: a key that is shown must not be dead."""
    is_replay = snapshot.timeline is not None
    if is_replay and (action in _SHADOWED or action.partition(".")[0] in ("call", "phone", "poll")):
        return False
    if action.startswith("time."):
        return is_replay
    phone = snapshot.phone
    is_open = phone is not None and not snapshot.read_only and not why_refused(phone)
    if action in ("call.dial", "phone.keys"):
        return is_open
    if action in ("screen.status", "screen.command"):
        return phone is not None
    if action == "screen.webex":
        return snapshot.device is not None or (phone is not None and phone.claim is not None)
    if action == "phone.release":
        return phone is not None and phone.id in snapshot.granted
    if action == "phone.certificate":
        return phone is not None and phone.connection.reason == "certificate"
    if action == "phone.password":
        return phone is not None and phone.connection.reason == "credentials"
    if action == "call.answer":
        return is_open and _has(phone, lambda phase: phase is Phase.ALERTING)
    if action == "call.hangup":
        return is_open and _has(phone, lambda phase: phase.is_live)
    return True


def _has(phone: Phone | None, suits: Callable[[Phase], bool]) -> bool:
    return phone is not None and any(suits(call.phase) for call in phone.calls)


def fitting_hints(hints: list[KeyHint], width: int) -> list[KeyHint]:
    """The hints that there is room for; those that help would tell of anyway give way first."""
    kept = list(hints)
    for word in _GIVE_WAY:
        if _cells(kept) > width:
            kept = [hint for hint in kept if hint.word != word]
    return kept


def key_hints(hints: Sequence[tuple[str, str]], width: int, counts: str | Row = "") -> Row:
    """Keys and what they do, on screens that know theirs by themselves.

    Where there is no room for all, the last but the very last give way: that one leads back. `counts` stands at the
    end, where there is room for it.
    """
    kept = list(hints)
    while len(kept) > 1 and cell_width(_key_hints(kept)) > width:
        del kept[-2]
    keys, end = _key_hints(kept), row(Run(f"{counts} ", Role.DIM)) if isinstance(counts, str) else counts
    return spread(keys, end if cell_width(keys) + cell_width(end) < width else (), width) if counts else keys


def _key_hints(hints: Sequence[tuple[str, str]]) -> Row:
    return row(" ", *(run for key, word in hints for run in (Run(key, Role.KEY), Run(f" {word}  ", Role.LABEL))))


_GIVE_WAY = (
    "palette", "zoom", "command", "webex", "keys", "status", "filter", "freeze", "hang up", "dial",
    "next problem", "mark", "back", "on", "go to")  # fmt: skip


def _cells(hints: Iterable[KeyHint]) -> int:
    return 1 + sum(cell_len(hint.shown) + cell_len(hint.word) + 3 for hint in hints)


def rows(hints: Iterable[KeyHint]) -> Row:
    return _key_hints([(hint.shown, hint.word) for hint in hints])
