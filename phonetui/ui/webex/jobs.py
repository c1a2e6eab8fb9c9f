"""The list of Webex jobs, running and recent, and the screen that follows one job."""

import math
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content

from phonetui.errors import Busy, PhonetuiError
from phonetui.fleet.protocol import Cloud
from phonetui.text import Printable
from phonetui.ui import screens
from phonetui.ui.export import send_reference
from phonetui.ui.keyboard import bindings
from phonetui.ui.screens.live_screen import Item
from phonetui.ui.screens.screen_commands import in_sight
from phonetui.ui.session import Session
from phonetui.ui.snapshot import Snapshot
from phonetui.ui.text.rows import Role, Row, Run, row
from phonetui.ui.view_state import ViewState
from phonetui.ui.webex import job_rows
from phonetui.ui.webex.job_rows import ASKING_ROW, JobContext
from phonetui.ui.webex.query import READ_ONLY, CloudScreen, Poller, QueryState, failure_state, status_rows
from phonetui.ui.webex.start_job import STARTS
from phonetui.ui.webex_status import available_cloud
from phonetui.ui.widgets.row_list import RowsView, StaticRows
from phonetui.webex.answer import items, text_at
from phonetui.webex.devices import short_id
from phonetui.webex.inventory import Inventory
from phonetui.webex.jobs import Family, Job, JobError, error, job, newest_first
from phonetui.webex.operations import operation

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
        names = {each: named.get(each) or short_id(each) for each in wanted}
        self.names = {**names, self._me: Printable("you")} if self._me else names


_ASKED_AGAIN = "Webex is asked again."
"""Said, as what comes may be what stands there already."""


class PolledScreen(CloudScreen[Item]):
    """Asks Webex again and again, but only while it can be seen."""

    CSS_PATH = "../styles/jobs.tcss"
    bound = "the whole organization"
    poller: Poller
    jobs: JobPoller

    @property
    def _job_context(self) -> JobContext:
        session, cloud = self._session, self._cloud
        locations = cloud.state.inventory.locations if cloud is not None else {}
        return JobContext(session.clock.now(), session.zone, locations, self.jobs.names)

    def on_unmount(self) -> None:
        self.poller.close()

    def _refresh_if_changed(self) -> bool:
        if in_sight(self):
            self.poller.ask_if_due()
        return super()._refresh_if_changed()


class JobsScreen(PolledScreen[Job]):
    """Webex has no way to cancel a job, so there is no key for it."""

    screen_id = "jobs"
    AUTO_FOCUS = "#jobs"
    listing = "jobs"
    noun = "job"
    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings("jobs"),
        Binding("enter", "open", "The job whole", show=False),
    ]

    def __init__(self, view_state: ViewState) -> None:
        super().__init__(view_state)
        self.jobs = JobPoller(self._session, lambda: self.call_later(self.refresh_view))
        self.poller = self.jobs.poller
        self._drawn: tuple[Job, ...] = ()
        self._at: tuple[Family, str] | None = None
        """The job to which the cursor goes next."""

    def body(self) -> ComposeResult:
        with Vertical(id="list"):
            yield StaticRows(id="head")
            yield RowsView(id="jobs")
        yield StaticRows(id="detail")

    def on_mount(self) -> None:
        zone = self._session.clock.now().astimezone(self._session.zone)
        self.query_one("#list").border_title = Content(f"Jobs in Webex · times in {zone:%Z}")

    def key_of_item(self, item: Job) -> tuple[Family, str]:
        return item.family, item.id

    def draw(self, snapshot: Snapshot) -> None:  # noqa: ARG002 - jobs are no phones
        view = self._view("jobs")
        width = view.size.width - 1
        self._view("head").show([job_rows.heading(width)])
        self._drawn = self.jobs.listed if self._cloud is not None else ()
        rows = [job_rows.job_row(each, self._job_context, width) for each in self._drawn] or [self._why_empty()]
        at, self._at = self._at, None
        self.show_list(self._drawn, rows, at=at)
        self.cursor_moved()

    def _why_empty(self) -> Row:
        if words := self._why_unavailable:
            return row(Run(words, Role.FAIR))
        if not self.jobs.is_known:
            return () if self._failures else ASKING_ROW
        return row(Run("No job is known: see below why." if self._failures else "Webex lists no job.", Role.DIM))

    def cursor_moved(self) -> None:
        below = self._view("detail")
        width = below.size.width
        below.show([*self._failure_rows(width), *job_rows.detail(self.item, self._job_context, width)])
        job = self.item
        hints = [("enter", "open")] if job is not None and job.id else []
        if self._cloud is not None:
            hints += [(self.key_of("jobs.start"), "start"), (self.key_of("jobs.read"), "ask again")]
        hints += [(self.key_of("jobs.copy"), "copy")] if job is not None or self._failures else []
        self.show_key_hints(hints, self._counts())

    def _failure_rows(self, width: int) -> list[Row]:
        """What could not be asked, in two rows at most."""
        at = self._session.clock.steady()
        return [line for each in self._failures for line in status_rows(each, at, width, 2)][:2]

    @property
    def _failures(self) -> list[QueryState]:
        known = (self.jobs.poller.state, *self.jobs.failures.values()) if self._cloud is not None else ()
        return [each for each in known if each.failure]

    def action_open(self) -> None:
        found = self.require_target()
        if found is None:
            return
        if not found.id:
            self.notify("There is no job under the cursor that could be opened.", markup=False)
            return
        self.app.push_screen(screens.JobScreen(self._view_state, self.jobs, found), lambda _: self.refresh_view())

    def action_jobs_read(self) -> None:
        self.jobs.read()
        self.say(_ASKED_AGAIN)
        self.refresh_view()

    def action_jobs_copy(self) -> None:
        """Copies what failed, else the chosen job."""
        job = self.target
        failed = (each.reference for each in self._failures if each.reference)
        send_reference(self.app, next(failed, None) or (job.tracking if job else ""))

    def action_jobs_start(self) -> None:
        cloud = self._cloud
        if cloud is None:
            self.notify(self._why_unavailable, severity="warning", markup=False)
        elif cloud.is_read_only:
            self.notify(READ_ONLY, severity="warning", markup=False)
        else:
            choices = [(each.family.short, each.what) for each in STARTS]
            menu = screens.Menu(choices, question="Start a job", does="goes on")
            self.app.push_screen(menu, self._chosen)

    def _chosen(self, choice: tuple[str, str] | None) -> None:
        for dialog in STARTS:
            if choice is not None and dialog.family.short == choice[0]:
                self.app.push_screen(dialog(self._view_state), self._started)

    def _started(self, outcome: Job | Family | None) -> None:
        """A job that runs now is shown at once; one that runs already is looked for."""
        if isinstance(outcome, Job):
            self.jobs.put(outcome)
            self._at = (outcome.family, outcome.id)
            self.notify(f"Started: {outcome.family.words}.", markup=False)
        elif outcome is not None:
            self.run_worker(self._jump(outcome))
        self.relist()

    async def _jump(self, family: Family) -> None:
        found = await self.jobs.runs(family)
        if found is None:
            words = "Another job runs, which Webex doesn't list: try again later."
            self.notify(words, severity="warning", markup=False)
            return
        self._at = (found.family, found.id)
        self.notify("Another job runs, so nothing was started: the cursor is on it.", severity="warning", markup=False)
        self.relist()

    def _counts(self) -> str:
        if not self.jobs.is_known or self._cloud is None:
            return ""
        total, running = len(self._drawn), self.jobs.running
        return f"{total} job{'' if total == 1 else 's'}" + (f", {running} running" if running else "")


