"""`phonetui webex devices onboard`: an activation code or a MAC address, then waits until the phone is online.

code ──► typed into the phone ──┐
MAC  ──► validated, added ──────┴──► activating … connected ──► with issues? xAPI? in the configuration?
"""

import argparse
import asyncio
from collections.abc import Iterator
from typing import TYPE_CHECKING

from phonetui.cli.connection import configuration as configured
from phonetui.cli.json_lines import compact
from phonetui.cli.options import Subcommand, add_json, seconds
from phonetui.cli.output import write_stderr
from phonetui.cli.webex.account import client, permit, write_audited
from phonetui.cli.webex.fields import sentence
from phonetui.cli.webex.lookup import Lookup
from phonetui.cli.webex.tables import activation_code_lines
from phonetui.config.settings import Config
from phonetui.errors import CommandRefused, ConfigError
from phonetui.text import printable
from phonetui.webex import devices as devices_module
from phonetui.webex.answer import at, items, text
from phonetui.webex.devices import WebexDevice
from phonetui.webex.operations import operation

if TYPE_CHECKING:
    from phonetui.webex.client import WebexClient

_ACTIVATE, _CREATE, _VALIDATE = map(operation, ("devices activate", "devices create", "devices validate"))
_LIST = operation("devices list")
LOOK_S = 10.0
"""Seconds between two looks whether it has come."""
PATIENCE_S = 900.0


class OnboardCommand:
    def declare(self, words: argparse.ArgumentParser) -> None:
        words.epilog = (
            "Without --mac an activation code is made: whoever types it into a phone gets the line.\n"
            "On a standard licence a person's apps are switched off when a phone is added."
        )
        words.add_argument("--model", metavar="MODEL", required=True, help=sentence(_ACTIVATE, "model"))
        owner = words.add_mutually_exclusive_group(required=True)
        owner.add_argument("--workspace", metavar="WORKSPACE", help=sentence(_ACTIVATE, "workspaceId"))
        owner.add_argument("--person", metavar="PERSON", help=sentence(_ACTIVATE, "personId"))
        words.add_argument("--mac", metavar="MAC", help=sentence(_CREATE, "mac"))
        words.add_argument(
            "--patience", metavar="SECONDS", type=seconds, default=PATIENCE_S, help=f"default {PATIENCE_S:g}"
        )
        add_json(words)

    def run(self, options: argparse.Namespace) -> int:
        permit(options, _ACTIVATE)
        if options.mac and not devices_module.mac_of_id(options.mac):
            raise ConfigError(f"'{options.mac}' is no MAC address")
        return asyncio.run(self._run(options))

    async def _run(self, options: argparse.Namespace) -> int:
        config = configured(options)
        async with client(options) as webex:
            lookup = Lookup(webex, config)
            name, word = ("workspaceId", options.workspace) if options.workspace else ("personId", options.person)
            owner = {name: await lookup.named(name, word)}
            before = {each.id for each in await _owned(webex, owner)}
            if options.mac:
                await _add(webex, options, owner)
            else:
                answer = await write_audited(webex, _ACTIVATE, {**owner, "model": options.model})
                lines = activation_code_lines(answer.value if isinstance(answer.value, dict) else {})
                write_stderr("\n".join(lines)) if options.json else print("\n".join(lines), flush=True)
            try:
                found = await _arrived(webex, owner, before, options)
            except asyncio.CancelledError:
                write_stderr("phonetui: stopped waiting; the phone may still come: phonetui webex devices list")
                raise
        missing = [*_missing(found, config)]
        if options.json:
            facts = {"id": found.id, "name": found.name, "status": found.status} if found else {}
            print(compact({"operation": "devices onboard", "result": {**facts, "missing": missing}}))
        else:
            print("\n".join([_summary(found), *(f"missing: {each}" for each in missing)]))
        return 0 if found is not None and found.is_online else 1


async def _add(webex: "WebexClient", options: argparse.Namespace, owner: dict[str, str]) -> None:
    """Raises CommandRefused where the address cannot be added."""
    mac = devices_module.mac_of_id(options.mac).upper()
    answer = await webex.run(_VALIDATE, {"macs": [mac]})
    for each in items(_VALIDATE, answer.value):
        if at(each, "state") != "AVAILABLE":
            why = text(at(each, "message")) or text(at(each, "state"))
            raise CommandRefused(f"{mac} cannot be added: {why}; nothing was sent")
    await write_audited(webex, _CREATE, {**owner, "mac": mac, "model": options.model}, mac)


async def _owned(webex: "WebexClient", owner: dict[str, str]) -> list[WebexDevice]:
    return [devices_module.device(each) async for page in webex.pages(_LIST, owner) for each in page]


async def _arrived(
    webex: "WebexClient", owner: dict[str, str], before: set[str], options: argparse.Namespace
) -> WebexDevice | None:
    """The phone as it is listed last: online, or what there was of it when patience ended. Says each new state."""
    loop = asyncio.get_running_loop()
    until, mac, said = loop.time() + options.patience, devices_module.mac_of_id(options.mac or ""), ""
    found: WebexDevice | None = None
    while True:
        listed = await _owned(webex, owner)
        found = next((each for each in listed if (each.mac == mac if mac else each.id not in before)), None)
        words = f"{found.shown_name}: {found.status or 'unknown'}" if found else "waiting for the phone"
        if words != said:
            write_stderr(printable(words))
            said = words
        if (found is not None and found.is_online) or loop.time() + LOOK_S > until:
            return found
        await asyncio.sleep(LOOK_S)


def _summary(found: WebexDevice | None) -> str:
    if found is None:
        return "the phone has not come"
    facts = (found.shown_name, found.product, found.status, found.ip, found.software)
    return printable("  ".join(fact for fact in facts if fact))


def _missing(found: WebexDevice | None, config: Config) -> Iterator[str]:
    """What somebody has yet to do, as far as Webex and the configuration tell."""
    if found is None:
        yield "the phone: was the code typed in, is it powered, does it reach Webex?"
        return
    if found.status in devices_module.NEVER_ONLINE:
        yield "its first connection: is it powered, and does its network let it out to Webex?"
        return
    if not found.is_online:
        yield f"the connection: Webex says '{found.status}'"
    if found.problems:
        yield f"what Webex complains of: {', '.join(found.problems)}"
    if found.is_online and not found.takes_xapi:
        yield "xAPI through Webex: PhoneOS 3.5 or later, and 'xapi' among its capabilities"
    known = {devices_module.mac_of_id(each.mac or "") for each in config.phones} - {""}
    if found.mac and found.mac not in known and not any(each.device == found.id for each in config.phones):
        facts = (("name", found.shown_name), ("host", found.ip or "…"), ("mac", found.mac))
        yield f"a [[phone]] of your configuration: {', '.join(f'{key} = {value!r}' for key, value in facts)}"


COMMANDS: dict[str, Subcommand] = {"devices onboard": OnboardCommand()}
