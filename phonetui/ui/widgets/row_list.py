"""The widget that shows rows, repainting only rows that differ.

The toolkit sends whatever is refreshed, changed or not; over two hops of SSH that is what makes a dashboard slow. So
every change goes through `_changing`, which compares the lines before and after and refreshes those that differ.
"""

import time
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import takewhile
from typing import Any, ClassVar, NamedTuple

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.geometry import Region, Size
from textual.reactive import Reactive
from textual.strip import Strip
from textual.theme import Theme

from phonetui.ui.text.rows import Role, Row, Run, cell_width, clipped, sentence
from phonetui.ui.theme import role_style
from phonetui.ui.widgets.focus import RegainsFocus
from phonetui.ui.widgets.list_cursor import KeyOf, ListCursor

_NO_ROW: Row = ()


class _Line(NamedTuple):
    row: Row
    mark: str
    """What stands in the last column: whether there is more above or below."""
    under: Role | None
    """The look of the cursor's line."""


def _changed(before: _Line, after: _Line, width: int) -> tuple[int, int]:
    """The cells, from and up to, in which two lines can differ."""
    if before[1:] != after[1:]:
        return 0, width
    same = sum(1 for _ in takewhile(_equal, zip(before.row, after.row, strict=False)))
    start = cell_width(after.row[:same])
    if cell_width(before.row) != cell_width(after.row):
        return min(start, width - 1), width
    rest = zip(reversed(before.row[same:]), reversed(after.row[same:]), strict=False)
    equal = sum(1 for _ in takewhile(_equal, rest))
    end = cell_width(after.row) - cell_width(after.row[len(after.row) - equal :])
    if len(before.row) == len(after.row) == same + equal + 1:
        ahead, behind = _common(before.row[same], after.row[same])
        start, end = start + ahead, end - behind
    return min(start, width - 1), max(min(end, width), 1)


def _common(before: Run, after: Run) -> tuple[int, int]:
    """Cells at both ends in which two runs of one width are alike; none where a character may not be a cell."""
    texts = before.text, after.text
    if before.role is not after.role or not all(cell_len(letter) == 1 for text in texts for letter in text):
        return 0, 0
    ahead = sum(1 for _ in takewhile(_alike, zip(*texts, strict=True)))
    return ahead, sum(1 for _ in takewhile(_alike, zip(*(text[:ahead:-1] for text in texts), strict=True)))


def _alike(pair: tuple[str, str]) -> bool:
    return pair[0] == pair[1]


def _equal(pair: tuple[Run, Run]) -> bool:
    return pair[0] == pair[1]