class JobScreen(PolledScreen[JobError | int]):
    """Rows that are no errors are numbered."""

    screen_id = "job"
    AUTO_FOCUS = "#card"
    listing = "card"
    noun = "error"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("job")]

    def __init__(self, view_state: ViewState, jobs: JobPoller, found: Job) -> None:
        """`jobs` gets what Webex says of it meanwhile."""
        super().__init__(view_state)
        self.jobs = jobs
        self._job = found
        self._errors: tuple[JobError, ...] | None = None
        self._of: Job | None = None
        """The job of which the errors are."""
        self.poller = Poller(self._session, self._ask, lambda: self.call_later(self.refresh_view))

    def body(self) -> ComposeResult:
        yield RowsView(id="card")
        yield StaticRows(id="detail")

    def draw(self, snapshot: Snapshot) -> None:  # noqa: ARG002 - jobs are no phones
        view = self._view("card")
        view.set_title(f"Job · {self._job.family.words}")
        rows = self._rows(view.size.width - 1)
        errors = self._errors or ()
        self.show_list((*range(len(rows) - len(errors)), *errors) if errors else range(len(rows)), rows)
        self.cursor_moved()

    def _rows(self, width: int) -> list[Row]:
        if self._cloud is None:
            return [row(Run(self._why_unavailable, Role.FAIR))]
        facts = job_rows.job_facts(self._job, self._job_context, width)
        steps = job_rows.job_steps(self._job.steps, self._session.zone, width)
        return [*facts, (), *steps, (), *job_rows.job_errors(self._errors, self._job_context, width)]

    async def _ask(self, cloud: Cloud) -> float:
        """The errors only where the job is another one than before."""
        family = self._job.family
        found = job(family, (await cloud.ask(family.get, {"jobId": self._job.id})).value)
        if found.id:
            self._job = found
            self.jobs.put(found)
        if self._errors is None or self._of != self._job:
            pages = cloud.pages(family.errors, {"jobId": self._job.id})
            self._errors = tuple([error(each) async for page in pages for each in page])
            self._of = self._job
        return RUNNING_S if self._job.is_running else RESTING_S

    def cursor_moved(self) -> None:
        below = self._view("detail")
        width, state = below.size.width, self.poller.state
        if self._why_unavailable:
            below.show([])
        elif state.failure:
            below.show(status_rows(state, self._session.clock.steady(), width, 2))
        else:
            chosen = self.item if isinstance(self.item, JobError) else None
            below.show(job_rows.error_detail(chosen, self._job_context, width))
        read, copy = self.key_of("jobs.read"), self.key_of("jobs.copy")
        self.show_key_hints((("↑ ↓", "move"), (read, "ask again"), (copy, "copy")))

    def action_jobs_read(self) -> None:
        self.poller.ask()
        self.say(_ASKED_AGAIN)

    def action_jobs_copy(self) -> None:
        """Copies what failed, the error under the cursor, or else the job's own words."""
        of_error = self.target.tracking if isinstance(self.target, JobError) else ""
        send_reference(self.app, self.poller.state.reference or of_error or self._job.tracking)
