"""The screen of jobs in Webex: what runs over many phones, and what did lately.

One job in Webex, whole: followed while it runs.
"""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content

from phonetui.fleet.protocol import Cloud
from phonetui.ui import screens
from phonetui.ui.export import send_reference
from phonetui.ui.keyboard import bindings
from phonetui.ui.screens.list_screen import ListScreen
from phonetui.ui.screens.live_screen import in_sight
from phonetui.ui.text.rows import Role, Row, Run, row
from phonetui.ui.view_state import ViewState
from phonetui.ui.webex import job_rows as pane
from phonetui.ui.webex.job_rows import ASKED, JobContext
from phonetui.ui.webex.query import (
    READ_ONLY,
    RESTING_S,
    RUNNING_S,
    JobPoller,
    Poller,
    QueryState,
    askable,
    lines,
    why_not,
)
from phonetui.ui.webex.start_job import STARTS
from phonetui.ui.widgets.header import Header, key_hints
from phonetui.ui.widgets.row_list import RowsView
from phonetui.webex.jobs import Family, Job, JobError, error, job

KINDS = {
    Family.TEMPLATE: ("template", "apply a line key template"),
    Family.REBUILD: ("rebuild", "rebuild the phones of a location"),
    Family.CHANGE: ("settings", "change device settings from a JSON file"),
}


class JobsScreen(ListScreen[Job]):
    """Asks Webex only while it can be seen. Webex has no way to cancel a job, so there is no key for it."""

    CSS_PATH = "../styles/jobs.tcss"
    AUTO_FOCUS = "#jobs"
    listing = "jobs"
    noun = "job"
    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings("jobs"),
        Binding("enter", "open", "The job whole", show=False),
    ]

    def __init__(self, view_state: ViewState) -> None:
        super().__init__(view_state)
        self._session = view_state.session
        self.jobs = JobPoller(self._session, lambda: self.call_later(self.refresh_view))
        self._drawn: tuple[Job, ...] = ()
        self._at: tuple[Family, str] | None = None
        """The job to which the cursor goes next."""

    def compose(self) -> ComposeResult:
        yield Header()
        with Vertical(id="list"):
            yield RowsView(id="head")
            yield RowsView(id="jobs")
        yield RowsView(id="detail")
        yield RowsView(id="key-hints")

    def on_mount(self) -> None:
        for name in ("head", "detail", "key-hints"):
            self._view(name).can_focus = False
        zone = self._session.clock.now().astimezone(self._session.zone)
        self.query_one("#list").border_title = Content(f"Jobs in Webex · times in {zone:%Z}")

    def key_of_item(self, item: Job) -> tuple[Family, str]:
        return item.family, item.id

    def on_unmount(self) -> None:
        self.jobs.rounds.close()

    def refresh_view(self) -> None:
        if not self.is_mounted or not self.size:
            return
        self._seen = self._view_state.stamp
        self.query_one(Header).refresh_from(self._view_state.snapshot())
        view = self._view("jobs")
        width = view.size.width - 1
        self._view("head").show([pane.heading(width)])
        self._drawn = self.jobs.listed if self._cloud is not None else ()
        rows = pane.job_rows(self._drawn, self._sight, width) if self._drawn else [self._why_empty()]
        at, self._at = self._at, None
        self.show_list(self._drawn, rows, at=at)
        self.cursor_moved()

    def _refresh_if_changed(self) -> None:
        if in_sight(self):
            self.jobs.rounds.ask_if_due()
        super()._refresh_if_changed()

    @property
    def _cloud(self) -> Cloud | None:
        return askable(self._session)

    @property
    def _sight(self) -> pane.JobContext:
        cloud = self._cloud
        locations = cloud.state.inventory.locations if cloud is not None else {}
        return pane.JobContext(self._session.clock.now(), self._session.zone, locations, self.jobs.names)

    def _why_empty(self) -> Row:
        if words := why_not(self._session):
            return row(Run(words, Role.FAIR))
        if not self.jobs.is_known:
            return () if self._failures else ASKED
        return row(Run("No job is known: see below why." if self._failures else "Webex lists no job.", Role.DIM))

    def cursor_moved(self) -> None:
        below = self._view("detail")
        width = below.size.width
        below.show([*self._troubles(width), *pane.detail(self.item, self._sight, width)])
        self._view("key-hints").show([self._key_hints()])

    def _troubles(self, width: int) -> list[Row]:
        """What could not be asked, in two rows at most."""
        at = self._session.clock.steady()
        return [line for each in self._failures for line in lines(each, at, width, 2)][:2]

    @property
    def _failures(self) -> list[QueryState]:
        known = (self.jobs.rounds.enquiry, *self.jobs.failures.values()) if self._cloud is not None else ()
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
        self.refresh_view()

    def action_jobs_copy(self) -> None:
        """Of what failed; else of the chosen job."""
        told = [each.reference for each in self._failures if each.reference]
        job = self.target
        reference = told[0] if told else job.tracking if job else ""
        send_reference(self.app, reference)

    def action_jobs_start(self) -> None:
        cloud = self._cloud
        if cloud is None:
            self.notify(why_not(self._session), severity="warning", markup=False)
        elif cloud.is_read_only:
            self.notify(READ_ONLY, severity="warning", markup=False)
        else:
            self.app.push_screen(
                screens.Menu(list(KINDS.values()), question="Start a job", does="goes on"), self._chosen
            )

    def _chosen(self, choice: tuple[str, str] | None) -> None:
        family = next((each for each, words in KINDS.items() if words == choice), None)
        if family is not None:
            self.app.push_screen(STARTS[family](self._view_state), self._started)

    def _started(self, outcome: Job | Family | None) -> None:
        """A job that runs now is shown at once; one that stands in the way is looked for."""
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
            self.notify(
                "Another job runs, which Webex doesn't list: try again later.", severity="warning", markup=False
            )
            return
        self._at = (found.family, found.id)
        self.notify("Another job runs, so nothing was started: the cursor is on it.", severity="warning", markup=False)
        self.relist()

    def _key_hints(self) -> Row:
        job = self.item
        told = [("enter", "open")] if job is not None and job.id else []
        if self._cloud is not None:
            told += [(self.key_of("jobs.start"), "start"), (self.key_of("jobs.read"), "ask again")]
        told += [(self.key_of("jobs.copy"), "copy")] if job is not None or self._failures else []
        return key_hints([*told, ("esc", "back")], self.size.width, self._counts())

    def _counts(self) -> str:
        if not self.jobs.is_known or self._cloud is None:
            return ""
        total, running = len(self._drawn), self.jobs.running
        return f"{total} job{'' if total == 1 else 's'}" + (f", {running} running" if running else "")


