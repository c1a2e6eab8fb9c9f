"""`--attach URL`: the dashboard, `watch` and the commands for one phone, over what collectors publish on NATS."""

import argparse
import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Protocol, TypeVar

from msgspec.structs import replace

from phonetui.cli.connection import notice
from phonetui.cli.failure import PhoneFailure, about
from phonetui.cli.output import terminal
from phonetui.config import places
from phonetui.errors import ConfigError, TimedOut, Unreachable

if TYPE_CHECKING:
    from phonetui.config.settings import Config
    from phonetui.exchange.attached_fleet import AttachedFleet
    from phonetui.fleet.startup import StartupFleet
    from phonetui.monitor.journal import Report
    from phonetui.monitor.jump_hosts import JumpHosts
    from phonetui.phone.state import PhoneId
    from phonetui.xapi.command import Command, CommandResult
    from phonetui.xapi.document import Document
    from phonetui.xapi.path import Path

T = TypeVar("T")
BEGIN_S = 10.0
"""Time limit for everything that collectors know to come, where a script waits for it."""


class CommandedFleet(Protocol):
    """What sub-commands of one phone ask of a fleet: whoever typed one has confirmed it."""

    async def fetch(self, phone: "PhoneId", path: "Path") -> "Document":
        """Reads once. Raises PhonetuiError, CommandRefused for a place that nobody knows."""

    async def command(self, phone: "PhoneId", command: "Command", *, confirmed: bool = False) -> "CommandResult": ...

    async def dial(self, phone: "PhoneId", number: str, *, confirmed: bool = False) -> "CommandResult": ...

    async def press(self, phone: "PhoneId", key: str, *, confirmed: bool = False) -> "CommandResult": ...


def attached_config(options: argparse.Namespace) -> "Config":
    """The configuration with the server of `--attach`; its phones don't matter. Raises ConfigError."""
    from phonetui.config.reader import load
    from phonetui.config.values import NATS_URL

    config = load(options.config, environ=os.environ)
    if options.phone:
        raise ConfigError("--attach and --phone exclude each other: collectors have their own phones")
    try:
        url = NATS_URL.read(options.attach)
    except ValueError:
        raise ConfigError(f"--attach must be {NATS_URL.allowed}") from None
    nats = replace(config.nats, url=url, jump=options.jump or config.nats.jump)
    return replace(config, phones=(), nats=nats, read_only=config.read_only or options.read_only)


def attached_fleet(
    config: "Config",
    sites: tuple[str, ...],
    *,
    report: "Callable[[Report], None] | None" = None,
    notice: Callable[[str], None] | None = None,
    jumps: "JumpHosts | None" = None,
) -> "AttachedFleet":
    """A fleet over the exchange of these sites. Raises ConfigError."""
    load_exchange()
    from phonetui.exchange.attached_fleet import AttachedFleet
    from phonetui.exchange.connection import NatsConnection

    opened = None
    if jumps is not None and config.nats.jump is not None:
        opened = jumps.tunnel(config.nats.jump).open_socket
    connection = NatsConnection(config.nats, "phonetui viewer", opened)
    return AttachedFleet(
        connection, sites, read_only=config.read_only, report=report, notice=notice,
        ask_with=jumps.ask_with if jumps is not None else None,
    )  # fmt: skip


def startup_attached(config: "Config", sites: tuple[str, ...]) -> "StartupFleet":
    """A fleet for the dashboard, which imports nothing of the exchange before its first frame."""
    from phonetui.fleet.startup import StartupFleet

    @asynccontextmanager
    async def opened() -> "AsyncIterator[AttachedFleet]":
        await asyncio.to_thread(load_exchange)
        with_jump, jumps = jump_hosts(config)
        try:
            yield attached_fleet(with_jump, sites, jumps=jumps)
        finally:
            if jumps is not None:
                await jumps.close()

    return StartupFleet({}, {}, opened)


def load_exchange() -> None:
    """Imports the exchange. Raises ConfigError where the extra is not installed."""
    try:
        import nkeys  # noqa: F401 - whether it is there

        import phonetui.exchange.attached_fleet  # noqa: F401 - as above
    except ImportError as error:
        hint = "Install phonetui with its extra: 'phonetui[nats]'"
        raise ConfigError("collectors and viewers meet by nats-py, which is not installed", hint) from error


