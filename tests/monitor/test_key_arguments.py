"""SendKey's argument: found out from the phone, remembered by model and firmware, and told with its origin."""

import json
from pathlib import Path

import pytest

from phonetui.config.settings import Config, SendKey
from phonetui.errors import CommandRefused
from phonetui.monitor.firmware_profile import KeyArgumentStore
from phonetui.monitor.fleet import LiveFleet
from phonetui.phone.state import PhoneId
from phonetui.simulator.server import SimulatedPhone
from phonetui.transport.trust import PinStore
from phonetui.xapi.control_commands import KeyArgument, KeyArgumentOrigin, key_argument_name, missing_key_argument
from phonetui.xapi.schema import parse_schema, published
from tests.live import served, settings


def refusal(*block: str) -> CommandRefused:
    return CommandRefused("the phone refuses", block=block)


@pytest.mark.parametrize(
    ("block", "name"),
    [
        (('*r UiSendKeyResult (status=ParameterError):', '*r UiSendKeyResult KeyCode Value: "Missing parameter"', "** end"), "KeyCode"),
        (('*r UiSendKeyResult KeyCode: "Missing parameter"',), "KeyCode"),
        (('*r SendKeyResult Reason: "KeyCode: Missing parameter"',), "KeyCode"),
        (('*r Result Reason: "Missing parameter: Name"',), "Name"),
        (('*r Result Reason: "Missing or invalid parameter: Name"',), "Name"),
        (('*r Result Error: "Required argument \'Name\'"',), "Name"),
        (('*r UiSendKeyResult Key Value: "Unknown parameter"',), None),
        (('*r UiSendKeyResult Key Value: "Invalid value. Accepted: Mute"',), None),
        (('*r Result Reason: "Insufficient permission"',), None),
        ((), None),
    ],
)  # fmt: skip
def test_a_refusal_names_what_it_missed(block: tuple[str, ...], name: str | None) -> None:
    assert missing_key_argument(refusal(*block)) == name


def test_a_list_of_commands_names_the_argument() -> None:
    def named(inside: str) -> str | None:
        return key_argument_name(parse_schema(f"<Command><Ui>{inside}</Ui></Command>".encode()))

    assert named('<SendKey command="True"><KeyCode item="1" required="True"/></SendKey>') == "KeyCode"
    assert named('<sendkey command="True"><X/><Action/><keyname required="True"/></sendkey>') == "keyname"
    assert named('<SendKey command="True"><Action/><KeyId/></SendKey>') == "KeyId"
    assert named('<SendKey command="True"/>') is None
    assert named('<Other command="True"/>') is None
    assert key_argument_name(published()) is None


def pressed(phone: SimulatedPhone, since: int = 0) -> list[tuple[str, str]]:
    return [pair for each in phone.requests[since:] if each.command == "Ui SendKey" for pair in each.arguments]


def fleet_of(
    phone: SimulatedPhone, store: KeyArgumentStore, sendkey: SendKey | None = None
) -> tuple[LiveFleet, PhoneId]:
    found = settings(phone, sendkey=sendkey or SendKey())
    return LiveFleet(Config(phones=(found,)), pins=PinStore(None), key_arguments=store), found.id


async def test_the_list_of_commands_is_asked_once_for_each_firmware(tmp_path: Path) -> None:
    file = tmp_path / "sendkey.json"
    async with served(dialect="keycode") as office:
        phone = office.phones[0]
        fleet, one = fleet_of(phone, KeyArgumentStore(file))
        await fleet.press(one, "Mute", confirmed=True)
        await fleet.press(one, "Mute", confirmed=True)
        await fleet.close()
        assert pressed(phone) == [("KeyCode", "Mute")] * 2
        again, one = fleet_of(phone, KeyArgumentStore(file))
        since = len(phone.requests)
        await again.press(one, "VolUp", confirmed=True)
        await again.close()
        assert pressed(phone, since) == [("KeyCode", "VolUp")]
        assert [each.path for each in phone.requests[since:]].count("/command.xml") == 0
    (kind, row), *others = json.loads(file.read_text()).items()
    assert (row, others) == ({"name": "KeyCode", "origin": "commands"}, [])
    assert kind == f"{phone.device.model.product_id} PHONEOS.3-6-1-0001"


async def test_without_a_list_of_commands_the_refusal_teaches() -> None:
    store = KeyArgumentStore(None)
    async with served(dialect="unlisted") as office:
        phone = office.phones[0]
        fleet, one = fleet_of(phone, store)
        for _ in range(2):
            await fleet.press(one, "Mute", confirmed=True)
        await fleet.close()
    assert pressed(phone) == [("Key", "Mute"), ("KeyCode", "Mute"), ("KeyCode", "Mute")]
    assert set(store.all().values()) == {KeyArgument("KeyCode", KeyArgumentOrigin.REFUSAL)}


async def test_what_the_configuration_says_is_not_overruled_and_the_refusal_names_the_setting() -> None:
    async with served(dialect="keycode") as office:
        phone = office.phones[0]
        fleet, one = fleet_of(phone, KeyArgumentStore(None), SendKey(parameter="Taste"))
        with pytest.raises(CommandRefused, match=r'sendkey = \{ parameter = "KeyCode" \}'):
            await fleet.press(one, "Mute", confirmed=True)
        assert fleet.key_argument(one) == KeyArgument("Taste", KeyArgumentOrigin.CONFIGURATION)
        await fleet.close()
    assert pressed(phone) == [("Taste", "Mute")]


@pytest.mark.parametrize("content", ['{"x": 5, "y": {"name": 3}, "z": {"name": "K", "origin": "rumour"}}', "[]", "{"])
def test_what_cannot_be_read_is_found_out_again(content: str, tmp_path: Path) -> None:
    (tmp_path / "sendkey.json").write_text(content)
    assert KeyArgumentStore(tmp_path / "sendkey.json").all() == {}
