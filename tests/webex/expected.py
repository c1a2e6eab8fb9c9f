"""The 43 operations of Cisco's article as they go over the wire: transcribed by hand from Cisco's OpenAPI file and the
article's list, and owing nothing to the program's own table.
"""

import json
from dataclasses import dataclass, field
from typing import Any

from tests.webex.fake.ask import DR, DW, TR, TW
from tests.webex.fake.world import CUSTOMIZATIONS, LOCATION, MPP, PERSON, TEMPLATE, WORKSPACE, ident

JSON, PATCH = "application/json", "application/json-patch+json"
OTP = "identity:one_time_password|identity:placeonetimepassword_create"
DEVICE, OTHER, OLDER = ident("DEVICE", 1), ident("DEVICE", 2), ident("DEVICE", MPP)
MAC = "0200000000AA"
TEL = "/telephony/config"
KEYS = [
    {"lineKeyIndex": 1, "lineKeyType": "PRIMARY_LINE"},
    {"lineKeyIndex": 2, "lineKeyType": "SPEED_DIAL", "lineKeyLabel": "Help desk", "lineKeyValue": "5000"},
]
KEM = [{"kemModuleIndex": 1, "kemKeyIndex": 1, "kemKeyType": "OPEN"}]
LAYOUT = {
    "layoutMode": "CUSTOM",
    "userReorderEnabled": True,
    "lineKeys": KEYS,
    "kemModuleType": "KEM_20_KEYS",
    "kemKeys": KEM,
}
MEMBERS = {
    "members": [
        {
            "id": PERSON,
            "port": 1,
            "primaryOwner": True,
            "lineType": "PRIMARY",
            "lineWeight": 1,
            "hotlineEnabled": False,
            "hotlineDestination": "",
            "allowCallDeclineEnabled": True,
            "t38FaxCompressionEnabled": False,
            "lineLabel": "Reception",
        }
    ]
}
SETTINGS = {"customizations": CUSTOMIZATIONS, "customEnabled": True}
APPLY = {
    "action": "APPLY_TEMPLATE",
    "templateId": TEMPLATE,
    "locationIds": [LOCATION],
    "excludeDevicesWithCustomLayout": True,
    "includeDeviceTags": ["lobby"],
    "excludeDeviceTags": ["lab"],
    "advisoryTypes": {"moreSharedAppearancesEnabled": True, "moreCPEAppearancesEnabled": False},
}
APPLY_WORDS = (
    f"APPLY_TEMPLATE --template-id {TEMPLATE} --location-ids {LOCATION} --exclude-devices-with-custom-layout "
    "--include-device-tags lobby --exclude-device-tags lab --more-shared-appearances-enabled "
    "--no-more-cpe-appearances-enabled"
)
CHANGE = {
    "locationId": LOCATION,
    "locationCustomizationsEnabled": True,
    "customizations": CUSTOMIZATIONS,
}


@dataclass(frozen=True)
class Row:
    number: int
    title: str
    words: str
    """As typed after `phonetui webex`; a body that is too long for that comes by `--from -`."""
    method: str
    path: str
    scopes: tuple[str, ...]
    query: tuple[tuple[str, str], ...] = ()
    body: Any = None
    content: str = JSON
    typed: Any = field(default=None)
    """What standard input holds."""

    @property
    def stdin(self) -> str:
        return "" if self.typed is None else self.typed if isinstance(self.typed, str) else json.dumps(self.typed)


def _row(number: int, title: str, words: str, request: str, *scopes: str, **more: Any) -> Row:
    method, path = request.split(" ")
    return Row(number, title, words, method, path, scopes, **more)


