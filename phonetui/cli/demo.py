"""`phonetui demo`: the dashboard over simulated phones in the same process, through real sockets."""

import argparse
import os
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from phonetui.cli.options import add_office, add_screen, password

if TYPE_CHECKING:
    from phonetui.cli.demo_fleet import DemoFleet
    from phonetui.config.settings import Config, PhoneSettings
    from phonetui.phone.state import PhoneId
    from phonetui.simulator.server import Settings, SimulatedPhone
    from phonetui.text import Printable

GROUPS = ("HQ/Ground floor", "HQ/First floor", "Branch/Shop", "Branch/Workshop", "Home offices")
"""Places in the tree, filled in this order."""


def declare(words: argparse.ArgumentParser) -> None:
    add_office(words)
    add_screen(words)


def run(options: argparse.Namespace) -> int:
    from phonetui.cli.dashboard import with_screen
    from phonetui.config.reader import load
    from phonetui.errors import ConfigError
    from phonetui.simulator import dialect, scenario
    from phonetui.simulator.media import backend
    from phonetui.ui.run import check_terminal
    from phonetui.ui.run import run as show

    if options.phone:
        raise ConfigError("the demo has phones of its own", "Leave out --phone, or leave out 'demo'")
    scenario.read(options.scenario)  # all complain while there is no screen yet
    dialect.read(options.dialect)
    backend.check(options.media)
    config = with_screen(load(options.config, environ=os.environ), options)
    config = over(config, (), read_only=options.read_only)
    check_terminal()
    return show(rehearsal(config, options), config, demo=True)


def rehearsal(config: "Config", options: argparse.Namespace) -> "DemoFleet":
    """The demo's fleet over the office that `options` ask for; nothing is started yet."""
    from phonetui.cli.demo_fleet import DemoFleet

    return DemoFleet(
        places(options.phones),
        config,
        lambda: _office(options),
        lambda served: over(config, served, read_only=options.read_only),
    )


def _office(options: argparse.Namespace) -> "Settings":
    from phonetui.simulator.server import Settings

    return Settings(
        phones=options.phones,
        seed=options.seed,
        scenario=options.scenario,
        dialect=options.dialect,
        media=options.media,
        password=password(),
    )


def over(config: "Config", served: "Sequence[SimulatedPhone]", *, read_only: bool) -> "Config":
    """The operator's looks, keys and limits over the demo's phones; nothing else of the configuration applies."""
    from phonetui.config.settings import FeedbackSettings

    groups = tuple(places(len(served)).values())
    phones = tuple(_settings(phone, group, config) for phone, group in zip(served, groups, strict=True))
    return replace(config, phones=phones, read_only=read_only, feedback=FeedbackSettings(), jumps=())


def places(count: int) -> "dict[PhoneId, tuple[Printable, ...]]":
    """Each phone's group, by the name that the simulator gives it; two phones at least in each, so that it is one."""
    from phonetui.phone.state import PhoneId
    from phonetui.text import printable

    used = min(len(GROUPS), (count + 1) // 2)
    groups = [tuple(printable(part) for part in group.split("/")) for group in GROUPS]
    return {PhoneId(f"sim-{at + 1}"): groups[at * used // count] for at in range(count)}


def _settings(phone: "SimulatedPhone", group: "tuple[Printable, ...]", config: "Config") -> "PhoneSettings":
    from phonetui.config.settings import PhoneSettings, Secret
    from phonetui.config.values import parse
    from phonetui.phone.state import PhoneId
    from phonetui.text import printable

    address = parse(phone.url)
    return PhoneSettings(
        id=PhoneId(phone.name),
        scheme=address.scheme,
        host=address.host,
        port=address.port,
        username=phone.username,
        password=Secret(password()),
        fingerprint=phone.fingerprint,
        control=config.defaults.control,
        group=group,
        model=phone.model,
        numbers=(printable(phone.number),),
    )
