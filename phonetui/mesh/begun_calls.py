"""A file that names every call which was begun and is not yet known to be over, so that the next start can end it.

    name of the call ──► file, on the disk ──► Call Dial ──► … ──► both phones idle ──► taken out of the file

Where it cannot be written no call is begun. Several programs share it: each entry names its program, and as long as
that one runs nobody else touches its calls. Of several that find a call left over, one makes it its own and ends it.
"""

import asyncio
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from msgspec import Struct

from phonetui.errors import ConfigError
from phonetui.mesh.plan import MeshPair
from phonetui.phone.clock import instant
from phonetui.phone.state import PhoneId
from phonetui.storage.json_store import DamagedFile, JsonStore, Owners
from phonetui.storage.writer import StorageNotices, reason
from phonetui.text import printable


class BegunCall(Struct, frozen=True):
    """A test call in the file."""

    name: str
    """The unique key of the call in the file."""
    caller: PhoneId
    callee: PhoneId
    number: str
    """The number that was dialled."""
    shown: tuple[str, ...]
    """The numbers under which the callee sees the caller."""
    began_at: datetime
    """Aware UTC."""
    owner: str


def _is_sound(document: dict[str, Any]) -> bool:
    return all(_call(name, row) is not None for name, row in document.items())


def _call(name: str, row: Any) -> BegunCall | None:
    try:
        began_at = datetime.fromisoformat(row["began_at"])
        texts = [printable(str(row[name])) for name in ("caller", "callee", "number", "owner")]
        shown = tuple(printable(str(number)) for number in row["shown"])
    except (TypeError, KeyError, ValueError):
        return None
    caller, callee, number, owner = texts
    if began_at.tzinfo is None:
        return None
    return BegunCall(name, PhoneId(caller), PhoneId(callee), number, shown, began_at, owner)


def _calls(rows: dict[str, Any]) -> list[BegunCall]:
    return [call for call in (_call(name, row) for name, row in rows.items()) if call is not None]


class BegunCalls:
    """The file of begun calls; without a path they are kept in memory alone."""

    def __init__(self, file: Path | None, notices: StorageNotices | None = None) -> None:
        self._file = file
        self._store: JsonStore[dict[str, Any]] = JsonStore(
            file, {}, "begun test calls", notices=notices, check=_is_sound
        )
        self._owners = Owners(file)

    async def add(self, pair: MeshPair, began_at: datetime) -> BegunCall:
        """Adds a call; returns once it is on the disk. Raises ConfigError where it cannot be written."""
        shown = (str(pair.caller.number), *pair.caller.numbers)
        name = f"{pair.caller.id}/{pair.callee.id}/{uuid4().hex[:12]}"
        ends = (pair.caller.id, pair.callee.id, str(pair.callee.number))
        call = BegunCall(name, *ends, shown, began_at, self._owners.own)
        row = {"caller": call.caller, "callee": call.callee, "number": call.number, "shown": list(shown),
               "began_at": instant(began_at), "owner": call.owner}  # fmt: skip
        try:
            await asyncio.to_thread(self._write, call.name, row)
        except (OSError, DamagedFile) as error:
            why = reason(error) if isinstance(error, OSError) else str(error)
            message = f"the file of begun calls cannot be written: {why}"
            self._store.update(call.name, lambda calls: {key: one for key, one in calls.items() if key != call.name})
            raise ConfigError(
                message, f"No call is begun that nobody could end afterwards: see {self._file}"
            ) from error
        return call

    async def remove(self, call: BegunCall) -> None:
        """Removes a call that is over. Where that cannot be written now, it is tried again."""
        await asyncio.to_thread(self._forget, call.name)

    async def claim(self) -> tuple[BegunCall, ...]:
        """Takes over calls of programs that no longer run; no other program gets them until `release`."""
        return await asyncio.to_thread(self._claim)

    async def release(self, call: BegunCall) -> None:
        """Gives a claimed call back that could not be ended here, so that another program may try."""
        await asyncio.to_thread(self._store.update, call.name, self._disowned(call.name))

    async def own(self) -> tuple[BegunCall, ...]:
        """The calls of this program."""
        rows = await asyncio.to_thread(self._store.get)
        return tuple(call for call in _calls(rows) if call.owner == self._owners.own)

    def is_empty(self) -> bool:
        """Whether there is no file, or nothing in it: costs one look at the disk. Blocks."""
        return self._file is None or not self._file.exists() or not self._store.get()

    def close(self) -> None:
        """Gives up the file; calls that are still in it are left for the next program."""
        self._owners.close()

    def _write(self, name: str, row: dict[str, Any]) -> None:
        self._owners.hold()
        self._store.update(name, lambda calls: {**calls, name: row})
        self._store.save()

    def _forget(self, name: str) -> None:
        self._store.update(name, lambda calls: {key: row for key, row in calls.items() if key != name})

    def _claim(self) -> tuple[BegunCall, ...]:
        if not any(self._is_left(row) for row in self._store.get().values()):
            return ()
        self._owners.hold()
        known = {call.name for call in _calls(self._store.get()) if call.owner == self._owners.own}
        self._store.update("claim", self._taken_over)
        return tuple(
            call
            for call in _calls(self._store.get())
            if call.owner == self._owners.own and call.name not in known
        )  # fmt: skip

    def _taken_over(self, rows: dict[str, Any]) -> dict[str, Any]:
        """Takes calls over under the file's lock: of two programs the second sees that the first runs."""
        return {
            name: {**row, "owner": self._owners.own} if self._is_left(row) else row for name, row in rows.items()
        }  # fmt: skip

    def _is_left(self, row: dict[str, Any]) -> bool:
        return not self._owners.is_running(str(row["owner"]))

    def _disowned(self, name: str) -> Callable[[dict[str, Any]], dict[str, Any]]:
        def change(rows: dict[str, Any]) -> dict[str, Any]:
            is_own = name in rows and rows[name]["owner"] == self._owners.own
            return {**rows, name: {**rows[name], "owner": ""}} if is_own else rows

        return change
