"""A dialog in which something is typed and then done to several devices, each shown with what became of it."""

from abc import abstractmethod
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Input

from phonetui.errors import ConfigError
from phonetui.fleet.protocol import Cloud
from phonetui.ui.text.rows import Row
from phonetui.ui.view_state import ViewState
from phonetui.ui.webex.task_dialog import TaskDialog
from phonetui.ui.widgets.pane import line_input
from phonetui.ui.widgets.row_list import RowsView
from phonetui.webex.devices import WebexDevice

NAME_CELLS = 18
MAX_ROWS = 12
"""Devices that are seen at once."""


class BatchDialog(TaskDialog[None]):
    """It stays once it is done, so that what became of each can be read; something else may be typed then."""

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
        """Nothing is asked before something was typed."""
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
