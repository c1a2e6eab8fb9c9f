"""The plan of a rollout on disk: JSON Lines, only ever appended to, so that a killed program can resume.

One program at a time: the file is locked for as long as it is open.
"""

import json
import os
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from phonetui import private
from phonetui.errors import ConfigError
from phonetui.storage.writer import reason
from phonetui.webex.rollout import Event, Rollout, RolloutHeader, header_from_json


class RolloutFile:
    """Opened for one run; every line is on the disk before `add` returns."""

    def __init__(self, place: Path, rollout: Rollout, opened: int) -> None:
        self.place = place
        self.rollout = rollout
        self._opened = opened

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        os.close(self._opened)

    def add(self, *events: dict[str, Any], is_durable: bool = True) -> None:
        """Applies events and writes them; `is_durable`: a power cut may not take them away. Raises ConfigError."""
        for event in events:
            self.rollout.apply(event)
        _write(self.place, self._opened, events)
        if is_durable:
            os.fdatasync(self._opened)


def create_plan(place: Path, header: RolloutHeader) -> RolloutFile:
    """A new one. Raises ConfigError where there is such a file already, or it cannot be written."""
    try:
        opened = os.open(place, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        private.lock(opened)
    except FileExistsError:
        hint = "Go on with it: 'phonetui webex configurations apply', or choose another name with --plan"
        raise ConfigError(f"{place}: there is such a file already", hint) from None
    except OSError as error:
        raise ConfigError(f"{place}: the plan cannot be written: {reason(error)}") from error
    _write(place, opened, [header.to_json()])
    return RolloutFile(place, Rollout(header), opened)


def open_plan(place: Path) -> RolloutFile:
    """One that was begun. Raises ConfigError."""
    try:
        opened = private.open_regular(str(place), os.O_RDWR | os.O_APPEND)
    except OSError as error:
        raise ConfigError(f"{place}: the plan cannot be read: {reason(error)}") from error
    try:
        private.lock(opened, 0.2)
        with open(opened, "rb", closefd=False) as stream:
            content = stream.read()
        first, *lines = content.split(b"\n")
        rollout = Rollout(header_from_json(_json(first)))
        for line in lines:
            if isinstance(event := _json(line), dict):
                rollout.apply(event)
        if not content.endswith(b"\n"):
            os.write(opened, b"\n")  # a line that a crash cut short is no beginning of the next
    except ConfigError as error:
        os.close(opened)
        raise ConfigError(f"{place}: {error.message}", error.hint) from None
    except OSError as error:
        os.close(opened)
        hint = "Another program may be at it: one plan, one program"
        raise ConfigError(f"{place}: the plan cannot be used: {reason(error)}", hint) from error
    return RolloutFile(place, rollout, opened)


def _write(place: Path, opened: int, events: Iterable[Event]) -> None:
    """All of it or none: what a full disk took is taken back. Raises ConfigError."""
    size = os.fstat(opened).st_size
    content = "".join(f"{json.dumps(event, separators=(',', ':'))}\n" for event in events).encode("ascii")
    try:
        private.write_all(opened, content)
    except OSError as error:
        os.ftruncate(opened, size)
        raise ConfigError(f"{place}: the plan cannot be written: {reason(error)}", "Nothing more was sent") from error


def _json(line: bytes) -> Any:
    """None for what isn't JSON, such as a line that a crash cut short."""
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None
