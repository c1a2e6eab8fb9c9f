"""The fleet that is opened after the first frame: what it is before, and that nothing of the opened one is left out."""

import asyncio
import inspect
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any
from unittest.mock import AsyncMock, MagicMock

import pytest

from phonetui.config.settings import PhoneSettings
from phonetui.errors import Unreachable
from phonetui.fleet.masked import mask_fleet
from phonetui.fleet.protocol import (
    AccountFleet,
    AdoptingFleet,
    CertificateFleet,
    CloudFleet,
    Fleet,
    FleetView,
    Permission,
    Prompter,
    PromptingFleet,
    TreeFleet,
)
from phonetui.fleet.startup import StartupFleet, initial_phone
from phonetui.phone.state import PhoneId, State

LOBBY = PhoneId("lobby")
PROTOCOLS = (FleetView, Fleet, TreeFleet, CloudFleet, AdoptingFleet, CertificateFleet, AccountFleet, PromptingFleet)
MEMBERS = sorted({name for protocol in PROTOCOLS for name in vars(protocol) if not name.startswith("_")} - {"run"})


class Opened:
    """Every member of a fleet, each of which notes what it was called with."""

    def __init__(self) -> None:
        self.running = asyncio.Event()
        self.version = 6
        for name in set(MEMBERS) - {"version"}:
            member = inspect.getattr_static(StartupFleet, name)
            mock = AsyncMock if inspect.iscoroutinefunction(member) else MagicMock
            setattr(self, name, mock(name=name))

    async def run(self) -> None:
        self.running.set()
        await asyncio.Event().wait()


def startup(opened: Any) -> StartupFleet:
    phone = initial_phone(PhoneSettings(id=LOBBY, host="192.0.2.1"))
    return StartupFleet({LOBBY: phone}, {LOBBY: Permission.ASK}, opened)


@asynccontextmanager
async def running(fake: Opened) -> AsyncIterator[StartupFleet]:
    @asynccontextmanager
    async def opened() -> AsyncIterator[Opened]:
        yield fake

    fleet = startup(opened)
    task = asyncio.create_task(fleet.run())
    await fake.running.wait()
    yield fleet
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def arguments(member: Any) -> Iterator[tuple[str, MagicMock]]:
    for name, parameter in list(inspect.signature(member).parameters.items())[1:]:
        yield ("*" if parameter.kind is parameter.KEYWORD_ONLY else "") + name, MagicMock(name=name)


@pytest.mark.parametrize("name", MEMBERS)
async def test_once_opened_everything_is_the_opened_fleets(name: str) -> None:
    fake = Opened()
    member = inspect.getattr_static(StartupFleet, name)
    async with running(fake) as fleet:
        if isinstance(member, property):
            assert getattr(fleet, name) == (7 if name == "version" else getattr(fake, name))
            return
        given = dict(arguments(member))
        positional = [value for key, value in given.items() if not key.startswith("*")]
        named = {key.removeprefix("*"): value for key, value in given.items() if key.startswith("*")}
        answer = getattr(fleet, name)(*positional, **named)
        answer = await answer if inspect.isawaitable(answer) else answer
        asked = getattr(fake, name)
        asked.assert_called_once_with(*positional, **named)
        assert answer in (None, asked.return_value)


def test_before_that_its_phones_are_connecting_and_nothing_acts() -> None:
    fleet = startup(None)
    assert all(isinstance(fleet, protocol) for protocol in PROTOCOLS[2:])
    assert fleet.phones[LOBBY].connection.state is State.CONNECTING
    assert (fleet.version, fleet.records, fleet.cloud, fleet.permission(LOBBY)) == (0, (), None, Permission.ASK)
    assert fleet.permission(PhoneId("another")) is Permission.DENIED
    with pytest.raises(Unreachable, match="still being reached"):
        fleet.adopt("key")
    with pytest.raises(Unreachable, match="still being reached"):
        asyncio.run(fleet.dial(LOBBY, "5002"))


async def test_what_keeps_it_from_being_opened_is_said() -> None:
    @asynccontextmanager
    async def opened() -> AsyncIterator[Opened]:
        raise Unreachable("no simulator")
        yield

    with pytest.raises(Unreachable, match="no simulator"):
        await startup(opened).run()


async def test_who_answers_for_the_operator_is_told_to_the_opened_fleet() -> None:
    fake, prompter = Opened(), MagicMock(spec=Prompter)
    entered = asyncio.Event()

    @asynccontextmanager
    async def opened() -> AsyncIterator[Opened]:
        await entered.wait()
        yield fake

    fleet = startup(opened)
    fleet.ask_with(prompter)
    task = asyncio.create_task(fleet.run())
    entered.set()
    await fake.running.wait()
    fake.ask_with.assert_called_once_with(prompter)  # type: ignore[attr-defined]  # made by its name
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_a_mask_from_the_start_finds_the_cloud_that_comes_later() -> None:
    fake = Opened()

    @asynccontextmanager
    async def opened() -> AsyncIterator[Opened]:
        yield fake

    fleet = startup(opened)
    masked = mask_fleet(fleet)
    assert isinstance(masked, CloudFleet)
    assert masked.cloud is None
    task = asyncio.create_task(fleet.run())
    await fake.running.wait()
    assert masked.cloud is not None
    assert masked.cloud is masked.cloud
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
