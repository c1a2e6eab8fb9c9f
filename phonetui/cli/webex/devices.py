"""`phonetui webex devices add FILE.csv`: adds phones by MAC address; `devices untag`: removes single tags.

All addresses are validated with one question; if one is refused, none is added. Then they are added one after another,
since Webex asks for that order where phones share a person or workspace. A report beside the file remembers who is
done, so that the same line goes on where it stopped.
"""

import argparse
import csv
import io
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from msgspec.structs import replace

from phonetui import private
from phonetui.cli.connection import configuration
from phonetui.cli.json_lines import compact
from phonetui.cli.options import Subcommand, add_json
from phonetui.cli.output import read_input, write_stderr
from phonetui.cli.webex.account import client, permit, write_audited
from phonetui.cli.webex.fields import sentence
from phonetui.cli.webex.lookup import Lookup
from phonetui.errors import CommandRefused, ConfigError
from phonetui.text import printable
from phonetui.webex import devices
from phonetui.webex.answer import at, items, text
from phonetui.webex.operations import operation

if TYPE_CHECKING:
    from phonetui.webex.answer import WebexAnswer
    from phonetui.webex.client import WebexClient
    from phonetui.webex.operations import Values

COLUMNS = ("mac", "model", "workspaceId", "personId")


class DeviceRow(Struct, frozen=True):
    line: int
    mac: str
    """Twelve upper-case hex digits."""
    values: dict[str, str]


class AddReport:
    """One JSON object a line; what is added is never asked for again."""

    def __init__(self, file: Path) -> None:
        """Raises ConfigError."""
        self._file = file
        self.done = frozenset(added_macs(file))

    def note(self, row: DeviceRow, outcome: dict[str, Any]) -> None:
        """Writes the outcome of one row. Raises ConfigError where the file cannot be written."""
        try:
            with open(self._file, "a", encoding="ascii", opener=private.opener) as stream:
                stream.write(compact({"mac": row.mac, **outcome}) + "\n")
        except OSError as error:
            raise ConfigError(f"{self._file}: {error.strerror or 'cannot be written'}", "Look at --report") from error


def read_devices_csv(file: Path) -> list[DeviceRow]:
    """The phones of a CSV file. Raises ConfigError with the first line that cannot be one."""
    reader = csv.DictReader(io.StringIO(read_input(file)))
    if unknown := set(reader.fieldnames or ["nothing"]) - set(COLUMNS):
        raise ConfigError(f"{file}:1: unknown column {', '.join(sorted(unknown))}", f"Known: {', '.join(COLUMNS)}")
    rows: dict[str, DeviceRow] = {}
    for given in reader:
        line = reader.line_num
        values = {name: (given.get(name) or "").strip() for name in COLUMNS}
        mac = devices.mac_of_id(values["mac"]).upper()
        if not mac:
            raise ConfigError(f"{file}:{line}: '{values['mac']}' is no MAC address")
        if not values["model"] or bool(values["workspaceId"]) == bool(values["personId"]):
            raise ConfigError(f"{file}:{line}: model, and one of workspaceId and personId, are needed")
        if mac in rows:
            raise ConfigError(f"{file}:{line}: {mac} stands in line {rows[mac].line} already")
        rows[mac] = DeviceRow(line, mac, {name: value for name, value in values.items() if value} | {"mac": mac})
    return list(rows.values())


def added_macs(file: Path) -> Iterator[str]:
    try:
        lines = file.read_text("utf-8").splitlines()
    except FileNotFoundError:
        return
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{file}: the report cannot be read: {error}", "Look at --report") from error
    for line in lines:
        try:
            row = json.loads(line)
        except ValueError:
            continue  # cut short by a crash: that phone is asked for again, and Webex says if it has it
        if isinstance(row, dict) and row.get("added") is True and isinstance(row.get("mac"), str):
            yield row["mac"]


_AT_ONCE = 500
"""Addresses in one question: the limit is unpublished, this is below what fits into any."""


class AddDevices:
    def declare(self, words: argparse.ArgumentParser) -> None:
        words.epilog = (
            f"The file's first line names its columns: {', '.join(COLUMNS)}; each phone has one of the last two,\n"
            "an id or a name (of a person the e-mail address, too).\n"
            "On a standard licence a person's apps are switched off when a phone is added."
        )
        words.add_argument("file", metavar="FILE.csv")
        words.add_argument("--report", metavar="FILE", help="what is done already; default: FILE.csv.report")

    def run(self, options: argparse.Namespace) -> int:
        import asyncio

        permit(options, operation("devices create"))
        rows = read_devices_csv(private.expand_user(options.file))
        report = AddReport(private.expand_user(options.report or f"{options.file}.report"))
        waiting = [row for row in rows if row.mac not in report.done]
        if len(waiting) < len(rows):
            write_stderr(f"{len(rows) - len(waiting)} of {len(rows)} were added before")
        asyncio.run(_add_all(options, waiting, report))
        return 0


