"""The dialog that changes tags in Webex, of one phone or many: each is read first, and shown with its outcome."""

import asyncio

from phonetui.errors import Busy, ConfigError, PhonetuiError
from phonetui.fleet.protocol import Cloud
from phonetui.text import NOTHING
from phonetui.ui import screens
from phonetui.ui.text.rows import Role, Row, Run, clip, pad, row
from phonetui.ui.view_state import ViewState
from phonetui.ui.webex.task_dialog import NAME_CELLS, BatchDialog
from phonetui.webex import devices as devices_module
from phonetui.webex.devices import WebexDevice

_MAX_WAIT_S = 120.0
"""So long it waits where Webex asks to, for one phone."""


class TagDialog(BatchDialog):
    PLACEHOLDER = "lobby, !old"
    BUSY = "Tags are being changed: wait, or esc stops it."

    def __init__(self, view_state: ViewState, *devices: WebexDevice) -> None:
        super().__init__(view_state, *devices)
        self._outcomes: dict[str, Run] = {}
        """What happened to each device, by its id."""
        self._change = devices_module.TagChange()
        """What was typed last, as long as nothing is being changed."""

    @property
    def heading(self) -> str:
        return f"Tags of {_name(self.devices[0]) if len(self.devices) == 1 else f'{len(self.devices)} phones'}"

    def read_typed(self, typed: str) -> None:
        self._change = devices_module.tag_change(typed)
        if self._change == devices_module.TagChange():
            raise ConfigError("nothing was typed")

    async def change_all(self, cloud: Cloud) -> None:
        change = self._change
        if len(self.devices) > 1:
            more = f"One after another: {_words(change)}. Type how many phones they are to go on."
            await self.confirm(screens.TypedConfirm.of_count(len(self.devices), "Change tags", more))
        self._outcomes.clear()
        self.reference = NOTHING
        for each in self.devices:
            self._outcomes[each.id] = Run("◐ asking Webex …", Role.MEASURING)
            self.draw()
            self._outcomes[each.id] = await self._changed(cloud, each, change)
            self.draw()

    def finish(self, result: None) -> None:
        """The dialog stays, so that what happened to each can be read."""
        del result
        if not self._outcomes:
            self.update_status(self.key_hints)
            return
        failed = [each for each in self.devices if self._outcomes[each.id].role is Role.FAILED]
        first = f" {_name(failed[0])}: {self._outcomes[failed[0].id].text[2:]}" if failed else ""
        count = len(self.devices)
        self.update_status(f"{count - len(failed)} of {count} changed.{first}\n{self.key_hints}")

    @property
    def key_hints(self) -> str:
        copies = f"{self.COPY} tracking id   " if self.reference else ""
        return f"commas separate, ! takes away: lobby, !old\nenter changes   {self.scroll_hint}{copies}esc back"

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

    def row_of(self, device: WebexDevice) -> Row:
        state = self._outcomes.get(device.id) or Run(devices_module.tags_text(device.tags), Role.LABEL)
        return row(Run(f"{pad(_name(device), NAME_CELLS)} ", Role.VALUE), Run(clip(state.text, 300), state.role))


def _name(device: WebexDevice) -> str:
    return device.name or device.mac or "phone"


def _words(change: devices_module.TagChange) -> str:
    parts = (("adds", change.added), ("takes away", change.taken))
    return clip(" and ".join(f"{does} {', '.join(words)}" for does, words in parts if words), 100)
