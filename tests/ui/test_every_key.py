"""Every key of every model, by the keyboard and by the mouse, from the screen over real sockets to a simulated phone."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import pytest
from msgspec.structs import replace
from textual.pilot import Pilot

from phonetui.config.settings import ControlMode, FeedbackSettings
from phonetui.monitor.fleet import LiveFleet
from phonetui.phone.models import MODELS, PhoneModel
from phonetui.phone.state import PhoneId, State
from phonetui.simulator import hardware
from phonetui.simulator import keys as simulated_keys
from phonetui.simulator.server import ServedOffice
from phonetui.transport.trust import PinStore
from phonetui.ui.app import PhonetuiApp
from phonetui.ui.control.keypad import Keypad, key_names
from phonetui.ui.control.keys import KeysScreen
from phonetui.ui.control.phone_layout import phone_layout
from phonetui.ui.keyboard import KEY_OF
from tests.live import served, settings, until
from tests.sampling import quick_are
from tests.ui.office import CONFIG
from tests.ui.screen import SMALL, WIDE, piloted

NUMBERS = [model.name for model in hardware.MODELS]
"""The models that the simulator has."""


@contextmanager
def arrivals() -> Iterator[list[tuple[str, str]]]:
    """Model and key of what arrives; nothing comes of it, so that no call changes what is drawn."""
    arrived: list[tuple[str, str]] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(simulated_keys, "press", lambda _, device, key, __: arrived.append((device.model.name, key)))
        yield arrived


@asynccontextmanager
async def pressing(number: str, size: tuple[int, int]) -> AsyncIterator[tuple[Pilot[None], KeysScreen]]:
    """The keys screen of the simulated phone of that model."""
    async with served(phones=len(NUMBERS)) as office:
        name, fleet, app = program(office, number)
        async with piloted(app, size) as pilot:
            await until(lambda: fleet.phones[name].connection.state is State.LIVE)
            await pilot.press("i")
            await until(lambda: isinstance(app.screen, KeysScreen))
            screen = app.screen
            assert isinstance(screen, KeysScreen)
            await until(lambda: screen.type_ahead.shown_at is not None and len(screen.query_one(Keypad).rows) > 0)
            yield pilot, screen


def program(office: ServedOffice, number: str) -> tuple[PhoneId, LiveFleet, PhonetuiApp]:
    phone = next(each for each in office.phones if each.device.model.name == number)
    known = replace(settings(phone, transport="http"), control=ControlMode.ON)
    config = replace(CONFIG, phones=(known,), feedback=FeedbackSettings(listen="off"))
    fleet = LiveFleet(config, pins=PinStore(None))
    return known.id, fleet, PhonetuiApp(fleet, config, pace_s=0.0, pause_s=0.0)


def sent(of: PhoneModel, keys: list[str]) -> list[tuple[str, str]]:
    return [(of.number, of.spelled(key)) for key in keys]


@pytest.mark.parametrize("number", quick_are(("9841",), NUMBERS))
async def test_every_key_arrives_by_the_keyboard(number: str) -> None:
    """By its own key of the keyboard, else by walking to it and the space bar."""
    of = MODELS[number]
    keys = key_names(of)
    with arrivals() as arrived:
        async with pressing(number, SMALL) as (pilot, screen):
            chosen = 0
            for place, key in enumerate(keys):
                if key in KEY_OF:
                    await pilot.press(KEY_OF[key])
                    continue
                await pilot.press(*["pagedown"] * (place - chosen), "space")
                chosen = place
            await until(lambda: len(arrived) == len(keys))
            assert screen.is_current
    assert arrived == sent(of, keys)


@pytest.mark.parametrize("number", quick_are(("8875",), NUMBERS))
@pytest.mark.parametrize("size", [WIDE, pytest.param(SMALL, marks=pytest.mark.slow)])
async def test_every_key_arrives_by_the_mouse(number: str, size: tuple[int, int]) -> None:
    of = MODELS[number]
    with arrivals() as arrived:
        async with pressing(number, size) as (pilot, screen):
            view = screen.query_one(Keypad)
            drawn = phone_layout(of, *view.size)
            assert drawn is not None
            corner = view.content_region.offset
            for cap in drawn.caps:
                await pilot.click(offset=(corner.x + cap.x + cap.cells // 2, corner.y + cap.y))
            await until(lambda: len(arrived) == len(drawn.caps))
    assert arrived == sent(of, [cap.key for cap in drawn.caps])
    assert {key for _, key in arrived} == {of.spelled(key) for key in key_names(of)}
