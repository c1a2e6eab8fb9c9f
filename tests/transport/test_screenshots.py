"""Pictures of a phone's screen, in each of the forms that an answer may have, over real sockets."""

import pytest
from aiohttp import web

from phonetui.config.settings import Config
from phonetui.errors import ProtocolError
from phonetui.monitor.fleet import LiveFleet
from phonetui.simulator.web_server import PhoneWebServer
from phonetui.transport.trust import PinStore
from phonetui.xapi.command import Command
from phonetui.xapi.control_commands import screenshot_picture
from phonetui.xapi.path import Path
from tests.live import served, settings

SCREENSHOT = Command(Path.of("Ui", "GetDeviceScreenshot"))


@pytest.mark.parametrize("dialect", ["plain", "keycode", "unlisted"])
async def test_the_picture_is_found_wherever_it_lies(dialect: str) -> None:
    async with served(dialect=dialect) as office:
        phone = office.phones[0]
        found = settings(phone, transport="http")
        fleet = LiveFleet(Config(phones=(found,)), pins=PinStore(None))
        picture, ending = screenshot_picture(await fleet.command(found.id, SCREENSHOT, confirmed=True))
        await fleet.close()
        assert (picture[:4], ending) == (b"\x89PNG", "png")
        read = [each for each in phone.requests if each.path.startswith("/screenshots/")]
        assert [(each.account, each.admitted) for each in read] == [("xapi", True)] * (dialect != "plain")


@pytest.mark.parametrize("dialect", ["websocket", "keycode"])
async def test_a_phone_on_websocket_alone_shows_its_screen_too(dialect: str) -> None:
    """Its pictures may lie in files, which no WebSocket carries."""
    async with served(dialect=dialect) as office:
        phone = office.phones[0]
        found = settings(phone, transport="websocket")
        fleet = LiveFleet(Config(phones=(found,)), pins=PinStore(None))
        picture, ending = screenshot_picture(await fleet.command(found.id, SCREENSHOT, confirmed=True))
        await fleet.close()
        assert (picture[:4], ending) == (b"\x89PNG", "png")
        assert {each.path for each in phone.requests} <= {"/ws", "/screenshots/latest.png"}


async def test_no_other_host_is_asked_for_a_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(PhoneWebServer, "_screenshot", lambda _: web.Response(status=404))
    async with served(dialect="keycode") as office:
        phone = office.phones[0]
        found = settings(phone, transport="http")
        fleet = LiveFleet(Config(phones=(found,)), pins=PinStore(None))
        with pytest.raises(ProtocolError, match=f"lies on {phone.device.identity.address}, and nothing but the phone"):
            await fleet.command(found.id, SCREENSHOT, confirmed=True)
        await fleet.close()
