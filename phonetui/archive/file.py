"""The file: one table of calls in SQLite. Everything here blocks, and is called from one thread.

A rollback journal, not WAL: the file stays one file, works in home directories on a network, and two dashboards write
a few rows a minute.
"""

import json
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

from phonetui import private
from phonetui.archive.plain import plain, record
from phonetui.archive.unkept import Unkept
from phonetui.phone.record import CallRecord

PATIENCE_S = 2.0
"""How long another program may hold the file before it counts as locked."""
RESUMED = timedelta(days=1)
"""For how long a call whose end was not seen may still be going on."""

_MIGRATIONS = (
    """
    CREATE TABLE calls (
        id TEXT PRIMARY KEY,
        phone TEXT NOT NULL,
        began_at REAL NOT NULL,
        last_at REAL NOT NULL,
        ended INTEGER NOT NULL,
        record TEXT NOT NULL
    );
    CREATE INDEX calls_by_beginning ON calls (began_at);
    """,
)
"""Each leads from its place in this row to the next `user_version`. Times are seconds since 1970, UTC."""


class File:
    """Every method raises Unkept."""

    def __init__(self, path: Path) -> None:
        self._path = path
        with _told(path):
            private.make_directory(path.parent)
            open(path, "a", opener=private.opener).close()  # its journal takes its mode over
            self._rows = sqlite3.connect(path, timeout=PATIENCE_S, isolation_level=None, check_same_thread=False)
        try:
            self._migrate()
        except Unkept:
            self._rows.close()
            raise

    def close(self) -> None:
        self._rows.close()

    def forget(self, before: datetime) -> int:
        """Takes out calls that were over by then; how many."""
        with _told(self._path):
            return self._rows.execute("DELETE FROM calls WHERE last_at < ?", (before.timestamp(),)).rowcount

    def write(self, records: Iterable[CallRecord]) -> None:
        rows = [
            (
                one.id,
                one.phone,
                one.began_at.timestamp(),
                one.last_at.timestamp(),
                one.ended_at is not None,
                json.dumps(plain(one), separators=(",", ":")),
            )
            for one in records
        ]
        with _told(self._path), self._transaction():
            self._rows.executemany("INSERT OR REPLACE INTO calls VALUES (?, ?, ?, ?, ?, ?)", rows)

    def unfinished(self, now: datetime) -> list[CallRecord]:
        """Calls without an end that may still be going on."""
        since = (now - RESUMED).timestamp()
        return self._read("SELECT record FROM calls WHERE NOT ended AND last_at > ? ORDER BY began_at DESC", since)

    def newest(self, limit: int) -> list[CallRecord]:
        """Newest first; a row that cannot be read is passed by."""
        return self._read("SELECT record FROM calls ORDER BY began_at DESC LIMIT ?", limit)

    def __len__(self) -> int:
        with _told(self._path):
            return int(self._rows.execute("SELECT count(*) FROM calls").fetchone()[0])

    def _read(self, query: str, value: float) -> list[CallRecord]:
        with _told(self._path), closing(self._rows.execute(query, (value,))) as rows:
            found = [_record(row[0]) for row in rows]
        return [one for one in found if one is not None]

    def _migrate(self) -> None:
        with _told(self._path):
            if self._version() < len(_MIGRATIONS):
                with self._transaction():  # another dashboard may have begun with the same
                    for number in range(self._version(), len(_MIGRATIONS)):
                        for statement in filter(str.strip, _MIGRATIONS[number].split(";")):
                            self._rows.execute(statement)
                        self._rows.execute(f"PRAGMA user_version = {number + 1}")
            version = self._version()
        if version > len(_MIGRATIONS):
            raise Unkept(f"{self._path} was written by a newer phonetui (version {version})", "Update phonetui")

    def _version(self) -> int:
        return int(self._rows.execute("PRAGMA user_version").fetchone()[0])

    def _transaction(self) -> "_Transaction":
        return _Transaction(self._rows)


class _Transaction:
    """All or nothing; begun as a writer, so that it waits for its turn instead of failing in the middle."""

    def __init__(self, rows: sqlite3.Connection) -> None:
        self._rows = rows

    def __enter__(self) -> None:
        self._rows.execute("BEGIN IMMEDIATE")

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._rows.execute("COMMIT" if kind is None else "ROLLBACK")


class _told:  # noqa: N801 - reads as the verb that it is
    """Says of which file the library complains, and whether to try again."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: object) -> None:
        if isinstance(error, sqlite3.OperationalError):
            raise Unkept(f"{self._path}: {error}", is_passing=True) from error
        if isinstance(error, sqlite3.Error):
            raise Unkept(f"{self._path}: {error}", "Move it away, and a new one is begun") from error
        if isinstance(error, OSError):
            raise Unkept(f"{self._path}: {error.strerror or error}", "See `phonetui config path`") from error


def _record(text: str) -> CallRecord | None:
    try:
        return record(json.loads(text))
    except (ValueError, TypeError, KeyError, AttributeError):
        return None
