"""One JSON file that several programs of one user share.

    update(key, change) ──► memory, at once
                        └─► lock ─► read again ─► apply the changes ─► replace ─► unlock

A change is a function of the document, so what another program wrote in the meantime stays. Under an event loop the
file is written by a thread, elsewhere before `update` returns. Where the file cannot be kept the changes stay in
memory, that is noted once, and it is tried again.

`Owners` tells which of the programs that share a file still run: each holds the lock of a small file of its own. The
system gives a lock back when its holder ends, however that happens, and unlike a process id it is never reused.
"""

import asyncio
import fcntl
import json
import os
import re
from collections.abc import Callable, Hashable
from contextlib import ExitStack, suppress
from pathlib import Path
from threading import RLock
from typing import Any, Generic, TypeVar

from phonetui import private
from phonetui.storage.writer import RETRY_S, WRITER, StorageNotices

_NAME = re.compile(r"[0-9a-f]{16}")


class Owners:
    """The programs beside `file`: `.FILE.owner.ID` each."""

    def __init__(self, file: Path | None) -> None:
        """Nobody else is there where `file` is None."""
        self._file = file
        self.own = os.urandom(8).hex()
        """This program's id, so far as it is held."""
        self._held: int | None = None

    def hold(self) -> None:
        """From now on others see that this program runs; where the file system doesn't let it, they don't."""
        if self._file is None or self._held is not None:
            return
        with suppress(OSError):
            private.make_directory(self._file.parent)
            self._sweep(self._file)
            place = self._place(self._file, self.own)
            opened = private.open_regular(str(place), os.O_RDWR | os.O_CREAT)
            if _is_locked(opened, fcntl.LOCK_EX) and place.exists():  # another one may have swept it away before
                self._held = opened
            else:
                os.close(opened)

    def is_running(self, owner: str) -> bool:
        """Whether the program of this id runs: this one, or another that holds its lock."""
        if owner == self.own or self._file is None or not _NAME.fullmatch(owner):
            return owner == self.own
        return not _is_free(self._place(self._file, owner))

    def close(self) -> None:
        if self._held is not None and self._file is not None:
            with suppress(OSError):
                self._place(self._file, self.own).unlink(missing_ok=True)
            os.close(self._held)
            self._held = None

    def _sweep(self, file: Path) -> None:
        """Takes away what programs that were killed left."""
        for left in file.parent.glob(f".{file.name}.owner.*"):
            if _is_free(left):
                left.unlink(missing_ok=True)

    @staticmethod
    def _place(file: Path, owner: str) -> Path:
        return file.with_name(f".{file.name}.owner.{owner}")


def _is_free(place: Path) -> bool:
    """Whether nobody holds the lock. So it is where the file cannot be opened, or the file system has no locks."""
    try:
        opened = private.open_regular(str(place), os.O_RDWR)
    except OSError:
        return True
    try:
        return _is_locked(opened, fcntl.LOCK_SH)  # shared: two that look don't see each other
    finally:
        os.close(opened)


def _is_locked(opened: int, kind: int) -> bool:
    """Whether the lock could be taken, without waiting; also where the file system has none."""
    try:
        fcntl.flock(opened, kind | fcntl.LOCK_NB)
    except OSError as error:
        return not isinstance(error, BlockingIOError)
    return True


DEEPEST = 16
"""Levels of a document; ours have four."""

Document = TypeVar("Document", dict[str, Any], list[Any])
_Signature = tuple[int, ...]
"""Device, inode, size and time of a file: another one is another content."""


class DamagedFile(ValueError):
    """The file holds what this program never wrote."""


