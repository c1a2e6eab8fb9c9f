"""`phonetui`: the dashboard over the phones of the configuration or of `--phone`, and what it keeps between runs."""

import argparse
import os
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from phonetui.cli.connection import configuration, live_fleet, load_monitor, notice, resolve_passwords, with_screen
from phonetui.cli.failure import NoPhones
from phonetui.cli.record import dashboard_recorder
from phonetui.cli.services import beside, services
from phonetui.config import places
from phonetui.config.credentials import check_signed_in
from phonetui.errors import ConfigError
from phonetui.fleet.protocol import INITIAL_PERMISSION, Permission
from phonetui.fleet.startup import StartupFleet, initial_phone
from phonetui.storage.json_store import JsonStore
from phonetui.storage.writer import StorageNotices
from phonetui.text import printable

if TYPE_CHECKING:
    from phonetui.cli.record import DashboardRecorder, MemoryRecorder
    from phonetui.config.settings import Config, Secret
    from phonetui.monitor.fleet import LiveFleet
    from phonetui.phone.state import PhoneId


def run(options: argparse.Namespace) -> int:
    from phonetui.ui.run import check_terminal
    from phonetui.ui.run import run as show

    if options.attach:
        return _run_attached(options)
    config = with_screen(configuration(options), options)
    if not config.phones:
        from phonetui.cli import first_run

        if not first_run.is_possible():
            raise NoPhones
        outcome = first_run.run(config, options)
        if isinstance(outcome, int):
            return outcome
        config = replace(config, phones=(outcome,))
    check_terminal()
    config = resolve_passwords(config)
    notices: list[str] = []
    storage = StorageNotices()
    recorder = dashboard_recorder(config, options, storage)
    fleet = startup_fleet(config, notices.append, storage, recorder)
    numbers, screens = DialHistory(places.dial_history(), storage), Preferences(places.preferences(), storage)
    try:
        return show(
            fleet, config, dialled=numbers.numbers, remember=numbers.remember,
            preferences=screens.preferences, keep=screens.keep, recorder=recorder,
            keep_account=partial(_keep_account, options.config),
        )  # fmt: skip
    finally:
        if recorder is not None:
            recorder.close()
        for words in notices:  # of a run whose screen would have been spoilt by them
            notice(words)


def _run_attached(options: argparse.Namespace) -> int:
    """Over what collectors know."""
    from phonetui.cli.attach import attached_config, startup_attached
    from phonetui.ui.run import check_terminal
    from phonetui.ui.run import run as show

    if options.record:
        raise ConfigError("collectors record what they observe, not those who look", "'phonetui collect --record DIR'")
    config = with_screen(attached_config(options), options)
    check_terminal()
    sites, storage = tuple(options.sites or ()), StorageNotices()
    numbers, screens = DialHistory(places.dial_history(), storage), Preferences(places.preferences(), storage)
    return show(
        startup_attached(config, sites), config, title=", ".join(sites) or "all sites", dialled=numbers.numbers,
        remember=numbers.remember, preferences=screens.preferences, keep=screens.keep,
    )  # fmt: skip


def _keep_account(path: "Path | None", phones: "Sequence[PhoneId]", username: str, password: "Secret") -> Path:
    from phonetui.config.accounts import keep_account

    return keep_account(path, os.environ, phones, username, password)


def startup_fleet(
    config: "Config",
    notice: Callable[[str], None],
    storage: StorageNotices,
    recorder: "DashboardRecorder | MemoryRecorder | None" = None,
) -> StartupFleet:
    """The phones of the configuration, and the organization in Webex, once it runs. Raises ConfigError.

    `notice` takes what the operator should read afterwards, `storage` what cannot be kept; `recorder` is begun with it.
    """
    if any(phone.is_behind_webex for phone in config.phones):
        from phonetui.cli.webex.account import webex_opener

        is_signed_in = webex_opener(config) is not None
        for phone in config.phones:
            check_signed_in(phone, is_signed_in=is_signed_in)
    phones = {settings.id: initial_phone(settings) for settings in config.phones}
    permissions = {
        settings.id: Permission.DENIED if config.read_only else INITIAL_PERMISSION[settings.control]
        for settings in config.phones
    }
    return StartupFleet(phones, permissions, partial(_opened_fleet, config, notice, storage, recorder))


@asynccontextmanager
async def _opened_fleet(
    config: "Config",
    notice: Callable[[str], None],
    storage: StorageNotices,
    recorder: "DashboardRecorder | MemoryRecorder | None",
) -> "AsyncIterator[LiveFleet]":
    import asyncio

    await load_monitor()
    from phonetui.archive.archive import Archive
    from phonetui.cli.webex.account import webex_opener

    archive = Archive(places.history(), config.history_days) if config.history_days else None
    sink = await asyncio.to_thread(recorder.open) if recorder is not None else None
    fleet = live_fleet(
        config, notice=notice, archive=archive, webex=webex_opener(config), storage=storage, recorder=sink
    )  # fmt: skip
    async with beside(await asyncio.to_thread(services, config, fleet, notice), notice):
        yield fleet


MAX_DIALLED = 50


class DialHistory:
    """The numbers in a private file; what cannot be read is forgotten."""

    def __init__(self, file: Path, notices: StorageNotices | None = None) -> None:
        self._store: JsonStore[list[Any]] = JsonStore(file, [], "dialled numbers", notices=notices)
        self._store.get()

    @property
    def numbers(self) -> tuple[str, ...]:
        return tuple(printable(number) for number in self._store.known if isinstance(number, str))[-MAX_DIALLED:]

    def remember(self, number: str) -> None:
        """Keeps a number; those that another dashboard dialled meanwhile stay."""

        def moved_to_the_end(numbers: list[Any]) -> list[Any]:
            return [*(known for known in numbers if known != number), number][-MAX_DIALLED:]

        self._store.update(number, moved_to_the_end)


class Preferences:
    """Preferences by screen in a private file; what cannot be read is forgotten."""

    def __init__(self, file: Path, notices: StorageNotices | None = None) -> None:
        self._store: JsonStore[dict[str, Any]] = JsonStore(file, {}, "window preferences", notices=notices)
        self._store.get()

    @property
    def preferences(self) -> Mapping[str, object]:
        return self._store.known

    def keep(self, screen: str, preferences: Mapping[str, object]) -> None:
        """What stands there of other screens stays, also what another version or another dashboard wrote."""
        if self.preferences.get(screen) != preferences:
            self._store.update(screen, lambda screens: {**screens, screen: dict(preferences)})
