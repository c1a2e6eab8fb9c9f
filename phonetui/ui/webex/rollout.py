"""One change of configurations for the marked phones: typed, read and shown phone by phone, then made and verified.

The plan is a file, as the command line's: what was stopped here goes on with `phonetui webex configurations apply`.
"""

import asyncio
import os
import time
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Input

from phonetui import private
from phonetui.config import places
from phonetui.errors import ConfigError
from phonetui.fleet.protocol import Cloud
from phonetui.phone.clock import instant
from phonetui.text import printable
from phonetui.ui import screens
from phonetui.ui.text.rows import Role, Row, Run, clip, pad, row
from phonetui.ui.view_state import ViewState
from phonetui.ui.webex.task_dialog import TaskDialog
from phonetui.ui.widgets.pane import line_input
from phonetui.ui.widgets.row_list import RowsView
from phonetui.webex.answer import WebexAnswer
from phonetui.webex.configuration import Step, json_or_text, remove_step, replace_step
from phonetui.webex.configuration_change import desired_from_steps
from phonetui.webex.devices import WebexDevice
from phonetui.webex.operations import Values
from phonetui.webex.rollout import RolloutDevice, RolloutHeader, RolloutState, groups, listed_event
from phonetui.webex.rollout_file import RolloutFile, create_plan
from phonetui.webex.rollout_runner import RequestPacer, RolloutRunner

PATIENCE_S = 60.0
"""For a change to arrive, while somebody looks on."""
_NAME = 18
_MAX_ROWS = 12
_MOST_CHANGES = 500
"""Characters of the changes in the question."""
_SHOWN: Mapping[RolloutState, tuple[str, Role]] = {
    RolloutState.LISTED: ("◐ reading …", Role.MEASURING),
    RolloutState.STAGED: ("", Role.VALUE),
    RolloutState.UNCHANGED: ("has it already", Role.DIM),
    RolloutState.UNFIT: ("✗ ", Role.FAILED),
    RolloutState.SENDING: ("◐ sent …", Role.MEASURING),
    RolloutState.CHANGED: ("● changed; the phone hasn't taken it over yet", Role.FAIR),
    RolloutState.FAILED: ("✗ ", Role.FAILED),
    RolloutState.ARRIVED: ("✓ changed, and the phone has it", Role.GOOD),
}


def typed_steps(typed: str) -> list[Step]:
    """`Audio.Volume=30; !Time.Zone`: semicolons separate, an exclamation mark is the default again.

    Raises ConfigError.
    """
    steps: list[Step] = []
    for word in filter(None, (part.strip() for part in typed.split(";"))):
        key, equals, value = word.partition("=")
        if word.startswith("!"):
            steps.append(remove_step(word[1:].strip()))
        elif equals and key.strip():
            steps.append(replace_step(key.strip(), json_or_text(value.strip())))
        else:
            raise ConfigError(f"'{word}' is not KEY=VALUE, nor !KEY")
    if not steps:
        raise ConfigError("nothing was typed")
    return steps


def _changes(staged: Sequence[RolloutDevice]) -> str:
    """Old → new in words, phones that change alike together, the most first."""
    found = [(", ".join(each.name for each in alike[:3]), len(alike), words) for words, alike in groups(staged)]
    return ". ".join(
        f"{names}{f' and {count - 3} more' if count > 3 else ''}: {'; '.join(words)}" for names, count, words in found
    )


