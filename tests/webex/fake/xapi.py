"""The cloud's xAPI: a still tree, or that of a simulated phone which is told to do things and does them."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from phonetui.simulator import json_trees
from phonetui.simulator.commands import NotPermitted, UnknownCommand, WrongParameter
from phonetui.simulator.element import CommandRequest, Element, build_tree, members
from phonetui.simulator.exchange import CallRefused
from phonetui.xapi.path import Path
from tests.webex.fake.ask import Ask, Problem, Reply, Route

STILL: Mapping[Path, str] = {
    Path.of("SystemUnit", "Software", "Version"): "PHONEOS.4-1-1-0101-76",
    Path.of("SystemUnit", "ProductId"): "DP-9851",
    Path.of("ExtStatus", 1, "RegistrationState"): "Registered",
    Path.of("Audio", "Volume"): "50",
}
COMMANDS: dict[str, Any] = {
    "Call.Dial": {"arguments": {"Number": {"required": True, "schema": {"type": "string", "maxLength": 64}}}},
    "Audio.Volume.Increase": {"arguments": {"Steps": {"required": False, "schema": {"type": "integer", "minimum": 1}}}},
    "UserInterface.Extensions.Icon.Upload": {
        "arguments": {"Id": {"required": False, "schema": {"type": "string", "maxLength": 128, "minLength": 0}}},
        "resultSchema": {"type": ["object", "null"]},
        "bodySchema": {"schema": {"type": ["object", "string"], "maxLength": 4194304}},
    },
    "Audio.Volume.Set": {
        "arguments": {
            "type": "object",
            "properties": {
                "Level": {"type": "integer", "minimum": 0, "maximum": 100},
                "Device": {"type": "string", "enum": ["Speaker", "Handset"]},
                "Tag": {"type": "array", "items": {"type": "string"}},
                "Quiet": {"type": "boolean"},
                "body": {"type": "string"},
            },
            "required": ["Level"],
        },
        "resultSchema": {},
    },
}
AWAY = ("disconnected", "offline_expired", "offline_deep_sleep")
_SEGMENT = re.compile(r"(?P<name>[^\[\]]+)(?:\[(?P<index>[^\[\]]+)\])?")


def _status(ask: Ask) -> Reply:
    names = ask.all("name")
    if not ask.fake.world.repeats_names:
        names = [each for name in names for each in name.split(",")]
    if not 1 <= len(names) <= 10:
        raise Problem(400, "one to ten names")
    identity = _reached(ask, ask.one("deviceId"))
    phone = ask.fake.world.phones.get(identity)
    leaves = STILL if phone is None else phone.tree
    wanted = [tuple(_segments(name)) for name in names]
    found = {path: text for path, text in leaves.items() if any(_covers(one, path) for one in wanted)}
    return Reply({"deviceId": identity, "result": json_trees.members(build_tree(Element(""), found))})


def _command(ask: Ask) -> Reply:
    ask.need("deviceId")
    identity = _reached(ask, ask.body["deviceId"])
    arguments, words = ask.body.get("arguments", {}), ask.places["name"].split(".")
    told = {"deviceId": identity, "arguments": arguments}
    phone = ask.fake.world.phones.get(identity)
    known = COMMANDS.get(ask.places["name"], {}).get("arguments", {})
    for name, value in arguments.items():
        kind = known.get(name, {}).get("schema", {}).get("type") if isinstance(known, dict) else None
        if kind in ("string", "integer") and isinstance(value, int) is not (kind == "integer"):
            found = "integer" if isinstance(value, int) else "string"
            raise Problem(400, f"$.{name}: {found} found, {kind} expected")
    if phone is None:
        if ask.places["name"].casefold() == "call.dial" and "Number" not in arguments:
            raise Problem(400, "Missing argument: Number")
        return Reply({**told, "result": {"CallId": 0, "LineId": 1}})
    body = {"body": ask.body["body"]} if "body" in ask.body else {}
    try:
        result = phone.perform(CommandRequest(tuple(words), tuple(members({**arguments, **body}))))
    except UnknownCommand:
        raise Problem(400, f"[Command '{ask.places['name']}' not supported]") from None
    except NotPermitted:
        raise Problem(403, "Not permitted") from None
    except (WrongParameter, CallRefused) as error:
        raise Problem(400, str(error)) from None
    return Reply({**told, "result": json_trees.members(result, ("Result",))})


def _schema(ask: Ask) -> Reply:
    one = {"status": {"Audio.Volume": {"schema": {"type": "integer"}}}, "commands": COMMANDS}
    return Reply([{"deviceId": identity, **one} for identity in ask.all("deviceId")])


def _reached(ask: Ask, identity: str | None) -> str:
    device = ask.fake.world.devices.get(identity or "")
    if device is None or identity is None:
        raise Problem(404, "Device not found")
    if device["connectionStatus"] in AWAY:
        raise Problem(503, "Device is not connected")
    return identity


def _segments(name: str) -> Iterator[tuple[str, str | None]]:
    for part in re.split(r"\.(?![^\[]*\])", name):  # not the dots of a range
        match = _SEGMENT.fullmatch(part)
        if match is None:
            raise Problem(400, f"Invalid name: {name}")
        yield match["name"].casefold(), match["index"]


def _covers(wanted: tuple[tuple[str, str | None], ...], path: Path) -> bool:
    """A last `*` goes down to the leaves; every other segment is one name, with an index where there is one."""
    if not wanted:
        return not path
    (name, index), rest = wanted[0], wanted[1:]
    if not path:
        return False
    if name == "*" and not rest:
        return True
    here, item = str(path[0]).casefold(), path[1] if len(path) > 1 and isinstance(path[1], int) else None
    if name not in ("*", here) or not _has(index, item):
        return False
    return _covers(rest, Path(path[1 if item is None else 2 :]))


def _has(index: str | None, item: int | None) -> bool:
    if index is None or item is None:
        return index is None and item is None
    low, dots, high = index.partition("..")
    if dots:
        return int(low) <= item and (high == "n" or item <= int(high))
    return index == "*" or int(index) == item


ROUTES = (
    Route("GET", "/xapi/status", ("spark:xapi_statuses",), _status),
    Route("POST", "/xapi/command/{name}", ("spark:xapi_commands",), _command),
    Route("GET", "/xapi/schema", ("spark:xapi_statuses", "spark:xapi_commands"), _schema),
)
