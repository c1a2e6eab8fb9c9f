"""The Webex organization: lists its phones now and then, answers queries, and audits every write.

    open ──► sweep: page, page, … ──► names of places, seldom ──► wait ──┐
               ▲                                                         │ a failure waits as its class says,
               └─────────────────────────────────────────────────────────┘ and takes nothing away

Every write goes through `ask`, where read-only, confirmation and the audit line are enforced.
"""

import asyncio
import logging
import random
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from phonetui.errors import AccessError, CommandRefused, PhonetuiError, ProtocolError
from phonetui.monitor.control_policy import INTERRUPTED, OK, AuditEntry
from phonetui.monitor.schedule import retry_s
from phonetui.phone.journal import Weight
from phonetui.phone.state import PhoneId
from phonetui.text import NOTHING, STARS, Printable, printable
from phonetui.webex.answer import items, redacted
from phonetui.webex.devices import WebexDevice, WebexModel, device, models
from phonetui.webex.inventory import CloudState, DeviceQuery, Inventory, Key, device_index, not_listed
from phonetui.webex.operations import FieldKind, Operation, consequences, operation
from phonetui.xapi.command import Command
from phonetui.xapi.path import Path

if TYPE_CHECKING:
    from phonetui.webex.answer import WebexAnswer
    from phonetui.webex.client import WebexClient
    from phonetui.webex.operations import Values
    from phonetui.webex.xapi import CloudTransport

WEBEX = PhoneId("webex")
"""Stands in the journal and in the audit log where a phone's name would."""


async def run_audited(
    webex: "WebexClient",
    asked: Operation,
    values: "Values",
    record: Callable[[AuditEntry], None],
    about: Printable = NOTHING,
) -> "WebexAnswer":
    """Runs a write; `record` is called once, however it ends. `about` is the phone that it concerns.

    Raises PhonetuiErrors.
    """
    command = Command(Path.of(WEBEX, *asked.name.split()))
    given = audit_values(asked, values)
    entry = AuditEntry(datetime.now(UTC), PhoneId(about or WEBEX), printable(WEBEX), command, OK, values=given)
    try:
        answer = await webex.run(asked, values)
    except PhonetuiError as error:
        record(replace(entry, answer=error.kind, words=error.message, reference=error.reference))
        raise
    except BaseException:  # cancelled, or interrupted at the terminal: Webex may have done it
        record(replace(entry, answer=INTERRUPTED))
        raise
    record(replace(entry, reference=answer.tracking))
    return answer


def audit_values(asked: Operation, values: "Values") -> dict[str, Any]:
    """What the operation was given, for the audit log: without its secrets."""
    secrets = {each.name for each in asked.fields if each.kind is FieldKind.SECRET}
    given = {name: value for name, value in values.items() if value is not None}
    return {name: STARS if name in secrets else redacted(value) for name, value in given.items()}


SWEEP_S = 60.0
"""From the end of a sweep to the next: one listing of the whole organization, whatever its size."""
PLACES_S = 900.0
"""Seconds between two readings of the names of locations and workspaces."""
MODELS_S = 86400.0
"""How long what Webex says of models of phones is taken for true."""
SUPPORTED = "devices supported"

_log = logging.getLogger(__name__)

Open = Callable[[Callable[[str], None]], "WebexClient"]
"""Makes the client, which calls its argument when Webex asks to wait. May read files and run commands for a token."""


