"""Runs a rollout: reads phones, changes each exactly once, verifies, rolls back; within a rate.

For each phone of a change:

    plan: sending ──► PATCH ──► plan: changed        killed in between: the phone is read before anything is sent again
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

from phonetui.errors import Busy, CommandRefused, ConfigError, PhonetuiError, ProtocolError, TransportError
from phonetui.webex.answer import PAUSE_S, WebexAnswer
from phonetui.webex.configuration import DeviceSetting, configuration
from phonetui.webex.configuration_change import DesiredConfiguration, KeyChange, device_change, has_arrived, is_done
from phonetui.webex.operations import Values
from phonetui.webex.rollout import TO_APPLY, TO_REVERT, Rollout, RolloutDevice, RolloutState

RATE = 240.0
"""Requests a minute: Webex publishes no limit for these; 300 is what it names for another of its APIs."""
AT_ONCE = 4
"""Phones that are asked side by side."""
FRESH_S = 3600.0
"""How long a reading of a phone may serve as the start of a change."""
FIRST_LOOK_S, SLOWEST_LOOK_S = 5.0, 30.0
"""Between two looks whether a change has arrived."""
_TRIES = 8
_SLOWEST_RATE, _CALM_S = 20.0, 300.0
_MOST_IN_A_ROW = 5

Ask = Callable[[str, Values, str], Awaitable[WebexAnswer]]
"""Runs an operation by its name; the last is the phone's name, for the audit log. Raises PhonetuiErrors."""


class RequestPacer:
    """Spreads requests evenly over a minute.

    Once Webex has asked to wait, none is sent before that is over, and then they come at half the rate: somebody else
    may use up the same limit. Each five minutes without that they come faster again.
    """

    def __init__(self, rate: float = RATE) -> None:
        """`rate` in requests a minute."""
        self.rate = self._full_rate = rate
        self._next_at = 0.0
        self._calm_since = 0.0

    def pause(self, seconds: float) -> None:
        """Webex asked to wait; asked several times during one pause it is one."""
        now = asyncio.get_running_loop().time()
        if now >= self._calm_since:
            self.rate = max(self.rate / 2, _SLOWEST_RATE)
        self._calm_since = max(self._calm_since, now + seconds)
        self._next_at = max(self._next_at, self._calm_since)

    async def turn(self) -> None:
        """Returns when the next request may be sent."""
        now = asyncio.get_running_loop().time()
        if self.rate < self._full_rate and now - self._calm_since > _CALM_S:
            self.rate, self._calm_since = min(self.rate * 1.5, self._full_rate), now
        at = max(self._next_at, now)
        self._next_at = at + 60.0 / self.rate
        if at > now:
            await asyncio.sleep(at - now)


