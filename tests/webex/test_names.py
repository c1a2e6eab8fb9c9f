"""Names where Webex wants ids: of devices, of our own phones, of places, people and templates."""

from pathlib import Path

import pytest

from phonetui.cli.webex.lookup import AmbiguousName, NamedThing, find_named, is_id
from phonetui.errors import ConfigError
from tests.webex.conftest import Words
from tests.webex.expected import DEVICE, OTHER
from tests.webex.fake.site import Fake
from tests.webex.fake.world import LOCATION, PERSON, TEMPLATE, WORKSPACE, device, ident

LAYOUT = f"/telephony/config/devices/{OTHER}/layout"


@pytest.mark.parametrize(
    "word",
    ["Phone 2", "phone 2", "02:00:00:00:00:02", "020000000002", "FVH00000002", "192.0.2.2", "000000000002", OTHER],
)
def test_a_device_by_whatever_it_is_called(webex: Words, fake: Fake, word: str) -> None:
    run = webex("layouts", "get", word)
    assert (run.code, run.err) == (0, "")
    assert fake.last.path == LAYOUT


def test_a_phone_of_ours_by_its_name(webex: Words, fake: Fake, home: Path) -> None:
    file = home / "webex.toml"
    phones = [
        'name = "lobby"\nhost = "192.0.2.77"\nmac = "02-00-00-00-00-02"',
        'name = "hall"\nhost = "192.0.2.78"\nserial = "FVH00000002"',
        'name = "desk"\nhost = "192.0.2.2"',
        f'name = "kiosk"\ntransport = "webex"\ndevice = "{OTHER}"',
    ]
    file.write_text(file.read_text() + "".join(f"[[phone]]\n{phone}\n" for phone in phones))
    for name in ("lobby", "hall", "desk", "kiosk"):
        assert webex("layouts", "get", name).code == 0, name
        assert fake.last.path == LAYOUT


def test_several_fit_and_none_is_asked(webex: Words, fake: Fake) -> None:
    fake.world.devices["twin"] = device(8, displayName="Phone 2")
    run = webex("devices", "delete", "Phone 2", "--yes")
    assert run.code == 2
    head, first, second = run.err.splitlines()
    assert "'Phone 2' may be 2 devices" in head
    assert ("FVH00000002" in first, "FVH00000008" in second) == (True, True)
    assert OTHER in first
    assert fake.writes == []


def test_no_such_name(webex: Words, fake: Fake) -> None:
    run = webex("layouts", "get", "Fone 2")
    assert (run.code, "Did you mean 'Phone 2'?" in run.err) == (2, True)
    run = webex("layouts", "get", "somewhere else")
    assert (run.code, "'phonetui webex devices list' shows them" in run.err) == (2, True)


def test_places_people_and_templates(webex: Words, fake: Fake) -> None:
    fake.world.locations[ident("LOCATION", 2)] = "Branch"
    assert webex("rebuilds", "start", "branch", "--yes").code == 0
    assert fake.last.body == {"locationId": ident("LOCATION", 2)}
    assert webex("workspaces", "devices", "Lobby").code == 0
    assert WORKSPACE in fake.last.path
    for word in ("ada@example.com", "Ada Admin"):
        assert webex("people", "devices", word).code == 0
        assert PERSON in fake.last.path
    assert webex("templates", "get", "reception").code == 0
    assert TEMPLATE in fake.last.path
    assert (
        webex(
            "templates",
            "preview",
            "APPLY_TEMPLATE",
            "--template-id",
            "Reception",
            "--location-ids",
            "Branch",
            "--location-ids",
            "Headquarters",
        ).code
        == 0
    )
    assert fake.last.body["locationIds"] == [ident("LOCATION", 2), LOCATION]
    run = webex("settings", "location", "Moon")
    assert (run.code, "no location 'Moon'" in run.err) == (2, True)


def test_the_audit_log_names_the_phone(webex: Words, fake: Fake, home: Path) -> None:
    from phonetui.config import places

    webex("devices", "tag", "FVH00000002", "add", "--value", "lobby")
    assert '"phone":"Phone 2"' in places.audit().read_text()


def test_only_whole_names_fit() -> None:
    things = [NamedThing("1", ("Lobby",)), NamedThing("2", ("Lobby East", "020000000001"))]
    assert find_named("lobby", "device", things, "").id == "1"
    assert find_named("02-00-00-00-00-01", "device", things, "").id == "2"
    with pytest.raises(ConfigError, match="no device 'Lob'"):
        find_named("Lob", "device", things, "")
    many = [NamedThing(str(number), ("Lobby",)) for number in range(50)]
    with pytest.raises(AmbiguousName) as caught:
        find_named("Lobby", "device", many, "")
    assert len(caught.value.block) == 21
    assert [is_id(word) for word in (DEVICE, "Phone 2", "0200000000AA", "5d3f0b2e-0000-4000-8000-000000000001")] == [
        True,
        False,
        False,
        True,
    ]
