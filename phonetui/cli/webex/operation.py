"""One operation of the table as a sub-command: names become ids; answers are columns, CSV or JSON."""

import argparse
import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from phonetui.cli import output
from phonetui.cli.json_lines import compact
from phonetui.cli.options import add_json
from phonetui.cli.webex import fields
from phonetui.cli.webex.account import client, permit, run_operation
from phonetui.cli.webex.lookup import Lookup
from phonetui.cli.webex.tables import activation_code_lines, csv_lines, sections, table
from phonetui.errors import ConfigError
from phonetui.text import printable
from phonetui.webex.answer import at, items, list_at, text
from phonetui.webex.configuration import Step, configuration, key_of_step, same_value
from phonetui.webex.jobs import Family
from phonetui.webex.lines import complete_members, is_complete_member
from phonetui.webex.operations import Operation, consequences, operation
from phonetui.webex.xapi import typed_arguments
from phonetui.xapi.command import Command
from phonetui.xapi.path import Path

if TYPE_CHECKING:
    from phonetui.webex.client import WebexClient

_KEYS = ("kemModuleIndex", "kemKeyIndex", "kemKeyType", "kemKeyLabel", "kemKeyValue")
_LINES = ("lineKeyIndex", "lineKeyType", "lineKeyLabel", "lineKeyValue", "sharedLineIndex")
_CSV = {
    "layouts get": (("lineKeys", "kemKeys"), (*_LINES, *_KEYS)),
    "templates get": (("lineKeys",), _LINES),
    "members list": (
        ("members",),
        ("id", "port", "firstName", "lastName", "extension", "phoneNumber", "primaryOwner", "lineType", "lineWeight",
         "lineLabel", "hotlineEnabled", "hotlineDestination", "allowCallDeclineEnabled", "t38FaxCompressionEnabled"),
    ),
}  # fmt: skip
"""What of an answer becomes rows of a CSV file, where that isn't its listing: all that goes back with `--from`."""


class OperationCommand:
    """What `phonetui webex GROUP OPERATION` does."""

    def __init__(self, operation: Operation) -> None:
        self._operation = operation
        self._family = next((each for each in Family if operation.name in (each.start, each.get)), None)

    def declare(self, words: argparse.ArgumentParser) -> None:
        asked = self._operation
        scopes = " ".join(asked.scopes) or "not stated by Cisco"
        number = f"\nnumber {asked.article} of Cisco's article" if asked.article else ""
        screens = f"\non the screen: {', '.join(asked.screens)}" if asked.screens else ""
        words.epilog = f"request: {asked.method} {asked.path}\nscope: {scopes}{number}{screens}"
        fields.declare(words, asked)
        if asked.writes:
            undone = asked.confirm or "it cannot be undone"
            words.add_argument("--yes", action="store_true", help=f"needed where {undone}")
        else:
            words.add_argument("-o", "--output", metavar="FILE", help="write the answer there as JSON, for you alone")
        if asked.page is not None:
            words.add_argument("--columns", metavar="NAME,…", help=f"default: {','.join(asked.shows)}")
        if asked.page is not None or asked.name in _CSV:
            words.add_argument("--csv", action="store_true", help="comma-separated values, for a sheet")
        if self._family is not None:
            words.add_argument("--wait", action="store_true", help="until the job has ended; 1 if it failed somewhere")
        add_json(words)

    def run(self, options: argparse.Namespace) -> int:
        import asyncio

        output.check_output_file(getattr(options, "output", None))
        permit(options, self._operation)
        return asyncio.run(self._run(options))

    async def _run(self, options: argparse.Namespace) -> int:
        from phonetui.cli.connection import configuration as configured

        asked = self._operation
        values = fields.operation_values(options, asked)
        if (risk := consequences(asked, values)) and not options.yes:
            raise ConfigError(f"{asked.name}: {risk}", "Add --yes if that is meant")
        async with client(options) as webex:
            lookup = Lookup(webex, configured(options))
            values = await _completed(webex, asked, await lookup.resolve(asked, values))
            found = await run_operation(webex, asked, values, lookup.about)
            if self._family is not None and options.wait:
                from phonetui.cli.webex.jobs import wait_for_job

                found, code = await wait_for_job(webex, self._family, found, quiet=options.json)
                if options.json:
                    self._show(options, found)
                return code
        self._show(options, found)
        return 0 if _is_good(asked, found) else 1

    def _show(self, options: argparse.Namespace, found: Any) -> None:
        asked, file = self._operation, getattr(options, "output", None)
        if options.json:
            print(compact({"operation": asked.name, "result": found}))
        elif file:
            output.write_output_file(f"{json.dumps(found, indent=1)}\n", file, "", "json")
        elif getattr(options, "csv", False):
            print(_csv(asked, found, getattr(options, "columns", None)), end="")
        else:
            print("\n".join(_lines(asked, _of_interest(asked, found, options), getattr(options, "columns", None))))


