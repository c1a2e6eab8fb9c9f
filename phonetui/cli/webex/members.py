"""`phonetui webex members change DEVICE MEMBER`: changes one line of a phone and keeps its other lines."""

import argparse
import asyncio
from typing import Any

from phonetui.cli.connection import configuration as configured
from phonetui.cli.json_lines import compact
from phonetui.cli.options import Subcommand, add_json, count
from phonetui.cli.webex.account import client, permit, write_audited
from phonetui.cli.webex.fields import sentence
from phonetui.cli.webex.lookup import Lookup, NamedThing, find_named
from phonetui.errors import ConfigError
from phonetui.text import printable
from phonetui.webex.answer import list_at, text
from phonetui.webex.lines import complete_members, member
from phonetui.webex.operations import operation

_NONE = "(none)"
_LIST, _SET = operation("members list"), operation("members set")


class ChangeMember:
    def declare(self, words: argparse.ArgumentParser) -> None:
        words.epilog = "All lines are read right before, and written back with this one changed."
        words.add_argument("device", metavar="DEVICE", help=sentence(_LIST, "deviceId"))
        words.add_argument("member", metavar="MEMBER", help="whose line: name, extension, number, id, or port 2")
        words.add_argument("--label", metavar="TEXT", help="of the line, on the phone's screen")
        words.add_argument(
            "--decline", action=argparse.BooleanOptionalAction, help="whether calls may be declined there"
        )
        words.add_argument("--hotline", metavar="NUMBER", help="called as soon as the handset is lifted; '' ends that")
        words.add_argument("--weight", metavar="N", type=count, help="how many keys the line takes")
        add_json(words)

    def run(self, options: argparse.Namespace) -> int:
        permit(options, _SET)
        wanted = _wanted(options)
        if not wanted:
            raise ConfigError("what is to change?", "--label, --decline, --hotline or --weight")
        return asyncio.run(self._run(options, wanted))

    async def _run(self, options: argparse.Namespace, wanted: dict[str, Any]) -> int:
        async with client(options) as webex:
            lookup = Lookup(webex, configured(options))
            device = await lookup.device_id(options.device)
            known = [
                each
                for each in list_at((await webex.run(_LIST, {"deviceId": device})).value, "members")
                if isinstance(each, dict) and isinstance(each.get("id"), str)
            ]
            found = _chosen(options.member, known)
            rows = complete_members([{**each, **(wanted if each is found else {})} for each in known], ())
            await write_audited(webex, _SET, {"deviceId": device, "members": rows}, lookup.about)
        name = member(found).owner or text(found["id"])
        if options.json:
            print(compact({"operation": "members change", "result": {"member": name, **wanted}}))
        else:
            print(printable(f"{name}: {', '.join(f'{key} {text(value) or _NONE}' for key, value in wanted.items())}"))
        return 0


def _wanted(options: argparse.Namespace) -> dict[str, Any]:
    found = {
        "lineLabel": options.label,
        "allowCallDeclineEnabled": options.decline,
        "lineWeight": options.weight,
    }
    if options.hotline is not None:
        found |= {"hotlineEnabled": bool(options.hotline), "hotlineDestination": options.hotline}
    return {name: value for name, value in found.items() if value is not None}


def _chosen(word: str, known: list[dict[str, Any]]) -> dict[str, Any]:
    """Raises ConfigError for none, AmbiguousName for several."""
    things = []
    for each in known:
        one = member(each)
        port = f"port {one.port}" if one.port is not None else ""
        names = (one.owner, one.extension, one.number, port, one.label, text(each["id"]))
        more = printable("  ".join(fact for fact in (one.extension, port, one.line) if fact))
        things.append(NamedThing(str(each["id"]), tuple(name for name in names if name), more))
    found = find_named(word, "member", things, "'phonetui webex members list' shows them")
    return next(each for each in known if each["id"] == found.id)


COMMANDS: dict[str, Subcommand] = {"members change": ChangeMember()}