_FROM = "--from -"
# fmt: off
ROWS: tuple[Row, ...] = (
    _row(1, "Create a Device Activation Code", f"devices activate --workspace-id {WORKSPACE} --model CP-9851",
         "POST /devices/activationCode", DW, OTP, body={"workspaceId": WORKSPACE, "model": "CP-9851"}),
    _row(2, "Create a Device by MAC Address", f"devices create {MAC} CP-9851 --person-id {PERSON} --password-file -",
         "POST /devices", DW, body={"mac": MAC, "model": "CP-9851", "personId": PERSON, "password": "sip-password-Zq9"},
         typed="sip-password-Zq9\n"),
    _row(3, "Delete a Device", f"devices delete {OTHER} --yes", f"DELETE /devices/{OTHER}", DW),
    _row(4, "Get Device Details", f"devices get {DEVICE}", f"GET /devices/{DEVICE}", DR),
    _row(5, "List Devices",
         f"devices list --max 2 --start 0 --display-name N --person-id {PERSON} --workspace-id {WORKSPACE} "
         f"--location-id {LOCATION} "
         "--connection-status connected --product Cisco --type phone --serial S --mac M --tag a --tag b --software V "
         "--upgrade-channel U --error-code E --capability C --permission X --device-platform cisco "
         "--planned-maintenance on",
         "GET /devices", DR,
         query=(("max", "2"), ("start", "0"), ("displayName", "N"), ("personId", PERSON), ("workspaceId", WORKSPACE),
                ("locationId", LOCATION), ("connectionStatus", "connected"), ("product", "Cisco"), ("type", "phone"),
                ("serial", "S"), ("mac", "M"), ("tag", "a,b"), ("software", "V"), ("upgradeChannel", "U"),
                ("errorCode", "E"), ("capability", "C"), ("permission", "X"), ("devicePlatform", "cisco"),
                ("plannedMaintenance", "on"))),
    _row(6, "Modify Device Tags", f"devices tag {DEVICE} replace --value lobby --value north",
         f"PATCH /devices/{DEVICE}", DW, content=PATCH,
         body={"op": "replace", "path": "tags", "value": ["lobby", "north"]}),
    _row(7, "Validate a List of MAC Addresses", f"devices validate {MAC} 0200000000AB",
         f"POST {TEL}/devices/actions/validateMacs/invoke", TW, body={"macs": [MAC, "0200000000AB"]}),
    _row(8, "Change Device Settings Across Organization or Location Job", f"changes start {_FROM} --yes",
         f"POST {TEL}/jobs/devices/callDeviceSettings", TW, body=CHANGE, typed=CHANGE),
    _row(9, "Read the Device Override Settings for an Organization", "settings organization",
         f"GET {TEL}/devices/settings", TR),
    _row(10, "Get Location Device Settings", f"settings location {LOCATION}",
         f"GET {TEL}/locations/{LOCATION}/devices/settings", TR),
    _row(11, "Get Device Settings for a Workspace", f"settings workspace {WORKSPACE}",
         f"GET {TEL}/workspaces/{WORKSPACE}/devices/settings", TR),
    _row(12, "Update Device Settings for a Workspace", f"settings set-workspace {WORKSPACE} ON",
         f"PUT {TEL}/workspaces/{WORKSPACE}/devices/settings", TW, body={"compression": "ON"}),
    _row(13, "Get Device Settings", f"settings device {OLDER} --device-model DMS",
         f"GET {TEL}/devices/{OLDER}/settings", TR, query=(("deviceModel", "DMS"),)),
    _row(14, "Update Device Settings", f"settings set-device {OLDER} --device-model DMS {_FROM}",
         f"PUT {TEL}/devices/{OLDER}/settings", TW, query=(("deviceModel", "DMS"),), body=SETTINGS, typed=SETTINGS),
    _row(15, "Apply Changes for a Specific Device", f"devices apply {DEVICE} --yes",
         f"POST {TEL}/devices/{DEVICE}/actions/applyChanges/invoke", TW),
    _row(16, "Get Device Settings for a Person", f"settings person {PERSON}",
         f"GET {TEL}/people/{PERSON}/devices/settings", TR),
    _row(17, "Update Device Settings for a Person", f"settings set-person {PERSON} OFF",
         f"PUT {TEL}/people/{PERSON}/devices/settings", TW, body={"compression": "OFF"}),
    _row(18, "Modify Device Layout by Device ID", f"layouts set {DEVICE} {_FROM}",
         f"PUT {TEL}/devices/{DEVICE}/layout", TW, body=LAYOUT, typed=LAYOUT),
    _row(19, "Get Device Layout by Device ID", f"layouts get {DEVICE}", f"GET {TEL}/devices/{DEVICE}/layout", TR),
    _row(20, "Create a Line Key Template", f"templates create --template-name Desk --device-model DMS {_FROM}",
         f"POST {TEL}/devices/lineKeyTemplates", TW,
         body={"templateName": "Desk", "deviceModel": "DMS", "userReorderEnabled": False, "lineKeys": KEYS},
         typed={"userReorderEnabled": False, "lineKeys": KEYS}),
    _row(21, "Apply a Line Key Template", f"templates apply {APPLY_WORDS} --yes",
         f"POST {TEL}/jobs/devices/applyLineKeyTemplate", TW, body=APPLY),
    _row(22, "Modify a Line Key Template", f"templates update {TEMPLATE} --user-reorder-enabled {_FROM}",
         f"PUT {TEL}/devices/lineKeyTemplates/{TEMPLATE}", TW,
         body={"userReorderEnabled": True, "lineKeys": KEYS}, typed={"lineKeys": KEYS}),
    _row(23, "Delete a Line Key Template", f"templates delete {TEMPLATE} --yes",
         f"DELETE {TEL}/devices/lineKeyTemplates/{TEMPLATE}", TW),
    _row(24, "Get Details of a Line Key Template", f"templates get {TEMPLATE}",
         f"GET {TEL}/devices/lineKeyTemplates/{TEMPLATE}", TR),
    _row(25, "Preview Apply Line Key Template", f"templates preview {APPLY_WORDS}",
         f"POST {TEL}/devices/actions/previewApplyLineKeyTemplate/invoke", TW, body=APPLY),
    _row(26, "Read the List of Line Key Templates", "templates list", f"GET {TEL}/devices/lineKeyTemplates", TR),
    _row(27, "List Device Configurations for device", f"configurations list {DEVICE} --key Audio.*",
         "GET /deviceConfigurations", DR, query=(("deviceId", DEVICE), ("key", "Audio.*"))),
    _row(28, "Update Device Configurations",
         f"configurations update {DEVICE} --set Audio.Volume=30 --set Time.Zone=Europe/Berlin --remove Time.Zone",
         "PATCH /deviceConfigurations", DW, DR, query=(("deviceId", DEVICE),), content=PATCH,
         body=[{"op": "replace", "path": "Audio.Volume/sources/configured/value", "value": 30},
               {"op": "replace", "path": "Time.Zone/sources/configured/value", "value": "Europe/Berlin"},
               {"op": "remove", "path": "Time.Zone/sources/configured/value"}]),
    _row(29, "Get Workspace Devices", f"workspaces devices {WORKSPACE}",
         f"GET {TEL}/workspaces/{WORKSPACE}/devices", TR),
    _row(30, "Modify Workspace Devices",
         f"workspaces hoteling {WORKSPACE} --enabled --no-limit-guest-use --guest-hours-limit 4",
         f"PUT {TEL}/workspaces/{WORKSPACE}/devices", TW,
         body={"enabled": True, "limitGuestUse": False, "guestHoursLimit": 4}),
    _row(31, "Get Device Members", f"members list {DEVICE}", f"GET {TEL}/devices/{DEVICE}/members", TR),
    _row(32, "Search Members",
         f"members search {DEVICE} --start 0 --max 20 --member-name First --phone-number +15551234 "
         f"--location-id {LOCATION} --extension 1003 --usage-type SHARED_LINE --order lname",
         f"GET {TEL}/devices/{DEVICE}/availableMembers", TR,
         query=(("start", "0"), ("max", "20"), ("memberName", "First"), ("phoneNumber", "+15551234"),
                ("locationId", LOCATION), ("extension", "1003"), ("usageType", "SHARED_LINE"), ("order", "lname"))),
    _row(33, "Update Members on the Device", f"members set {DEVICE} {_FROM} --yes",
         f"PUT {TEL}/devices/{DEVICE}/members", TW, body=MEMBERS, typed=MEMBERS),
    _row(34, "Get Person Devices", f"people devices {PERSON}", f"GET {TEL}/people/{PERSON}/devices", TR),
    _row(35, "Modify Hoteling Settings for a Person's Primary Devices",
         f"people hoteling {PERSON} --enabled --limit-guest-use --guest-hours-limit 8",
         f"PUT {TEL}/people/{PERSON}/devices/settings/hoteling", TW,
         body={"hoteling": {"enabled": True, "limitGuestUse": True, "guestHoursLimit": 8}}),
    _row(36, "Get the Job Status of an Apply Line Key Template Job", "templates job job-1",
         f"GET {TEL}/jobs/devices/applyLineKeyTemplate/job-1", TR),
    _row(37, "Rebuild Phones Configuration", f"rebuilds start {LOCATION} --yes",
         f"POST {TEL}/jobs/devices/rebuildPhones", TW, body={"locationId": LOCATION}),
    _row(38, "Get the Job Status of a Rebuild Phones Job", "rebuilds get job-2",
         f"GET {TEL}/jobs/devices/rebuildPhones/job-2", TR),
    _row(39, "Get Job Errors for an Apply Line Key Template Job", "templates errors job-1",
         f"GET {TEL}/jobs/devices/applyLineKeyTemplate/job-1/errors", TR),
    _row(40, "Get Job Errors for a Rebuild Phones Job", "rebuilds errors job-2",
         f"GET {TEL}/jobs/devices/rebuildPhones/job-2/errors", TR),
    _row(41, "List Change Device Settings Jobs", "changes list --start 0 --max 20",
         f"GET {TEL}/jobs/devices/callDeviceSettings", TR, query=(("start", "0"), ("max", "20"))),
    _row(42, "List Change Device Settings Job Errors", "changes errors job-3 --start 0 --max 20",
         f"GET {TEL}/jobs/devices/callDeviceSettings/job-3/errors", TR, query=(("start", "0"), ("max", "20"))),
    _row(43, "List Rebuild Phones Jobs", "rebuilds list", f"GET {TEL}/jobs/devices/rebuildPhones", TR),
)
# fmt: on
WRITES = tuple(row for row in ROWS if row.method != "GET")

