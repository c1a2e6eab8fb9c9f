"""Pure parts: ids, requests, stakes, answers."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from phonetui.errors import ConfigError
from phonetui.webex import devices
from phonetui.webex.answer import at, items, text
from phonetui.webex.operations import consequences, operation, operations, request
from tests.webex.fake.world import ident


def test_the_other_id() -> None:
    assert devices.other_id(ident("DEVICE", 1)) == ident("CALLING_DEVICE", 1)
    assert devices.other_id(ident("CALLING_DEVICE", 1)) == ident("DEVICE", 1)
    team = base64.b64encode(b"ciscospark://urn:TEAM:us-east-1_int13/CALLING_DEVICE/3002ebbf-b15f").decode()
    assert (
        base64.b64decode(f"{devices.other_id(team)}==") == b"ciscospark://urn:TEAM:us-east-1_int13/DEVICE/3002ebbf-b15f"
    )
    for stranger in (ident("PEOPLE", 1), "", "lobby", "ÿ", "Y2lzY28"):
        assert devices.other_id(stranger) is None


def test_short_ids_tell_apart() -> None:
    assert devices.short_id(ident("DEVICE", 0xABC)) == "000000000abc"
    assert devices.short_id("plain") == "plain"


@pytest.mark.parametrize(
    ("raw", "mac"),
    [
        ("02:00:00:00:00:AA", "0200000000aa"),
        ("0200.0000.00aa", "0200000000aa"),
        ("02-00-00-00-00-aa", "0200000000aa"),
        ("0200000000AAB", ""),
        ("0200000000GG", ""),
        ("", ""),
    ],
)
def test_however_a_mac_is_spelled(raw: str, mac: str) -> None:
    assert devices.mac_of_id(raw) == mac


@pytest.mark.parametrize(
    ("name", "values", "said"),
    [
        ("devices get", {}, "deviceId missing"),
        ("devices get", {"deviceId": ""}, "deviceId missing"),
        ("devices activate", {"model": "9851"}, "exactly one of workspaceId, personId"),
        ("devices activate", {"model": "9851", "workspaceId": "a", "personId": "b"}, "exactly one"),
        ("devices list", {"colour": "red"}, "takes no colour"),
        ("settings set-person", {"personId": "p", "compression": "MAYBE"}, "one of ON, OFF"),
    ],
)
def test_what_is_no_request(name: str, values: dict[str, str], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        request(operation(name), values)


@given(st.text(min_size=1))
def test_a_name_in_the_path_stays_in_its_place(name: str) -> None:
    try:
        path = request(operation("devices get"), {"deviceId": name}).path
    except UnicodeEncodeError:
        return  # half a surrogate pair; no terminal hands one over undamaged
    assert path.count("/") == 2
    assert not {"?", "#"} & set(path)


def test_rows_leave_behind_what_is_only_read() -> None:
    rows = [{"id": "p", "port": 1, "firstName": "Ada", "lineLabel": None}]
    asked = request(operation("members set"), {"deviceId": "d", "members": rows})
    assert asked.body == {"members": [{"id": "p", "port": 1}]}


def test_every_operation_is_unambiguous() -> None:
    for each in operations().values():
        names = [field.name.rpartition(".")[2] for field in each.fields]
        assert len(set(names)) == len(names), each.name
        assert each.title
        assert each.path.startswith("/")
        assert bool(each.shows) == (each.page is not None), each.name


def test_stakes() -> None:
    command = operation("xapi command")
    assert consequences(command, {"commandName": "SystemUnit.FactoryReset"})
    assert consequences(command, {"commandName": "systemunit.boot"})
    assert not consequences(command, {"commandName": "Call.Dial"})
    tag = operation("devices tag")
    assert consequences(tag, {"op": "remove"})
    assert not consequences(tag, {"op": "add"})


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ({"items": [1, {}]}, (1, {})),
        ({"items": None}, ()),
        ({"items": {"A.B": {"value": 1}, "C": 2}}, ({"key": "A.B", "value": 1}, 2)),
        ({"trackingId": "T", "error": {}}, ({"trackingId": "T", "error": {}},)),
        ([1], (1,)),
        ({}, ()),
        (None, ()),
        ("text", ()),
    ],
)
def test_lists_in_whatever_form(value: object, found: tuple[object, ...]) -> None:
    assert items(operation("templates errors"), value) == found


def test_leaves() -> None:
    assert at({"a": {"b": 1}}, "a.b") == 1
    assert at({"a": [1]}, "a.b") is None
    assert text([True, None, "x\x1b", {"k": 1}]) == "yes, , x\N{REPLACEMENT CHARACTER}, k: 1"
