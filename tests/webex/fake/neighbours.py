"""Workspaces, locations, people, hot desks, supported devices."""

from tests.webex.fake.ask import DONE, TR, Ask, Reply, Route
from tests.webex.fake.world import LOCATION, MODEL, ORG, PERSON, WORKSPACE


def _workspaces(ask: Ask) -> Reply:
    usual = {
        "orgId": ORG,
        "locationId": LOCATION,
        "type": "desk",
        "supportedDevices": "phones",
        "hotdeskingStatus": "off",
    }
    known = [{**usual, "id": each, "displayName": name} for each, name in ask.fake.world.workspaces.items()]
    return Reply({"items": known}, pages="items")


def _locations(ask: Ask) -> Reply:
    known = [{"id": each, "name": name, "timeZone": "Etc/UTC"} for each, name in ask.fake.world.locations.items()]
    return Reply({"items": known}, pages="items")


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
    Route("GET", "/locations", ("spark-admin:locations_read",), _locations),
    Route("GET", "/people/me", ("spark:people_read",), lambda _: Reply(ADA)),
    Route("GET", "/people", ("spark-admin:people_read",), _people),
    Route("GET", "/hotdesk/sessions", (), lambda _: Reply({"items": [{"sessionId": "desk-1", "workspaceId": WORKSPACE}]})),
    Route("DELETE", "/hotdesk/sessions/{id}", (), lambda _: DONE),
    Route("GET", "/telephony/config/supportedDevices", (TR,), _supported),
)  # fmt: skip
