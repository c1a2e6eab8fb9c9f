"""Rows of Webex jobs, one a job; and one job with its steps and the errors by phone."""

from collections.abc import Mapping, Sequence
from datetime import datetime, tzinfo
from typing import NamedTuple

from msgspec import Struct

from phonetui.text import Printable
from phonetui.ui.text.format import DASH, Mark, duration
from phonetui.ui.text.rows import Role, Row, Run, clipped, pad, right, row, wrapped
from phonetui.webex import devices
from phonetui.webex.jobs import Job, JobError, JobStep

_WIDE_FROM = 100
_ROOMY_FROM = 70
_BAR = 8
_STATUS = 15
_STARTING, _RUNNING = Mark("◐", "starting", Role.MEASURING), Mark("◐", "running", Role.INFO)
_DONE, _FAILED = Mark("●", "done", Role.GOOD), Mark("✗", "FAILED", Role.FAILED)
_PARTLY, _STOPPED = Mark("▲", "with errors", Role.FAIR), Mark("⊘", "stopped", Role.STALE)
_RESULTS = {"COMPLETED": _DONE, "COMPLETED_WITH_ERRORS": _PARTLY, "FAILED": _FAILED, "STOPPED": _STOPPED}
_STATUSES = {"STARTING": _STARTING, "STARTED": _RUNNING, "COMPLETED": _DONE, "FAILED": _FAILED, "STOPPED": _STOPPED}
_TARGETS = {"CUSTOMER": "organization", "LOCATION": "a location"}


class JobContext(Struct, frozen=True):
    """What it takes to draw a job."""

    now: datetime
    zone: tzinfo | None
    locations: Mapping[str, Printable]
    names: Mapping[str, Printable]


class JobWidths(NamedTuple):
    """Cells of the columns that give way; 0 leaves one out."""

    target: int
    progress: int
    counts: int
    began: int
    who: int


def widths(width: int) -> JobWidths:
    """The widths of a job's cells in rows of `width` cells."""
    if width >= _WIDE_FROM:
        return JobWidths(width - 100, 16, 22, 13, 13)
    if width >= _ROOMY_FROM:
        return JobWidths(width - 60, 10, 14, 0, 0)
    return JobWidths(max(width - 45, 1), 10, 0, 0, 0)


def mark(job: Job | JobStep) -> Mark:
    """The state of a job or of a step: a word and a glyph; a word that is not known stays as Webex wrote it."""
    found = _RESULTS.get(job.exit_code or "") or _STATUSES.get(job.status or "")
    return found or Mark("?", job.status or job.exit_code or DASH, Role.UNKNOWN)


def heading(width: int) -> Row:
    room = widths(width)
    names = (
        pad("status", _STATUS), pad("kind", 9), pad("target", room.target), " ", pad("progress", room.progress), " ",
        pad("reached", room.counts), " " * bool(room.counts), right("took", 8), " ",
        pad("started", room.began), pad("by", room.who),
    )  # fmt: skip
    return row(Run("".join(names).rstrip(), Role.LABEL))


def job_row(job: Job, context: JobContext, width: int) -> Row:
    if job.unreadable is not None:
        return clipped(row(Run(f"? unreadable {job.family.short} job: {job.unreadable}", Role.UNKNOWN)), width)
    room, shown = widths(width), mark(job)
    return row(
        Run(pad(f"{shown.glyph} {shown.word}", _STATUS - 1) + " ", shown.role),
        Run(pad(job.family.short, 9), Role.LABEL),
        Run(pad(target(job, context.locations), room.target) + " ", Role.VALUE),
        *_progress(job, room.progress),
        " ",
        Run(pad(counts(job, room.counts), room.counts), Role.PLAIN),
        " " * bool(room.counts),
        Run(right(took_text(job.took_s(context.now)), 8) + " ", Role.VALUE if job.is_running else Role.DIM),
        Run(pad(_began(job, context.zone), room.began), Role.DIM),
        Run(pad(starter(job, context.names), room.who), Role.LABEL),
    )


def target(job: Job, locations: Mapping[str, Printable]) -> str:
    """The location's name; a template's job doesn't say where it is applied."""
    if job.location_id:
        return locations.get(job.location_id) or devices.short_id(job.location_id)
    return _TARGETS.get(job.target or "") or job.target or DASH


def counts(job: Job, cells: int = _ROOMY_FROM) -> str:
    """What it reached so far; in short where there are few `cells`."""
    updated, advisory, advisories = ("updated", "advisory", "advisories") if cells >= 20 else ("upd", "adv", "adv")
    numbers = (job.updated, job.advisories, job.devices)
    names = ((updated, updated), (advisory, advisories), ("phone", "phones"))
    parts = (f"{n} {one if n == 1 else many}" for n, (one, many) in zip(numbers, names, strict=True) if n is not None)
    return ", ".join(parts) or DASH


def starter(job: Job, names: Mapping[str, Printable]) -> str:
    return names.get(job.started_by) or devices.short_id(job.started_by) if job.started_by else DASH


def took_text(seconds: float | None) -> str:
    """A length of time in eight cells at most, in days and hours where hours alone would be a large number."""
    if seconds is None or seconds < 2 * 86400:
        return duration(seconds)
    return f"{int(seconds // 86400)} d {int(seconds % 86400 // 3600)} h"


