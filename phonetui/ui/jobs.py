"""The jobs that Webex runs over many phones, kept up to date while somebody looks at them."""

import math
from collections.abc import Callable, Mapping

from phonetui.errors import Busy, PhonetuiError
from phonetui.text import Printable
from phonetui.ui.cloudless import askable
from phonetui.ui.panes.enquiry import Enquiry, failed
from phonetui.ui.rounds import Rounds
from phonetui.ui.session import Cloud, Session
from phonetui.webex import devices
from phonetui.webex.answer import at, items
from phonetui.webex.inventory import Inventory
from phonetui.webex.jobs import Family, Job, job, newest_first
from phonetui.webex.operations import operation

RUNNING_S = 4.0
"""From one answer to the next question, while a job runs."""
RESTING_S = 60.0
"""The same while none does, and between two looks for jobs that others started."""


class Jobs:
    """Of all families; those with a job that runs are asked for more often."""

    def __init__(self, session: Session, changed: Callable[[], object]) -> None:
        """`changed` is told whenever there may be something else to see."""
        self.rounds = Rounds(session, self._ask, changed)
        self.failures: dict[Family, Enquiry] = {}
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
        self.rounds.ask()

    async def runs(self, family: Family) -> Job | None:
        """The job that stands in the way of another one of the family: one of its own, or else of the others."""
        cloud = askable(self._session)
        if cloud is None:
            return None
        try:
            for each in Family:
                await self._read(cloud, each)
        except Busy:
            pass  # what was known before may do
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
            answer = await cloud.ask(family.listing, {})
        except Busy:
            raise
        except PhonetuiError as error:
            self.failures[family] = failed(error, self._session.clock.steady())
        else:
            self.failures.pop(family, None)
            found = items(operation(family.listing), answer.value)
            self._keep(family, tuple(job(family, each) for each in found))
        self._changed()

    async def _who_am_i(self, cloud: Cloud) -> None:
        """Whoever may not ask sees an id instead of `you`."""
        if self._me is not None:
            return
        try:
            found = at((await cloud.ask("people me", {})).value, "id")
        except PhonetuiError:
            found = None
        self._me = found if isinstance(found, str) else ""
        self._name(cloud.state.inventory)

    def _keep(self, family: Family, found: tuple[Job, ...]) -> None:
        if found == self._known.get(family):
            return
        self._known[family] = found
        self.listed = newest_first(each for jobs in self._known.values() for each in jobs)
        cloud = askable(self._session)
        if cloud is not None:
            self._name(cloud.state.inventory)

    def _name(self, inventory: Inventory) -> None:
        wanted = {each.started_by for each in self.listed if each.started_by}
        named = {each.person_id: each.name for each in inventory.devices.values() if each.person_id in wanted}
        names = {each: named.get(each) or devices.short(each) for each in wanted}
        self.names = {**names, self._me: Printable("you")} if self._me else names
