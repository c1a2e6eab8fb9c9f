"""One job whole: what it does and how far it is, its steps, and what went wrong with which phone."""

from collections.abc import Sequence
from datetime import datetime, tzinfo

from phonetui.ui.format import DASH, duration
from phonetui.ui.panes import jobs as pane
from phonetui.ui.panes.jobs import Sight
from phonetui.ui.row import Role, Row, Run, clipped, pad, right, row, wrapped
from phonetui.webex.jobs import Job, JobError, JobStep

ASKED = row(Run("◐ asking Webex …", Role.MEASURING))
"""Before there is an answer."""
_LABEL = 12
_STEP_FROM = 70


def facts(job: Job, sight: Sight, across: int) -> list[Row]:
    shown = pane.mark(job)
    by = pane.who(job, sight.names)
    raw = " / ".join(filter(None, (job.status, job.exit_code)))
    told = (
        ("status", row(shown.run(), Run(f"  {raw}", Role.DIM))),
        ("target", row(Run(pane.target(job, sight.locations), Role.VALUE))),
        ("progress", row(Run(pane.percent(job), Role.VALUE))),
        ("reached", row(Run(pane.counts(job), Role.VALUE))),
        ("started", row(Run(_times(job, sight.zone), Role.VALUE), Run(f"  by {by}", Role.LABEL))),
        ("took", row(Run(pane.took(job.took_s(sight.now)), Role.VALUE))),
        ("tracking id", row(Run(job.tracking or DASH, Role.INFO))),
    )  # fmt: skip
    return [clipped(row(Run(pad(label, _LABEL), Role.LABEL), *value), across) for label, value in told]


def steps(found: Sequence[JobStep], zone: tzinfo | None, across: int) -> list[Row]:
    """Under a heading, in the order in which Webex tells them."""
    if not found:
        return [_heading("Steps"), row(Run("Webex tells none.", Role.DIM))]
    return [_heading("Steps"), *(clipped(_step(each, zone, across), across) for each in found)]


def errors(found: Sequence[JobError] | None, across: int) -> list[Row]:
    """One row each, under a heading; `found` is None until Webex was asked. The first two rows are no errors."""
    if found is None:
        return [_heading("Errors"), ASKED]
    if not found:
        return [_heading("Errors"), row(Run("None.", Role.DIM))]
    return [_heading(f"Errors: {len(found)}"), *(clipped(_error(each), across) for each in found)]


def said(error: JobError | None, across: int) -> list[Row]:
    """The chosen error whole, in two rows at most."""
    if error is None:
        return []
    told = f"{error.words}{f' (at {error.where})' if error.where else ''}  {error.tracking}".rstrip()
    return [row(" ", Run(line, Role.FAILED)) for line in wrapped(told, across - 2, 2)]


def _step(step: JobStep, zone: tzinfo | None, across: int) -> Row:
    shown = pane.standing(step.status, step.exit_code)
    times = f"{_time(step.started_at, zone)} … {_time(step.ended_at, zone)}" if across >= _STEP_FROM else ""
    return row(
        Run(pad(f"{shown.glyph} {shown.word}", 14) + " ", shown.role),
        Run(pad(step.name or DASH, 28 if across >= _STEP_FROM else 18) + " ", Role.VALUE),
        Run(pad(times, 20) if times else "", Role.DIM),
        Run(right(duration(step.elapsed_s), 8), Role.LABEL),
    )


def _error(error: JobError) -> Row:
    number = f"{error.item}" if error.item is not None else DASH
    return row(
        Run(right(number, 5) + " ", Role.LABEL),
        Run(pad(error.code or DASH, 6) + " ", Role.FAILED),
        Run(error.words or DASH, Role.VALUE),
        Run(f"  {error.where}" if error.where else "", Role.LABEL),
        Run(f"  {error.tracking}" if error.tracking else "", Role.INFO),
    )


def _heading(words: str) -> Row:
    return row(Run(words, Role.TITLE))


def _times(job: Job, zone: tzinfo | None) -> str:
    if job.started_at is None:
        return DASH
    began = f"{job.started_at.astimezone(zone):%d %b %H:%M:%S}"
    return began if job.ended_at is None else f"{began}, ended {_time(job.ended_at, zone)}"


def _time(at: datetime | None, zone: tzinfo | None) -> str:
    return f"{at.astimezone(zone):%H:%M:%S}" if at is not None else DASH
