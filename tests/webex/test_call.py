"""Operations typed, answers drawn."""

from tests.webex.conftest import Words
from tests.webex.fake.site import Fake


def test_devices_by_tag(webex: Words, fake: Fake) -> None:
    devices = list(fake.world.devices.values())
    devices[1]["tags"] = ["lobby", "north"]
    run = webex("devices", "list", "--tag", "lobby", "--tag", "north")
    assert (run.code, run.err) == (0, "")
    head, row = run.out.splitlines()
    assert head.split()[:3] == ["displayName", "product", "connectionStatus"]
    assert row.startswith("Phone 2 ")
    assert row.endswith(devices[1]["id"])
    assert fake.last.query == (("tag", "lobby,north"),)
