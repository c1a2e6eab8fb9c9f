"""Which of the organization's devices a phone is, and asking for it where no sweep goes on."""

from typing import Any

import pytest

from phonetui.errors import Unreachable
from phonetui.monitor.cloud import WebexOrganization
from phonetui.webex.devices import device
from phonetui.webex.inventory import DeviceQuery, device_index
from tests.webex.fake.site import Fake
from tests.webex.fake.world import device as raw
from tests.webex.fake.world import ident
from tests.webex.test_cloud import Heard, opening

LISTED = [device(raw(number)) for number in (1, 2, 3)]
SOUGHT = {
    "id": DeviceQuery(device=ident("DEVICE", 2)),
    "mac": DeviceQuery(mac="02:00:00:00:00:02", host="192.0.2.1"),
    "serial": DeviceQuery(serial="fvh00000002"),
    "address": DeviceQuery(host="192.0.2.2"),
}


@pytest.mark.parametrize("by", SOUGHT)
def test_the_surest_word_decides(by: str) -> None:
    assert [each for each in LISTED if SOUGHT[by].matches(each)] == [LISTED[1]]
    assert by == "id" or device_index(LISTED)[SOUGHT[by].key] == [LISTED[1]]


@pytest.mark.parametrize("gone", [{"device": "x"}, {"mac": "020000000009"}, {"serial": "x"}, {"host": "192.0.2.9"}, {}])
def test_none_is_none(gone: dict[str, Any]) -> None:
    assert not any(DeviceQuery(**gone).matches(each) for each in LISTED)
    assert DeviceQuery(**gone).key not in device_index(LISTED)


@pytest.mark.parametrize(("by", "asked"), [("id", 1), ("mac", 1), ("serial", 4), ("address", 3)])
async def test_once_only_as_much_is_asked_as_is_needed(fake: Fake, by: str, asked: int) -> None:
    heard, fake.page_size = Heard(), 2
    cloud = WebexOrganization(opening(fake), changed=heard.changed, note=heard.note, record=heard.deeds.append)
    assert (await cloud.find(SOUGHT[by])).id == ident("DEVICE", 2)
    assert len(fake.seen) == asked
    assert (await cloud.find(SOUGHT[by])).id == ident("DEVICE", 2)
    assert len(fake.seen) == asked
    for gone in (DeviceQuery(device=ident("DEVICE", 99)), DeviceQuery(mac="020000000099")):
        with pytest.raises(Unreachable, match="lists no phone") as away:
            await cloud.find(gone)
        assert away.value.is_certain
    await cloud.close()