SET = {"tags": [{"tag": "%PSK1%", "action": "SET", "value": "fnc=sd;ext=*11;nme=Call Pull"},
                {"tag": "%ENABLE_BLUETOOTH%", "action": "CLEAR"}]}  # fmt: skip
SET_WORDS = "--set '%PSK1%=fnc=sd;ext=*11;nme=Call Pull' --clear %ENABLE_BLUETOOTH%"
FAMILY = "Cisco 9851"
_LISTS = f"{TEL}/lists"
_INVOKE = "dynamicSettings/actions/getSettings/invoke"
_READ = {"tags": ["%PSK1%", "%BACKLIGHT_TIMER%"]}
_READ_WORDS = "--tags %PSK1% --tags %BACKLIGHT_TIMER%"
_OF = (("familyOrModelDisplayName", FAMILY),)
_STEPS = {"locationId": LOCATION, "tags": [{"familyOrModelDisplayName": FAMILY, **each} for each in SET["tags"]]}
# fmt: off
DYNAMIC: tuple[Row, ...] = (
    _row(101, "Get Validation Schema", f"dynamic schema --family-or-model-display-name '{FAMILY}'",
         f"GET {TEL}/devices/dynamicSettings/validationSchema", TR, query=_OF),
    _row(102, "Get Settings Groups", "dynamic groups --include-settings-type ALL",
         f"GET {TEL}/devices/dynamicSettings/settingsGroups", TR, query=(("includeSettingsType", "ALL"),)),
    _row(103, "Get Customer Device Dynamic Settings", f"dynamic organization '{FAMILY}' {_READ_WORDS}",
         f"POST {_LISTS}/devices/{_INVOKE}", TR, query=_OF, body=_READ),
    _row(104, "Get Location Device Dynamic Settings", f"dynamic location {LOCATION} '{FAMILY}' {_READ_WORDS}",
         f"POST {_LISTS}/locations/{LOCATION}/devices/{_INVOKE}", TR, query=_OF, body=_READ),
    _row(105, "Get Device Dynamic Settings", f"dynamic device {DEVICE}",
         f"POST {_LISTS}/devices/{DEVICE}/{_INVOKE}", TR, body={}),
    _row(106, "Update Device Dynamic Settings", f"dynamic set {DEVICE} {SET_WORDS}",
         f"PUT {TEL}/devices/{DEVICE}/dynamicSettings", TW, body=SET),
    _row(107, "Update Device Dynamic Settings Across Organization or Location",
         f"dynamic start --location-id {LOCATION} --family '{FAMILY}' {SET_WORDS} --yes",
         f"POST {TEL}/jobs/devices/dynamicDeviceSettings", TW, body=_STEPS),
    _row(108, "List Device Dynamic Settings Jobs", "dynamic jobs --start 0 --max 20",
         f"GET {TEL}/jobs/devices/dynamicDeviceSettings", TR, query=(("start", "0"), ("max", "20"))),
    _row(109, "Get Device Dynamic Settings Job Status", "dynamic job job-4",
         f"GET {TEL}/jobs/devices/dynamicDeviceSettings/job-4", TR),
    _row(110, "List Device Dynamic Settings Job Errors", "dynamic errors job-4 --start 0 --max 20",
         f"GET {TEL}/jobs/devices/dynamicDeviceSettings/job-4/errors", TR, query=(("start", "0"), ("max", "20"))),
)
"""Dynamic settings, which the article doesn't name: numbered from 101."""
# fmt: on


def finished_jobs() -> list[Any]:
    """One of each family, done with errors: `job-1` … `job-4`."""
    from tests.webex.fake.jobs import FAMILIES, Job

    return [Job(family, f"job-{number}", number, {}, 100, True) for number, family in enumerate(FAMILIES, 1)]