class RowsView(RegainsFocus, can_focus=True):
    """A list of rows with an optional cursor; scrolls when there are more rows than lines."""

    ALLOW_SELECT = False
    virtual_size = Reactive(Size(0, 0), layout=False, repaint=False)
    """It scrolls by itself: the toolkit's way would lay out and paint everything again after each new size."""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,j", "move(1)", "Down", show=False),
        Binding("up,k", "move(-1)", "Up", show=False),
        Binding("pagedown", "page(1)", "Page down", show=False),
        Binding("pageup", "page(-1)", "Page up", show=False),
        Binding("home", "move(-1000000)", "First", show=False),
        Binding("end,G,shift+g", "move(1000000)", "Last", show=False),
    ]

    def __init__(self, *, id: str | None = None, follow: bool = False) -> None:  # noqa: A002 - the toolkit's word
        """`follow` keeps the last row in sight as long as the operator has not scrolled away from it."""
        super().__init__(id=id)
        self.rows: Sequence[Row] = ()
        """Never changed in place: a sequence that makes its rows when they are asked for is kept as it is."""
        self.moved: Callable[[], object] = lambda: None
        """Told at once that the operator moved the cursor: a message might come after the next redraw, too late."""
        self.clicked: Callable[[], object] = lambda: None
        """Told after a click has moved the cursor to its row."""
        self.steady: Callable[[], float] = time.monotonic
        """Monotonic seconds, for lists that change by themselves."""
        self.cursor: int | None = None
        """The row that the cursor is on."""
        self._list: ListCursor[Any] = ListCursor()
        self._top = 0
        self._painted_top = 0
        self._follow = follow
        self._skips_repaint = False
        self._ground: tuple[Style, Theme] | None = None
        self._looks: dict[Role | None, Mapping[Role | None, Style]] = {}
        """By what is under a line: of that ground."""

    def show(
        self,
        rows: Sequence[Row],
        items: Sequence[Any] = (),
        *,
        key_of: KeyOf[Any] = lambda item: item,
        at: Hashable | None = None,
        fallback: Hashable | None = None,
        asked: bool = False,
    ) -> None:
        """Shows `rows`, repainting what differs from what is on the screen.

        `items` are what the first rows are of, one each; without any there is no cursor. The rest is as in
        `ListCursor.update`.
        """
        rows = tuple(rows) if isinstance(rows, list) else rows
        before = self._list.key
        self._list.update(items, key_of, at=at, fallback=fallback, asked=asked)
        is_alike = self._list.place == self.cursor and self._list.key == before and rows == self.rows
        if is_alike and (not self._top or self._top <= self._last_top):
            return  # most looks find nothing new, and asking the toolkit for sizes costs more than they do
        with self._changing():
            was_at_end = self._top >= self._last_top
            self.rows = rows
            self.cursor = self._list.place
            if self._follow and was_at_end:
                self._top = self._last_top
            self._keep_in_sight()
        if self._list.key != before:
            self._refresh_cursor()  # rows may look alike, and only what is painted is what a key means

    @property
    def item(self) -> Any:
        """Under the cursor, for what is drawn."""
        return self._list.item

    @property
    def target(self) -> Any:
        """What a key or a click hits: what was shown under the cursor, unless that is gone. None for nothing."""
        return self._list.target(self.steady())

    @property
    def is_at_end(self) -> bool:
        return self._list.is_at_end

    def set_title(self, words: str) -> None:
        """A border's text repaints the whole view, so it is written only when it differs."""
        if words != self._entitled:
            self._entitled = words
            self.border_title = Content(words)

    def set_subtitle(self, words: str) -> None:
        """Sets the title in the lower frame, as `set_title` does in the upper one."""
        if words != self._subtitled:
            self._subtitled = words
            self.border_subtitle = Content(words)

    _entitled = ""
    _subtitled = ""

    def render_line(self, y: int) -> Strip:
        width, height = self.size
        line = self._line(y, height)
        looks = self._looks_on(line.under)
        room = width - 1 if line.mark else width
        runs = clipped(line.row, room)
        segments = [Segment(run.text, looks[run.role]) for run in runs]
        if (left := room - cell_width(runs)) > 0:
            segments.append(Segment(" " * left, looks[None]))
        if line.mark:
            segments.append(Segment(line.mark, looks[Role.ACCENT]))
        return Strip(segments, width)

    def render_lines(self, crop: Region) -> list[Strip]:
        """The toolkit works out a widget's own style anew each time that it is asked: here once a paint."""
        base, theme = self.rich_style, self.app.current_theme
        if self._ground is None or self._ground[1] is not theme or self._ground[0] != base:
            self._ground, self._looks = (base, theme), {}
        strips = super().render_lines(crop)
        self._list.paint(self.steady())
        self._painted_top = self._top
        return strips

    def action_move(self, by: int) -> None:
        if not self._list.items:
            self._scroll(by)
            return
        self._list.move(by)
        self._follow_cursor()

    def move_to(self, suits: Callable[[Any], bool], by: int) -> bool:
        """Goes to the next row that suits, before (-1) or after (1) the cursor's, round and round.

        Returns whether there is one.
        """
        items = self._list.items
        count, here = len(items), self.cursor if self.cursor is not None else -1 if by > 0 else 0
        place = next((at for step in range(1, count + 1) if suits(items[at := (here + by * step) % count])), None)
        if place is None:
            return False
        if place != self.cursor:
            self.action_move(place - (self.cursor or 0))
        return True

    def action_page(self, by: int) -> None:
        self.action_move(by * max(self.size.height - 1, 1))

    def on_resize(self) -> None:
        """The toolkit may have painted the new size already, from the old place."""
        before = self._top
        self._top = self._last_top if self._follow else self._top
        self._keep_in_sight()
        if self._top != before:
            self.refresh()

    def on_focus(self) -> None:
        self._refresh_cursor()

    def on_blur(self) -> None:
        self._refresh_cursor()

    def on_click(self, event: events.Click) -> None:
        place = event.get_content_offset(self)
        if place is not None and self._list.click(self._painted_top + place.y):
            self._follow_cursor()
            self.clicked()

    def on_mouse_scroll_down(self) -> None:
        self._scroll(3)

    def on_mouse_scroll_up(self) -> None:
        self._scroll(-3)

    @property
    def _last_top(self) -> int:
        return max(len(self.rows) - self.size.height, 0)

    def _scroll(self, by: int) -> None:
        with self._changing():
            self._top = min(max(self._top + by, 0), self._last_top)

    def _follow_cursor(self) -> None:
        with self._changing():
            self.cursor = self._list.place
            self._keep_in_sight()
        self.moved()

    def _keep_in_sight(self) -> None:
        self._top = min(self._top, self._last_top)
        if self.cursor is not None and self.size.height:
            self._top = min(max(self._top, self.cursor - self.size.height + 1), self.cursor)

    @contextmanager
    def no_repaint(self) -> Iterator[None]:
        """What changes meanwhile is going to be painted anyway."""
        self._skips_repaint = True
        yield
        self._skips_repaint = False

    @contextmanager
    def _changing(self) -> Iterator[None]:
        if self._skips_repaint:
            yield
            return
        width, height = self.size  # the toolkit works it out each time it is asked
        before = [self._line(y, height) for y in range(height)]
        yield
        for y, line in enumerate(before):
            now = self._line(y, height)
            if now != line:
                start, end = _changed(line, now, width)
                self.refresh(Region(start, y, end - start, 1))

    def _line(self, y: int, height: int) -> _Line:
        place = self._top + y
        row = self._row(place) if place < len(self.rows) else _NO_ROW
        mark = ""
        if y == 0 and self._top > 0:
            mark = "▲"
        elif y == height - 1 and place < len(self.rows) - 1:
            mark = "▼"
        if place != self.cursor:
            return _Line(row, mark, None)
        return _Line(row, mark, Role.SELECTED if self.has_focus else Role.CURSOR)

    def _row(self, place: int) -> Row:
        """Some rows are made only now."""
        try:
            return self.rows[place]
        except Exception as error:  # noqa: BLE001 - what it can be is not known: the other rows must go on
            return sentence(self, error)

    def _refresh_cursor(self) -> None:
        if self.cursor is not None and 0 <= self.cursor - self._top < self.size.height:
            self.refresh(Region(0, self.cursor - self._top, self.size.width, 1))

    def _looks_on(self, under: Role | None) -> Mapping[Role | None, Style]:
        """How each role looks on the ground of a line; None is the ground itself."""
        if under not in self._looks:
            assert self._ground is not None  # noqa: S101 - lines are drawn within a paint
            base, theme = self._ground
            if under is not None:
                base += role_style(theme, under)
            self._looks[under] = {None: base, **{role: base + role_style(theme, role) for role in Role}}
        return self._looks[under]


class StaticRows(RowsView, can_focus=False):
    """Rows that never have the cursor: headings, details, key hints."""
