"""`phonetui replay FILE|DIR`: the dashboard over a recording, or its events as the lines of `watch`."""

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace

from phonetui.cli.connection import notice, with_screen
from phonetui.cli.options import add_screen
from phonetui.errors import ConfigError, ProtocolError

if TYPE_CHECKING:
    from datetime import datetime

    from phonetui.recording.reader import Recording
    from phonetui.xapi.document import Document


def declare(words: argparse.ArgumentParser) -> None:
    words.add_argument("path", metavar="FILE|DIR", help="a recording, or the folder of several")
    words.add_argument("--at", metavar="TIME", help="begin at 14:03, 2026-11-30T14:03:21Z, or -5m before the end")
    words.add_argument("--speed", metavar="N", type=_speed, default=None, help="run at once, 1 to 64 times as fast")
    words.add_argument("--watch", action="store_true", help="no screen: the lines of 'watch' on standard output")
    add_screen(words)


def run(options: argparse.Namespace) -> int:
    if options.record:
        raise ConfigError("what is replayed is recorded already", "Use 'phonetui recording cut' for a part of it")
    recording = open_recording(options.path)
    began = moment(options.at, recording, None) if options.at else None
    if options.watch:
        return _print_lines(recording, began)
    return show_recording(recording, options, began)


def show_recording(
    recording: "Recording", options: argparse.Namespace, began: "datetime | None", *, title: str = ""
) -> int:
    """The dashboard over it, from `began` on or running from its beginning; the exit code."""
    from phonetui.config.reader import load
    from phonetui.recording.replay import ReplayFleet
    from phonetui.ui.run import check_terminal
    from phonetui.ui.run import run as show

    config = with_screen(load(options.config, environ=os.environ), options)
    check_terminal()
    try:
        fleet = ReplayFleet(recording)
    except ProtocolError as error:
        raise ConfigError(f"{recording.path} cannot be played: {error}") from error
    if began is not None:
        fleet.seek(began)
    speed = getattr(options, "speed", None)
    fleet.set_speed(speed or 1)
    if speed or began is None:
        fleet.toggle()
    config = replace(config, phones=(), quality=fleet.thresholds)
    try:
        return show(fleet, config, title=title or recording.path.name)
    finally:
        _tell_lost(recording)


def open_recording(path: str) -> "Recording":
    """The recording in a file or a directory. Raises ConfigError where there is nothing to be read."""
    from phonetui import private
    from phonetui.recording.reader import Recording

    return Recording(Path(private.expand_user(path)))


def document_at(path: Path, name: str | None, at: str | None) -> "tuple[str, Document]":
    """A recorded phone's model and tree at a moment, without one at the end. Raises ConfigError."""
    from phonetui.phone.state import PhoneId
    from phonetui.recording.player import Player
    from phonetui.recording.values import microseconds

    recording = open_recording(str(path))
    try:
        player = Player(recording)
        player.seek(microseconds(moment(at, recording, None)) if at else recording.last_us)
    except ProtocolError as error:
        raise ConfigError(f"{path} cannot be played: {error}") from error
    spoken = [phone for phone in player.fleet.phones if player.fleet.document(phone)]
    if name is not None and name not in spoken:
        raise ConfigError(f"{path} has no phone {name!r} that spoke", f"There are {', '.join(spoken) or 'none'}")
    if not spoken:
        raise ConfigError(f"no phone of {path} had answered by then", "Give another moment with --at")
    chosen = PhoneId(name) if name is not None else spoken[0]
    return player.fleet.phones[chosen].system.product_id or "", player.fleet.document(chosen)


def moment(words: str, recording: "Recording", zone: None, *, nearest: bool = False) -> "datetime":
    """The moment that was typed.

    Raises ConfigError for what is no moment, or none of the recording; with `nearest` such a one becomes the nearest of
    the recording.
    """
    from phonetui.phone.clock import instant
    from phonetui.recording.moments import moment_from

    first, last = recording.first, recording.last
    found = moment_from(words, (first, last), last, zone)
    if nearest:
        return min(max(found, first), last)
    if not first <= found <= last:
        hint = f"It goes from {instant(first)} to {instant(last)}"
        raise ConfigError(f"{recording.path} does not cover {instant(found)}", hint)
    return found


def _print_lines(recording: "Recording", began: "datetime | None") -> int:
    """From `began` on, else all of it; what cannot be read is said on standard error."""
    from phonetui.cli.json_lines import line
    from phonetui.recording.player import Player
    from phonetui.recording.values import microseconds

    is_quiet = began is not None
    try:
        player = Player(recording, report=lambda what: None if is_quiet else print(line(what), flush=False))
        if began is not None:
            player.seek(microseconds(began))
            is_quiet = False
        player.advance(recording.last_us)
    except ProtocolError as error:
        raise ConfigError(f"{recording.path} cannot be played: {error}") from error
    sys.stdout.flush()
    _tell_lost(recording)
    return 0


def _tell_lost(recording: "Recording") -> None:
    for words in (*recording.warnings, *(span.words for span in recording.lost)):
        notice(words)


def _speed(word: str) -> int:
    """For argparse: 1 to 64."""
    if not (word.isascii() and word.isdecimal()) or not 1 <= int(word) <= 64:
        raise argparse.ArgumentTypeError("must be a whole number from 1 to 64")
    return int(word)
