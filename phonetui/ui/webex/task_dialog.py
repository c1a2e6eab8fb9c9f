"""Dialogs that do something with Webex, for one device or several: questions, progress, the outcome of each."""

from abc import abstractmethod
from collections.abc import Sequence
from typing import ClassVar, Generic, TypeVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input

from phonetui.errors import ConfigError, PhonetuiError
from phonetui.fleet.protocol import Cloud
from phonetui.text import NOTHING, Printable
from phonetui.ui import screens
from phonetui.ui.export import send_reference
from phonetui.ui.screens.dialog import Dialog, question, status_line
from phonetui.ui.text.rows import Row, clip
from phonetui.ui.view_state import ViewState
from phonetui.ui.webex.query import READ_ONLY
from phonetui.ui.webex_status import available_cloud, why_unavailable
from phonetui.ui.widgets.pane import line_input
from phonetui.ui.widgets.row_list import RowsView
from phonetui.webex.devices import WebexDevice

Result = TypeVar("Result")
Answer = TypeVar("Answer")
_LONGEST = 500
"""Characters of a refusal."""


class Cancelled(Exception):
    """The operator went back from one of the questions."""


class TaskDialog(Dialog[Result | None], Generic[Result]):
    """Runs `run_task` beside the screen; leaving it waits for nothing any more."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "leave", "Back"),
        Binding("y,ctrl+y", "copy", "Copy", show=False),
    ]
    COPY: ClassVar[str] = "y"
    """The key that copies a tracking id; where there is a field to type in, a letter is none."""

    def __init__(self, view_state: ViewState) -> None:
        super().__init__()
        self.view_state = view_state
        self.session = view_state.session
        self.reference = NOTHING
        """What `COPY` copies."""

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield question(self.heading)
            yield from self.compose_body()
            yield status_line("")

    @property
    def heading(self) -> str:
        return self.TITLE or ""

    def compose_body(self) -> ComposeResult:
        """The widgets between the heading and the status."""
        yield from ()

    async def run_task(self, cloud: Cloud) -> Result | None:
        """What closes the dialog once it ends. Raises PhonetuiError, or Cancelled."""
        raise NotImplementedError

    def on_mount(self) -> None:
        self.begin()

    def begin(self) -> None:
        self.go()

    @property
    def why_not(self) -> str:
        """Why nothing can be asked, or nothing may be written; empty where it may."""
        cloud = available_cloud(self.session)
        return READ_ONLY if cloud is not None and cloud.is_read_only else why_unavailable(self.session)

    def go(self) -> None:
        """Begins the task, unless there is a reason against it."""
        cloud = available_cloud(self.session)
        if cloud is None or cloud.is_read_only:
            self.fail(self.why_not)
        else:
            self.run_worker(self._run(cloud), exclusive=True)

    async def _run(self, cloud: Cloud) -> None:
        self.update_status("◐ asking Webex …   esc back")
        try:
            result = await self.run_task(cloud)
        except Cancelled:
            result = None
        except PhonetuiError as error:
            self.fail(str(error), error.reference)
            return
        self.finish(result)

    def finish(self, result: Result | None) -> None:
        """`result` is None where the operator went back."""
        self.dismiss(result)

    def fail(self, words: str, reference: Printable = NOTHING) -> None:
        """Stays until the operator goes back."""
        self.reference = reference
        copies = f"\n{reference}   {self.COPY} copies it" if reference else ""
        self.update_status(f"✗ {clip(words, _LONGEST)}{copies}\nesc back", failed=True)

    def action_copy(self) -> None:
        if self.reference:
            send_reference(self.app, self.reference)

    async def choose(
        self, question: str, choices: Sequence[tuple[str, str]], *, several: bool = False
    ) -> Sequence[int]:
        """The places of what was chosen. Raises Cancelled."""
        return await self._answer_of(screens.Picker(question, choices, several=several))

    async def answer(self, question: str, more: str, *, may_be_empty: bool = False) -> str:
        """What was typed. Raises Cancelled."""
        return await self._answer_of(screens.InputDialog(question, more, shown=True, may_be_empty=may_be_empty))

    async def confirm(self, question: ModalScreen[bool] | ModalScreen[bool | None]) -> None:
        """Asks a question. Raises Cancelled unless the answer is yes."""
        if not await self.app.push_screen_wait(question):
            raise Cancelled

    async def _answer_of(self, dialog: ModalScreen[Answer | None]) -> Answer:
        answer = await self.app.push_screen_wait(dialog)
        if answer is None:
            raise Cancelled
        return answer


NAME_CELLS = 18
MAX_ROWS = 12
"""Devices that are seen at once."""


class BatchDialog(TaskDialog[None]):
    """A dialog about several things, which stays once it is done, so that what happened to each can be read.

    Something else may be typed then.
    """

    COPY = "ctrl+y"
    PLACEHOLDER: ClassVar[str] = ""
    """An example of what is typed."""
    BUSY: ClassVar[str] = ""
    """What is said to whoever types while it goes on."""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down", "scroll_rows(1)", "Down", show=False),
        Binding("up", "scroll_rows(-1)", "Up", show=False),
    ]

    def __init__(self, view_state: ViewState, *devices: WebexDevice) -> None:
        super().__init__(view_state)
        self.devices = devices
        self.is_under_way = False

    @property
    @abstractmethod
    def key_hints(self) -> str: ...

    @abstractmethod
    def read_typed(self, typed: str) -> None:
        """Keeps what is to be done. Raises ConfigError."""

    @abstractmethod
    async def change_all(self, cloud: Cloud) -> None:
        """What was typed, whatever is typed meanwhile. Raises PhonetuiError, or Cancelled."""

    @abstractmethod
    def row_of(self, device: WebexDevice) -> Row: ...

    def compose_body(self) -> ComposeResult:
        yield line_input(placeholder=self.PLACEHOLDER)
        yield RowsView(id="batch")

    def on_mount(self) -> None:
        self.query_one("#batch", RowsView).styles.height = min(len(self.devices), MAX_ROWS)
        self.query_one(Input).focus()
        self.call_after_refresh(self.draw)

    def begin(self) -> None:
        """Says what may be typed, or why nothing can be done; nothing is asked before something was typed."""
        if why := self.why_not:
            self.fail(why)
        else:
            self.update_status(self.key_hints)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        if self.is_under_way:
            self.app.notify(self.BUSY, markup=False)
            return
        try:
            self.read_typed(event.value)
        except ConfigError as error:
            self.update_status(f"✗ {error}\n{self.key_hints}", failed=True)
            return
        self.go()

    async def run_task(self, cloud: Cloud) -> None:
        self.is_under_way = True
        try:
            await self.change_all(cloud)
        finally:
            self.is_under_way = False

    def action_scroll_rows(self, by: int) -> None:
        self.query_one("#batch", RowsView).action_move(by)

    @property
    def scroll_hint(self) -> str:
        return "↑ ↓ scroll   " if len(self.devices) > MAX_ROWS else ""

    def draw(self) -> None:
        if self.is_mounted:
            self.query_one("#batch", RowsView).show([self.row_of(each) for each in self.devices])
