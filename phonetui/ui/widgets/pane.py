"""The parts of every screen: panes that draw the newest snapshot, the header, and an input line."""

from collections.abc import Sequence
from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.events import Click, Key
from textual.geometry import Region, Size
from textual.screen import Screen
from textual.strip import Strip
from textual.widgets import Input, Static

from phonetui.phone.state import Phone
from phonetui.ui.snapshot import Snapshot
from phonetui.ui.text.format import SEVERITIES
from phonetui.ui.text.rows import Role, Row, Run, cell_width, clip, row, sentence, spread
from phonetui.ui.widgets.row_list import RowsView
from phonetui.ui.widgets.time_strip import moment_at, strip_row


class Pane(RowsView):
    """Draws itself again when it is given another snapshot or another size, and only then."""

    number: ClassVar[str] = ""
    """The key that leads here, for the title."""
    name_: ClassVar[str] = ""

    snapshot: Snapshot | None = None
    _size_drawn: Size | None = None
    """What the rows that are shown were made for; None where they are to be made before the next paint."""
    _drawn: tuple[object, ...] | None = None
    """What the rows that are shown were made of."""

    def render_lines(self, crop: Region) -> list[Strip]:
        """A paint comes before the news of the size that it is for: rows for another size would be painted twice."""
        if self._size_drawn != self.size:
            with self.no_repaint():
                self.draw()
        return super().render_lines(crop)

    def refresh_from(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        try:
            matter = self.dependencies(snapshot)
        except Exception:  # noqa: BLE001 - drawing it meets the same, and shows it
            matter = None
        if matter is None or matter != self._drawn:
            self.draw()

    def refresh_at_layout(self, snapshot: Snapshot) -> None:
        """As `refresh_from` where the layout is about to change: the pane is drawn once, for the size that it gets."""
        self.snapshot = snapshot
        self._update_title(snapshot)
        self._size_drawn = self._drawn = None
        self.refresh()

    def draw(self) -> None:
        """A fault in it stands in this pane alone."""
        try:
            self._draw()
        except Exception as error:  # noqa: BLE001 - what it can be is not known: the other panes must go on
            self._drawn, self._size_drawn = None, self.size
            self.show([sentence(self, error)])

    def _draw(self) -> None:
        if self.snapshot is None:
            return
        self._update_title(self.snapshot)
        size = self.size
        if not size:
            return
        self._size_drawn = size
        self._drawn = self.dependencies(self.snapshot)
        self.show(self.rows_of(self.snapshot, size.width, size.height))

    def dependencies(self, snapshot: Snapshot) -> tuple[object, ...] | None:  # noqa: ARG002 - few panes are of so little
        """All of a snapshot that rows and title are made of; None where that is too much to be compared."""
        return None

    def rows_of(self, snapshot: Snapshot, width: int, height: int) -> Sequence[Row]:
        raise NotImplementedError

    def title_of(self, snapshot: Snapshot) -> str:  # noqa: ARG002 - panes about one phone say which
        return self.name_

    def on_resize(self) -> None:
        self.draw()

    def _update_title(self, snapshot: Snapshot) -> None:
        self.set_title(f"{self.number} {self.title_of(snapshot)}".strip())


class Header(Pane, can_focus=False):
    def refresh_from(self, snapshot: Snapshot) -> None:
        self.set_class(snapshot.timeline is not None, "-timeline")
        super().refresh_from(snapshot)

    def rows_of(self, snapshot: Snapshot, width: int, height: int) -> list[Row]:  # noqa: ARG002 - a line or two
        rows = [header(snapshot, width)]
        if snapshot.timeline is not None:
            rows.append(strip_row(snapshot.timeline, _strip_phone(snapshot), width, snapshot.zone))
        return rows

    def on_click(self, event: Click) -> None:
        """Goes to the moment of the strip that was clicked."""
        timeline = self.snapshot.timeline if self.snapshot is not None else None
        if timeline is None or self.snapshot is None or event.y != 1:
            return
        moment = moment_at(timeline, _strip_phone(self.snapshot), event.x, self.size.width, self.snapshot.zone)
        if moment is not None:
            event.stop()
            timeline.is_running = False
            timeline.seek(moment)


def _strip_phone(snapshot: Snapshot) -> Phone | None:
    return snapshot.phones.get(snapshot.strip_of) if snapshot.strip_of is not None else None


_SINCE_FROM = 80
_COUNTS_FROM = 48
"""Cells of a header from which on there is room for counts."""


def header(snapshot: Snapshot, width: int) -> Row:
    left = [Run(" phonetui ", Role.BADGE), Run(f" {snapshot.title} " if snapshot.title else " ", Role.TITLE)]
    badges = [part for badge in _badges(snapshot, width) for part in (badge, Run(" "))]
    clock = Run(f"{snapshot.now.astimezone(snapshot.zone):%H:%M} ", Role.LABEL)
    end = row(*badges, " ", clock)
    if width >= _COUNTS_FROM:
        left.append(Run(" "))
        left += _fitting(_counts(snapshot), width - cell_width(left) - cell_width(end) - 1)
    return spread(row(*left), end, width)


def _fitting(counts: list[Run], room: int) -> list[Run]:
    """Whole, or the first ones away: what is in trouble stands last."""
    while counts and cell_width(counts) > room:
        del counts[0]
    return counts


def _counts(snapshot: Snapshot) -> list[Run]:
    away, unheard = snapshot.summary.away, snapshot.summary.unheard
    runs = [
        Run(f"{_many(len(snapshot.phones), 'phone')}  ", Role.LABEL),
        Run(_many(snapshot.calls, "call"), Role.LABEL),
    ]
    if troubles := [alert for alert in snapshot.troubles if not alert.is_second_end]:
        runs.append(Run(f"  {_many(len(troubles), 'alert')}", SEVERITIES[troubles[0].severity].role))
    if away:
        runs.append(Run(f"  {away} not answering", Role.FAILED))
    if unheard:
        runs.append(Run(f"  {unheard} unknown", Role.STALE))
    return runs


def _many(count: int, thing: str) -> str:
    return f"{count} {thing}{'' if count == 1 else 's'}"


def _badges(snapshot: Snapshot, width: int) -> list[Run]:
    badges = []
    if snapshot.cut_off_at is not None:
        since = f" since {snapshot.cut_off_at.astimezone(snapshot.zone):%H:%M:%S}" if width >= _SINCE_FROM else ""
        badges.append(Run(f" CUT OFF{since} ", Role.BADGE_DANGER))
    if snapshot.summary.is_unverified:
        badges.append(Run(" TLS OFF ", Role.BADGE_DANGER))
    if snapshot.demo:
        badges.append(Run(" DEMO ", Role.BADGE))
    if snapshot.private:
        badges.append(Run(" PRIVATE ", Role.BADGE))
    if snapshot.read_only:
        badges.append(Run(" READ-ONLY ", Role.BADGE))
    if snapshot.controlled:
        badges.append(Run(f" CONTROL {_whom(snapshot)} " if width >= 100 else " CONTROL ", Role.BADGE_CONTROL))
    if snapshot.records:
        badges.append(Run(" ● REC ", Role.BADGE_DANGER))
    elif snapshot.unrecorded:
        badges.append(Run(" REC STOPPED ", Role.FAILED))
    if snapshot.frozen_at and snapshot.timeline is None:
        since = f"{snapshot.frozen_at.astimezone(snapshot.zone):%H:%M:%S}"
        badges.append(Run(f" FROZEN since {since} " if width >= 80 else f" FROZEN {since} ", Role.BADGE_FROZEN))
    return badges


def _whom(snapshot: Snapshot) -> str:
    if len(snapshot.controlled) > 1:
        return f"{len(snapshot.controlled)} phones"
    phone = snapshot.phones.get(snapshot.controlled[0])
    return clip(phone.name, 16) if phone else ""


class Prompt(Horizontal):
    """Mounted when it is needed: an input costs a tenth of the time to the first frame."""

    def __init__(self, sign: str, words: str, hint: str) -> None:
        super().__init__()
        self._sign = sign
        self._line = line_input(words, placeholder=hint)

    def compose(self) -> ComposeResult:
        yield Static(Content(self._sign))
        yield self._line

    def on_mount(self) -> None:
        """The line has the keyboard when this returns, not a turn of the loop later."""
        self.screen.set_focus(self._line)


def typed_ahead(screen: Screen[Any], key: Key) -> bool:
    """Whether a printable key, come back from a widget, was typed behind the key that opened a prompt; it is put there.

    A prompt's own line keeps each printable key, so that one that comes back was on its way to the widget that had
    the keyboard before.
    """
    line = screen.focused
    if not (isinstance(line, Input) and isinstance(line.parent, Prompt)):
        return False
    if key.character is None or not key.is_printable or not key.is_forwarded:
        return False
    line.insert_text_at_cursor(key.character)
    return True


def line_input(value: str = "", *, placeholder: str = "", password: bool = False, max_length: int = 0) -> Input:
    """One line to type in. Its cursor stands still: blinking alone would send 2 kB/s."""
    made = Input(value, placeholder=placeholder, password=password, max_length=max_length, compact=True)
    made.cursor_blink = False
    return made
