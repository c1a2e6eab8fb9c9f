"""Dialogs that choose: one or several of many by typing, or one of a few by number."""

from collections.abc import Sequence
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, Static

from phonetui import numeric
from phonetui.ui.screens.dialog import Dialog, question
from phonetui.ui.text.rows import Role, Row, Run, clip, pad, row
from phonetui.ui.widgets.pane import line_input
from phonetui.ui.widgets.row_list import RowsView

MOST = 200
"""Rows that are drawn; of more, some letters are to be typed."""
_MORE = -1
"""In place of a choice's, the row that counts those that aren't drawn."""
_NAME = 28
_CELLS = 120
"""Of a choice that are kept."""


class Picker(Dialog[tuple[int, ...] | None]):
    """A dialog of choices. Ends with the places of what was chosen among them, or None."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "Back"),
        Binding("down", "move(1)", "Down", show=False),
        Binding("up", "move(-1)", "Up", show=False),
        Binding("pagedown", "move(10)", "Page down", show=False),
        Binding("pageup", "move(-10)", "Page up", show=False),
        Binding("tab", "mark", "Mark", show=False),
    ]

    def __init__(
        self, question: str, choices: Sequence[tuple[str, str]], *, several: bool = False, place: int = 0
    ) -> None:
        """A choice has a name and what more there is to say of it; the cursor begins at `place`.

        `several` may be marked.
        """
        super().__init__()
        self._question = question
        self._choices = choices
        self._several = several
        self._place = place
        self._marked: set[int] = set()
        self._listed: list[int] = list(range(len(choices)))

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield question(self._question)
            typed = line_input(placeholder="type to find")
            yield typed
            yield RowsView(id="choices")
            yield Static(Content(self._key_hints()), classes="more")

    def on_mount(self) -> None:
        view = self.query_one(RowsView)
        view.can_focus = False
        view.styles.height = min(max(len(self._choices), 1), 10)
        self.query_one(Input).focus()
        self.call_after_refresh(self._draw, self._place)

    def on_input_changed(self, event: Input.Changed) -> None:
        words = event.value.casefold().split()
        described = (f"{name} {about}".casefold() for name, about in self._choices)
        listed = [place for place, each in enumerate(described) if all(word in each for word in words)]
        if listed != self._listed:
            self._listed = listed
            self._draw(next(iter(listed), None))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """The marked ones; without any, the one under the cursor."""
        event.stop()
        place = self._target
        if self._marked:
            self.dismiss(tuple(sorted(self._marked)))
        elif place is not None:
            self.dismiss((place,))

    def action_move(self, by: int) -> None:
        self.query_one(RowsView).action_move(by)

    def action_mark(self) -> None:
        place = self._target
        if self._several and place is not None:
            self._marked ^= {place}
            self._draw()
            self.query_one(RowsView).action_move(1)

    @property
    def _target(self) -> int | None:
        """The place among the choices of the one under the cursor."""
        found: int | None = self.query_one(RowsView).target
        return None if found == _MORE else found

    def _draw(self, at: int | None = None) -> None:
        """Puts the cursor on the choice at that place; without one, it stays on its choice."""
        items = self._listed[:MOST]
        rows = [self._row(place) for place in items]
        if not rows:
            self.query_one(RowsView).show([row(Run("Nothing is called that.", Role.DIM))])
            return
        if len(self._listed) > MOST:
            rows.append(row(Run(f"… and {len(self._listed) - MOST:,} more: type some letters", Role.DIM)))
            items.append(_MORE)
        self.query_one(RowsView).show(rows, items, at=at, asked=True)

    def _row(self, place: int) -> Row:
        name, about = self._choices[place]
        box = Run("[x] " if place in self._marked else "[ ] ", Role.KEY) if self._several else Run("")
        if not about:
            return row(box, Run(clip(name, _CELLS) or "(empty)", Role.VALUE))
        return row(box, Run(pad(name, _NAME) + "  ", Role.VALUE), Run(clip(about, _CELLS), Role.LABEL))

    def _key_hints(self) -> str:
        return f"↑ ↓ move   {'tab marks   ' if self._several else ''}enter takes   esc back"


MOST_NOTATIONS = 5
"""Rows that are seen at once."""
SHOWN = 200
"""Characters of a notation that the menu shows."""


class Menu(Dialog[tuple[str, str] | None]):
    """A dialog of named texts. Ends with the name and the text of what was chosen, or None."""

    AUTO_FOCUS = "RowsView"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "leave", "Back"),
        Binding("enter,y,space", "choose", "Choose"),
    ]

    def __init__(
        self, notations: Sequence[tuple[str, str]], *, question: str = "Copy as", does: str = "copies"
    ) -> None:
        """`does` is what choosing does, in a word."""
        super().__init__()
        self._notations = notations
        self._question = question
        self._does = does

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield question(self._question)
            yield RowsView(id="notations")
            yield Static(Content(f"enter or its number {self._does}   esc back"), classes="more")

    def on_mount(self) -> None:
        view = self.query_one(RowsView)
        view.styles.height = min(len(self._notations), MOST_NOTATIONS)
        choices = range(len(self._notations))
        self.call_after_refresh(lambda: view.show(rows(self._notations), choices, asked=True))

    def on_key(self, event: events.Key) -> None:
        number = numeric.integer(event.key, most=len(self._notations))
        if number:
            event.stop()
            self.dismiss(self._notations[number - 1])

    def action_choose(self) -> None:
        place = self.query_one(RowsView).target
        if place is not None:
            self.dismiss(self._notations[place])


def rows(notations: Sequence[tuple[str, str]]) -> list[Row]:
    return [
        row(Run(f"{number} ", Role.KEY), Run(pad(name, 11), Role.LABEL), clip(text, SHOWN) or "(empty)")
        for number, (name, text) in enumerate(notations, 1)
    ]
