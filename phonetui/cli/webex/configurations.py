"""`phonetui webex configurations diff | save | drift`: compares a phone's settings with another's, or with a file."""

import argparse
import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from phonetui.cli.connection import configuration as configured
from phonetui.cli.json_lines import compact
from phonetui.cli.options import Subcommand, add_json, add_output, count
from phonetui.cli.output import check_output_file, file_stem, read_input, write_output_file
from phonetui.cli.webex.account import client
from phonetui.cli.webex.fields import sentence
from phonetui.cli.webex.lookup import Lookup
from phonetui.cli.webex.rollout import declare_selection, selected
from phonetui.cli.webex.tables import table
from phonetui.errors import CommandRefused
from phonetui.phone.clock import instant
from phonetui.webex.configuration import DeviceSetting, configuration
from phonetui.webex.configuration_change import (
    DesiredConfiguration,
    desired_from_steps,
    device_change,
    differences,
    saved_text,
    saved_values,
)
from phonetui.webex.operations import operation
from phonetui.webex.rollout_runner import RATE, RequestPacer

if TYPE_CHECKING:
    from phonetui.webex.client import WebexClient

_LIST = operation("configurations list")


async def read_settings(webex: "WebexClient", device: str, key: str | None = None) -> tuple[DeviceSetting, ...]:
    """A device's settings, or one of them. Raises PhonetuiErrors."""
    return configuration((await webex.run(_LIST, {"deviceId": device, "key": key})).value)


class DiffCommand:
    """1 where the two differ, as `diff` does."""

    def declare(self, words: argparse.ArgumentParser) -> None:
        for name in ("left", "right"):
            words.add_argument(name, metavar=name.upper(), help=sentence(_LIST, "deviceId"))
        words.add_argument("--key", metavar="KEY", help=sentence(_LIST, "key"))
        add_json(words)

    def run(self, options: argparse.Namespace) -> int:
        return asyncio.run(self._run(options))

    async def _run(self, options: argparse.Namespace) -> int:
        async with client(options) as webex:
            lookup = Lookup(webex, configured(options))
            ids = [await lookup.device_id(each) for each in (options.left, options.right)]
            left, right = [await read_settings(webex, each, options.key) for each in ids]
        found = differences(left, right)
        if options.json:
            rows = [{"key": each.key, "left": each.left, "right": each.right} for each in found]
            print(compact({"operation": "configurations diff", "result": rows}))
        else:
            rows = [{"key": each.key, options.left: each.left, options.right: each.right} for each in found]
            lines = table(rows, ("key", options.left, options.right)) if rows else ["no difference"]
            print("\n".join(lines))
        return 1 if found else 0


class SaveCommand:
    def declare(self, words: argparse.ArgumentParser) -> None:
        words.add_argument("device", metavar="DEVICE", help=sentence(_LIST, "deviceId"))
        words.add_argument("--all", action="store_true", help="every value in force, not only what somebody configured")
        add_output(words)

    def run(self, options: argparse.Namespace) -> int:
        check_output_file(options.output)
        return asyncio.run(self._run(options))

    async def _run(self, options: argparse.Namespace) -> int:
        async with client(options) as webex:
            lookup = Lookup(webex, configured(options))
            found = await lookup.device(options.device)
            settings = await read_settings(webex, found.id)
        now = datetime.now(UTC)
        content = saved_text(found.names[0], found.more, instant(now), settings, everything=options.all)
        stem = file_stem(found.names[0], now.astimezone())
        if place := write_output_file(content, options.output, stem, "json"):
            print(place)
        return 0


class DriftCommand:
    """1 where any phone differs from the file."""

    def declare(self, words: argparse.ArgumentParser) -> None:
        words.add_argument("file", metavar="FILE", help="as 'configurations save' wrote it, or keys and values as JSON")
        declare_selection(words)
        words.add_argument(
            "--rate", metavar="N", type=count, default=int(RATE), help=f"requests a minute; default {RATE:g}"
        )
        add_json(words)

    def run(self, options: argparse.Namespace) -> int:
        values = saved_values(read_input(options.file), options.file)
        steps = [
            {"op": "replace", "path": f"{key}/sources/configured/value", "value": each} for key, each in values.items()
        ]
        return asyncio.run(self._run(options, desired_from_steps(steps)))

    async def _run(self, options: argparse.Namespace, desired: DesiredConfiguration) -> int:
        pacer, drifted, rows = RequestPacer(options.rate), 0, []
        async with client(options) as webex:
            found, _ = await selected(Lookup(webex, configured(options)), options)
            for each in found:
                told = await _drift(webex, each.id, desired, pacer)
                drifted += bool(told)
                rows += [
                    {"device": each.shown_name, "key": key, "now": now, "file": wanted} for key, now, wanted in told
                ]
        if options.json:
            print(compact({"operation": "configurations drift", "result": rows}))
        else:
            lines = table(rows, ("device", "key", "now", "file")) if rows else []
            print("\n".join([*lines, f"{drifted} of {len(found)} phones differ from {options.file}"]))
        return 1 if drifted else 0


async def _drift(
    webex: "WebexClient", device: str, desired: DesiredConfiguration, pacer: RequestPacer
) -> list[tuple[str, str, str]]:
    """Keys, the values in force and those of the file; a phone that cannot be read is one line.

    Raises PhonetuiErrors.
    """
    settings: list[DeviceSetting] = []
    try:
        for key in desired.queries:
            await pacer.turn()
            settings += await read_settings(webex, device, key)
    except CommandRefused as error:
        return [("", str(error), "")]
    by_key = {str(each.key): each for each in settings}
    found = []
    for key, wanted in desired.values.items():
        change = device_change(settings, DesiredConfiguration({key: wanted}))
        if change.keys or (change.problem and key not in by_key):
            now = by_key[key].text_of(by_key[key].value) if key in by_key else "not there"
            found.append((key, now, str(wanted)))
    return found


COMMANDS: dict[str, Subcommand] = {
    "configurations diff": DiffCommand(),
    "configurations save": SaveCommand(),
    "configurations drift": DriftCommand(),
}
