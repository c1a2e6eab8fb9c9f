"""`phonetui record DIR [PHONE …]`: recording without a screen; and the recorders of the dashboard and `collect`."""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace

from phonetui.cli.connection import configuration, live_fleet, notice, resolve_passwords
from phonetui.cli.failure import NoPhones
from phonetui.cli.options import seconds
from phonetui.errors import ConfigError
from phonetui.signals import EndingSignal

if TYPE_CHECKING:
    from phonetui.config.settings import Config, RecordingSettings
    from phonetui.monitor.observations import ObservationSink
    from phonetui.recording.memory import RecordedMemory
    from phonetui.recording.recorder import Recorder
    from phonetui.recording.replay import ReplayFleet
    from phonetui.storage.writer import StorageNotices


def declare(words: argparse.ArgumentParser) -> None:
    words.add_argument("directory", metavar="DIR", help="where the recording's files go; it is made if need be")
    words.add_argument(
        "targets", metavar="PHONE", nargs="*", default=[], help="names or URLs; without one, every phone"
    )
    words.add_argument("--for", metavar="SECONDS", dest="for_s", type=seconds, help="end after this long")
    words.add_argument(
        "--redact", action="store_true", help="mask names, numbers and addresses before anything is written"
    )


def run(options: argparse.Namespace) -> int:
    from msgspec.structs import replace

    from phonetui import boot_time
    from phonetui.config.reader import with_phones

    config = with_phones(configuration(options), options.targets)
    if not config.phones:
        raise NoPhones
    chosen = replace(config.recording, directory=options.directory, redact=options.redact or config.recording.redact)
    return boot_time.run(_record(resolve_passwords(config), chosen, options.for_s))


async def _record(config: "Config", chosen: "RecordingSettings", for_s: float | None) -> int:
    """Until the time is up or somebody asks the process to end; the exit code. Raises ConfigError."""
    import asyncio

    from phonetui.cli.watch import run_headless
    from phonetui.cli.webex.account import webex_opener_if_used

    loop = asyncio.get_running_loop()
    ended = asyncio.Event()
    ending = EndingSignal(loop, ended.set)

    def tell(words: str) -> None:
        """In the recorder's thread: it ended by itself, and there is nothing else to be done here."""
        notice(words)
        loop.call_soon_threadsafe(ended.set)

    sink, recorder = open_recorder(config, chosen, tell)
    fleet = live_fleet(config, notice=notice, webex=webex_opener_if_used(config), keeps_histories=True, recorder=sink)
    notice(f"recording {len(config.phones)} phones into {recorder.folder}; ctrl+c ends it")
    try:
        await run_headless(fleet, for_s, ended)
    finally:
        await asyncio.to_thread(recorder.close)
    if recorder.failure:
        raise ConfigError(f"{recorder.folder}: {recorder.failure}", "Make room, or record somewhere else")
    return ending.exit_code


def open_recorder(
    config: "Config", chosen: "RecordingSettings", tell: "Callable[[str], None]"
) -> "tuple[ObservationSink, Recorder]":
    """What a fleet of `config` gives its observations to, and the recorder behind it, which has to be closed.

    `tell` is called, in another thread, where recording ends by itself. Raises ConfigError where it cannot begin.
    """
    from phonetui.recording.files import RecordingFiles
    from phonetui.recording.recorder import Recorder, new_run

    folder = recording_folder(chosen)
    try:
        files = RecordingFiles(folder, run=new_run(), masked=chosen.redact, days=chosen.days, max_gb=chosen.max_gb)
    except OSError as error:
        hint = "Give another directory"
        raise ConfigError(f"{folder} cannot be recorded into: {error.strerror or error}", hint) from error
    recorder = Recorder(files, tell)
    if not chosen.redact:
        return recorder, recorder
    from phonetui.recording.redaction import Redactor

    return Redactor(recorder, config.quality, config.muted_alerts), recorder


def recording_folder(chosen: "RecordingSettings") -> Path:
    """Made where it isn't there. Raises ConfigError."""
    from phonetui import private

    folder = private.expand_user(chosen.directory or "").absolute()
    try:
        private.make_directory(folder)
        if not folder.is_dir():
            raise NotADirectoryError(0, "a file stands in its place")
    except OSError as error:
        hint = "Give another directory"
        raise ConfigError(f"{folder} cannot be recorded into: {error.strerror or error}", hint) from error
    return folder


class DashboardRecorder:
    """What a dashboard is recorded with, begun when its fleet is opened: behind the first frame."""

    def __init__(self, config: "Config", chosen: "RecordingSettings", tell: Callable[[str], None]) -> None:
        """See `open_recorder`. Raises ConfigError where the folder cannot be made."""
        self.folder = recording_folder(chosen)
        self._config, self._chosen, self._notify = config, chosen, tell
        self._recorder: Recorder | None = None
        self._failure = ""

    @property
    def failure(self) -> str:
        """Why nothing is recorded any more; empty while it is."""
        return self._failure or (self._recorder.failure if self._recorder is not None else "")

    def open(self) -> "ObservationSink | None":
        """Begins to record; None where that cannot begin, which is reported."""
        try:
            sink, self._recorder = open_recorder(self._config, self._chosen, self._notify)
        except ConfigError as error:
            self._failure = str(error)
            self._notify(f"nothing is recorded: {error}")
            return None
        return sink

    def replay(self) -> "ReplayFleet":
        """What was recorded so far. Raises PhonetuiError."""
        from phonetui.recording.reader import Recording
        from phonetui.recording.replay import ReplayFleet

        if self._recorder is None or self._recorder.path is None:
            raise ConfigError("nothing was written so far", "Try again in a second")
        self._recorder.flush()
        return ReplayFleet(Recording(self._recorder.path))

    def close(self) -> None:
        """Waits until everything is written, for a while at most."""
        if self._recorder is not None:
            self._recorder.close()


class MemoryRecorder:
    """What a dashboard goes back through that records nothing: its latest minutes, begun with its fleet."""

    folder = None
    failure = ""

    def __init__(self) -> None:
        self._recorder: Recorder | None = None
        self._memory: RecordedMemory | None = None

    def open(self) -> "ObservationSink":
        from phonetui.recording.memory import RecordedMemory
        from phonetui.recording.recorder import Recorder

        self._memory = RecordedMemory()
        self._recorder = Recorder(self._memory, lambda words: setattr(self, "failure", words))
        return self._recorder

    def replay(self) -> "ReplayFleet":
        """What is still in memory. Raises PhonetuiError."""
        from phonetui.recording.replay import ReplayFleet

        if self._recorder is None or self._memory is None or self._recorder.path is None:
            raise ConfigError("nothing was observed so far", "Try again in a second")
        self._recorder.flush()
        return ReplayFleet(self._memory.recording())

    def close(self) -> None:
        """Drops what was recorded."""
        if self._recorder is not None:
            self._recorder.close()


MOST_IN_MEMORY = 200
"""Phones of which the latest minutes are kept in memory: what more of them cost is the operator's choice."""


def dashboard_recorder(
    config: "Config", options: argparse.Namespace, storage: "StorageNotices"
) -> "DashboardRecorder | MemoryRecorder | None":
    """Files where `--record` or the configuration wants them, else memory. Raises ConfigError where it cannot begin."""
    directory = options.record or config.recording.directory
    if not directory:
        return MemoryRecorder() if len(config.phones) <= MOST_IN_MEMORY else None
    return DashboardRecorder(config, replace(config.recording, directory=directory), storage.add)