class JobScreen(ListScreen[JobError | int]):
    """Rows that are no errors are numbered."""

    CSS_PATH = "../styles/jobs.tcss"
    AUTO_FOCUS = "#card"
    listing = "card"
    noun = "error"
    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings("job"),
    ]

    def __init__(self, view_state: ViewState, jobs: JobPoller, found: Job) -> None:
        """`jobs` is told what Webex says of it meanwhile."""
        super().__init__(view_state)
        self._session = view_state.session
        self._jobs = jobs
        self._job = found
        self._errors: tuple[JobError, ...] | None = None
        self._of: Job | None = None
        """The job of which the errors are."""
        self.rounds = Poller(self._session, self._ask, lambda: self.call_later(self.refresh_view))

    def compose(self) -> ComposeResult:
        yield Header()
        yield RowsView(id="card")
        yield RowsView(id="detail")
        yield RowsView(id="key-hints")

    def on_mount(self) -> None:
        for name in ("detail", "key-hints"):
            self._view(name).can_focus = False

    def on_unmount(self) -> None:
        self.rounds.close()

    def refresh_view(self) -> None:
        if not self.is_mounted or not self.size:
            return
        self._seen = self._view_state.stamp
        self.query_one(Header).refresh_from(self._view_state.snapshot())
        view = self._view("card")
        view.set_title(f"Job · {self._job.family.words}")
        rows = self._rows(view.size.width - 1)
        errors = self._errors or ()
        self.show_list((*range(len(rows) - len(errors)), *errors) if errors else range(len(rows)), rows)
        self.cursor_moved()

    def _refresh_if_changed(self) -> None:
        if in_sight(self):
            self.rounds.ask_if_due()
        super()._refresh_if_changed()

    def _rows(self, width: int) -> list[Row]:
        cloud = askable(self._session)
        if cloud is None:
            return [row(Run(why_not(self._session), Role.FAIR))]
        sight = JobContext(
            self._session.clock.now(), self._session.zone, cloud.state.inventory.locations, self._jobs.names
        )  # fmt: skip
        facts, steps = pane.job_facts(self._job, sight, width), pane.job_steps(self._job.steps, sight.zone, width)
        return [*facts, (), *steps, (), *pane.job_errors(self._errors, width)]

    async def _ask(self, cloud: Cloud) -> float:
        """The errors only where the job is another one than before."""
        family = self._job.family
        found = job(family, (await cloud.ask(family.get, {"jobId": self._job.id})).value)
        if found.id:
            self._job = found
            self._jobs.put(found)
        if self._errors is None or self._of != self._job:
            pages = cloud.pages(family.errors, {"jobId": self._job.id})
            self._errors = tuple([error(each) async for page in pages for each in page])
            self._of = self._job
        return RUNNING_S if self._job.is_running else RESTING_S

    def cursor_moved(self) -> None:
        below = self._view("detail")
        width, enquiry = below.size.width, self.rounds.enquiry
        if why_not(self._session):
            below.show([])
        elif enquiry.failure:
            below.show(lines(enquiry, self._session.clock.steady(), width, 2))
        else:
            below.show(pane.said(self.item if isinstance(self.item, JobError) else None, width))
        self._view("key-hints").show([self._key_hints()])

    def action_jobs_read(self) -> None:
        self.rounds.ask()

    def action_jobs_copy(self) -> None:
        """Of what failed; of the error under the cursor; else the job's own."""
        of_error = self.target.tracking if isinstance(self.target, JobError) else ""
        send_reference(self.app, self.rounds.enquiry.reference or of_error or self._job.tracking)

    def _key_hints(self) -> Row:
        told = (("↑ ↓", "move"), (self.key_of("jobs.read"), "ask again"), (self.key_of("jobs.copy"), "copy"))
        return key_hints((*told, ("esc", "back")), self.size.width)
