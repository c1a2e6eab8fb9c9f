"""`phonetui`: the dashboard over the phones of the configuration or of `--phone`."""

import argparse
from dataclasses import replace
from typing import TYPE_CHECKING

from phonetui.config.settings import Config
from phonetui.errors import ConfigError

if TYPE_CHECKING:
    from phonetui.archive.archive import Archive


class NoPhones(ConfigError):
    """Nobody named a phone: the one failure that every newcomer sees, so it says how to go on."""

    block = (
        "  phonetui demo                 try it over simulated phones",
        "  phonetui --phone URL          https://user@host: PhoneOS 3.5 or later, web access, an xAPI account",
        "  phonetui config init          write a commented configuration file",
    )

    def __init__(self) -> None:
        super().__init__("no phone is configured and none is named")


def run(options: argparse.Namespace) -> int:
    from phonetui.cli import welcome
    from phonetui.cli.cloud import webex
    from phonetui.cli.connection import configuration, fleet, unlocked
    from phonetui.cli.dialled import Dialled
    from phonetui.cli.window import Window
    from phonetui.config import places
    from phonetui.storage.writer import StorageNotices
    from phonetui.ui.run import check_terminal
    from phonetui.ui.run import run as show

    config = with_screen(configuration(options), options)
    if not config.phones:
        if not welcome.is_possible():
            raise NoPhones
        begun = welcome.run(config, options)
        if isinstance(begun, int):
            return begun
        config = replace(config, phones=(begun,))
    check_terminal()
    config = unlocked(config)
    later: list[str] = []
    storage = StorageNotices()
    watched = fleet(config, notice=later.append, archive=archive(config), webex=webex(config), storage=storage)
    dialled, window = Dialled(places.dialled(), storage), Window(places.window(), storage)
    try:
        return show(
            watched, config, dialled=dialled.numbers, remember=dialled.remember,
            preferences=window.preferences, keep=window.keep,
        )  # fmt: skip
    finally:
        say(later)


def archive(config: Config) -> "Archive | None":
    """Where the dashboard keeps its calls; headless runs write lines instead. None for `[history] days = 0`."""
    if not config.history_days:
        return None
    from phonetui.archive.archive import Archive
    from phonetui.config import places

    return Archive(places.history(), config.history_days)


def with_screen(config: Config, options: argparse.Namespace) -> Config:
    ui = replace(
        config.ui,
        theme=options.theme or config.ui.theme,
        ascii=config.ui.ascii or options.ascii,
        mouse=config.ui.mouse and not options.no_mouse,
    )
    return replace(config, ui=ui)


def say(notices: list[str]) -> None:
    """Notices of a run whose screen would have been spoilt by them."""
    from phonetui.cli.connection import notice

    for words in notices:
        notice(words)
