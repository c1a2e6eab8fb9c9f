"""/devices and /deviceConfigurations."""

import re
from typing import Any

from tests.webex.fake.ask import DONE, DR, DW, Ask, Problem, Reply, Route
from tests.webex.fake.world import device

CODE = "5414011256173816"
FILTERS = [
    "displayName",
    "personId",
    "workspaceId",
    "locationId",
    "connectionStatus",
    "product",
    "type",
    "serial",
    "mac",
    "software",
    "upgradeChannel",
    "devicePlatform",
    "plannedMaintenance",
]


def _found(ask: Ask, identity: str) -> Any:
    found = ask.fake.world.devices.get(identity)
    if found is None:
        raise Problem(404, "Device not found")
    return found


def _list(ask: Ask) -> Reply:
    def fits(each: Any) -> bool:
        if not isinstance(each, dict):
            return True  # what a test planted
        for name in FILTERS:
            wanted = ask.one(name)
            if wanted is not None and str(each.get(name)).replace(":", "") != wanted.replace(":", ""):
                return False
        tags = {tag for text in ask.all("tag") for tag in text.split(",")}
        lists = (("capability", "capabilities"), ("permission", "permissions"), ("errorCode", "errorCodes"))
        return tags <= set(each.get("tags") or ()) and all(
            ask.one(name) in (None, *(each.get(key) or ())) for name, key in lists
        )

    return Reply({"items": [each for each in ask.fake.world.devices.values() if fits(each)]}, pages="items")


def _owner(ask: Ask) -> dict[str, str]:
    owner = {name: ask.body[name] for name in ("workspaceId", "personId") if name in (ask.body or {})}
    if len(owner) != 1:
        raise Problem(400, "Exactly one of workspaceId and personId is required")
    return owner


def _activate(ask: Ask) -> Reply:
    _owner(ask)
    return Reply({"code": CODE, "expiryTime": ask.fake.code_expires})


def _create(ask: Ask) -> Reply:
    ask.need("mac", "model")
    owner = _owner(ask)
    number = len(ask.fake.world.devices) + 100
    if any(
        each["mac"].replace(":", "") == ask.body["mac"].replace(":", "") for each in ask.fake.world.devices.values()
    ):
        raise Problem(400, "MAC address is in use")
    fresh = device(number, mac=ask.body["mac"], connectionStatus="activating", **owner)
    ask.fake.world.devices[fresh["id"]] = fresh
    return Reply(fresh)


def _delete(ask: Ask) -> Reply:
    _found(ask, ask.places["id"])
    del ask.fake.world.devices[ask.places["id"]]
    return DONE


def _tags(ask: Ask) -> Reply:
    """As the schema has it: one object; the example's array is taken, too."""
    found = _found(ask, ask.places["id"])
    steps = ask.body if isinstance(ask.body, list) else [ask.body]
    for step in steps:
        if step.get("path") not in ("tags", "/tags"):
            raise Problem(400, "path must be tags")
        value = step.get("value") or []
        match step["op"]:
            case "add":
                found["tags"] = list(dict.fromkeys([*found["tags"], *value]))
            case "replace":
                found["tags"] = list(value)
            case "remove":
                found["tags"] = []
            case _:
                raise Problem(400, "unknown op")
    return Reply(found)


def _configurations(ask: Ask) -> Reply:
    identity = ask.one("deviceId") or ""
    _found(ask, identity)
    wanted = ask.one("key")
    pattern = "|".join(".*" if part == "*" else re.escape(part) for part in [wanted]) if wanted else ".*"
    pattern = pattern.replace(r"\*", ".*")
    items = ask.fake.world.configurations_of(identity)
    _arrive(ask.fake.world, identity)
    return Reply(
        {"deviceId": identity, "items": {key: one for key, one in items.items() if re.fullmatch(pattern, key)}}
    )


def configure(ask: Ask) -> Reply:
    identity = ask.one("deviceId") or ""
    _found(ask, identity)
    items = ask.fake.world.configurations_of(identity)
    if not isinstance(ask.body, list):
        raise Problem(400, "a JSON Patch document is an array")
    for step in ask.body:
        key = step["path"].removesuffix("/sources/configured/value")
        if key not in items or key == step["path"]:
            raise Problem(400, f"unknown key {key}")
        one = items[key]
        if ask.fake.world.is_strict:
            _check_value(step, one["valueSpace"])
        if key in ask.fake.world.stubborn:
            continue
        ask.fake.world.arriving[identity] = ask.fake.world.lag
        if step["op"] == "replace":
            one["sources"]["configured"]["value"] = one["value"] = step["value"]
            one["source"] = "configured"
        else:
            one["sources"]["configured"]["value"] = None
            one["value"], one["source"] = one["sources"]["default"]["value"], "default"
    return Reply({"deviceId": identity, "items": items}, status=ask.fake.world.patched)


def _check_value(step: Any, space: Any) -> None:
    """In the words of a live cloud."""
    if step["op"] != "replace" or not isinstance(space, dict):
        return
    value, wanted = step["value"], space.get("type")
    found = {bool: "boolean", int: "integer", float: "number", str: "string", list: "array", dict: "object"}
    kind = found.get(type(value), "null")
    if wanted in found.values() and kind != wanted and (kind, wanted) != ("integer", "number"):
        raise Problem(400, f"$: {kind} found, {wanted} expected")


def _arrive(world: Any, identity: str) -> None:
    """What the phone has taken over lags behind by so many readings."""
    left = world.arriving.get(identity, 0)
    if left:
        world.arriving[identity] = left - 1
        return
    for one in world.configurations_of(identity).values():
        if isinstance(one, dict) and isinstance(one.get("appliedConfigurationValue"), dict):
            one["appliedConfigurationValue"]["value"] = one["value"]


ROUTES = (
    Route("GET", "/devices", (DR,), _list),
    Route("POST", "/devices", (DW,), _create),
    Route("POST", "/devices/activationCode", (DW, "identity:one_time_password"), _activate),
    Route("GET", "/devices/{id}", (DR,), lambda ask: Reply(_found(ask, ask.places["id"]))),
    Route("DELETE", "/devices/{id}", (DW,), _delete),
    Route("PATCH", "/devices/{id}", (DW,), _tags),
    Route("GET", "/deviceConfigurations", (DR,), _configurations),
    Route("PATCH", "/deviceConfigurations", (DR, DW), configure),
)
