"""One job in Webex, whole: followed while it runs."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from phonetui.actions import JOBS_ACTIONS
from phonetui.ui.bindings import bindings
from phonetui.ui.clipboard import send_reference
from phonetui.ui.cloudless import askable, why_not
from phonetui.ui.jobs import RESTING_S, RUNNING_S, Jobs
from phonetui.ui.panes import job as pane
from phonetui.ui.panes.enquiry import lines
from phonetui.ui.panes.footer import ways
from phonetui.ui.panes.header import Header
from phonetui.ui.panes.jobs import Sight
from phonetui.ui.rounds import Rounds
from phonetui.ui.row import Role, Row, Run, row
from phonetui.ui.screens.list_screen import ListScreen
from phonetui.ui.screens.sight import in_sight
from phonetui.ui.session import Cloud
from phonetui.ui.viewpoint import Viewpoint
from phonetui.ui.widgets.rows import RowsView
from phonetui.webex.jobs import Job, JobError, error, job


class JobScreen(ListScreen[JobError | int]):
    """Rows that are no errors are numbered."""

    CSS_PATH = "jobs.tcss"
    AUTO_FOCUS = "#card"
    listing = "card"
    noun = "error"
    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings(JOBS_ACTIONS - {"jobs.start"}),
        Binding("q,enter", "leave", "Back", show=False),
    ]

    def __init__(self, viewpoint: Viewpoint, jobs: Jobs, found: Job) -> None:
        """`jobs` is told what Webex says of it meanwhile."""
        super().__init__(viewpoint)
        self._session = viewpoint.session
        self._jobs = jobs
        self._job = found
        self._errors: tuple[JobError, ...] | None = None
        self._of: Job | None = None
        """The job of which the errors are."""
        self.rounds = Rounds(self._session, self._ask, lambda: self.call_later(self.look))

    def compose(self) -> ComposeResult:
        yield Header()
        yield RowsView(id="card")
        yield RowsView(id="detail")
        yield RowsView(id="ways")

    def on_mount(self) -> None:
        for name in ("detail", "ways"):
            self._view(name).can_focus = False

    def on_unmount(self) -> None:
        self.rounds.close()

    def look(self) -> None:
        if not self.is_mounted or not self.size:
            return
        self._seen = self._viewpoint.stamp
        self.query_one(Header).look(self._viewpoint.scene())
        view = self._view("card")
        view.entitle(f"Job · {self._job.family.words}")
        rows = self._rows(view.size.width - 1)
        errors = self._errors or ()
        self.show_list((*range(len(rows) - len(errors)), *errors) if errors else range(len(rows)), rows)
        self.cursor_moved()

    def _look_if_moved(self) -> None:
        if in_sight(self):
            self.rounds.ask_if_due()
        super()._look_if_moved()

    def _rows(self, across: int) -> list[Row]:
        cloud = askable(self._session)
        if cloud is None:
            return [row(Run(why_not(self._session), Role.FAIR))]
        sight = Sight(
            self._session.clock.now(), self._session.zone, cloud.state.inventory.locations, self._jobs.names
        )  # fmt: skip
        facts, steps = pane.facts(self._job, sight, across), pane.steps(self._job.steps, sight.zone, across)
        return [*facts, (), *steps, (), *pane.errors(self._errors, across)]

    async def _ask(self, cloud: Cloud) -> float:
        """The errors only where the job is another one than before."""
        family = self._job.family
        found = job(family, (await cloud.ask(family.single, {"jobId": self._job.id})).value)
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
        across, enquiry = below.size.width, self.rounds.enquiry
        if why_not(self._session):
            below.show([])
        elif enquiry.failure:
            below.show(lines(enquiry, self._session.clock.steady(), across, 2))
        else:
            below.show(pane.said(self.item if isinstance(self.item, JobError) else None, across))
        self._view("ways").show([self._ways()])

    def action_jobs_read(self) -> None:
        self.rounds.ask()

    def action_jobs_copy(self) -> None:
        """Of what failed; of the error under the cursor; else the job's own."""
        of_error = self.target.tracking if isinstance(self.target, JobError) else ""
        send_reference(self.app, self.rounds.enquiry.reference or of_error or self._job.tracking)

    def _ways(self) -> Row:
        told = (("↑ ↓", "move"), (self.key_of("jobs.read"), "ask again"), (self.key_of("jobs.copy"), "copy"))
        return ways((*told, ("esc", "back")), self.size.width)
