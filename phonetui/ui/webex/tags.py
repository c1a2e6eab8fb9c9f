"""Tags in Webex of one phone or many: each is read right before it is changed, and shown with its outcome."""

import asyncio
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Input

from phonetui.errors import Busy, PhonetuiError
from phonetui.fleet.protocol import Cloud
from phonetui.text import NOTHING
from phonetui.ui import screens
from phonetui.ui.text.rows import Role, Row, Run, clip, pad, row
from phonetui.ui.view_state import ViewState
from phonetui.ui.webex.task_dialog import TaskDialog
from phonetui.ui.widgets.pane import line_input
from phonetui.ui.widgets.row_list import RowsView
from phonetui.webex import devices as devices_module
from phonetui.webex.devices import WebexDevice

_NAME = 18
_MAX_ROWS = 10
"""Rows of phones that are seen at once."""
_MAX_WAIT_S = 120.0
"""So long it waits where Webex asks to, for one phone."""


class TagDialog(TaskDialog[None]):
    COPY = "ctrl+y"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down", "scroll_rows(1)", "Down", show=False),
        Binding("up", "scroll_rows(-1)", "Up", show=False),
    ]

    def __init__(self, view_state: ViewState, *devices: WebexDevice) -> None:
        super().__init__(view_state)
        self._devices = devices
        self._outcomes: dict[str, Run] = {}
        """What became of each device, by its id."""
        self._change = devices_module.TagChange()
        """What was typed last, as long as nothing is being changed."""
        self._is_changing = False

    @property
    def heading(self) -> str:
        return f"Tags of {_name(self._devices[0]) if len(self._devices) == 1 else f'{len(self._devices)} phones'}"

    def compose_body(self) -> ComposeResult:
        typed = line_input(placeholder="lobby, !old")
        yield typed
        yield RowsView(id="tagged")

    def on_mount(self) -> None:
        view = self.query_one("#tagged", RowsView)
        view.styles.height = min(len(self._devices), _MAX_ROWS)
        self.query_one(Input).focus()
        self.call_after_refresh(self._draw)

    def begin(self) -> None:
        """Nothing is asked before something was typed."""
        if why := self.why_not:
            self.fail(why)
        else:
            self.update_status(self._key_hints)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        if self._is_changing:
            self.app.notify("Tags are being changed: wait, or esc stops it.", markup=False)
            return
        self._change = devices_module.tag_change(event.value)
        if self._change == devices_module.TagChange():
            self.update_status(f"Nothing was typed.\n{self._key_hints}")
        else:
            self.go()

    async def run_task(self, cloud: Cloud) -> None:
        """The same change for all of them, whatever is typed meanwhile."""
        self._is_changing, change = True, self._change
        try:
            if len(self._devices) > 1:
                more = f"One after another: {_words(change)}. Type how many phones they are to go on."
                await self.confirm(screens.TypedConfirm.of_count(len(self._devices), "Change tags", more))
            self._outcomes.clear()
            self.reference = NOTHING
            for each in self._devices:
                self._outcomes[each.id] = Run("◐ asking Webex …", Role.MEASURING)
                self._draw()
                self._outcomes[each.id] = await self._changed(cloud, each, change)
                self._draw()
        finally:
            self._is_changing = False

    def finish(self, result: None) -> None:
        """The dialog stays, so that what became of each can be read."""
        del result
        if not self._outcomes:
            self.update_status(self._key_hints)
            return
        failed = [each for each in self._devices if self._outcomes[each.id].role is Role.FAILED]
        first = f" {_name(failed[0])}: {self._outcomes[failed[0].id].text[2:]}" if failed else ""
        count = len(self._devices)
        self.update_status(f"{count - len(failed)} of {count} changed.{first}\n{self._key_hints}")

    def action_scroll_rows(self, by: int) -> None:
        self.query_one("#tagged", RowsView).action_move(by)

    @property
    def _key_hints(self) -> str:
        scrolls = "↑ ↓ scroll   " if len(self._devices) > _MAX_ROWS else ""
        copies = f"{self.COPY} tracking id   " if self.reference else ""
        return f"commas separate, ! takes away: lobby, !old\nenter changes   {scrolls}{copies}esc back"

    async def _changed(self, cloud: Cloud, device: WebexDevice, change: devices_module.TagChange) -> Run:
        """The outcome; waits where Webex asks to."""
        name = device.name or NOTHING
        left_s = _MAX_WAIT_S
        while True:
            try:
                has = await devices_module.change_tags(
                    lambda asked, values: cloud.ask(asked, values, about=name, confirmed=True), device.id, change
                )
            except Busy as busy:
                wait_s = max(busy.retry_after_s or 1.0, 0.1)
                if wait_s > left_s:
                    return Run(f"✗ {busy}", Role.FAILED)
                left_s -= wait_s
                self.update_status(f"≈ Webex asks to wait {wait_s:.0f} s   esc stops")
                await asyncio.sleep(wait_s)
            except PhonetuiError as error:
                self.reference = error.reference
                return Run(f"✗ {error}  {error.reference}".rstrip(), Role.FAILED)
            else:
                return Run(f"✓ {devices_module.tags_text(has)}", Role.GOOD)

    def _draw(self) -> None:
        self.query_one("#tagged", RowsView).show([self._row(each) for each in self._devices])

    def _row(self, device: WebexDevice) -> Row:
        state = self._outcomes.get(device.id) or Run(devices_module.tags_text(device.tags), Role.LABEL)
        return row(Run(f"{pad(_name(device), _NAME)} ", Role.VALUE), Run(clip(state.text, 300), state.role))


def _name(device: WebexDevice) -> str:
    return device.name or device.mac or "phone"


def _words(change: devices_module.TagChange) -> str:
    parts = (("adds", change.added), ("takes away", change.taken))
    return clip(" and ".join(f"{does} {', '.join(words)}" for does, words in parts if words), 100)
