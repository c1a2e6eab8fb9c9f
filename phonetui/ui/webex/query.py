"""The state of a question to Webex in words, why none can be asked, and questions that are asked again and again."""

import asyncio
import math
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace

from phonetui.errors import Busy, PhonetuiError
from phonetui.fleet.protocol import Cloud
from phonetui.text import NOTHING, Printable
from phonetui.ui.session import Session
from phonetui.ui.text.rows import Role, Row, Run, clip, row, wrapped
from phonetui.ui.webex_status import available_cloud
from phonetui.webex import devices
from phonetui.webex.answer import items, text_at
from phonetui.webex.inventory import Inventory
from phonetui.webex.jobs import Family, Job, job, newest_first
from phonetui.webex.operations import operation

READ_ONLY = "read-only: nothing was sent"


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryState:
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
    """At most `height` rows; none where there is nothing to show."""
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
        """What became of the last question."""
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
        """For how long Webex still wants to be left alone; 0 where it may be asked."""
        until = self.state.waits_until
        return max(until - self._session.clock.steady(), 0.0) if until is not None else 0.0

    def ask_if_due(self) -> None:
        """To be called now and then while the answer is in sight."""
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


RUNNING_S = 4.0
"""From one answer to the next question, while a job runs."""
RESTING_S = 60.0
"""The same while none does, and between two looks for jobs that others started."""


class JobPoller:
    """The jobs of all families; those with a job that runs are asked for more often."""

    def __init__(self, session: Session, changed: Callable[[], object]) -> None:
        """`changed` is called whenever there may be something else to see."""
        self.poller = Poller(session, self._ask, changed)
        self.failures: dict[Family, QueryState] = {}
        """Of the families that could not be asked for."""
        self.listed: tuple[Job, ...] = ()
        """Newest first; the same object as long as nothing changed."""
        self.is_known = False
        """Whether all families were asked for once."""
        self.names: Mapping[str, Printable] = {}
        """Of people who started one, as far as they are known, by their ids."""
        self._session = session
        self._changed = changed
        self._known: dict[Family, tuple[Job, ...]] = {}
        self._all_due_at = -math.inf
        self._me: str | None = None

    @property
    def running(self) -> int:
        return sum(each.is_running for each in self.listed)

    def read(self) -> None:
        """Asks for all of them now."""
        self._all_due_at = -math.inf
        self.poller.ask()

    async def runs(self, family: Family) -> Job | None:
        """The running job that keeps one of the family from starting: one of its own, or else of the others."""
        cloud = available_cloud(self._session)
        if cloud is None:
            return None
        with suppress(Busy):  # what was known before may do
            for each in Family:
                await self._read(cloud, each)
        running = [each for each in self.listed if each.is_running]
        return next((each for each in running if each.family is family), running[0] if running else None)

    def put(self, fresh: Job) -> None:
        """Shows a job at once that was started or read elsewhere."""
        others = tuple(each for each in self._known.get(fresh.family, ()) if each.id != fresh.id)
        self._keep(fresh.family, (fresh, *others))

    async def _ask(self, cloud: Cloud) -> float:
        now = self._session.clock.steady()
        everything = now >= self._all_due_at
        for family in Family:
            if everything or any(each.is_running for each in self._known.get(family, ())):
                await self._read(cloud, family)
        if everything:
            self._all_due_at, self.is_known = now + RESTING_S, True
            await self._who_am_i(cloud)
        self._name(cloud.state.inventory)  # the mask may have hidden whose they are when they came
        return RUNNING_S if self.running else RESTING_S

    async def _read(self, cloud: Cloud, family: Family) -> None:
        """The first page, which has the newest."""
        try:
            answer = await cloud.ask(family.list, {})
        except Busy:
            raise
        except PhonetuiError as error:
            self.failures[family] = failure_state(error, self._session.clock.steady())
        else:
            self.failures.pop(family, None)
            found = items(operation(family.list), answer.value)
            self._keep(family, tuple(job(family, each) for each in found))
        self._changed()

    async def _who_am_i(self, cloud: Cloud) -> None:
        """Whoever may not ask sees an id instead of `you`."""
        if self._me is None:
            self._me = ""
            with suppress(PhonetuiError):
                self._me = text_at((await cloud.ask("people me", {})).value, "id") or ""

    def _keep(self, family: Family, found: tuple[Job, ...]) -> None:
        if found == self._known.get(family):
            return
        self._known[family] = found
        self.listed = newest_first(each for jobs in self._known.values() for each in jobs)
        cloud = available_cloud(self._session)
        if cloud is not None:
            self._name(cloud.state.inventory)

    def _name(self, inventory: Inventory) -> None:
        wanted = {each.started_by for each in self.listed if each.started_by}
        named = {each.person_id: each.name for each in inventory.devices.values() if each.person_id in wanted}
        names = {each: named.get(each) or devices.short_id(each) for each in wanted}
        self.names = {**names, self._me: Printable("you")} if self._me else names