class JsonStore(Generic[Document]):
    """A document in memory, in step with a file of the same content."""

    def __init__(
        self,
        file: Path | None,
        empty: Document,
        what: str,
        *,
        notices: StorageNotices | None = None,
        check: Callable[[Document], bool] = lambda _: True,
        is_essential: bool = False,
    ) -> None:
        """In memory alone where `file` is None. `empty` is the document without a file, `what` names it in words.

        A document that `check` doesn't accept is damaged. A damaged file is set aside as `….damaged` when it is next
        written; an essential one is left alone, and neither it nor one that everybody may write is ever taken for an
        empty one.
        """
        self._file = file
        self._what = what
        self._notices = notices or StorageNotices()
        self._check: Callable[[Document], bool] = check
        self._is_essential = is_essential
        self._turn = RLock()
        """Guards what follows; held while the file is read, never while a lock or a written disk is waited for."""
        self._document: Document = empty
        self._pending: dict[Hashable, Callable[[Document], Document]] = {}
        self._seen: _Signature | None = None
        self.failure: OSError | None = None
        """Why the file could not be read the last time."""

    @property
    def known(self) -> Document:
        """The document as it was read last, with this run's changes: costs nothing; not to be changed in place."""
        return self._document

    def get(self) -> Document:
        """The document as the file has it now, with this run's changes; not to be changed in place.

        Of an essential file raises DamagedFile, and private.Exposed where everybody may write it.
        """
        with self._turn:
            if self._file is not None:
                self._refresh(self._file)
            return self._document

    def update(self, key: Hashable, change: Callable[[Document], Document]) -> None:
        """Applies `change`, which returns a new document, to memory at once and to the file as soon as that can be.

        Applied twice it must do what it does once. Under one `key` the latest counts.
        """
        with self._turn:
            self._document = change(self._document)
            if self._file is None:
                return
            self._pending.pop(key, None)  # its place is behind what came since
            self._pending[key] = change
        if _is_on_event_loop():
            WRITER.submit(self._try_to_save)
        elif not self._try_to_save():
            WRITER.submit(self._try_to_save, RETRY_S)

    def save(self) -> None:
        """Writes what is not written yet. Blocks; raises OSError or Damaged where the file cannot be kept."""
        file = self._file
        if file is None or not self._pending:
            return
        private.check_writers(file)
        private.make_directory(file.parent)
        with ExitStack() as held:
            lock = private.open_regular(str(file.with_name(f".{file.name}.lock")), os.O_RDWR | os.O_CREAT)
            held.callback(os.close, lock)
            private.lock(lock)
            current = self._current(file)
            changes = dict(self._pending)
            merged = current
            for change in changes.values():
                merged = change(merged)
            if merged != current or not file.exists():
                for left in file.parent.glob(f".{file.name}.*{private.NEW_SUFFIX}"):
                    left.unlink()  # of a program that was killed while it wrote
                private.write(file, json.dumps(merged, indent=1, sort_keys=True))
            with self._turn:
                for key, change in changes.items():
                    if self._pending.get(key) is change:
                        del self._pending[key]
                self._take(merged, _signature(file.lstat()))

    def _try_to_save(self) -> bool:
        try:
            self.save()
        except (OSError, ValueError, RecursionError) as error:
            if self._file is not None:
                self._notices.failed(self._what, self._file, error)
            return False
        return True

    def _current(self, file: Path) -> Document:
        """What the file holds, under its lock; what is known where it is gone or was damaged."""
        try:
            return self._read(file)[0]
        except FileNotFoundError:
            pass
        except DamagedFile as error:
            if self._is_essential:
                raise
            self._note_damage(file, error)
            file.replace(_aside(file))
        with self._turn:
            return self._document

    def _refresh(self, file: Path) -> None:
        """Reads the file where it changed; what cannot be read leaves what is known."""
        self.failure = None
        try:
            private.check_writers(file)
            seen = _signature(file.lstat())
            if seen != self._seen:
                self._take(*self._read(file))
        except (FileNotFoundError, NotADirectoryError):
            pass  # taken away: that concerns the next run
        except OSError as error:
            if isinstance(error, private.WritableByOthers) and self._is_essential:
                raise
            self.failure = error
            self._notices.failed(self._what, file, error)
        except DamagedFile as error:
            if self._is_essential:
                raise
            self._seen = seen
            self._note_damage(file, error)

    def _note_damage(self, file: Path, error: DamagedFile) -> None:
        words = f"{file} is damaged ({error}): {self._what} begin anew"
        self._notices.add(f"{words}, and the next write keeps it as {_aside(file).name}")

    def _take(self, document: Document, seen: _Signature) -> None:
        """Makes what the file holds the document, with the changes on top that it doesn't have yet."""
        for change in self._pending.values():
            document = change(document)
        self._document, self._seen = document, seen

    def _read(self, file: Path) -> tuple[Document, _Signature]:
        content, status = private.read(file)
        try:
            found = json.loads(content.decode())
        except RecursionError:
            raise DamagedFile("nested too deeply") from None
        except ValueError:
            raise DamagedFile("not JSON") from None
        if type(found) is not type(self._document):
            raise DamagedFile("not what this program writes")
        if _is_deeper(found, DEEPEST):
            raise DamagedFile("nested too deeply")
        if not self._check(found):
            raise DamagedFile("not what this program writes")
        return found, _signature(status)


def _aside(file: Path) -> Path:
    return file.with_name(f"{file.name}.damaged")


def _signature(status: os.stat_result) -> _Signature:
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns


def _is_deeper(found: object, levels: int) -> bool:
    values = [found]
    for _ in range(levels):
        lists = [list(value.values()) if isinstance(value, dict) else value for value in values]
        values = [inner for value in lists if isinstance(value, list) for inner in value]
    return bool(values)


def _is_on_event_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True