def _is_good(asked: Operation, found: Any) -> bool:
    return all(at(found, name) == word for name, word in asked.good_when.items())


def _columns(asked: Operation, chosen: str | None) -> Sequence[str]:
    return [name.strip() for name in chosen.split(",") if name.strip()] if chosen else asked.shows


def _csv(asked: Operation, found: Any, chosen: str | None) -> str:
    if asked.name not in _CSV:
        return csv_lines(items(asked, found), _columns(asked, chosen))
    lists, columns = _CSV[asked.name]
    rows = [row for name in lists for row in list_at(found, name)]
    return csv_lines(rows, _columns(asked, chosen) if chosen else columns)


def _lines(asked: Operation, found: Any, chosen: str | None) -> list[str]:
    if found is None:
        return ["done"]
    if asked.page is not None:
        rows = [_with_arrival(row) for row in items(asked, found)] if asked.page == "items" else items(asked, found)
        return table(rows, _columns(asked, chosen), is_whole=chosen is not None) or ["none"]
    if isinstance(found, dict) and "expiryTime" in found and "code" in found:
        return activation_code_lines(found)
    return list(sections(found)) if isinstance(found, dict) else [text(found)]


def _of_interest(asked: Operation, found: Any, options: argparse.Namespace) -> Any:
    """Of a write what it changed: Webex answers with everything, which --json shows."""
    if asked.name == "devices tag":
        return {"tags": list_at(found, "tags")}
    if asked.name == "configurations update":
        changed = {key_of_step(step) for step in fields.steps(options) or ()}
        known = at(found, "items")
        if isinstance(known, dict) and changed & set(known):
            return {"items": {key: value for key, value in known.items() if key in changed}}
    return found


def _with_arrival(row: Any) -> Any:
    """A setting with what the phone has instead, where it hasn't taken the value over yet."""
    applied = at(row, "appliedConfigurationValue")
    if not isinstance(applied, dict) or same_value(applied.get("value"), at(row, "value")):
        return row
    return {**row, "phone has": applied.get("value")}


async def _completed(webex: "WebexClient", asked: Operation, values: dict[str, Any]) -> dict[str, Any]:
    """With what Webex insists on and nobody wants to type, read right before. Raises ConfigError, PhonetuiErrors."""
    match asked.name:
        case "configurations update":
            return {**values, "steps": await typed_steps(webex, values["deviceId"], values["steps"])}
        case "members set" if not all(is_complete_member(row) for row in values["members"] or ()):
            known = (await webex.run(operation("members list"), {"deviceId": values["deviceId"]})).value
            return {**values, "members": complete_members(values["members"] or (), list_at(known, "members"))}
        case "xapi command" if values["arguments"]:
            arguments = await _typed(webex, values)
            return {**values, "arguments": arguments}
        case "xapi command":
            return {**values, "arguments": {}}
        case _:
            return values


async def _typed(webex: "WebexClient", values: Mapping[str, Any]) -> dict[str, Any]:
    pairs = [
        (name, str(each))
        for name, value in values["arguments"].items()
        for each in (value if isinstance(value, list) else [value])
    ]
    command = Command(Path.parse(str(values["commandName"])), tuple(pairs))
    return await typed_arguments(webex.run, str(values["deviceId"]), command, {})


async def typed_steps(webex: "WebexClient", device: str, steps: Sequence[Step] | None) -> list[Step] | None:
    """Steps whose values are of the types that the phone's value spaces name. Raises ConfigError, PhonetuiErrors."""
    wanted = [key for step in steps or () if step.get("op") == "replace" and (key := key_of_step(step))]
    if not wanted:
        return None if steps is None else list(steps)
    query = {"deviceId": device, "key": wanted[0] if len(set(wanted)) == 1 else None}
    answer = await webex.run(operation("configurations list"), query)
    known = {str(each.key): each for each in configuration(answer.value)}
    found = []
    for step in steps or ():
        setting = known.get(key_of_step(step))
        if step.get("op") != "replace" or setting is None:
            found.append(step)  # what isn't known Webex says better
            continue
        try:
            found.append({**step, "value": setting.space.accept(step.get("value"))})
        except ConfigError as error:
            raise ConfigError(f"{setting.key}: {error.message}", printable(f"It is {setting.space.words}")) from None
    return found
