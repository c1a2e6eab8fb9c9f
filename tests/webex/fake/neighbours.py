"""Workspaces, locations, people, hot desks, supported devices and the cloud's xAPI."""

from typing import Any

from tests.webex.fake.ask import DONE, TR, Ask, Problem, Reply, Route
from tests.webex.fake.calling import MODEL
from tests.webex.fake.world import LOCATION, ORG, PERSON, WORKSPACE

STATUS: dict[str, Any] = {
    "SystemUnit": {"Software": {"Version": "PHONEOS.3-6-1-0001"}, "ProductId": "DP-9851"},
    "ExtStatus": [{"id": 1, "RegistrationState": "Registered"}],
    "Audio": {"Volume": 50},
}


def _status(ask: Ask) -> Reply:
    names = ask.all("name")
    if not 1 <= len(names) <= 10:
        raise Problem(400, "one to ten names")
    if ask.one("deviceId") not in ask.fake.world.devices:
        raise Problem(404, "Device not found")
    tops = {name.split(".")[0].split("[")[0].casefold() for name in names}
    found = {top: value for top, value in STATUS.items() if top.casefold() in tops or "*" in tops}
    return Reply({"deviceId": ask.one("deviceId"), "result": found})


def _command(ask: Ask) -> Reply:
    ask.need("deviceId")
    told = {"deviceId": ask.body["deviceId"], "arguments": ask.body.get("arguments", {})}
    if ask.places["name"].casefold() == "call.dial" and "Number" not in told["arguments"]:
        raise Problem(400, "Missing argument: Number")
    return Reply({**told, "result": {"CallId": 0, "LineId": 1}})


def _schema(ask: Ask) -> Reply:
    one = {"status": {"Audio.Volume": {"type": "integer"}}, "commands": {"Call.Dial": {"arguments": {}}}}
    return Reply([{"deviceId": identity, **one} for identity in ask.all("deviceId")])


def _workspaces(_: Ask) -> Reply:
    lobby = {
        "id": WORKSPACE,
        "orgId": ORG,
        "locationId": LOCATION,
        "displayName": "Lobby",
        "type": "desk",
        "supportedDevices": "phones",
        "hotdeskingStatus": "off",
    }
    return Reply({"items": [lobby]}, pages="items")


ADA = {"id": PERSON, "displayName": "Ada Admin", "emails": ["ada@example.com"], "orgId": ORG}


def _people(ask: Ask) -> Reply:
    return Reply({"items": [ADA] if ask.one("email") in (None, *ADA["emails"]) else []}, pages="items")


def _supported(ask: Ask) -> Reply:
    phone = {
        "model": MODEL,
        "displayName": "Cisco 9851",
        "type": "DESK_PHONE",
        "manufacturer": "CISCO",
        "managedBy": "CISCO",
        "supportedFor": ["PEOPLE", "PLACE"],
        "onboardingMethod": ["MAC_ADDRESS", "ACTIVATION_CODE"],
        "allowConfigureLayoutEnabled": True,
        "numberOfLinePorts": 12,
        "kemSupportEnabled": False,
        "numberOfLineKeyButtons": 12,
        "numberOfLineKeyButtonColumns": 2,
        "deviceSettingsConfiguration": "WEBEX_DEVICE_CONFIGURATION",
        "supportsApplyChangesEnabled": ask.fake.world.applies,
    }
    return Reply({"upgradeChannelList": ["Stable", "Preview"], "devices": [phone]})


ROUTES = (
    Route("GET", "/workspaces", ("spark-admin:workspaces_read",), _workspaces),
    Route(
        "GET", "/locations", ("spark-admin:locations_read",),
        lambda _: Reply({"items": [{"id": LOCATION, "name": "Headquarters", "timeZone": "Etc/UTC"}]}, pages="items"),
    ),
    Route("GET", "/people/me", ("spark:people_read",), lambda _: Reply(ADA)),
    Route("GET", "/people", ("spark-admin:people_read",), _people),
    Route("GET", "/hotdesk/sessions", (), lambda _: Reply({"items": [{"sessionId": "desk-1", "workspaceId": WORKSPACE}]})),
    Route("DELETE", "/hotdesk/sessions/{id}", (), lambda _: DONE),
    Route("GET", "/telephony/config/supportedDevices", (TR,), _supported),
    Route("GET", "/xapi/status", ("spark:xapi_statuses",), _status),
    Route("POST", "/xapi/command/{name}", ("spark:xapi_commands",), _command),
    Route("GET", "/xapi/schema", ("spark:xapi_statuses", "spark:xapi_commands"), _schema),
)  # fmt: skip
