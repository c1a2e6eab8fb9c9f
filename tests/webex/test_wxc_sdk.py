"""Another author's client vouches for the made-up Webex: wxc-sdk asks for all 43 operations and understands the answers.

What it asks is compared with the same rows as what we ask. Where the two differ it is known, and listed here:

* row 8: `org_id` is sent as `prgId`;
* row 14: the model is sent as `model` instead of `deviceModel`;
* row 22: a template's name and model are sent along, which Cisco's description doesn't have;
* row 33: ports are counted anew from the line weights, and what isn't set is sent as null;
* row 39: the bare object of Cisco's description ends in a RuntimeError;
* row 34: a person's phone that is `activated` in lower case, as there, ends the whole listing;
* rows 40, 42: an error item without `errorType`, which Cisco's description doesn't have, is refused;
* a device whose MAC address is null ends the whole listing.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import pytest

from tests.webex.expected import DEVICE, MAC, OLDER, OTHER, ROWS, Row, finished_jobs
from tests.webex.fake.site import ADMIN, READER, Fake
from tests.webex.fake.world import CUSTOMIZATIONS, LOCATION, ORG, PERSON, TEMPLATE, WORKSPACE

if TYPE_CHECKING:
    from wxc_sdk import WebexSimpleApi

if find_spec("wxc_sdk") is None:
    pytest.skip("wxc-sdk is not for this Python", allow_module_level=True)

Api = Any
"""`WebexSimpleApi`, whose annotations are not strict enough to be checked."""


def _sdk() -> Any:
    """The client's own classes."""
    from tests.webex import wxc

    return wxc


def _row(number: int) -> Row:
    return ROWS[number - 1]


def _settings() -> Any:
    return _sdk().DeviceCustomization.model_validate({"customizations": CUSTOMIZATIONS, "customEnabled": True})


def _template(number: int, **fields: Any) -> Any:
    return _sdk().LineKeyTemplate.model_validate({**_row(number).body, **fields})


def _apply(call: Callable[..., Any]) -> Any:
    body = _row(21).body
    return call(
        action=body["action"],
        template_id=body["templateId"],
        location_ids=body["locationIds"],
        exclude_devices_with_custom_layout=True,
        include_device_tags=body["includeDeviceTags"],
        exclude_device_tags=body["excludeDeviceTags"],
        advisory_types=_sdk().LineKeyTemplateAdvisoryTypes.model_validate(body["advisoryTypes"]),
    )


def _devices(api: Api) -> Any:
    names = {
        "displayName": "display_name", "personId": "person_id", "workspaceId": "workspace_id",
        "locationId": "location_id", "connectionStatus": "connection_status", "type": "product_type",
        "upgradeChannel": "upgrade_channel", "errorCode": "error_code", "devicePlatform": "device_platform",
        "plannedMaintenance": "planned_maintenance",
    }  # fmt: skip
    return list(api.devices.list(**{names.get(name, name): value for name, value in _row(5).query}))


def _members(api: Api) -> Any:
    names = {"memberName": "member_name", "phoneNumber": "phone_number", "locationId": "location_id",
             "usageType": "usage_type"}  # fmt: skip
    query = {names.get(name, name): value for name, value in _row(32).query}
    return list(api.telephony.devices.available_members(DEVICE, **query))