class WebexOrganization:
    """The Webex organization of a fleet: its inventory, queries and changes.

    Its client is opened when it is first needed.
    """

    def __init__(
        self,
        open_client: Open,
        *,
        changed: Callable[[], None],
        note: Callable[[str, Weight], None],
        record: Callable[[AuditEntry], None],
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
        self._webex: WebexClient | None = None
        self._opening = asyncio.Lock()
        self._is_sweeping = False
        self._index: tuple[Inventory | None, Mapping[Key, Sequence[WebexDevice]]] = (None, {})
        """The inventory in which a phone was looked up last, and how phones are found in it."""
        self._ids: dict[DeviceQuery, str] = {}
        """The device id that a query by something else came to."""
        self._failure: PhonetuiError | None = None
        """Why the last sweep broke off."""
        self._progress = asyncio.Event()
        """Set, and replaced, whenever a sweep comes further."""
        self._places_at = float("-inf")
        self._models: tuple[WebexModel, ...] = ()
        self._models_at = float("-inf")
        self._rng = random.Random()  # noqa: S311 - spreads retries, guards nothing

    async def run(self) -> None:
        """Sweeps until cancelled."""
        failures: Counter[type[PhonetuiError]] = Counter()
        self._is_sweeping = True
        try:
            while True:
                failure = await self._try_sweep()
                if failure is None:
                    failures.clear()
                    await asyncio.sleep(SWEEP_S)
                    continue
                failures[type(failure)] += 1
                await asyncio.sleep(retry_s(failure, failures[type(failure)], self._rng))
        finally:
            self._is_sweeping = False
            await self.close()

    def transport(self, query: DeviceQuery) -> "CloudTransport":
        """The way to one of its phones. Whoever acts on phones permits and records what goes there."""
        from phonetui.webex.xapi import CloudTransport  # noqa: PLC0415 - network code after the first frame

        async def ask(asked: Operation, values: "Values") -> "WebexAnswer":
            return await (await self._client()).run(asked, values)

        return CloudTransport(ask, partial(self.find, query))

    async def find(self, query: DeviceQuery) -> WebexDevice:
        """The one that is meant, as it was listed last; waits for the first sweep to come to it. Raises PhonetuiError.

        Where no sweep goes on, Webex is asked for it.
        """
        while True:
            progress, is_settled = self._progress, self.state.is_whole or not self._is_sweeping
            fit = self._matches(query, is_settled=is_settled)
            if not fit and not self._is_sweeping:
                await self._look_up(query)
                fit = self._matches(query)
            if len(fit) == 1:
                self._ids[query] = fit[0].id
                return fit[0]
            if is_settled:
                raise not_listed(query, len(fit))
            if self._failure is not None:
                raise self._failure.with_traceback(None)
            await progress.wait()

    def _matches(self, query: DeviceQuery, *, is_settled: bool = True) -> Sequence[WebexDevice]:
        """Devices that fit: by id at any time, by anything else once all are listed, as two may share an address."""
        inventory = self.state.inventory
        found = inventory.devices.get(query.device or self._ids.get(query, ""))
        if found is not None and query.matches(found):
            return (found,)
        if query.device or not is_settled:
            return ()
        if self._index[0] is not inventory:
            self._index = inventory, device_index(inventory.devices.values())
        return self._index[1].get(query.key, ())

    async def _look_up(self, query: DeviceQuery) -> None:
        """Brings what fits into the inventory."""
        webex = await self._client()
        known = self.state.inventory
        if query.device:
            with suppress(CommandRefused):  # no such device
                found = await webex.run(operation("devices get"), {"deviceId": query.device})
                known = known.with_page([device(found.value)])
        elif query.filter:
            async for page in webex.pages(operation("devices list"), query.filter):
                known = known.with_page(map(device, page))
        self.state = replace(self.state, inventory=known)
        if not query.device and not self._matches(query):  # Webex may spell it otherwise
            async for further in sweep(webex, known):
                self.state = replace(self.state, inventory=further)

    async def ask(
        self, name: str, values: "Values", *, about: Printable = NOTHING, confirmed: bool = False
    ) -> "WebexAnswer":
        """Runs an operation by its name in the table. Raises PhonetuiError.

        `about` is the phone that the audit log names; `confirmed`: the operator said yes to what is at stake.
        """
        asked = operation(name)
        if not asked.writes:
            return await (await self._client()).run(asked, values)
        if self.is_read_only:
            raise AccessError("read-only: nothing was sent", "Leave out --read-only, and look at [defaults] control")
        if (stakes := consequences(asked, values)) and not confirmed:
            raise AccessError(f"{name} was not confirmed: nothing was sent", f"It is asked for every time: {stakes}")
        return await self._write(asked, values, about)

    async def pages(self, name: str, values: "Values") -> AsyncIterator[tuple[Any, ...]]:
        """A listing's items, page by page. Raises PhonetuiError."""
        async for page in (await self._client()).pages(operation(name), values):
            yield page

    async def models(self) -> tuple[WebexModel, ...]:
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

    async def _client(self) -> "WebexClient":
        async with self._opening:
            if self._webex is None:
                self._webex = await asyncio.to_thread(self._open, lambda words: self._note(words, Weight.WARNING))
            return self._webex

    async def _try_sweep(self) -> PhonetuiError | None:
        """One sweep; what broke it off. A fault of our own is treated like an answer that cannot be read."""
        try:
            await self._sweep()
        except PhonetuiError as error:
            failure = error
        except Exception as error:  # noqa: BLE001 - the cloud must not end the phones; the log has the whole story
            _log.exception("%s: fault in the program", WEBEX)
            failure = ProtocolError(f"fault in phonetui: {type(error).__name__}", "See the log; phones go on")
        else:
            return None
        self._note_failure(failure)
        return failure

    async def _sweep(self) -> None:
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
        self._failure = None
        self._signal_progress()
        if is_news:
            self._changed()

    def _note_failure(self, error: PhonetuiError) -> None:
        waits = self._webex.paused_s if self._webex is not None else 0.0
        until = asyncio.get_running_loop().time() + waits if waits else None
        if error.message != self.state.failure:
            self._note(str(error), Weight.WARNING)
        self._show(replace(self.state, failure=error.message, waits_until=until))
        error.is_shared = True  # recorded here, for all the phones that are asked through Webex
        self._failure = error.without_frames()
        self._signal_progress()

    def _signal_progress(self) -> None:
        self._progress.set()
        self._progress = asyncio.Event()

    async def _write(self, asked: Operation, values: "Values", about: Printable) -> "WebexAnswer":
        try:
            answer = await run_audited(await self._client(), asked, values, self._record, about)
        except PhonetuiError as error:
            self._note(f"{asked.name}: {error}", Weight.WARNING)
            raise
        self._note(f"{asked.name}: OK  {answer.tracking}".rstrip(), Weight.INFO)
        return answer


async def sweep(webex: "WebexClient", known: Inventory) -> AsyncIterator[Inventory]:
    """`known` brought up to date, page by page; those that are gone leave it with the last. Raises PhonetuiErrors.

    A sweep that breaks off takes nothing away.
    """
    seen: set[str] = set()
    async for page in webex.pages(operation("devices list"), {"type": "phone"}):
        devices = [device(item) for item in page]
        seen.update(found.key for found in devices)
        known = known.with_page(devices)
        yield known
    yield known.only(seen)


async def places(webex: "WebexClient", known: Inventory) -> Inventory:
    """`known` with the names of locations and workspaces. Raises PhonetuiErrors."""
    async for page in webex.pages(operation("locations list"), {}):
        known = known.with_places(locations=page)
    async for page in webex.pages(operation("workspaces list"), {}):
        known = known.with_places(workspaces=page)
    return known
