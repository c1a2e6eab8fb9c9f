"""`phonetui demo`: the dashboard over simulated phones in the same process, through real sockets."""

import argparse
import os
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING

from msgspec.structs import replace

from phonetui.cli.connection import load_monitor, with_screen
from phonetui.cli.options import add_screen
from phonetui.cli.simulate import add_simulator, serve_in_thread, simulator_password, simulator_settings
from phonetui.config.reader import load, phone_at
from phonetui.config.settings import Config, FeedbackSettings, PhoneSettings, Secret
from phonetui.errors import ConfigError
from phonetui.fleet.protocol import INITIAL_PERMISSION, Permission
from phonetui.fleet.startup import StartupFleet
from phonetui.phone.state import Phone, PhoneId
from phonetui.text import NOTHING, Printable, printable

if TYPE_CHECKING:
    from phonetui.cli.record import DashboardRecorder, MemoryRecorder
    from phonetui.monitor.fleet import LiveFleet
    from phonetui.simulator.server import Settings, SimulatedPhone
    from phonetui.storage.writer import StorageNotices

Group = tuple[Printable, ...]
"""A phone's place in the tree, from the top."""

GROUPS = ("HQ/Ground floor", "HQ/First floor", "Branch/Shop", "Branch/Workshop", "Home offices")
"""Filled in this order."""


def declare(words: argparse.ArgumentParser) -> None:
    add_simulator(words)
    words.add_argument("--replay", action="store_true", help="instead: a recorded incident, to go back and forth in")
    add_screen(words)


def run(options: argparse.Namespace) -> int:
    from phonetui.cli.record import dashboard_recorder
    from phonetui.config.settings import RecordingSettings
    from phonetui.simulator import check_data, check_media
    from phonetui.storage.writer import StorageNotices
    from phonetui.ui.run import check_terminal
    from phonetui.ui.run import run as show

    if options.phone:
        raise ConfigError("the demo has phones of its own", "Leave out --phone, or leave out 'demo'")
    if options.replay:
        return _replay(options)
    if options.scenario.endswith(".toml") or "/" in options.scenario:  # all complain while there is no screen yet
        from phonetui.simulator.scenario import read_file

        read_file(options.scenario)
    else:
        check_data("scenarios", options.scenario)
    check_data("dialects", options.dialect)
    check_media(options.media)
    config = with_screen(load(options.config, environ=os.environ), options)
    config = demo_config(config, (), read_only=options.read_only)
    check_terminal()
    storage = StorageNotices()
    recorder = dashboard_recorder(replace(config, recording=RecordingSettings()), options, storage)
    try:
        return show(demo_fleet(config, options, recorder, storage), config, demo=True, recorder=recorder)
    finally:
        if recorder is not None:
            recorder.close()


def _replay(options: argparse.Namespace) -> int:
    """The incident that comes along: bursts of loss over a bad cable, one-way audio, a restart."""
    from pathlib import Path

    import phonetui
    from phonetui.cli.replay import open_recording, show_recording

    recording = open_recording(str(Path(phonetui.__file__).parent / "recording/incident.ptrec"))
    return show_recording(recording, options, None, title="recorded incident")


def demo_fleet(
    config: Config,
    options: argparse.Namespace,
    recorder: "DashboardRecorder | MemoryRecorder | None" = None,
    storage: "StorageNotices | None" = None,
) -> StartupFleet:
    """The fleet over the office that `options` ask for; nothing is started yet.

    `recorder` is begun with it, `storage` is where that says what is wrong.
    """
    return office_fleet(
        config, options.phones, partial(simulator_settings, options), recorder=recorder, storage=storage
    )


def office_fleet(
    config: Config,
    count: int,
    settings: "Callable[[], Settings]",
    *,
    recorder: "DashboardRecorder | MemoryRecorder | None" = None,
    storage: "StorageNotices | None" = None,
) -> StartupFleet:
    """A fleet of `count` phones, which are connecting until the simulator serves them.

    `settings` is called when that is started. The libraries that serve phones take as long to load as the screen:
    loaded first, they would double the wait.
    """
    phones = {
        phone: Phone(id=phone, name=printable(phone), address=NOTHING, group=group)
        for phone, group in demo_groups(count).items()
    }
    permission = Permission.DENIED if config.read_only else INITIAL_PERMISSION[config.defaults.control]
    return StartupFleet(
        phones, dict.fromkeys(phones, permission), partial(_served_fleet, config, settings, recorder, storage)
    )


@asynccontextmanager
async def _served_fleet(
    config: Config,
    settings: "Callable[[], Settings]",
    recorder: "DashboardRecorder | MemoryRecorder | None",
    storage: "StorageNotices | None",
) -> "AsyncIterator[LiveFleet]":
    """Serves the phones while the fleet is open. Raises what kept the simulator from starting."""
    import asyncio

    with serve_in_thread(settings) as simulator:
        served = await asyncio.to_thread(simulator.phones)
        monitor = await load_monitor()
        from phonetui.transport.trust import PinStore

        sink = await asyncio.to_thread(recorder.open) if recorder is not None else None
        config = demo_config(config, served, read_only=config.read_only)
        yield monitor.LiveFleet(config, pins=PinStore(None), recorder=sink, storage=storage)


def demo_config(config: Config, served: "Sequence[SimulatedPhone]", *, read_only: bool) -> Config:
    """The operator's looks, keys and limits over the demo's phones; nothing else of the configuration applies."""
    groups = demo_groups(len(served)).items()
    phones = tuple(_settings(phone, id_, group, config) for phone, (id_, group) in zip(served, groups, strict=True))
    return replace(config, phones=phones, read_only=read_only, feedback=FeedbackSettings(), jumps=())


def demo_groups(count: int) -> dict[PhoneId, Group]:
    """Each phone's group, by the name that its callers see; two phones at least in each, so that it is one."""
    from phonetui.simulator import place_name

    used = min(len(GROUPS), (count + 1) // 2)
    groups = [tuple(printable(part) for part in group.split("/")) for group in GROUPS]
    return {PhoneId(place_name(at + 1)): groups[at * used // count] for at in range(count)}


def _settings(phone: "SimulatedPhone", id_: PhoneId, group: Group, config: Config) -> PhoneSettings:
    return replace(
        phone_at(phone.url, Config().defaults),
        id=id_,
        username=phone.username,
        password=Secret(simulator_password()),
        fingerprint=phone.fingerprint,
        control=config.defaults.control,
        group=group,
        model=phone.model,
        numbers=(printable(phone.number),),
    )
