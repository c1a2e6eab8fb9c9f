"""`phonetui webex jobs list`: running and recent jobs; and the progress of a job that a command waits for."""

import argparse
import asyncio
import sys
from typing import TYPE_CHECKING, Any

from phonetui.cli.connection import configuration as configured
from phonetui.cli.json_lines import compact
from phonetui.cli.options import Subcommand, add_json
from phonetui.cli.output import write_stderr
from phonetui.cli.webex.account import client
from phonetui.cli.webex.lookup import Lookup
from phonetui.cli.webex.tables import table
from phonetui.phone.clock import instant
from phonetui.text import printable
from phonetui.webex.answer import items
from phonetui.webex.jobs import Family, Job, error, job, newest_first
from phonetui.webex.operations import operation

if TYPE_CHECKING:
    from phonetui.webex.client import WebexClient

_COLUMNS = ("kind", "status", "outcome", "percent", "phones", "where", "started", "id")


class ListJobs:
    def declare(self, words: argparse.ArgumentParser) -> None:
        kinds = ", ".join(f"{each.short}: '{each.get} ID --wait'" for each in Family)
        words.epilog = f"One of them is followed by {kinds}."
        words.add_argument("--running", action="store_true", help="only what still runs")
        add_json(words)

    def run(self, options: argparse.Namespace) -> int:
        return asyncio.run(self._run(options))

    async def _run(self, options: argparse.Namespace) -> int:
        async with client(options) as webex:
            lookup = Lookup(webex, configured(options))
            found: list[Job] = []
            for family in Family:
                listing = operation(family.list)
                answer = (await webex.run(listing, {})).value  # the first page has the newest
                found += [job(family, each) for each in items(listing, answer)]
            jobs = [each for each in newest_first(found) if each.is_running or not options.running]
            places = await lookup.location_names() if any(each.location_id for each in jobs) else {}
        rows = [_row(each, places.get(each.location_id or "", each.location_id)) for each in jobs]
        if options.json:
            print(compact({"operation": "jobs list", "result": rows}))
        else:
            print("\n".join(table(rows, _COLUMNS) if rows else ["none"]))
        return 0


def _row(found: Job, where: str | None) -> dict[str, object]:
    reached = found.updated if found.updated is not None else found.devices
    return {
        "kind": found.family.short,
        "status": found.unreadable or found.status,
        "outcome": found.exit_code,
        "percent": None if found.percent is None else round(found.percent),
        "phones": reached,
        "where": where or found.target,
        "started": instant(found.started_at) if found.started_at is not None else None,
        "id": found.id,
    }


COMMANDS: dict[str, Subcommand] = {"jobs list": ListJobs()}


FIRST_S, SLOWEST_S = 1.0, 10.0
"""Between two questions: what takes longer is asked for less often."""
_WIDTH = 24
_MOST_ERRORS = 20


async def wait_for_job(webex: "WebexClient", family: Family, started: Any, *, quiet: bool = False) -> tuple[Any, int]:
    """The job's last answer and the exit code: 0 where it went well on every phone. Raises PhonetuiErrors.

    `quiet` writes nothing to standard output: that is one JSON object.
    """
    answer, found = started, job(family, started)
    progress = JobProgress(quiet=quiet)
    interval = FIRST_S
    try:
        while found.is_running:
            progress.show(found)
            await asyncio.sleep(interval)
            interval = min(interval * 1.5, SLOWEST_S)
            answer = (await webex.run(operation(family.get), {"jobId": found.id})).value
            found = job(family, answer)
    except (asyncio.CancelledError, KeyboardInterrupt):
        progress.end()
        write_stderr(f"phonetui: the job goes on in Webex: phonetui webex {family.get} {found.id} --wait")
        raise
    progress.show(found)
    progress.end()
    if not quiet:
        print(outcome(found))
    is_good = found.status == "COMPLETED" and found.exit_code in (None, "COMPLETED")
    if not is_good:
        await _show_errors(webex, family, found)
    return answer, 0 if is_good else 1


def outcome(found: Job) -> str:
    """How it ended, on how many phones, and under which tracking id Webex has it."""
    counts = ((found.updated, "updated"), (found.advisories, "with advisories"), (found.devices, "phones"))
    told = ", ".join(f"{count} {what}" for count, what in counts if count is not None)
    word = found.exit_code or found.status or "unknown"
    parts = (f"{found.family.words}: {word}", told, f"tracking id {found.tracking}" if found.tracking else "")
    return printable(" · ".join(part for part in parts if part))


async def _show_errors(webex: "WebexClient", family: Family, found: Job) -> None:
    """On standard error, the first of them."""
    errors = [error(each) async for page in webex.pages(operation(family.errors), {"jobId": found.id}) for each in page]
    for each in errors[:_MOST_ERRORS]:
        number = f"{each.item}: " if each.item is not None else ""
        code = f" ({each.code})" if each.code else ""
        write_stderr(f"phonetui: {number}{each.words}{code}. Tracking id {each.tracking or 'unknown'}")
    if len(errors) > _MOST_ERRORS:
        write_stderr(f"phonetui: {len(errors) - _MOST_ERRORS} more: phonetui webex {family.errors} {found.id}")


class JobProgress:
    """The progress of a job, on standard error, so that standard output stays what programs read."""

    def __init__(self, *, quiet: bool) -> None:
        self._is_terminal = sys.stderr.isatty() and not quiet
        self._is_quiet = quiet
        self._shown = ""

    def show(self, found: Job) -> None:
        words = _words(found)
        if self._is_quiet or words == self._shown:
            return
        self._shown = words
        if self._is_terminal:
            done = round((found.percent or 0) / 100 * _WIDTH)
            bar = f"{'━' * done}{'─' * (_WIDTH - done)}"
            print(f"\r\x1b[K{bar} {words}", end="", file=sys.stderr, flush=True)
        else:
            write_stderr(words)

    def end(self) -> None:
        if self._is_terminal and self._shown:
            print(file=sys.stderr, flush=True)


def _words(found: Job) -> str:
    """Without the step where the percentage says more."""
    percent = f"{found.percent:.0f} %" if found.percent is not None else ""
    step = found.step.name if found.step is not None and found.percent is None else ""
    return printable("  ".join(part for part in (found.family.words, percent, step or "", found.status or "") if part))
