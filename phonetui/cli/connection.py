"""Makes a fleet from the options: which phones, their passwords, their jump hosts, the program's files.

What it needs is imported when it is called: the help of a sub-command is light.
"""

import os
import sys
from argparse import Namespace
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from importlib import import_module
from typing import TYPE_CHECKING

from msgspec.structs import replace

from phonetui.cli.failure import PhoneFailure, mask_passwords
from phonetui.cli.output import write_stderr
from phonetui.config import places

if TYPE_CHECKING:
    from types import ModuleType

    from phonetui.archive.archive import Archive
    from phonetui.config.settings import Config, PhoneSettings
    from phonetui.monitor.cloud import Open
    from phonetui.monitor.fleet import LiveFleet
    from phonetui.monitor.journal import Report
    from phonetui.monitor.jump_hosts import JumpHosts
    from phonetui.monitor.observations import ObservationSink
    from phonetui.storage.writer import StorageNotices

PATIENCE_S = 120.0
"""One command waits this long where Webex asks to; the longest that was seen in public is 60 s."""


def configuration(options: Namespace) -> "Config":
    """The file in force with `--phone` and `--read-only` over it; passwords not fetched yet. Raises ConfigError."""
    from phonetui.config.reader import load, with_phones

    config = with_phones(load(options.config, environ=os.environ), options.phone or ())
    return replace(config, read_only=config.read_only or options.read_only)


def with_screen(config: "Config", options: Namespace) -> "Config":
    """`config` with what the options say of the screen over it."""
    ui = replace(
        config.ui,
        theme=options.theme or config.ui.theme,
        ascii=config.ui.ascii or options.ascii,
        mouse=config.ui.mouse and not options.no_mouse,
    )
    return replace(config, ui=ui)


def target(options: Namespace) -> "tuple[Config, PhoneSettings]":
    """The configuration with the one phone that `PHONE` names. Raises ConfigError.

    Raises PhoneFailure for a word that is neither a phone of the configuration nor a host's name: before a password is
    asked for.
    """
    from phonetui.config.reader import find_phone

    config = configuration(options)
    phone = find_phone(config, options.target)
    is_word = phone.id == options.target and phone.id not in {known.id for known in config.phones}
    if is_word and not phone.jump and not phone.is_behind_webex and not _has_address(phone.host):
        from phonetui.errors import Unreachable

        words = "no phone of the configuration is called so, and no host has that name"
        raise PhoneFailure(phone.id, Unreachable(words, "'phonetui config show' lists the phones", reason="name"))
    return replace(config, phones=(phone,)), phone


def _has_address(host: str) -> bool:
    """Whether the system knows an address of a host."""
    import socket

    try:
        return bool(socket.getaddrinfo(host, None))
    except (OSError, UnicodeError):
        return False


def resolve_passwords(config: "Config") -> "Config":
    """The configuration with every phone's password; asks the operator where there is a terminal.

    Raises ConfigError.
    """
    from getpass import getpass

    from phonetui.config.credentials import with_passwords

    return with_passwords(config, os.environ, getpass if sys.stdin.isatty() else None)


def live_fleet(
    config: "Config",
    *,
    notice: Callable[[str], None],
    report: "Callable[[Report], None] | None" = None,
    archive: "Archive | None" = None,
    webex: "Open | None" = None,
    storage: "StorageNotices | None" = None,
    keeps_histories: bool = True,
    recorder: "ObservationSink | None" = None,
    audited: Callable[[str], None] = lambda _: None,
) -> "LiveFleet":
    """The fleet of a configuration, over what earlier runs accepted and learnt; it keeps its calls in `archive`.

    It tells what `storage` says of its own and of other files. `keeps_histories`: whether figures over time are kept.
    `recorder` is given all that is observed, `audited` each line of the audit log, in another thread.
    """
    from phonetui.cli.audit_log import AuditLog
    from phonetui.monitor.firmware_profile import KeyArgumentStore, LossRateUnitStore
    from phonetui.monitor.fleet import LiveFleet
    from phonetui.storage.writer import StorageNotices
    from phonetui.transport.subscription import SlotStore
    from phonetui.transport.trust import PinStore
    from phonetui.transport.websocket_support import WebSocketSupport

    notices = storage or StorageNotices()
    return LiveFleet(
        config,
        pins=PinStore(places.pins(), notices),
        slots=SlotStore(places.slots(), notices),
        websocket_support=WebSocketSupport(places.websocket_support(), notices),
        loss_rate_units=LossRateUnitStore(places.loss_rate_units(), notices),
        key_arguments=KeyArgumentStore(places.key_arguments(), notices),
        report=report,
        notice=notice,
        audit=AuditLog(places.audit(), notices, audited).write,
        archive=archive,
        webex=webex,
        storage=notices,
        keeps_histories=keeps_histories,
        recorder=recorder,
    )


async def load_monitor() -> "ModuleType":
    """`phonetui.monitor.fleet`, imported in a thread: it takes as long as the screen, which goes on meanwhile."""
    import asyncio

    return await asyncio.to_thread(import_module, "phonetui.monitor.fleet")


@asynccontextmanager
async def tunnel_to(config: "Config", phone: "PhoneSettings") -> "AsyncIterator[JumpHosts]":
    """The jump hosts of a configuration, with the one that leads to `phone` open. Raises PhonetuiErrors."""
    from phonetui.cli.output import terminal
    from phonetui.monitor.jump_hosts import JumpHosts

    jumps = JumpHosts(
        replace(config, phones=(phone,)), places.known_hosts(), lambda name, words, _: notice(f"{name}: {words}")
    )
    jumps.ask_with(terminal())
    try:
        await jumps.open()
        yield jumps
    finally:
        await jumps.close()


def notice(words: str) -> None:
    """What the operator should know and no program reads: trust on first use."""
    write_stderr(mask_passwords(f"phonetui: {words}"))
