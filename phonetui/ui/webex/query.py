"""Queries to Webex outside of the keys' path: their state in words, repeated queries, and screens that show them.

A screen shows what Webex answers about one device, with the question's state and its failures.
"""

import asyncio
import math
from abc import abstractmethod
from collections.abc import Awaitable, Callable, Sequence
from typing import ClassVar

from msgspec import Struct
from msgspec.structs import replace
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content

from phonetui.errors import Busy, PhonetuiError
from phonetui.fleet.protocol import Cloud
from phonetui.text import NOTHING, Printable
from phonetui.ui.export import send, send_reference
from phonetui.ui.screens.live_screen import Item, ListScreen
from phonetui.ui.session import Session
from phonetui.ui.snapshot import Snapshot
from phonetui.ui.text.rows import Role, Row, Run, clip, row, text, wrapped
from phonetui.ui.view_state import ViewState
from phonetui.ui.webex_status import available_cloud, why_unavailable
from phonetui.ui.widgets.row_list import RowsView, StaticRows
from phonetui.webex.devices import WebexDevice, short_id

READ_ONLY = "read-only: nothing was sent"


class QueryState(Struct, frozen=True, kw_only=True):
    is_asking: bool = False
    failure: str = ""
    hint: str = ""
    """What to try about it."""
    reference: Printable = NOTHING
    """The failure's tracking id."""
    waits_until: float | None = None
    """Monotonic seconds, where Webex asks to wait."""
    outcome: str = ""
    """What a write brought."""
    is_good: bool = True
    """Whether it was what was asked for."""


_LONGEST = 140
"""Cells of a failure: what comes after it is what one needs."""
ASKING = QueryState(is_asking=True)


def failure_state(error: PhonetuiError, at: float) -> QueryState:
    """`at` in monotonic seconds."""
    if isinstance(error, Busy) and error.retry_after_s is not None:
        return QueryState(failure=error.message, reference=error.reference, waits_until=at + error.retry_after_s)
    return QueryState(failure=error.message, hint=error.hint, reference=error.reference)


def status_rows(state: QueryState, at: float, width: int, height: int = 1) -> list[Row]:
    """How a query stands, in at most `height` rows; none where there is nothing to say."""
    found = _status(state, at)
    return [row(" ", Run(words, found.role)) for words in wrapped(found.text, width - 1, height)] if found.text else []


def _status(state: QueryState, at: float) -> Run:
    if state.is_asking:
        return Run("◐ asking Webex …", Role.MEASURING)
    if state.waits_until is not None:
        left = state.waits_until - at
        words = f"Webex asks to wait {left:.0f} s" if left > 0 else "Webex asked to wait, which is over: ask again"
        return Run(f"≈ {words}", Role.STALE)
    if state.failure:
        reference = f"tracking id {state.reference}" if state.reference else ""
        parts = filter(None, (clip(state.failure, _LONGEST), reference, state.hint))
        return Run(f"✗ {' · '.join(parts)}", Role.FAILED)
    if state.outcome:
        return Run(f"{'●' if state.is_good else '▲'} {state.outcome}", Role.GOOD if state.is_good else Role.FAIR)
    return Run("")


_PAUSE_S = 5.0
"""Where Webex asks to wait and names no time."""
_AGAIN_S = 30.0
"""After any other failure."""


