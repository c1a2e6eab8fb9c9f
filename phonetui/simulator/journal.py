"""The log of everything that changed on the simulated phones: JSON Lines in the form that `watch` writes."""

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from types import TracebackType
from typing import Self, TextIO

from phonetui.simulator.tree import Notice, PhoneCondition, TreeChange, TreeEvent


class ChangeLog:
    """Writes ASCII only and flushes each batch; without a file it writes nowhere."""

    def __init__(self, file: TextIO | None) -> None:
        self._file = file

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._file:
            self._file.close()

    def write(self, phone: str, notices: Iterable[Notice]) -> None:
        if self._file is None:
            return
        at = moment(datetime.now(UTC))
        for notice in notices:
            line = _line(phone, notice, at)
            if line:
                self._file.write(json.dumps(line) + "\n")
        self._file.flush()


def moment(now: datetime) -> str:
    """`2026-11-21T12:00:00.123Z` of an aware UTC time."""
    return f"{now:%Y-%m-%dT%H:%M:%S}.{now.microsecond // 1000:03}Z"


def _line(phone: str, notice: Notice, at: str) -> dict[str, object] | None:
    """None for what `watch` doesn't follow."""
    match notice:
        case TreeChange(path, None):
            return {"type": "status", "phone": phone, "path": str(path), "ghost": True, "at": at}
        case TreeChange(path, value):
            return {"type": "status", "phone": phone, "path": str(path), "value": value, "at": at}
        case TreeEvent(name, fields):
            return {"type": "event", "phone": phone, "event": name, "fields": dict(fields), "at": at}
        case PhoneCondition(state):
            return {"type": "phone", "phone": phone, "state": state, "reason": "", "at": at}
        case _:
            return None