def percent(job: Job) -> str:
    """How far it is; the step's name where it doesn't say."""
    if job.percent is not None:
        return f"{min(max(job.percent, 0), 100):.0f} %"
    return (job.step.name if job.step is not None else None) or DASH


def detail(job: Job | None, context: JobContext, width: int) -> list[Row]:
    """The chosen job in two rows."""
    if job is None:
        return [(), ()]
    if job.unreadable is not None:
        return [clipped(row(" ", Run(f"What came instead of a job: {job.unreadable}", Role.UNKNOWN)), width), ()]
    shown = mark(job)
    what = f"  {target(job, context.locations)}  {counts(job)}  {percent(job)}"
    began = f"started {_began(job, context.zone)}".rstrip() if job.started_at else ""
    step = f"step {job.step.name}" if job.step is not None and job.step.name else ""
    facts = (f"{began} by {starter(job, context.names)}".strip(), step, job.tracking)
    return [
        clipped(row(" ", shown.run(), "  ", Run(job.family.words, Role.TITLE), Run(what, Role.VALUE)), width),
        clipped(row(" ", Run(" · ".join(filter(None, facts)), Role.INFO)), width),
    ]


def _progress(job: Job, cells: int) -> Row:
    words = percent(job)
    if job.percent is None or cells < _BAR + 6:
        return row(Run(pad(words, cells), Role.VALUE if job.percent is not None else Role.LABEL))
    done = int(min(max(job.percent, 0), 100) / 100 * _BAR)
    bar = Run("━" * done, mark(job).role), Run("·" * (_BAR - done), Role.DIM)
    return row(*bar, Run(pad(f" {words}", cells - _BAR), Role.VALUE))


def _began(job: Job, zone: tzinfo | None) -> str:
    return f"{job.started_at.astimezone(zone):%d %b %H:%M}" if job.started_at else DASH


ASKING_ROW = row(Run("◐ asking Webex …", Role.MEASURING))
"""Before there is an answer."""
_LABEL = 12
_STEP_FROM = 70


def job_facts(job: Job, context: JobContext, width: int) -> list[Row]:
    by = Run(f"  by {starter(job, context.names)}", Role.LABEL)
    shown, raw = mark(job), " / ".join(filter(None, (job.status, job.exit_code)))
    facts = (
        ("status", row(shown.run(), Run(f"  {raw}", Role.DIM))),
        ("target", row(Run(target(job, context.locations), Role.VALUE))),
        ("progress", row(Run(percent(job), Role.VALUE))),
        ("reached", row(Run(counts(job), Role.VALUE))),
        ("started", row(Run(_times(job, context.zone), Role.VALUE), by)),
        ("took", row(Run(took_text(job.took_s(context.now)), Role.VALUE))),
        ("tracking id", row(Run(job.tracking or DASH, Role.INFO))),
    )  # fmt: skip
    return [clipped(row(Run(pad(label, _LABEL), Role.LABEL), *value), width) for label, value in facts]


def job_steps(found: Sequence[JobStep], zone: tzinfo | None, width: int) -> list[Row]:
    """Under a heading, in Webex's order."""
    if not found:
        return [_heading("Steps"), row(Run("Webex tells none.", Role.DIM))]
    return [_heading("Steps"), *(clipped(_step(each, zone, width), width) for each in found)]


def job_errors(found: Sequence[JobError] | None, context: JobContext, width: int) -> list[Row]:
    """One row each, under a heading; `found` is None until Webex was asked. The first two rows are no errors."""
    if found is None:
        return [_heading("Errors"), ASKING_ROW]
    if not found:
        return [_heading("Errors"), row(Run("None.", Role.DIM))]
    return [_heading(f"Errors: {len(found)}"), *(clipped(_error(each, context), width) for each in found)]


def error_detail(error: JobError | None, context: JobContext, width: int) -> list[Row]:
    """The chosen error whole, in two rows at most."""
    if error is None:
        return []
    where = _place(error.where, context)
    words = f"{error.words}{f' (at {where})' if where else ''}  {error.tracking}".rstrip()
    return [row(" ", Run(line, Role.FAILED)) for line in wrapped(words, width - 2, 2)]


def _step(step: JobStep, zone: tzinfo | None, width: int) -> Row:
    shown = mark(step)
    times = f"{_time(step.started_at, zone)} … {_time(step.ended_at, zone)}" if width >= _STEP_FROM else ""
    return row(
        Run(pad(f"{shown.glyph} {shown.word}", 14) + " ", shown.role),
        Run(pad(step.name or DASH, 28 if width >= _STEP_FROM else 18) + " ", Role.VALUE),
        Run(pad(times, 20) if times else "", Role.DIM),
        Run(right(duration(step.elapsed_s), 8), Role.LABEL),
    )


def _place(where: str, context: JobContext) -> str:
    """A location by its name; by the end of its id where nobody knows one."""
    return context.locations.get(where) or devices.short_id(where)


def _error(error: JobError, context: JobContext) -> Row:
    number = f"{error.item}" if error.item is not None else DASH
    return row(
        Run(right(number, 5) + " ", Role.LABEL),
        Run(pad(error.code or DASH, 6) + " ", Role.FAILED),
        Run(error.words or DASH, Role.VALUE),
        Run(f"  {_place(error.where, context)}" if error.where else "", Role.LABEL),
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
