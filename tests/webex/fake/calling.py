"""/telephony/config: settings, layouts, templates, members, hoteling."""

import re
from copy import deepcopy
from typing import Any

from tests.webex.fake.ask import DONE, TR, TW, Ask, Problem, Reply, Route
from tests.webex.fake.world import CUSTOMIZATIONS, MODEL, line_keys, member

_MAC = re.compile(r"[0-9A-F]{12}")
_PHONEOS = re.compile(r"98\d\d|8875")
_SEARCHED = ("id", "firstName", "lastName", "phoneNumber", "t38FaxCompressionEnabled", "lineType", "allowCallDeclineEnabled",
             "memberType", "location")  # fmt: skip
_WRITTEN = ("id", "port", "primaryOwner", "lineType", "lineWeight", "hotlineEnabled", "hotlineDestination",
            "allowCallDeclineEnabled")  # fmt: skip


def _phone(ask: Ask) -> Any:
    identity = ask.places["id"]
    found = ask.fake.world.find(identity)
    if found is None or (ask.fake.world.only_calling and identity != found["callingDeviceId"]):
        raise Problem(404, "Device not found", in_calling_form=True)
    return found


def _validate(ask: Ask) -> Reply:
    ask.need("macs")
    known = {each["mac"].replace(":", "") for each in ask.fake.world.devices.values()}
    seen: set[str] = set()
    found = []
    for mac in ask.body["macs"]:
        bare = mac.replace(":", "").upper()
        state = "AVAILABLE"
        if not _MAC.fullmatch(bare):
            state = "INVALID"
        elif bare in seen:
            state = "DUPLICATE_IN_LIST"
        elif bare in known:
            state = "UNAVAILABLE"
        seen.add(bare)
        trouble = {} if state == "AVAILABLE" else {"errorCode": 5675, "message": f"[Error 5675] {state.lower()}"}
        found.append({"mac": mac, "state": state, **trouble})
    status = "OK" if all(each["state"] == "AVAILABLE" for each in found) else "ERRORS"
    return Reply({"status": status, "macStatus": found})


def _customizations(ask: Ask, level: str) -> Reply:
    told = {"customizations": deepcopy(CUSTOMIZATIONS), "updateInProgress": False, "deviceCount": 5}
    if level != "organization":
        told["customEnabled"] = True
    return Reply({**told, "lastUpdateTime": 1_779_000_000_000, **ask.fake.world.customizations.get(level, {})})


def _settings_phone(ask: Ask) -> None:
    """Phones of PhoneOS have device configurations instead: of them nothing is found here."""
    if _PHONEOS.search(str(_phone(ask)["product"])) and "device" not in ask.fake.world.customizations:
        raise Problem(404, "Device settings not found", in_calling_form=True)


def _device_settings(ask: Ask) -> Reply:
    _settings_phone(ask)
    return _customizations(ask, "device")


def _set_device(ask: Ask) -> Reply:
    _settings_phone(ask)
    ask.need("customizations", "customEnabled")
    return DONE


def _compression(ask: Ask) -> Reply:
    return Reply({"compression": ask.fake.world.settings.get(ask.places["id"], "OFF")})


def _compress(ask: Ask) -> Reply:
    ask.need("compression")
    if ask.body["compression"] not in ("ON", "OFF"):
        raise Problem(400, "compression must be ON or OFF", in_calling_form=True)
    ask.fake.world.settings[ask.places["id"]] = ask.body["compression"]
    return DONE


def _layout(ask: Ask) -> Reply:
    default = {"layoutMode": "CUSTOM", "userReorderEnabled": False, "lineKeys": line_keys()}
    return Reply(ask.fake.world.layouts.get(_phone(ask)["id"], default))


def _lay_out(ask: Ask) -> Reply:
    ask.need("layoutMode")
    if (ask.body["layoutMode"] == "CUSTOM") != ("lineKeys" in ask.body) or (
        ask.body["layoutMode"] == "DEFAULT" and "kemKeys" in ask.body
    ):
        raise Problem(400, "lineKeys belong to CUSTOM alone", in_calling_form=True)
    ask.fake.world.layouts[_phone(ask)["id"]] = ask.body
    return DONE


def _template(ask: Ask) -> Any:
    found = ask.fake.world.templates.get(ask.places["id"])
    if found is None:
        raise Problem(404, "Template not found", in_calling_form=True)
    return found


def _templates(ask: Ask) -> Reply:
    short = ("id", "templateName", "deviceModel", "modelDisplayName")
    found = [{name: each.get(name) for name in short} for each in ask.fake.world.templates.values()]
    return Reply({"lineKeyTemplates": found})


def _create(ask: Ask) -> Reply:
    ask.need("templateName", "deviceModel", "lineKeys")
    identity = f"template-{len(ask.fake.world.templates) + 1}"
    ask.fake.world.templates[identity] = {"id": identity, **ask.body}
    return Reply({"id": identity}, status=201)


def _update(ask: Ask) -> Reply:
    ask.need("lineKeys")
    _template(ask).update(ask.body)
    return DONE


def _delete(ask: Ask) -> Reply:
    _template(ask)
    del ask.fake.world.templates[ask.places["id"]]
    return DONE


def _preview(ask: Ask) -> Reply:
    ask.need("action")
    return Reply({"deviceCount": len(ask.fake.world.devices)})


def _members(ask: Ask) -> Reply:
    return Reply({"model": MODEL, "members": ask.fake.world.members_of(_phone(ask)["id"]), "maxLineCount": 10})


