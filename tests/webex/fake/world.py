"""What the made-up organization has: places, people's ids, devices, templates, settings. Plain JSON values."""

import base64
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from phonetui.simulator.phone import SimulatedPhone

Json = Any


def ident(kind: str, number: int) -> str:
    """An id as Webex writes them: base64 without padding."""
    raw = f"ciscospark://us/{kind}/00000000-0000-4000-8000-{number:012x}"
    return base64.b64encode(raw.encode()).decode().rstrip("=")


ORG = ident("ORGANIZATION", 1)
LOCATION = ident("LOCATION", 1)
WORKSPACE = ident("PLACE", 1)
PERSON = ident("PEOPLE", 1)
TEMPLATE = ident("LINE_KEY_TEMPLATE", 1)
MODEL = "Cisco 9851"
MPP = 4
"""The number of the device that is no PhoneOS phone: only such ones have calling settings of their own."""


def device(number: int, **fields: Json) -> dict[str, Json]:
    """A phone; `fields` go over what it usually says."""
    usual = {
        "id": ident("DEVICE", number),
        "webexDeviceId": ident("DEVICE", number),
        "callingDeviceId": ident("CALLING_DEVICE", number),
        "displayName": f"Phone {number}",
        "placeId": WORKSPACE,
        "workspaceId": WORKSPACE,
        "orgId": ORG,
        "capabilities": ["xapi"],
        "permissions": ["xapi"],
        "connectionStatus": "connected",
        "product": "Cisco Desk Phone 9851",
        "type": "phone",
        "tags": [],
        "ip": f"192.0.2.{number % 250}",
        "activeInterface": "wired",
        "mac": f"02:00:00:{number >> 16 & 255:02X}:{number >> 8 & 255:02X}:{number & 255:02X}",
        "primarySipUrl": f"phone{number}@example.com",
        "sipUrls": [f"phone{number}@example.com"],
        "errorCodes": [],
        "serial": f"FVH{number:08d}",
        "software": "PHONEOS.4-1-1-0101-76",
        "upgradeChannel": "Stable",
        "created": "2026-01-05T09:00:00.000Z",
        "firstSeen": "2026-01-05T09:10:00.000Z",
        "lastSeen": "2026-11-22T01:00:00.000Z",
        "locationId": LOCATION,
        "managedBy": "CISCO",
        "devicePlatform": "cisco",
    }
    return {**usual, **fields}


def line_keys() -> list[Json]:
    return [
        {"lineKeyIndex": 1, "lineKeyType": "PRIMARY_LINE"},
        {"lineKeyIndex": 2, "lineKeyType": "SPEED_DIAL", "lineKeyLabel": "Help desk", "lineKeyValue": "5000"},
        {"lineKeyIndex": 3, "lineKeyType": "OPEN"},
    ]


def template() -> dict[str, Json]:
    return {
        "id": TEMPLATE,
        "templateName": "Reception",
        "deviceModel": MODEL,
        "modelDisplayName": "Cisco 9851",
        "userReorderEnabled": True,
        "lineKeys": line_keys(),
    }


def member(number: int) -> dict[str, Json]:
    return {
        "id": ident("PEOPLE", number),
        "firstName": f"First{number}",
        "lastName": f"Last{number}",
        "extension": f"{1000 + number}",
        "primaryOwner": number == 1,
        "port": number,
        "t38FaxCompressionEnabled": False,
        "lineType": "PRIMARY" if number == 1 else "SHARED_CALL_APPEARANCE",
        "lineWeight": 1,
        "hostIP": "192.0.2.200",
        "remoteIP": "192.0.2.201",
        "hotlineEnabled": False,
        "hotlineDestination": "",
        "allowCallDeclineEnabled": True,
        "memberType": "PEOPLE",
        "location": {"id": LOCATION, "name": "Headquarters"},
    }


CUSTOMIZATIONS = {
    "wifi": {
        "audioCodecPriority": {"selection": "REGIONAL", "primary": "OPUS", "secondary": "G722", "tertiary": "G711u"},
        "ldap": {
            "enabled": False,
            "serverAddress": "ldap.example.com",
            "serverPort": 636,
            "commSecurityType": "SSL",
            "bindDn": "cn=phones",
            "bindPw": "bind-password-Zq9",
            "baseDn": "ou=people",
            "primaryEmailAttribute": "mail",
            "alternateEmailAttribute": "mailAlternate",
        },
        "webAccess": {"enabled": True, "password": "web-password-Zq9"},
        "phoneSecurityPwd": "wifi-password-Zq9",
    }
}


