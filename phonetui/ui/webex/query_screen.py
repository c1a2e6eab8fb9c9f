"""A screen that shows what Webex answers about one device: asked beside the keys, with its state and its failures."""

import asyncio
from abc import abstractmethod
from collections.abc import Awaitable, Callable, Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content

from phonetui.errors import PhonetuiError
from phonetui.fleet.protocol import Cloud
from phonetui.ui.export import send, send_reference
from phonetui.ui.screens.live_screen import Item, ListScreen
from phonetui.ui.text.rows import Role, Row, Run, row, text, wrapped
from phonetui.ui.view_state import ViewState
from phonetui.ui.webex.query import ASKING, QueryState, failure_state, status_rows
from phonetui.ui.webex_status import available_cloud, why_unavailable
from phonetui.ui.widgets.pane import Header, key_hints
from phonetui.ui.widgets.row_list import RowsView
from phonetui.webex.devices import WebexDevice, short_id

_STATUS_HEIGHT = 3
"""Lines that a failure or an outcome may take."""


class QueryScreen(ListScreen[Item]):
    """Shows a device as Webex had it when it was asked, whatever the main screen has frozen."""

    CSS_PATH = "../styles/query.tcss"
    AUTO_FOCUS = "#asked"
    listing = "asked"
    heading: ClassVar[str]
    hint: ClassVar[str] = ""
    """Where what is only shown here is changed."""

    def __init__(self, view_state: ViewState, device: WebexDevice) -> None:
        super().__init__(view_state)
        self._opened = device
        self._query_state = QueryState()

    @abstractmethod
    async def read(self, cloud: Cloud) -> QueryState:
        """Asks for all that is shown, and keeps it. Raises PhonetuiError."""

    def head(self, width: int) -> list[Row]:  # noqa: ARG002 - few have any
        """Rows above the list, however far they are scrolled."""
        return []

    @abstractmethod
    def rows(self, width: int) -> Sequence[Row]:
        """What was read; empty before."""

    @property
    def items(self) -> Sequence[Item]:
        """What the first of those rows are of; without any there is no cursor."""
        return ()

    def show_rows(self, rows: Sequence[Row]) -> None:
        self.show_list(self.items, rows)

    def detail(self, width: int) -> list[Row]:  # noqa: ARG002 - only screens with a cursor have one
        """The item under the cursor, in two rows."""
        return []

    def title_text(self) -> str:
        return f"{self.heading} · {self.name_of}"

    def own_key_hints(self) -> Sequence[tuple[str, str]]:
        """The screen's own keys and what they do now."""
        return ()

    def counts(self) -> str:
        return ""

    @property
    def device(self) -> WebexDevice:
        """As the last sweep found it; where it is gone since, as it was when this opened."""
        cloud = self._cloud
        return cloud.state.inventory.devices.get(self._opened.id, self._opened) if cloud else self._opened

    @property
    def name_of(self) -> str:
        return self.device.name or short_id(self.device.id)

    @property
    def _cloud(self) -> Cloud | None:
        return available_cloud(self._view_state.session)

    def compose(self) -> ComposeResult:
        yield Header()
        with Vertical(id="list"):
            yield RowsView(id="head")
            yield RowsView(id="asked")
        yield RowsView(id="status")
        yield RowsView(id="detail")
        yield RowsView(id="key-hints")

    def on_mount(self) -> None:
        for name in ("head", "status", "detail", "key-hints"):
            self._view(name).can_focus = False
        self.action_answers_again()

    def refresh_view(self) -> None:
        if not self.is_mounted or not self.size:
            return
        self._seen = self._view_state.stamp
        snapshot = self._view_state.snapshot(live=True)
        self.query_one(Header).refresh_from(snapshot)
        view = self._view("asked")
        width, height = max(view.size.width - 1, 1), max(view.size.height, 1)
        why = self._why_unavailable
        self._update_title(self.heading if why else self.title_text())
        rows = [] if why else self.rows(width)
        self._fill("head", self.head(width) if rows else [])
        state = status_rows(self._query_state, snapshot.at, width, _STATUS_HEIGHT if rows else height)
        if rows:
            self.show_rows(rows)
        else:
            self.show_list((), [row(Run(words, Role.DIM)) for words in wrapped(why, width, height)] or state)
        self._fill("status", (state or [row(Run(f" {self.hint}", Role.DIM))]) if rows else [()])
        self.cursor_moved()

    def _update_title(self, words: str) -> None:
        """Written only where it differs: it repaints the whole frame."""
        frame, title = self.query_one("#list"), Content(words)
        if frame.border_title != title:
            frame.border_title = title

    def _fill(self, name: str, rows: Sequence[Row]) -> None:
        """A view as high as its rows."""
        view = self._view(name)
        if view.styles.height is None or view.styles.height.value != len(rows):
            view.styles.height = len(rows)
        view.show(rows)

    def cursor_moved(self) -> None:
        """Draws the lines at the bottom alone."""
        below, last = self._view("detail"), self._view("key-hints")
        hints: tuple[tuple[str, str], ...] = ()
        if not self._why_unavailable:
            again, copy = self.key_of("answers.again"), self.key_of("answers.copy")
            hints = (*self.own_key_hints(), (again, "ask again"), (copy, "copy"))
        below.show([] if self._why_unavailable else self.detail(below.size.width))
        counts = "" if self._why_unavailable else self.counts()
        last.show([key_hints((*hints, ("esc", "back")), last.size.width, counts)])

    def ask(self, question: Callable[[Cloud], Awaitable[QueryState]]) -> bool:
        """Begins to ask, beside the keys; False where that isn't possible now."""
        cloud = self._cloud
        if cloud is None or self._query_state.is_asking:
            return False
        self._query_state = ASKING
        self.run_worker(self._run_query(question, cloud), exclusive=True)
        self.refresh_view()
        return True

    async def _run_query(self, question: Callable[[Cloud], Awaitable[QueryState]], cloud: Cloud) -> None:
        try:
            self._query_state = await question(cloud)
        except PhonetuiError as error:
            self._query_state = failure_state(error, self._view_state.session.clock.steady())
        except asyncio.CancelledError:
            self._query_state = QueryState()
            raise
        self.refresh_view()

    @property
    def _why_unavailable(self) -> str:
        return why_unavailable(self._view_state.session)

    def action_answers_again(self) -> None:
        self.ask(self.read)

    def action_answers_copy(self) -> None:
        """A failure's tracking id, which is what Webex's support asks for; else the row under the cursor."""
        view = self._view("asked")
        if self._query_state.reference:
            send_reference(self.app, self._query_state.reference)
        elif self._why_unavailable or not view.rows:
            self.notify("There is nothing to copy.", markup=False)
        elif view.cursor is None or self.require_target() is not None:
            copied = [view.rows[view.cursor]] if view.cursor is not None else list(view.rows)
            what = "The row" if len(copied) == 1 else "All rows"
            send(self.app, "\n".join(text(each).strip() for each in copied), what)


class SearchableQuery(QueryScreen[Item]):
    """Every word must be somewhere in what is kept."""

    typed = "parts of names, values and reasons"

    def title_text(self) -> str:
        return f"{super().title_text()} · /{self._words}" if self._words else super().title_text()

    async def action_answers_search(self) -> None:
        await self.ask_words()