def _set_members(ask: Ask) -> Reply:
    key = _phone(ask)["id"]
    known = {each["id"]: each for each in [member(number) for number in range(1, 10)]}
    rows = (ask.body or {}).get("members", [])
    for row in rows:
        if missing := [name for name in _WRITTEN if name not in row]:
            raise Problem(400, f"{missing[0]} is required", in_calling_form=True)
    ask.fake.world.members[key] = [{**known.get(row["id"], {}), **row} for row in rows] or [member(1)]
    return DONE


def _available(ask: Ask) -> Reply:
    _phone(ask)
    name = (ask.one("memberName") or "").casefold()
    known = (each for each in map(member, range(3, 9)) if name in each["firstName"].casefold())
    found = [{key: each[key] for key in _SEARCHED if key in each} for each in known]
    return Reply({"members": found}, pages="members")


def _owned(ask: Ask, state: str) -> Reply:
    found = [
        {
            "id": each["callingDeviceId"],
            "description": [each["displayName"]],
            "model": MODEL,
            "mac": each["mac"].replace(":", ""),
            "ipAddress": each["ip"],
            "primaryOwner": True,
            "type": "PRIMARY",
            "hoteling": ask.fake.world.hoteling,
            "owner": {"id": ask.places["id"], "type": "PLACE", "firstName": "Lobby", "lastName": "."},
            "activationState": state,
        }
        for each in ask.fake.world.devices.values()
    ]
    return Reply({"devices": found, "maxDeviceCount": 35, "maxOwnedDeviceCount": 5})


def _hotel(ask: Ask, body: Any) -> Reply:
    if not isinstance(body, dict) or "enabled" not in body:
        raise Problem(400, "enabled is required", in_calling_form=True)
    ask.fake.world.hoteling = {**ask.fake.world.hoteling, **body}
    return DONE


def _apply(ask: Ask) -> Reply:
    _phone(ask)
    return DONE


def _calling(ask: Ask) -> Reply:
    found = _phone(ask)
    return Reply(
        {
            "id": ask.places["id"],
            "manufacturer": "CISCO",
            "managedBy": "CISCO",
            "ip": found["ip"],
            "mac": found["mac"].replace(":", ""),
            "model": MODEL,
            "activationState": "activated",
            "description": [found["displayName"]],
            "upgradeChannelEnabled": True,
            "owner": {"sipUserName": "lobby", "linePort": "lobby@example.com"},
            "proxy": {"outboundProxy": "proxy.example.com"},
        }
    )


_C = "/telephony/config"
_D = f"{_C}/devices"
ROUTES = (
    Route("POST", f"{_D}/actions/validateMacs/invoke", (TW,), _validate),
    Route("POST", f"{_D}/actions/previewApplyLineKeyTemplate/invoke", (TW,), _preview),
    Route("GET", f"{_D}/settings", (TR,), lambda ask: _customizations(ask, "organization")),
    Route("GET", f"{_D}/lineKeyTemplates", (TR,), _templates),
    Route("POST", f"{_D}/lineKeyTemplates", (TW,), _create),
    Route("GET", f"{_D}/lineKeyTemplates/{{id}}", (TR,), lambda ask: Reply(_template(ask))),
    Route("PUT", f"{_D}/lineKeyTemplates/{{id}}", (TW,), _update),
    Route("DELETE", f"{_D}/lineKeyTemplates/{{id}}", (TW,), _delete),
    Route("GET", f"{_D}/{{id}}", (TR,), _calling),
    Route("GET", f"{_D}/{{id}}/settings", (TR,), _device_settings),
    Route("PUT", f"{_D}/{{id}}/settings", (TW,), _set_device),
    Route("POST", f"{_D}/{{id}}/actions/applyChanges/invoke", (TW,), _apply),
    Route("GET", f"{_D}/{{id}}/layout", (TR,), _layout),
    Route("PUT", f"{_D}/{{id}}/layout", (TW,), _lay_out),
    Route("GET", f"{_D}/{{id}}/members", (TR,), _members),
    Route("PUT", f"{_D}/{{id}}/members", (TW,), _set_members),
    Route("GET", f"{_D}/{{id}}/availableMembers", (TR,), _available),
    Route("GET", f"{_C}/locations/{{id}}/devices/settings", (TR,), lambda ask: _customizations(ask, "location")),
    Route("GET", f"{_C}/workspaces/{{id}}/devices/settings", (TR,), _compression),
    Route("PUT", f"{_C}/workspaces/{{id}}/devices/settings", (TW,), _compress),
    Route("GET", f"{_C}/people/{{id}}/devices/settings", (TR,), _compression),
    Route("PUT", f"{_C}/people/{{id}}/devices/settings", (TW,), _compress),
    Route("GET", f"{_C}/workspaces/{{id}}/devices", (TR,), lambda ask: _owned(ask, "ACTIVATED")),
    Route("PUT", f"{_C}/workspaces/{{id}}/devices", (TW,), lambda ask: _hotel(ask, ask.body)),
    Route("GET", f"{_C}/people/{{id}}/devices", (TR,), lambda ask: _owned(ask, ask.fake.world.person_state)),
    Route(
        "PUT", f"{_C}/people/{{id}}/devices/settings/hoteling", (TW,),
        lambda ask: _hotel(ask, (ask.body or {}).get("hoteling")),
    ),
)  # fmt: skip
