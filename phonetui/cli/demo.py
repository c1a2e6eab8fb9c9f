"""`phonetui demo`: the dashboard over simulated phones in the same process, through real sockets."""

import argparse
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from phonetui.cli.options import add_screen
from phonetui.cli.simulate import add_simulator, serve_in_thread, simulator_password, simulator_settings
from phonetui.config.reader import load, phone_at
from phonetui.config.settings import Config, ControlMode, FeedbackSettings, PhoneSettings, Poll, Secret
from phonetui.errors import ConfigError, Unreachable
from phonetui.fleet.protocol import Permission, Trust, TrustReason
from phonetui.phone.state import CallKey, Phone, PhoneId
from phonetui.text import Printable, printable

if TYPE_CHECKING:
    from phonetui.fleet.protocol import KeptCalls
    from phonetui.monitor.fleet import LiveFleet
    from phonetui.phone.alerts.alert import Alert, AlertKey
    from phonetui.phone.calls.call_legs import Ambiguous, Partner
    from phonetui.phone.calls.call_record import CallRecord
    from phonetui.phone.diagnosis import Diagnosis
    from phonetui.phone.history import CallHistory, PortHistory
    from phonetui.phone.journal import JournalEntry
    from phonetui.simulator.server import Settings, SimulatedPhone
    from phonetui.xapi.command import Command, CommandResult
    from phonetui.xapi.control_commands import KeyArgument
    from phonetui.xapi.document import Document
    from phonetui.xapi.path import Path
    from phonetui.xapi.schema import CommandSchema

Group = tuple[Printable, ...]
"""A phone's place in the tree, from the top."""

GROUPS = ("HQ/Ground floor", "HQ/First floor", "Branch/Shop", "Branch/Workshop", "Home offices")
"""Filled in this order."""


def declare(words: argparse.ArgumentParser) -> None:
    add_simulator(words)
    add_screen(words)


def run(options: argparse.Namespace) -> int:
    from phonetui.cli.dashboard import with_screen
    from phonetui.simulator import dialect, media, scenario
    from phonetui.ui.run import check_terminal
    from phonetui.ui.run import run as show

    if options.phone:
        raise ConfigError("the demo has phones of its own", "Leave out --phone, or leave out 'demo'")
    scenario.read(options.scenario)  # all complain while there is no screen yet
    dialect.read(options.dialect)
    media.check_media(options.media)
    config = with_screen(load(options.config, environ=os.environ), options)
    config = demo_config(config, (), read_only=options.read_only)
    check_terminal()
    return show(demo_fleet(config, options), config, demo=True)


def demo_fleet(config: Config, options: argparse.Namespace) -> "DemoFleet":
    """The fleet over the office that `options` ask for; nothing is started yet."""
    return DemoFleet(
        demo_groups(options.phones),
        config,
        lambda: simulator_settings(options),
        lambda served: demo_config(config, served, read_only=options.read_only),
    )


def demo_config(config: Config, served: "Sequence[SimulatedPhone]", *, read_only: bool) -> Config:
    """The operator's looks, keys and limits over the demo's phones; nothing else of the configuration applies."""
    groups = demo_groups(len(served)).values()
    phones = tuple(_settings(phone, group, config) for phone, group in zip(served, groups, strict=True))
    return replace(config, phones=phones, read_only=read_only, feedback=FeedbackSettings(), jumps=())