def configurations(*, live: bool = False) -> dict[str, Json]:
    """`live` adds what live answers have been seen to have: keys of phones, lists, and a rule of the organization.

    Neither `level` nor `appliedConfigurationValue` nor rules stand in a published schema.
    """

    def one(value: Json, space: Json, *, configured: bool = False, rule: Json = None) -> Json:
        editable = {"isEditable": True} if rule is None else {"isEditable": False, "reason": "CONFIG_MANAGED_BY_RULE"}
        default = {
            "value": value,
            "editability": {"isEditable": False, "reason": "FACTORY_DEFAULT"},
            "level": "schemaDefault",
        }
        sources = {
            "default": default,
            "configured": {"value": value if configured else None, "editability": editable, "level": "device"},
        }
        if rule is not None:
            sources["organizationRule"] = {"value": rule, "editability": {"isEditable": False}, "level": "enforced"}
        now = value if rule is None else rule
        return {
            "value": now,
            "source": "organizationRule" if rule is not None else "configured" if configured else "default",
            "sources": sources,
            "valueSpace": space,
            "appliedConfigurationValue": {"value": now, "updatedAt": "2026-11-22T01:00:00.000Z"},
        }

    usual = {
        "Audio.Volume": one(50, {"type": "integer", "minimum": 0, "maximum": 100}),
        "Time.Zone": one("Etc/UTC", {"type": "string"}, configured=True),
        "UserInterface.Theme.Name": one("Auto", {"type": "string", "enum": ["Auto", "Light", "Night"]}),
    }
    seen = {
        "Lines.Line[1].CallFeatureSettings.Ringtone": one("1", {"type": "string", "enum": ["1", "2", "3"]}),
        "Phone.LineKeyLabel": one("", {"type": "string", "maxLength": 32}),
        "Phone.MulticastPaging": one([], {"type": "array", "items": {"type": "string"}}),
        "Ui.Brightness": one(5, {"type": "integer", "minimum": 1, "maximum": 10, "unit": "steps"}),
        "WebEngine.Mode": one("Off", {"type": "string", "enum": ["Off", "On"]}, rule="On"),
    }
    return {**usual, **seen} if live else usual


def _devices() -> dict[str, Json]:
    mpp = {"product": "Cisco 8845", "capabilities": [], "permissions": [], "software": "12.0.4"}
    found = [device(number, **(mpp if number == MPP else {})) for number in range(1, 6)]
    return {each["id"]: each for each in found}


@dataclass
class World:
    devices: dict[str, Json] = field(default_factory=_devices)
    locations: dict[str, str] = field(default_factory=lambda: {LOCATION: "Headquarters"})
    """Their names by id; workspaces likewise."""
    workspaces: dict[str, str] = field(default_factory=lambda: {WORKSPACE: "Lobby"})
    templates: dict[str, Json] = field(default_factory=lambda: {TEMPLATE: template()})
    layouts: dict[str, Json] = field(default_factory=dict)
    members: dict[str, list[Json]] = field(default_factory=dict)
    settings: dict[str, Json] = field(default_factory=dict)
    configurations: dict[str, Json] = field(default_factory=dict)
    is_live: bool = False
    """Whether configurations have what live answers were seen to have."""
    is_strict: bool = True
    """Whether values of another type than their space's are refused."""
    patched: int = 201
    """The status that answers a change of configurations: the file's; live answers have 200."""
    lag: int = 0
    """Readings of a device's configuration until a change has arrived at the phone."""
    arriving: dict[str, int] = field(default_factory=dict)
    """Readings that are left, by device."""
    dynamic: dict[str, str] = field(default_factory=dict)
    """Values of dynamic settings by tag, where they were set."""
    repeats_names: bool = False
    """Whether status expressions must be repeated: a list with commas is no expression then."""
    stubborn: set[str] = field(default_factory=set)
    """Keys of configurations whose edits are taken and come to nothing."""
    customizations: dict[str, Json] = field(default_factory=dict)
    """Answers about calling settings by level, `organization`, `location` or `device`, over the usual one."""
    phones: dict[str, SimulatedPhone] = field(default_factory=dict)
    """What stands behind a device, by its id; the others have a still tree."""
    hoteling: Json = field(default_factory=lambda: {"enabled": False, "limitGuestUse": False, "guestHoursLimit": 12})
    person_state: str = "activated"
    """A person's phones say in lower case what a workspace's say in upper case."""
    applies: bool = True
    """Whether its model can be told to apply changes at once."""
    only_calling: bool = False
    """Whether /telephony/config knows devices by their calling ids alone, as for MPP phones."""

    def find(self, identity: str) -> Json:
        """By either id; None where there is none."""
        for each in self.devices.values():
            if identity in (each.get("id"), each.get("callingDeviceId")):
                return each
        return None

    def members_of(self, key: str) -> list[Json]:
        return self.members.setdefault(key, [member(1), member(2)])

    def configurations_of(self, key: str) -> dict[str, Json]:
        found: dict[str, Json] = self.configurations.setdefault(key, deepcopy(configurations(live=self.is_live)))
        return found
