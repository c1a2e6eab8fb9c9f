"""The dialog for one configuration change of the marked phones: typed, previewed by phone, made and verified.

The plan is a file, as the command line's: what was stopped here goes on with `phonetui webex configurations apply`.
"""

import asyncio
import os
import time
from collections.abc import Mapping, Sequence
from typing import Any

from phonetui import private
from phonetui.config import places
from phonetui.errors import ConfigError
from phonetui.fleet.protocol import Cloud
from phonetui.phone.clock import instant
from phonetui.text import printable
from phonetui.ui import screens
from phonetui.ui.text.rows import Role, Row, Run, clip, pad, row
from phonetui.ui.view_state import ViewState
from phonetui.ui.webex.task_dialog import NAME_CELLS, BatchDialog
from phonetui.webex.answer import WebexAnswer
from phonetui.webex.configuration import Step, json_or_text, remove_step, replace_step
from phonetui.webex.configuration_change import desired_from_steps
from phonetui.webex.devices import WebexDevice
from phonetui.webex.operations import Values
from phonetui.webex.rollout import RolloutDevice, RolloutHeader, RolloutState, groups, listed_event
from phonetui.webex.rollout_file import RolloutFile, create_plan
from phonetui.webex.rollout_runner import RequestPacer, RolloutRunner

PATIENCE_S = 60.0
"""Time limit for a change to arrive, while somebody looks on."""
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


class RolloutDialog(BatchDialog):
    PLACEHOLDER = "Audio.Volume=30; !Time.Zone"
    BUSY = "A change is on its way: wait, or esc stops it."

    def __init__(self, view_state: ViewState, *devices: WebexDevice) -> None:
        super().__init__(view_state, *devices)
        self._steps: list[Step] = []
        self._plan: RolloutFile | None = None

    @property
    def heading(self) -> str:
        count = len(self.devices)
        return f"Configuration of {count} phone{'' if count == 1 else 's'} in Webex"

    def read_typed(self, typed: str) -> None:
        steps = typed_steps(typed)
        desired_from_steps(steps)
        self._steps = steps

    async def change_all(self, cloud: Cloud) -> None:
        """Reads all of them, asks, changes them, and waits until it has arrived."""
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

    def finish(self, result: None) -> None:
        """The dialog stays, so that what happened to each can be read."""
        del result
        self.draw()
        if self._plan is None:
            self.update_status(self.key_hints)
            return
        counts = self._plan.rollout.counts
        done = counts[RolloutState.ARRIVED] + counts[RolloutState.CHANGED]
        words = f"{done} of {len(self.devices)} changed"
        if late := counts[RolloutState.CHANGED]:
            words += f", {late} not yet arrived"
        if counts[RolloutState.FAILED]:
            words += f", {counts[RolloutState.FAILED]} failed"
        self.update_status(f"{words}.\nplan: {self._plan.place.name}\n{self.key_hints}")

    def on_unmount(self) -> None:
        if self.is_under_way and self._plan is not None:
            words = f"Stopped. 'phonetui webex configurations apply {self._plan.place.name}' goes on."
            self.app.notify(words, severity="warning", markup=False, timeout=20)

    @property
    def key_hints(self) -> str:
        example = "semicolons separate, ! is the default again: Audio.Volume=30; !Time.Zone"
        return f"{example}\nenter reads   {self.scroll_hint}esc back"

    def _create(self) -> RolloutFile:
        """A plan of its own, with the phones in it. Blocks. Raises ConfigError."""
        now = self.session.clock.now()
        folder = places.changes()
        try:
            private.make_directory(folder)
        except OSError as error:
            raise ConfigError(f"{folder}: the plan cannot be written: {error.strerror}") from error
        place = folder / f"{now.astimezone():%Y%m%d-%H%M%S}-{os.getpid():07d}-{time.monotonic_ns() % 10**6:06d}.plan"
        words = printable(f"{len(self.devices)} marked phones")
        plan = create_plan(place, RolloutHeader(desired_from_steps(self._steps), words, instant(now), ""))
        plan.add(*map(listed_event, self.devices))
        return plan

    def _runner(self, cloud: Cloud, plan: RolloutFile) -> RolloutRunner:
        async def ask(name: str, values: Values, about: str) -> WebexAnswer:
            return await cloud.ask(name, values, about=printable(about), confirmed=True)

        async def note(event: dict[str, Any]) -> None:
            await asyncio.to_thread(plan.add, event)

        def show(device: RolloutDevice) -> None:
            self.reference = device.tracking
            self.draw()

        return RolloutRunner(plan.rollout, ask, note, pacer=RequestPacer(), clock=time.time, progress=show)

    def row_of(self, device: WebexDevice) -> Row:
        name = Run(f"{pad(device.shown_name, NAME_CELLS)} ", Role.VALUE)
        found = self._plan.rollout.devices.get(device.id) if self._plan is not None else None
        if found is None:
            return row(name, Run(device.product or "", Role.LABEL))
        words, role = _SHOWN.get(found.state, (str(found.state), Role.VALUE))
        if found.state is RolloutState.STAGED:
            words = "; ".join(key.words for key in found.keys)
        return row(name, Run(clip(f"{words}{found.why}", 300), role))
