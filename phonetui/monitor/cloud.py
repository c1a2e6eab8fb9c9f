"""The organization in Webex: swept now and then for the phones that it lists, and asked for the rest on demand.

    open ──► sweep: page, page, … ──► names of places, seldom ──► wait ──┐
               ▲                                                         │ a failure waits as its class says,
               └─────────────────────────────────────────────────────────┘ and takes nothing away

Every write goes through `ask`, where read-only, confirmation and the audit line are enforced.
"""

import asyncio
import logging
import random
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from phonetui.errors import AccessError, PhonetuiError
from phonetui.monitor.audit import INTERRUPTED, OK, Deed
from phonetui.monitor.schedule import retry_s
from phonetui.phone.journal import Weight
from phonetui.phone.state import PhoneId
from phonetui.text import NOTHING, Printable, printable
from phonetui.webex.answer import items
from phonetui.webex.disclosure import disclosed
from phonetui.webex.model import Model, models
from phonetui.webex.operation import Kind, Operation, operation
from phonetui.webex.stakes import at_stake
from phonetui.webex.state import CloudState
from phonetui.xapi.command import Command
from phonetui.xapi.path import Path
from phonetui.xapi.secrecy import STARS

if TYPE_CHECKING:
    from phonetui.webex.answer import Answer
    from phonetui.webex.client import Webex
    from phonetui.webex.request import Values

SWEEP_S = 60.0
"""From the end of a sweep to the next: one listing of the whole organization, whatever its size."""
PLACES_S = 900.0
"""Between two readings of the names of locations and workspaces."""
MODELS_S = 86400.0
"""For how long what Webex says of models of phones is taken for true."""
WEBEX = PhoneId("webex")
"""Stands in the journal and in the audit log where a phone's name would."""

SUPPORTED = "devices supported"

_log = logging.getLogger(__name__)

Open = Callable[[Callable[[str], None]], "Webex"]
"""Makes the client; it tells its argument when Webex asks to wait. May read files and run commands for a token."""


class Cloud:
    def __init__(
        self,
        open_client: Open,
        *,
        changed: Callable[[], None],
        note: Callable[[str, Weight], None],
        record: Callable[[Deed], None],
        is_read_only: bool = False,
    ) -> None:
        """`changed` is called when there is something else to see, `note` with lines for the journal."""
        self.state = CloudState()
        self.is_read_only = is_read_only
        """Whether writes are refused before anything is sent."""
        self._open = open_client
        self._changed = changed
        self._note = note
        self._record = record
        self._webex: Webex | None = None
        self._opening = asyncio.Lock()
        self._places_at = float("-inf")
        self._models: tuple[Model, ...] = ()
        self._models_at = float("-inf")
        self._rng = random.Random()  # noqa: S311 - spreads retries, guards nothing

    async def run(self) -> None:
        """Sweeps until cancelled."""
        failures = 0
        try:
            while True:
                try:
                    await self._sweep()
                except PhonetuiError as error:
                    failures += 1
                    self._failed(error)
                    await asyncio.sleep(retry_s(error, failures, self._rng))
                else:
                    failures = 0
                    await asyncio.sleep(SWEEP_S)
        finally:
            await self.close()

    async def ask(
        self, name: str, values: "Values", *, about: Printable = NOTHING, confirmed: bool = False
    ) -> "Answer":
        """Runs an operation by its name in the table. Raises PhonetuiError.

        `about` is the phone that the audit log names; `confirmed`: the operator said yes to what is at stake.
        """
        asked = operation(name)
        if not asked.writes:
            return await (await self._client()).run(asked, values)
        if self.is_read_only:
            raise AccessError("read-only: nothing was sent", "Leave out --read-only, and look at [defaults] control")
        if (stakes := at_stake(asked, values)) and not confirmed:
            raise AccessError(f"{name} was not confirmed: nothing was sent", f"It is asked for every time: {stakes}")
        return await self._write(asked, values, about)

    async def pages(self, name: str, values: "Values") -> AsyncIterator[tuple[Any, ...]]:
        """A listing's items, page by page. Raises PhonetuiError."""
        async for page in (await self._client()).pages(operation(name), values):
            yield page

    async def models(self) -> tuple[Model, ...]:
        """What Webex says of each model of phone, asked for once a day. Raises PhonetuiError."""
        now = asyncio.get_running_loop().time()
        if now - self._models_at >= MODELS_S:
            answer = await self.ask(SUPPORTED, {})
            self._models, self._models_at = models(items(operation(SUPPORTED), answer.value)), now
        return self._models

    async def close(self) -> None:
        if self._webex is not None:
            webex, self._webex = self._webex, None
            await webex.close()

    async def _client(self) -> "Webex":
        async with self._opening:
            if self._webex is None:
                self._webex = await asyncio.to_thread(self._open, lambda words: self._note(words, Weight.WARNING))
            return self._webex

    async def _sweep(self) -> None:
        from phonetui.webex.sweep import places, sweep  # noqa: PLC0415 - network code after the first frame

        webex = await self._client()
        now = asyncio.get_running_loop().time
        async for known in sweep(webex, self.state.inventory):
            self._show(replace(self.state, inventory=known))
        self._show(replace(self.state, is_whole=True, failure=NOTHING, waits_until=None), swept_at=now())
        if now() - self._places_at >= PLACES_S:
            self._places_at = now()
            try:
                self._show(replace(self.state, inventory=await places(webex, self.state.inventory)))
            except AccessError as error:  # the phones are there all the same, below the ends of ids
                self._note(f"names of places: {error}", Weight.WARNING)

    def _show(self, state: CloudState, *, swept_at: float | None = None) -> None:
        """A sweep that found nothing new costs no redraw: its moment alone is nothing to see."""
        is_news = state != self.state if state.inventory is self.state.inventory else True
        self.state = state if swept_at is None else replace(state, swept_at=swept_at)
        if is_news:
            self._changed()

    def _failed(self, error: PhonetuiError) -> None:
        waits = self._webex.paused_s if self._webex is not None else 0.0
        until = asyncio.get_running_loop().time() + waits if waits else None
        if error.message != self.state.failure:
            self._note(str(error), Weight.WARNING)
        self._show(replace(self.state, failure=error.message, waits_until=until))

    async def _write(self, asked: Operation, values: "Values", about: Printable) -> "Answer":
        webex = await self._client()
        deed = Deed(datetime.now(UTC), PhoneId(about or WEBEX), printable(WEBEX), _command(asked, values), OK)
        try:
            answer = await webex.run(asked, values)
        except asyncio.CancelledError:
            self._record(replace(deed, answer=INTERRUPTED))
            raise
        except PhonetuiError as error:
            self._record(replace(deed, answer=error.kind, words=error.message, reference=error.reference))
            self._note(f"{asked.name}: {error}", Weight.WARNING)
            raise
        self._record(replace(deed, reference=answer.tracking))
        self._note(f"{asked.name}: OK  {answer.tracking}".rstrip(), Weight.INFO)
        return answer


def _command(asked: Operation, values: "Values") -> Command:
    """The operation as the audit log tells commands, without its secrets."""
    secrets = {each.name for each in asked.fields if each.kind is Kind.SECRET}
    given = ((name, value) for name, value in values.items() if value is not None)
    told = ((name, STARS if name in secrets else str(disclosed(value))) for name, value in given)
    return Command(Path.of("webex", *asked.name.split()), tuple(told))