def jump_hosts(config: "Config") -> "tuple[Config, JumpHosts | None]":
    """The one that leads to the NATS server, and the configuration that has it; None where none is named."""
    name = config.nats.jump
    if name is None:
        return config, None
    from phonetui.config.settings import JumpSettings
    from phonetui.monitor.jump_hosts import JumpHosts

    if name not in {jump.name for jump in config.jumps}:  # the OpenSSH client configuration may know it
        config = replace(config, jumps=(*config.jumps, JumpSettings(name=name, host=name)))
    return config, JumpHosts(config, places.known_hosts(), lambda jump, words, _: notice(f"{jump}: {words}"))


@asynccontextmanager
async def opened_jump(config: "Config") -> "AsyncIterator[JumpHosts | None]":
    """The jump host on the way to the server, whose questions are put to the terminal; None where there is none.

    Raises PhonetuiError.
    """
    config, jumps = jump_hosts(config)
    if jumps is None:
        yield None
        return
    jumps.ask_with(terminal())
    try:
        await jumps.tunnel(config.nats.jump or "").connection()
        jumps.ask_with(None)
        yield jumps
    finally:
        await jumps.close()


def ask_attached(
    options: argparse.Namespace, question: "Callable[[CommandedFleet, PhoneId], Awaitable[T]]"
) -> "tuple[PhoneId, T]":
    """The phone that the options name, and its answer to `question`. Raises ConfigError, PhoneFailure."""
    config = attached_config(options)
    return asyncio.run(_ask(config, tuple(options.sites or ()), options.target, question))


async def _ask(
    config: "Config",
    sites: tuple[str, ...],
    target: str,
    question: "Callable[[CommandedFleet, PhoneId], Awaitable[T]]",
) -> "tuple[PhoneId, T]":
    async with opened_jump(config) as jumps, running(attached_fleet(config, sites, jumps=jumps)) as fleet:
        phone = find_attached(fleet, target)
        with about(phone):
            return phone, await question(fleet, phone)


async def watch_attached(
    config: "Config",
    sites: tuple[str, ...],
    targets: tuple[str, ...],
    *,
    report: "Callable[[Report], None]",
    notice: Callable[[str], None],
    for_s: float | None,
    ended: asyncio.Event,
) -> None:
    """Reports what happens at the phones that are named, without any at all, until the time is up or `ended` is set.

    Leaves of the status tree don't cross: there are no lines of them. Raises PhonetuiError.
    """
    async with opened_jump(config) as jumps:
        wanted: set[PhoneId] = set()
        fleet = attached_fleet(config, sites, report=_chosen(report, wanted), notice=notice, jumps=jumps)
        async with running(fleet):
            wanted |= {find_attached(fleet, target) for target in targets}
            await fleet.viewer.follow_states(frozenset(wanted))
            with suppress(TimeoutError):
                async with asyncio.timeout(for_s):
                    await ended.wait()


def _chosen(report: "Callable[[Report], None]", wanted: "set[PhoneId]") -> "Callable[[Report], None]":
    def chosen(what: "Report") -> None:
        phone = what.alert.phone if hasattr(what, "alert") else what.phone
        if not wanted or phone in wanted:
            report(what)

    return chosen


@asynccontextmanager
async def running(fleet: "AttachedFleet") -> "AsyncIterator[AttachedFleet]":
    """The fleet once everything that collectors know has come. Raises PhonetuiError where it doesn't."""
    await fleet.viewer.connect()
    task = asyncio.create_task(fleet.run())
    try:
        await _begun(fleet, task)
        yield fleet
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _begun(fleet: "AttachedFleet", task: "asyncio.Task[None]") -> None:
    begun = asyncio.create_task(fleet.viewer.has_begun.wait())
    done, _ = await asyncio.wait({begun, task}, timeout=BEGIN_S, return_when=asyncio.FIRST_COMPLETED)
    begun.cancel()
    if not done:
        raise TimedOut("what collectors know", BEGIN_S, "'phonetui nats check' tries each step")
    if task in done:
        await task


def find_attached(fleet: "AttachedFleet", name: str) -> "PhoneId":
    """A phone by its name, with its site before it where several sites have one of that name. Raises PhoneFailure."""
    phones = fleet.phones
    found = [phone for phone in phones if phone == name] or [
        phone for phone in phones if phone.rpartition("/")[2] == name
    ]
    if len(found) == 1:
        return found[0]
    from phonetui.phone.state import PhoneId

    if found:
        words = f"several sites have a phone of that name: {', '.join(sorted(found)[:5])}"
        raise PhoneFailure(PhoneId(name), ConfigError(words, "Write the site before it, or add --site"))
    words = f"no collector has a phone of that name; {len(phones)} phones are known"
    raise PhoneFailure(PhoneId(name), Unreachable(words, "'phonetui watch --attach' lists them", reason="name"))