CALLS: dict[int, Callable[[Api], Any]] = {
    1: lambda api: api.devices.activation_code(workspace_id=WORKSPACE, model="CP-9851"),
    2: lambda api: api.devices.create_by_mac_address(
        mac=MAC, model="CP-9851", person_id=PERSON, password="sip-password-Zq9"
    ),
    3: lambda api: api.devices.delete(OTHER),
    4: lambda api: api.devices.details(DEVICE),
    5: _devices,
    6: lambda api: api.devices.modify_device_tags(DEVICE, "replace", ["lobby", "north"]),
    7: lambda api: api.telephony.devices.validate_macs([MAC, "0200000000AB"]),
    8: lambda api: api.telephony.jobs.device_settings.change(LOCATION, _settings()),
    9: lambda api: api.telephony.device_settings(),
    10: lambda api: api.telephony.location.device_settings(LOCATION),
    11: lambda api: api.telephony.devices.get_workspace_device_settings(WORKSPACE),
    12: lambda api: api.telephony.devices.update_workspace_device_settings(
        WORKSPACE, _sdk().DeviceSettings(compression=True)
    ),
    13: lambda api: api.telephony.devices.device_settings(OLDER, "DMS"),
    14: lambda api: api.telephony.devices.update_device_settings(OLDER, "DMS", _settings()),
    15: lambda api: api.telephony.devices.apply_changes(DEVICE),
    16: lambda api: api.telephony.devices.get_person_device_settings(PERSON),
    17: lambda api: api.telephony.devices.update_person_device_settings(
        PERSON, _sdk().DeviceSettings(compression=False)
    ),
    18: lambda api: api.telephony.devices.modify_device_layout(
        DEVICE, _sdk().DeviceLayout.model_validate(_row(18).body)
    ),
    19: lambda api: api.telephony.devices.get_device_layout(DEVICE),
    20: lambda api: api.telephony.devices.create_line_key_template(_template(20)),
    21: lambda api: _apply(api.telephony.jobs.apply_line_key_templates.apply),
    22: lambda api: api.telephony.devices.modify_line_key_template(_template(22, id=TEMPLATE)),
    23: lambda api: api.telephony.devices.delete_line_key_template(TEMPLATE),
    24: lambda api: api.telephony.devices.line_key_template_details(TEMPLATE),
    25: lambda api: _apply(api.telephony.devices.preview_apply_line_key_template),
    26: lambda api: api.telephony.devices.list_line_key_templates(),
    27: lambda api: api.device_configurations.list(DEVICE, "Audio.*"),
    28: lambda api: api.device_configurations.update(
        DEVICE,
        [
            _sdk().DeviceConfigurationOperation("replace", "Audio.Volume", 30),
            _sdk().DeviceConfigurationOperation("replace", "Time.Zone", "Europe/Berlin"),
            _sdk().DeviceConfigurationOperation("remove", "Time.Zone"),
        ],
    ),
    29: lambda api: api.workspace_settings.devices.list_and_counts(WORKSPACE),
    30: lambda api: api.workspace_settings.devices.modify_hoteling(
        WORKSPACE, _sdk().Hoteling(enabled=True, limit_guest_use=False, guest_hours_limit=4)
    ),
    31: lambda api: api.telephony.devices.members(DEVICE),
    32: _members,
    33: lambda api: api.telephony.devices.update_members(
        DEVICE, [_sdk().DeviceMember.model_validate(each) for each in _row(33).body["members"]]
    ),
    34: lambda api: api.person_settings.devices(PERSON),
    35: lambda api: api.person_settings.modify_hoteling_settings_primary_devices(
        PERSON, _sdk().Hoteling(enabled=True, limit_guest_use=True, guest_hours_limit=8)
    ),
    36: lambda api: api.telephony.jobs.apply_line_key_templates.status("job-1"),
    37: lambda api: api.telephony.jobs.rebuild_phones.rebuild_phones_configuration(LOCATION),
    38: lambda api: api.telephony.jobs.rebuild_phones.status("job-2"),
    39: lambda api: list(api.telephony.jobs.apply_line_key_templates.errors("job-1")),
    40: lambda api: list(api.telephony.jobs.rebuild_phones.errors("job-2")),
    41: lambda api: list(api.telephony.jobs.device_settings.list(start=0, max=20)),
    42: lambda api: list(api.telephony.jobs.device_settings.errors("job-3")),
    43: lambda api: api.telephony.jobs.rebuild_phones.list(),
}

OTHERWISE: dict[int, dict[str, Any]] = {
    14: {"query": (("model", "DMS"),)},
    42: {"query": ()},  # it has no parameter for pages here
}
"""What is compared instead."""