class RolloutRunner:
    """Carries out a rollout within a rate; each step is noted before and after it is sent."""

    def __init__(
        self,
        rollout: Rollout,
        ask: Ask,
        note: Callable[[dict[str, Any]], Awaitable[None]],
        *,
        pacer: RequestPacer,
        clock: Callable[[], float],
        progress: Callable[[RolloutDevice], None] = lambda _: None,
    ) -> None:
        """`ask` raises Busy at once where Webex asks to wait: here is where that is waited for.

        `note` applies an event to the rollout and keeps it; `clock` is in seconds since 1970.

        `progress` is called with each phone that came further.
        """
        self._rollout = rollout
        self._ask = ask
        self._note = note
        self._pacer = pacer
        self._clock = clock
        self._progress = progress
        self._in_a_row = 0
        """Phones that failed one after another because Webex didn't answer."""

    @property
    def _desired(self) -> DesiredConfiguration:
        return self._rollout.header.desired

    async def stage(self) -> None:
        """Reads every phone that wasn't read yet. Raises PhonetuiErrors that aren't one phone's own."""
        await self._each(self._rollout.of(RolloutState.LISTED), self._stage)

    async def apply(self) -> None:
        """Changes every phone that is staged, or that an earlier run left. Raises as `stage`."""
        await self._each(self._rollout.of(*TO_APPLY), self._change)

    async def revert(self) -> None:
        """Takes the change back where it was made. Raises as `stage`."""
        await self._each(self._rollout.of(*TO_REVERT), self._revert)

    async def look(self) -> None:
        """Asks once, of every changed phone, whether it has arrived. Raises as `stage`."""
        await self._each(self._rollout.of(RolloutState.CHANGED), self._look)

    async def verify(self, patience_s: float) -> None:
        """Asks until all have arrived, or patience ends. Raises as `stage`."""
        loop = asyncio.get_running_loop()
        until, interval = loop.time() + patience_s, FIRST_LOOK_S
        while self._rollout.of(RolloutState.CHANGED):
            await self.look()
            if not self._rollout.of(RolloutState.CHANGED) or loop.time() + interval > until:
                return
            await asyncio.sleep(interval)
            interval = min(interval * 2, SLOWEST_LOOK_S)

    async def _each(self, devices: Iterable[RolloutDevice], act: Callable[[RolloutDevice], Awaitable[None]]) -> None:
        """A few side by side; the first failure that isn't one phone's own ends it, and the others are waited for.

        Where Webex doesn't answer for one phone, the next may go well; several in a row end it, too.
        """
        waiting = iter(devices)
        failure: list[PhonetuiError] = []

        async def work() -> None:
            for device in waiting:
                if failure:
                    return
                try:
                    await act(device)
                    self._in_a_row = 0
                except PhonetuiError as error:
                    self._in_a_row += 1
                    is_its_own = isinstance(error, TransportError) and not isinstance(error, Busy)
                    if not is_its_own or self._in_a_row >= _MOST_IN_A_ROW:
                        failure.append(error)
                        return
                    state = self._rollout.devices[device.id].state
                    await self._note(_event(device, state, why=str(error), tracking=error.reference))
                self._progress(self._rollout.devices[device.id])

        async with asyncio.TaskGroup() as group:
            for _ in range(AT_ONCE):
                group.create_task(work())
        if failure:
            raise failure[0].with_traceback(None)

    async def _stage(self, device: RolloutDevice) -> None:
        settings = await self._read(device)
        if isinstance(settings, CommandRefused):
            await self._note(_event(device, RolloutState.UNFIT, why=str(settings)))
            return
        await self._keep_reading(device, settings)

    async def _keep_reading(self, device: RolloutDevice, settings: tuple[DeviceSetting, ...]) -> None:
        change = device_change(settings, self._desired)
        if change.problem:
            await self._note(_event(device, RolloutState.UNFIT, why=change.problem))
            return
        state = RolloutState.STAGED if change.keys else RolloutState.UNCHANGED
        keys = [key.to_json() for key in change.keys]
        await self._note(_event(device, state, keys=keys, read_at=self._clock()))

    async def _change(self, device: RolloutDevice) -> None:
        """Reads first what may have been changed since, or by a run that was killed."""
        is_unsure = device.state is not RolloutState.STAGED or self._clock() - device.read_at > FRESH_S
        if is_unsure:
            settings = await self._read(device)
            if isinstance(settings, CommandRefused):
                await self._note(_event(device, RolloutState.FAILED, why=str(settings)))
                return
            if device.keys and is_done(settings, device.keys) and device.state is not RolloutState.STAGED:
                await self._note(_event(device, RolloutState.CHANGED))  # it had come through
                return
            await self._keep_reading(device, settings)
            device = self._rollout.devices[device.id]
            if device.state is not RolloutState.STAGED:
                return
        await self._note(_event(device, RolloutState.SENDING))
        await self._write(device, [key.step for key in device.keys], RolloutState.CHANGED, RolloutState.FAILED)

    async def _revert(self, device: RolloutDevice) -> None:
        """What is back already is not written again."""
        back = [key for key in device.keys if not key.was_set or key.before is not None]
        if device.state is RolloutState.REVERTING:
            settings = await self._read(device)
            if not isinstance(settings, CommandRefused) and _is_back(settings, back):
                await self._note(_event(device, RolloutState.REVERTED))
                return
        await self._note(_event(device, RolloutState.REVERTING))
        await self._write(device, [key.step_back for key in back], RolloutState.REVERTED, RolloutState.CHANGED)

    async def _write(self, device: RolloutDevice, steps: list[Any], done: RolloutState, not_done: RolloutState) -> None:
        try:
            answer = await self._send("configurations update", {"deviceId": device.id, "steps": steps}, device)
        except (CommandRefused, ConfigError, ProtocolError) as error:
            await self._note(_event(device, not_done, why=str(error), tracking=error.reference))
            return
        settings = configuration(answer.value)
        is_there = done is RolloutState.CHANGED and bool(settings) and has_arrived(settings, device.keys)
        state = RolloutState.ARRIVED if is_there and is_done(settings, device.keys) else done
        await self._note(_event(device, state, why="", tracking=answer.tracking))

    async def _look(self, device: RolloutDevice) -> None:
        settings = await self._read(device)
        if isinstance(settings, CommandRefused):
            await self._note(_event(device, RolloutState.CHANGED, why=str(settings)))
        elif not is_done(settings, device.keys):
            await self._note(
                _event(device, RolloutState.FAILED, why="Webex took it, and something else holds there now")
            )
        elif has_arrived(settings, device.keys):
            await self._note(_event(device, RolloutState.ARRIVED, why=""))

    async def _read(self, device: RolloutDevice) -> tuple[DeviceSetting, ...] | CommandRefused:
        """All that the change is about, or why Webex refuses to say it of this phone. Raises other PhonetuiErrors."""
        found: list[DeviceSetting] = []
        desired = self._desired
        for key in desired.queries:
            try:
                answer = await self._send("configurations list", {"deviceId": device.id, "key": key}, device)
            except CommandRefused as error:
                return error
            found += configuration(answer.value)
        return tuple(found)

    async def _send(self, name: str, values: Values, device: RolloutDevice) -> WebexAnswer:
        """One exchange in its turn; where Webex asks to wait, it is sent again. Raises PhonetuiErrors.

        What broke off is not: it may have come through, and the next run reads the phone before it sends anything.
        """
        for last in (*[False] * (_TRIES - 1), True):
            await self._pacer.turn()
            try:
                return await self._ask(name, values, device.name)
            except Busy as busy:
                self._pacer.pause(PAUSE_S if busy.retry_after_s is None else busy.retry_after_s)
                if last:
                    raise
        raise AssertionError("the last try returns or raises")


def _is_back(settings: Iterable[DeviceSetting], keys: Iterable[KeyChange]) -> bool:
    known = {str(each.key): each for each in settings}
    wanted = ((known.get(key.key), key) for key in keys)
    return all(
        each is not None
        and (each.is_set, each.configured if key.was_set else None)
        == (key.was_set, key.before if key.was_set else None)
        for each, key in wanted
    )


def _event(device: RolloutDevice, state: RolloutState, **more: Any) -> dict[str, Any]:
    return {"device": device.id, "state": state, **more}
