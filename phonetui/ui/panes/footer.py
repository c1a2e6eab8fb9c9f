"""The last line: the keys that do something here and now."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from rich.cells import cell_len
from textual import events

from phonetui.actions import ACTIONS
from phonetui.phone.state import Phase, Phone
from phonetui.ui.confirmation import why_refused
from phonetui.ui.panes.pane import Pane
from phonetui.ui.panes.scene import Scene
from phonetui.ui.row import Role, Row, Run, row, spread, width


class Hint(NamedTuple):
    key: str
    """In the toolkit's name."""
    shown: str
    word: str


class Footer(Pane, can_focus=False):
    def __init__(self, keys: Mapping[str, str], named: Callable[[str], str]) -> None:
        """`keys` are the keys in force by action id; `named` says how a key is written for people."""
        super().__init__()
        self._keys = keys
        self._named = named
        self._hints: list[Hint] = []

    def matter_of(self, scene: Scene) -> tuple[object, ...]:
        return (scene.phone, scene.device, frozenset(scene.granted), scene.read_only)

    def rows_of(self, scene: Scene, across: int, high: int) -> list[Row]:  # noqa: ARG002 - one line
        chosen = (action for action in ACTIONS if action.short and offers(action.id, scene))
        firsts = ((self._keys[action.id].partition(",")[0], action.short) for action in chosen)
        self._hints = fitting([Hint(key, self._named(key), word) for key, word in firsts], across)
        return [rows(self._hints)]

    def on_click(self, event: events.Click) -> None:
        reached = 1
        for hint in self._hints:
            reached += cell_len(hint.shown) + cell_len(hint.word) + 3
            if event.x < reached:
                self.app.simulate_key(hint.key)
                return


def offers(action: str, scene: Scene) -> bool:
    """Whether the action would do anything for the selected phone: a key that is shown must not be dead."""
    phone = scene.phone
    is_open = phone is not None and not scene.read_only and not why_refused(phone)
    if action in ("call.dial", "phone.keys"):
        return is_open
    if action in ("screen.status", "screen.command"):
        return phone is not None
    if action == "screen.webex":
        return scene.device is not None or (phone is not None and phone.claim is not None)
    if action == "phone.release":
        return phone is not None and phone.id in scene.granted
    if action == "phone.certificate":
        return phone is not None and phone.connection.reason == "certificate"
    if action == "call.answer":
        return is_open and _has(phone, lambda phase: phase is Phase.ALERTING)
    if action == "call.hangup":
        return is_open and _has(phone, lambda phase: phase.is_live)
    return True


def _has(phone: Phone | None, suits: Callable[[Phase], bool]) -> bool:
    return phone is not None and any(suits(call.phase) for call in phone.calls)


def fitting(hints: list[Hint], across: int) -> list[Hint]:
    """As many as there is room for; those that help would tell of anyway give way first."""
    kept = list(hints)
    for word in _GIVE_WAY:
        if _cells(kept) > across:
            kept = [hint for hint in kept if hint.word != word]
    return kept


def ways(told: Sequence[tuple[str, str]], across: int, counts: str = "") -> Row:
    """Keys and what they do, on screens that know theirs by themselves.

    Where there is no room for all, the last but the very last give way: that one leads back. `counts` stands at the
    end, where there is room for it.
    """
    kept = list(told)
    while len(kept) > 1 and width(_ways(kept)) > across:
        del kept[-2]
    keys, end = _ways(kept), row(Run(f"{counts} ", Role.DIM)) if counts else ()
    return spread(keys, end if width(keys) + width(end) < across else (), across) if counts else keys


def _ways(told: Sequence[tuple[str, str]]) -> Row:
    return row(" ", *(run for key, word in told for run in (Run(key, Role.KEY), Run(f" {word}  ", Role.LABEL))))


_GIVE_WAY = ("palette", "zoom", "freeze", "filter", "webex", "keys", "hang up", "dial")


def _cells(hints: Iterable[Hint]) -> int:
    return 1 + sum(cell_len(hint.shown) + cell_len(hint.word) + 3 for hint in hints)


def rows(hints: Iterable[Hint]) -> Row:
    return _ways([(hint.shown, hint.word) for hint in hints])