@pytest.fixture
def api(fake: Fake) -> "Iterator[WebexSimpleApi]":
    yield from _api(fake, ADMIN)


def _api(fake: Fake, token: str) -> Iterator[Any]:
    api: Any = _sdk().WebexSimpleApi(tokens=token)
    api.session.BASE = fake.base_url
    fake.jobs.all = finished_jobs()
    try:
        yield api
    finally:
        api.session.close()


@pytest.mark.parametrize("number", CALLS)
def test_it_asks_as_we_do(fake: Fake, api: Api, number: int) -> None:
    fake.jobs.bare_errors, fake.jobs.error_type = False, True
    fake.world.person_state = "ACTIVATED"
    CALLS[number](api)
    row = replace(_row(number), **OTHERWISE.get(number, {}))
    assert [each.status for each in fake.seen] == [fake.last.status]
    assert fake.last.status < 300
    assert (fake.last.method, fake.last.path) == (row.method, row.path)
    assert sorted(fake.last.query) == sorted(row.query)
    assert _without_nulls(fake.last.body) == row.body
    if number in (6, 28):
        assert fake.last.content == row.content


def test_all_are_there() -> None:
    assert list(CALLS) == [row.number for row in ROWS]


def test_it_reads_what_it_wrote(fake: Fake, api: Api) -> None:
    api.devices.modify_device_tags(DEVICE, "add", ["lobby"])
    assert [each.device_id for each in api.devices.list(tag="lobby")] == [DEVICE]
    identity = api.telephony.devices.create_line_key_template(_template(20))
    assert api.telephony.devices.line_key_template_details(identity).line_keys == _template(20).line_keys
    api.device_configurations.update(DEVICE, [_sdk().DeviceConfigurationOperation("replace", "Audio.Volume", 30)])
    assert api.device_configurations.list(DEVICE).items["Audio.Volume"].value == 30
    job = api.telephony.jobs.rebuild_phones.rebuild_phones_configuration(LOCATION)
    with pytest.raises(_sdk().RestError) as caught:
        api.telephony.jobs.rebuild_phones.rebuild_phones_configuration(LOCATION)
    assert caught.value.response.status_code == 409
    fake.jobs.step(100)
    assert api.telephony.jobs.rebuild_phones.status(job.id).latest_execution_exit_code == "COMPLETED"


def test_it_follows_the_pages(fake: Fake, api: Api) -> None:
    fake.page_size = 2
    assert len(list(api.devices.list())) == 5
    assert len(fake.seen) == 3


def test_it_waits_when_told_to(fake: Fake, api: Api) -> None:
    fake.every, fake.wait_s = 2, "0"
    assert [api.devices.details(DEVICE).mac for _ in range(2)] == ["020000000001"] * 2
    assert [each.status for each in fake.seen] == [200, 429, 200]


def test_it_is_refused_what_its_token_may_not(fake: Fake) -> None:
    for api in _api(fake, READER):
        with pytest.raises(_sdk().RestError) as caught:
            api.devices.delete(DEVICE)
        assert caught.value.response.status_code == 403
        assert caught.value.detail.tracking_id == "FAKE_00000001"


def test_its_known_defects(fake: Fake, api: Api) -> None:
    """When one of these fails the client has been mended, and the list above wants shortening."""
    with pytest.raises(RuntimeError):
        CALLS[39](api)
    with pytest.raises(TypeError):
        CALLS[34](api)
    for number in (40, 42):
        with pytest.raises(_sdk().ValidationError):
            CALLS[number](api)
    api.telephony.jobs.device_settings.change(LOCATION, _settings(), org_id=ORG)
    assert fake.last.query == (("prgId", ORG),)
    fake.world.devices[DEVICE]["mac"] = None
    with pytest.raises(AttributeError):
        list(api.devices.list())


def _without_nulls(value: Any) -> Any:
    match value:
        case dict():
            return {name: _without_nulls(inside) for name, inside in value.items() if inside is not None}
        case list():
            return [_without_nulls(inside) for inside in value]
        case _:
            return value
