"""Dynamic settings: tags with their rules, values by level, and what a phone was given over them."""

from typing import Any

from tests.webex.fake.ask import DONE, TR, TW, Ask, Problem, Reply, Route

FAMILY = "Cisco 9851"
_LEVELS = ["organization", "location", "device"]
TAGS: dict[str, dict[str, Any]] = {
    "%ENABLE_BLUETOOTH%": {"type": "boolean", "values": ["1", "0"]},
    "%BACKLIGHT_TIMER%": {"type": "enum", "values": ["10s", "20s", "off"]},
    "%PSK1%": {"type": "string", "maxLength": 255, "validationHint": "fnc=sd;ext=*11;nme=Call Pull"},
}
USUAL = {"%ENABLE_BLUETOOTH%": "1", "%BACKLIGHT_TIMER%": "20s", "%PSK1%": ""}


def _schema(ask: Ask) -> Reply:
    wanted = ask.one("familyOrModelDisplayName")
    told = [
        {"familyOrModelDisplayName": FAMILY, "tag": tag, "friendlyName": tag.strip("%").lower(), "tooltip": "What it does.",
         "level": _LEVELS, "validationRule": rule}
        for tag, rule in TAGS.items()
    ]  # fmt: skip
    return Reply({"tags": told if wanted in (None, FAMILY) else []})


def _groups(_: Ask) -> Reply:
    blocks = [{"tagBlock": [tag]} for tag in TAGS]
    group = {
        "path": "Phone.Keys",
        "friendlyName": "Keys",
        "tab": "MPP",
        "familyOrModelDisplayName": FAMILY,
        "tags": blocks,
    }
    return Reply({"settingsGroups": [group], "settingsTabs": ["MPP"]})


def _values(ask: Ask, *, of_phone: bool = False) -> Reply:
    if not of_phone and ask.one("familyOrModelDisplayName") is None:
        raise Problem(400, "familyOrModelDisplayName is required", in_calling_form=True)
    if not isinstance(ask.body, dict):
        raise Problem(400, "a body is required", in_calling_form=True)
    own = ask.fake.world.dynamic if of_phone else {}
    told = []
    for tag in ask.body.get("tags") or TAGS:
        if tag not in TAGS:
            raise Problem(400, f"Unknown tag {tag}", in_calling_form=True)
        row = {
            "familyOrModelDisplayName": FAMILY,
            "tag": tag,
            "parentValue": USUAL[tag],
            "parentLevel": "SYSTEM_DEFAULT",
        }
        told.append({**row, **({"value": own[tag]} if tag in own else {})})
    return Reply({"tags": told, "lastUpdateTime": 1_779_000_000_000})


def _set(ask: Ask) -> Reply:
    for step in (ask.body or {}).get("tags", ()):
        if step["tag"] not in TAGS or step["action"] not in ("SET", "CLEAR"):
            raise Problem(400, f"Unknown tag {step['tag']}", in_calling_form=True)
        if step["action"] == "CLEAR":
            ask.fake.world.dynamic.pop(step["tag"], None)
        else:
            ask.fake.world.dynamic[step["tag"]] = step["value"]
    return DONE


_D = "/telephony/config/devices"
_L = "/telephony/config/lists"
_GET = "dynamicSettings/actions/getSettings/invoke"
ROUTES = (
    Route("GET", f"{_D}/dynamicSettings/validationSchema", (TR,), _schema),
    Route("GET", f"{_D}/dynamicSettings/settingsGroups", (TR,), _groups),
    Route("POST", f"{_L}/devices/{_GET}", (TR,), _values),
    Route("POST", f"{_L}/locations/{{id}}/devices/{_GET}", (TR,), _values),
    Route("POST", f"{_L}/devices/{{id}}/{_GET}", (TR,), lambda ask: _values(ask, of_phone=True)),
    Route("PUT", f"{_D}/{{id}}/dynamicSettings", (TW,), _set),
)