class Poller:
    """Asks once at a time, and not at all while Webex wants to be left alone."""

    def __init__(
        self, session: Session, ask: Callable[[Cloud], Awaitable[float]], changed: Callable[[], object]
    ) -> None:
        """`ask` returns after how many seconds it is due again; `changed` is called whenever something came of it."""
        self.state = QueryState()
        """What happened to the last question."""
        self._session = session
        self._ask = ask
        self._changed = changed
        self._asking: asyncio.Task[None] | None = None
        self._due_at = -math.inf

    @property
    def is_asking(self) -> bool:
        return self._asking is not None

    @property
    def waits_s(self) -> float:
        """How long Webex still wants to be left alone; 0 where it may be asked."""
        until = self.state.waits_until
        return max(until - self._session.clock.steady(), 0.0) if until is not None else 0.0

    def ask_if_due(self) -> None:
        """Asks again if that is due; to be called now and then while the answer is in sight."""
        if self._session.clock.steady() >= self._due_at:
            self.ask()

    def ask(self) -> None:
        """Unless an answer is on its way already, Webex asked to wait, or there is none."""
        cloud = available_cloud(self._session)
        if self._asking is None and not self.waits_s and cloud is not None:
            self._asking = asyncio.create_task(self._run(cloud), name="question to Webex")

    def close(self) -> None:
        """Waits for no answer any more."""
        if self._asking is not None:
            self._asking.cancel()

    async def _run(self, cloud: Cloud) -> None:
        again_s = _AGAIN_S
        try:
            again_s = await self._ask(cloud)
        except Busy as busy:
            again_s, at = busy.retry_after_s or _PAUSE_S, self._session.clock.steady()
            self.state = replace(failure_state(busy, at), waits_until=at + again_s)
        except PhonetuiError as error:
            self.state = failure_state(error, self._session.clock.steady())
        else:
            self.state = QueryState()
        finally:
            self._asking = None
            self._due_at = self._session.clock.steady() + again_s
        self._changed()


class CloudScreen(ListScreen[Item]):
    """A list of what Webex answers."""

    @property
    def _cloud(self) -> Cloud | None:
        return available_cloud(self._session)

    @property
    def _why_unavailable(self) -> str:
        return why_unavailable(self._session)


_STATUS_HEIGHT = 3
"""Lines that a failure or an outcome may take."""


class QueryScreen(CloudScreen[Item]):
    """Shows a device as Webex had it when it was asked, whatever the main screen has frozen."""

    CSS_PATH = "../styles/query.tcss"
    AUTO_FOCUS = "#asked"
    is_always_live = True
    bound = "one phone in Webex"
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
        """The device as the last sweep found it; where it is gone since, as it was when this opened."""
        cloud = self._cloud
        return cloud.state.inventory.devices.get(self._opened.id, self._opened) if cloud else self._opened

    @property
    def name_of(self) -> str:
        return self.device.name or short_id(self.device.id)

    def body(self) -> ComposeResult:
        with Vertical(id="list"):
            yield StaticRows(id="head")
            yield RowsView(id="asked")
        yield StaticRows(id="status")
        yield StaticRows(id="detail")

    def on_mount(self) -> None:
        self.ask(self.read)

    def draw(self, snapshot: Snapshot) -> None:
        view = self._view("asked")
        width, height = max(view.size.width - 1, 1), max(view.size.height, 1)
        why = self._why_unavailable
        self._update_title(self.heading if why else self.title_text())
        rows = [] if why else self.rows(width)
        self.show_whole("head", self.head(width) if rows else [])
        state = status_rows(self._query_state, snapshot.at, width, _STATUS_HEIGHT if rows else height)
        if rows:
            self.show_rows(rows)
        else:
            self.show_list((), [row(Run(words, Role.DIM)) for words in wrapped(why, width, height)] or state)
        self.show_whole("status", (state or [row(Run(f" {self.hint}", Role.DIM))]) if rows else [()])
        self.cursor_moved()

    def _update_title(self, words: str) -> None:
        """Written only where it differs: it repaints the whole frame."""
        frame, title = self.query_one("#list"), Content(words)
        if frame.border_title != title:
            frame.border_title = title

    def cursor_moved(self) -> None:
        """Draws the lines at the bottom alone."""
        below = self._view("detail")
        if self._why_unavailable:
            below.show([])
            self.show_key_hints(())
            return
        below.show(self.detail(below.size.width))
        again, copy = self.key_of("answers.again"), self.key_of("answers.copy")
        self.show_key_hints((*self.own_key_hints(), (again, "ask again"), (copy, "copy")), self.counts())

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
            self._query_state = failure_state(error, self._session.clock.steady())
        except asyncio.CancelledError:
            self._query_state = QueryState()
            raise
        self.refresh_view()

    def action_answers_again(self) -> None:
        """What comes may be what stands there already, so it is said."""
        self.say("Webex is asked again." if self.ask(self.read) else self._why_unavailable or "Webex is being asked.")

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

    action_answers_search = ListScreen.ask_words
