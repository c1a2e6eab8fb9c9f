"""`phonetui webex jobs list`: what runs over many phones, and what did lately, of every kind."""

import argparse
import asyncio

from phonetui.cli.connection import configuration as configured
from phonetui.cli.json_lines import compact
from phonetui.cli.options import Subcommand, add_json
from phonetui.cli.webex.account import client
from phonetui.cli.webex.lookup import Lookup
from phonetui.cli.webex.tables import table
from phonetui.phone.clock import instant
from phonetui.webex.answer import items
from phonetui.webex.jobs import Family, Job, job, newest_first
from phonetui.webex.operations import operation

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