async def _add_all(options: argparse.Namespace, rows: Sequence[DeviceRow], report: AddReport) -> None:
    """Raises CommandRefused where addresses are refused, and the first error that isn't one phone's own."""
    failed = 0
    async with client(options) as webex:
        lookup = Lookup(webex, configuration(options))
        rows = [replace(row, values=await lookup.resolve(operation("devices create"), row.values)) for row in rows]
        waiting = await _validated(webex, rows, report)
        for number, row in enumerate(waiting, 1):
            outcome = await _add(webex, row)
            report.note(row, outcome)
            failed += not outcome["added"]
            words = "added" if outcome["added"] else f"not added: {outcome['why']}"
            print(f"{number}/{len(waiting)} {row.mac}: {words}", flush=True)
    if failed:
        raise CommandRefused(f"{failed} of {len(waiting)} phones were not added", "Run the same again for those alone")


async def _add(webex: "WebexClient", row: DeviceRow) -> dict[str, Any]:
    """How it went. Raises PhonetuiErrors that aren't about this phone."""
    try:
        answer = await write_audited(webex, operation("devices create"), row.values, row.mac)
    except CommandRefused as error:
        return {"added": False, "why": str(error), "trackingId": error.reference}
    return {"added": True, "id": at(answer.value, "id"), "trackingId": answer.tracking}


async def _validated(webex: "WebexClient", rows: Sequence[DeviceRow], report: AddReport) -> list[DeviceRow]:
    """Those that can be added. One that is where it should be already counts as added: a run may have ended in between.

    Raises CommandRefused where anything else is wrong with any of them.
    """
    validate = operation("devices validate")
    waiting = {row.mac: row for row in rows}
    refused = []
    for start in range(0, len(rows), _AT_ONCE):
        answer = await webex.run(validate, {"macs": [row.mac for row in rows[start : start + _AT_ONCE]]})
        for each in items(validate, answer.value):
            row = waiting.get(str(at(each, "mac")))
            if row is None or at(each, "state") == "AVAILABLE":
                continue
            if known := await _id_of_owned(webex, row):
                report.note(row, {"added": True, "id": known})
                del waiting[row.mac]
            else:
                refused.append(printable(f"line {row.line}: {row.mac} {text(at(each, 'state'))}"))
    if refused:
        what = f"{len(refused)} of {len(rows)} addresses cannot be added; none was"
        raise CommandRefused(what, block=tuple(refused))
    return list(waiting.values())


async def _id_of_owned(webex: "WebexClient", row: DeviceRow) -> str | None:
    """The id of the phone where it belongs to the one it is meant for."""
    listing = operation("devices list")
    answer = await webex.run(listing, {"mac": row.mac})
    for each in items(listing, answer.value):
        if all(at(each, name) == row.values[name] for name in ("workspaceId", "personId") if name in row.values):
            return str(at(each, "id"))
    return None


class UntagDevices:
    def declare(self, words: argparse.ArgumentParser) -> None:
        words.epilog = "The phone's tags are read right before, and replaced by what is left of them."
        words.add_argument("device", metavar="DEVICE", help=sentence(operation("devices tag"), "deviceId"))
        words.add_argument("tags", metavar="TAG", nargs="+", help="what is taken away")
        add_json(words)

    def run(self, options: argparse.Namespace) -> int:
        import asyncio

        permit(options, operation("devices tag"))
        left = asyncio.run(_untag(options))
        if options.json:
            print(compact({"operation": "devices untag", "result": {"tags": left}}))
        else:
            print(f"tags left: {devices.tags_text(left)}")
        return 0


COMMANDS: dict[str, Subcommand] = {"devices add": AddDevices(), "devices untag": UntagDevices()}


async def _untag(options: argparse.Namespace) -> list[str]:
    """What the phone keeps. Raises CommandRefused for a tag that it doesn't have."""
    change = devices.TagChange(taken=tuple(options.tags))
    async with client(options) as webex:
        lookup = Lookup(webex, configuration(options))
        device = await lookup.device_id(options.device)

        async def ask(name: str, values: "Values") -> "WebexAnswer":
            asked = operation(name)
            if asked.writes:
                return await write_audited(webex, asked, values, lookup.about)
            return await webex.run(asked, values)

        return await devices.change_tags(ask, device, change, strict=True)