class RolloutDialog(TaskDialog[None]):
    COPY = "ctrl+y"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down", "scroll_rows(1)", "Down", show=False),
        Binding("up", "scroll_rows(-1)", "Up", show=False),
    ]

    def __init__(self, view_state: ViewState, *devices: WebexDevice) -> None:
        super().__init__(view_state)
        self._devices = devices
        self._steps: list[Step] = []
        self._plan: RolloutFile | None = None
        self._is_running = False

    @property
    def heading(self) -> str:
        count = len(self._devices)
        return f"Configuration of {count} phone{'' if count == 1 else 's'} in Webex"

    def compose_body(self) -> ComposeResult:
        yield line_input(placeholder="Audio.Volume=30; !Time.Zone")
        yield RowsView(id="tagged")

    def on_mount(self) -> None:
        self.query_one("#tagged", RowsView).styles.height = min(len(self._devices), _MAX_ROWS)
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
        if self._is_running:
            self.app.notify("A change is on its way: wait, or esc stops it.", markup=False)
            return
        try:
            self._steps = typed_steps(event.value)
            desired_from_steps(self._steps)
        except ConfigError as error:
            self.update_status(f"✗ {error}\n{self._key_hints}", failed=True)
            return
        self.go()

    async def run_task(self, cloud: Cloud) -> None:
        """Reads all of them, asks, changes them, and waits until it has arrived."""
        self._is_running = True
        try:
            with await asyncio.to_thread(self._create) as plan:
                self._plan = plan
                runner = self._runner(cloud, plan)
                self.update_status("◐ reading what they have …   esc stops")
                await runner.stage()
                staged = plan.rollout.of(RolloutState.STAGED)
                if not staged:
                    return
                more = f"{clip(_changes(staged), _MOST_CHANGES)}. Type how many phones they are."
                await self.confirm(screens.TypedConfirm.of_count(len(staged), "Change the configuration", more))
                self.update_status("◐ changing …   esc stops")
                await runner.apply()
                self.update_status("◐ asking whether it has arrived …   esc stops")
                await runner.verify(PATIENCE_S)
        finally:
            self._is_running = False

    def finish(self, result: None) -> None:
        """The dialog stays, so that what became of each can be read."""
        del result
        self._draw()
        if self._plan is None:
            self.update_status(self._key_hints)
            return
        counts = self._plan.rollout.counts
        done = counts[RolloutState.ARRIVED] + counts[RolloutState.CHANGED]
        words = f"{done} of {len(self._devices)} changed"
        if late := counts[RolloutState.CHANGED]:
            words += f", {late} not yet arrived"
        if counts[RolloutState.FAILED]:
            words += f", {counts[RolloutState.FAILED]} failed"
        self.update_status(f"{words}.\nplan: {self._plan.place.name}\n{self._key_hints}")

    def on_unmount(self) -> None:
        if self._is_running and self._plan is not None:
            words = f"Stopped. 'phonetui webex configurations apply {self._plan.place.name}' goes on."
            self.app.notify(words, severity="warning", markup=False, timeout=20)

    def action_scroll_rows(self, by: int) -> None:
        self.query_one("#tagged", RowsView).action_move(by)

    @property
    def _key_hints(self) -> str:
        scrolls = "↑ ↓ scroll   " if len(self._devices) > _MAX_ROWS else ""
        return (
            f"semicolons separate, ! is the default again: Audio.Volume=30; !Time.Zone\nenter reads   {scrolls}esc back"
        )

    def _create(self) -> RolloutFile:
        """A plan of its own, with the phones in it. Blocks. Raises ConfigError."""
        now = self.session.clock.now()
        folder = places.changes()
        try:
            private.make_directory(folder)
        except OSError as error:
            raise ConfigError(f"{folder}: the plan cannot be written: {error.strerror}") from error
        place = folder / f"{now.astimezone():%Y%m%d-%H%M%S}-{os.getpid():07d}-{time.monotonic_ns() % 10**6:06d}.plan"
        words = printable(f"{len(self._devices)} marked phones")
        plan = create_plan(place, RolloutHeader(desired_from_steps(self._steps), words, instant(now), ""))
        plan.add(*map(listed_event, self._devices))
        return plan

    def _runner(self, cloud: Cloud, plan: RolloutFile) -> RolloutRunner:
        async def ask(name: str, values: Values, about: str) -> WebexAnswer:
            return await cloud.ask(name, values, about=printable(about), confirmed=True)

        async def note(event: dict[str, Any]) -> None:
            await asyncio.to_thread(plan.add, event)

        def show(device: RolloutDevice) -> None:
            self.reference = device.tracking
            self._draw()

        return RolloutRunner(plan.rollout, ask, note, pacer=RequestPacer(), clock=time.time, progress=show)

    def _draw(self) -> None:
        if self.is_mounted:
            self.query_one("#tagged", RowsView).show([self._row(each) for each in self._devices])

    def _row(self, device: WebexDevice) -> Row:
        name = Run(f"{pad(device.shown_name, _NAME)} ", Role.VALUE)
        found = self._plan.rollout.devices.get(device.id) if self._plan is not None else None
        if found is None:
            return row(name, Run(device.product or "", Role.LABEL))
        words, role = _SHOWN.get(found.state, (str(found.state), Role.VALUE))
        if found.state is RolloutState.STAGED:
            words = "; ".join(key.words for key in found.keys)
        return row(name, Run(clip(f"{words}{found.why}", 300), role))