def demo_groups(count: int) -> dict[PhoneId, Group]:
    """Each phone's group, by the name that the simulator gives it; two phones at least in each, so that it is one."""
    used = min(len(GROUPS), (count + 1) // 2)
    groups = [tuple(printable(part) for part in group.split("/")) for group in GROUPS]
    return {PhoneId(f"sim-{at + 1}"): groups[at * used // count] for at in range(count)}


def _settings(phone: "SimulatedPhone", group: Group, config: Config) -> PhoneSettings:
    return replace(
        phone_at(phone.url, Config().defaults),
        id=PhoneId(phone.name),
        username=phone.username,
        password=Secret(simulator_password()),
        fingerprint=phone.fingerprint,
        control=config.defaults.control,
        group=group,
        model=phone.model,
        numbers=(printable(phone.number),),
    )


class DemoFleet:
    """Phones that are connecting until the simulator serves them; from then on everything is the live fleet's.

    The libraries that serve phones take as long to load as the screen: loaded first, they would double the wait.
    """

    def __init__(
        self,
        groups: Mapping[PhoneId, Group],
        config: Config,
        settings: "Callable[[], Settings]",
        connect: "Callable[[Sequence[SimulatedPhone]], Config]",
    ) -> None:
        """`settings` and `connect` (served phones → configuration) are called when the simulator is started."""
        self._waiting = {
            phone: Phone(id=phone, name=printable(phone), address=Printable(""), group=group)
            for phone, group in groups.items()
        }
        self._is_denied = config.read_only or config.defaults.control is ControlMode.OFF
        self._settings = settings
        self._connect = connect
        self._fleet: LiveFleet | None = None

    @property
    def version(self) -> int:
        return self._fleet.version + 1 if self._fleet else 0

    @property
    def phones(self) -> Mapping[PhoneId, Phone]:
        return self._fleet.phones if self._fleet else self._waiting

    @property
    def entries(self) -> "Sequence[JournalEntry]":
        return self._fleet.entries if self._fleet else ()

    def history(self, phone: PhoneId) -> "Mapping[CallKey, CallHistory]":
        return self._fleet.history(phone) if self._fleet else {}

    def port_history(self, phone: PhoneId) -> "Mapping[int, PortHistory]":
        return self._fleet.port_history(phone) if self._fleet else {}

    @property
    def alerts(self) -> "Sequence[Alert]":
        return self._fleet.alerts if self._fleet else ()

    @property
    def hints(self) -> "Sequence[Diagnosis]":
        return self._fleet.hints if self._fleet else ()

    @property
    def records(self) -> "Sequence[CallRecord]":
        return self._fleet.records if self._fleet else ()

    @property
    def unkept(self) -> str:
        return self._fleet.unkept if self._fleet else ""

    @property
    def older_calls(self) -> "KeptCalls | None":
        return self._fleet.older_calls if self._fleet else None

    @property
    def answers_s(self) -> Sequence[float]:
        return self._fleet.answers_s if self._fleet else ()

    def partner(self, phone: PhoneId, call: CallKey) -> "Partner | Ambiguous | None":
        return self._fleet.partner(phone, call) if self._fleet else None

    def causes(self, phone: PhoneId, call: CallKey) -> "Sequence[Diagnosis]":
        return self._fleet.causes(phone, call) if self._fleet else ()

    def mute(self, alert: "AlertKey", *, muted: bool) -> None:
        if self._fleet:
            self._fleet.mute(alert, muted=muted)

    def pace(self, phone: PhoneId, by: float) -> Poll:
        return self._fleet.pace(phone, by) if self._fleet else Poll()

    def permission(self, phone: PhoneId) -> Permission:
        if self._fleet:
            return self._fleet.permission(phone)
        return Permission.DENIED if self._is_denied else Permission.ASK

    def grant(self, phone: PhoneId) -> None:
        if self._fleet:
            self._fleet.grant(phone)

    def revoke(self, phone: PhoneId) -> None:
        if self._fleet:
            self._fleet.revoke(phone)

    @property
    def granted(self) -> frozenset[PhoneId]:
        return self._fleet.granted if self._fleet else frozenset()

    async def dial(self, phone: PhoneId, number: str) -> "CommandResult":
        return await self._started.dial(phone, number)

    async def press(self, phone: PhoneId, key: str) -> "CommandResult":
        return await self._started.press(phone, key)

    def document(self, phone: PhoneId) -> "Document":
        from phonetui.xapi.document import EMPTY

        return self._fleet.document(phone) if self._fleet else EMPTY

    def changed_at(self, phone: PhoneId) -> "Mapping[Path, float]":
        return self._fleet.changed_at(phone) if self._fleet else {}

    def trust(self, phone: PhoneId) -> Trust:
        return self._fleet.trust(phone) if self._fleet else Trust(TrustReason.PIN, Printable(""))

    def key_argument(self, phone: PhoneId) -> "KeyArgument":
        from phonetui.xapi.control_commands import ASSUMED_KEY_ARGUMENT, KeyArgument, KeyArgumentOrigin

        assumed = KeyArgument(ASSUMED_KEY_ARGUMENT, KeyArgumentOrigin.ASSUMPTION)
        return self._fleet.key_argument(phone) if self._fleet else assumed

    async def commands(self, phone: PhoneId) -> "CommandSchema":
        from phonetui.xapi.schema import published

        return await self._fleet.commands(phone) if self._fleet else published()

    async def command(self, phone: PhoneId, command: "Command", *, confirmed: bool = False) -> "CommandResult":
        return await self._started.command(phone, command, confirmed=confirmed)

    async def run(self) -> None:
        """Serves and watches the phones until cancelled. Raises what kept the simulator from starting."""
        import asyncio

        with serve_in_thread(self._settings) as simulator:
            served = await asyncio.to_thread(simulator.phones)
            from phonetui.monitor.fleet import LiveFleet
            from phonetui.transport.trust import PinStore

            self._fleet = LiveFleet(self._connect(served), pins=PinStore(None))
            await self._fleet.run()

    @property
    def _started(self) -> "LiveFleet":
        if self._fleet is None:
            raise Unreachable("the simulated phones are still starting", "Try again in a second")
        return self._fleet
