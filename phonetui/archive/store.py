"""The SQLite file: the table of calls, and the tables of `inventory_tables`.

A rollback journal, not WAL: the file stays one file, works in home directories on a network, and two dashboards write
a few rows a minute. Readers are quick because of that: rows are fetched a page at a time and parsed afterwards, for a
reader that holds its cursor keeps every writer from committing.

Forgotten are calls older than the limit, but never on the word of one clock: a machine that starts a year ahead would
otherwise lose all it remembers. So old calls go only where newer ones stand beside them that span a day, or when the
program has run for a day by a clock that nobody sets; and then at most a share of all in a day, however often the
program is started.
"""

import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from phonetui import private
from phonetui.archive import ArchiveError, inventory_tables
from phonetui.archive.records import parse_rows, row_text
from phonetui.phone.alerts.alert import Alert
from phonetui.phone.calls.call_record import CallRecord
from phonetui.phone.inventory import PhoneChange, PhoneRecord
from phonetui.storage.writer import reason

PATIENCE_S = 2.0
"""How long another program may hold the file before it counts as locked."""
RESUMED = timedelta(days=1)
"""For how long a call whose end was not seen may still be going on."""

CACHE_KIB = 512
"""Of pages that SQLite keeps in memory: as quick as its own 2 MB, which fill up in the first quarter of an hour."""
DAY_S = 86400.0
SHARE = 10
"""At most one in so many calls is forgotten in a day …"""
LEAST = 1000
"""… or so many, where that is more: they are forgotten in no time."""
STEP = 500
"""Calls in one transaction: other programs write in between."""
PAGES = 1000
"""Of 4 KB, given back in one step."""
FREE_PAGES = 64
"""A file with fewer free pages than this is not worth the work."""
STRETCH = 5000
"""Rows looked at in one step: some 30 ms."""
PARSED = 500
"""Rows parsed in one step, at most: as long again."""

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
    """
    CREATE INDEX calls_by_end ON calls (last_at);
    CREATE INDEX calls_without_end ON calls (last_at) WHERE NOT ended;
    CREATE TABLE retention (day_began_at REAL NOT NULL, forgotten INTEGER NOT NULL);
    """,
    inventory_tables.TABLES,
)
"""Each leads from its place in this row to the next `user_version`. Times are seconds since 1970, UTC."""
_DAMAGED = {sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT}

Place = tuple[float, str]
"""The position of a call among all, newest first: its beginning and its id."""
TOP: Place = (float("inf"), "")
"""Above the newest."""
Kept = CallRecord | PhoneRecord | Alert
"""What has a row of its own."""


class CallStore:
    """Every method raises ArchiveError."""

    def __init__(self, path: Path) -> None:
        """A file that is damaged is set aside as `….damaged`, and a new one begun; `set_aside` says so."""
        self._path = path
        self.set_aside = ""
        with _translated(path):
            private.make_directory(path.parent)
            private.check_writers(path)
            self._connection, self._inode = _connected(path)
        try:
            self._migrate()
        except ArchiveError as error:
            self._connection.close()
            if not error.is_damage:
                raise
            self.put_aside(error)

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        """The connection; errors within are ArchiveErrors."""
        with _translated(self._path):
            yield self._connection

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """The connection in a transaction: committed at the end, rolled back where anything is raised."""
        with _translated(self._path), self._connection:
            self._connection.execute("BEGIN IMMEDIATE")  # a writer waits for its turn here, not in between
            yield self._connection

    def close(self) -> None:
        self._connection.close()

    def put_aside(self, error: ArchiveError) -> None:
        """Keeps a damaged file as it is under another name, and begins a new one."""
        self._connection.close()
        aside = self._path.with_name(f"{self._path.name}.damaged")
        with _translated(self._path), ExitStack() as held:
            lock = private.open_regular(str(self._path.with_name(f".{self._path.name}.lock")), os.O_RDWR | os.O_CREAT)
            held.callback(os.close, lock)
            private.lock(lock)
            if self._path.stat().st_ino == self._inode:  # else another dashboard has begun a new one already
                self._path.replace(aside)
                _journal(self._path).unlink(missing_ok=True)
                self.set_aside = f"{error.message}: it is now {aside.name}, and a new one is begun"
            self._connection, self._inode = _connected(self._path)
        self._migrate()

    def write(self, records: Iterable[Kept]) -> int:
        """Writes records, of each the latest version; the number of records."""
        kept = list(records)
        calls = [
            (
                one.id,
                one.phone,
                one.began_at.timestamp(),
                one.last_at.timestamp(),
                one.ended_at is not None,
                row_text(one),
            )
            for one in kept
            if isinstance(one, CallRecord)
        ]
        phones = [one for one in kept if isinstance(one, PhoneRecord)]
        alerts = [one for one in kept if isinstance(one, Alert)]
        with self._writing() as connection:
            connection.executemany("INSERT OR REPLACE INTO calls VALUES (?, ?, ?, ?, ?, ?)", calls)
            if phones:
                inventory_tables.write_phones(connection, phones)
            if alerts:
                inventory_tables.write_alerts(connection, alerts)
        return len(kept)

    def unfinished(self, now: datetime) -> list[CallRecord]:
        """Calls without an end that may still be going on."""
        # Left alone, SQLite takes the index of the order and reads every call.
        query = """
            SELECT record FROM calls INDEXED BY calls_without_end WHERE NOT ended AND last_at > ? ORDER BY began_at DESC
        """
        with self._reading() as connection:
            texts = connection.execute(query, ((now - RESUMED).timestamp(),)).fetchall()
        return parse_rows((text for (text,) in texts), CallRecord)

    def page(self, below: Place | None, limit: int) -> tuple[list[CallRecord], Place | None]:
        """The next calls below a place, newest first, and the place of the last one; None where there are no more.

        `below` is None for the newest.
        """
        below = below or TOP
        query = """
            SELECT began_at, id, record FROM calls WHERE began_at <= ? AND (began_at < ? OR id < ?)
            ORDER BY began_at DESC, id DESC LIMIT ?
        """
        with self._reading() as connection:
            rows = connection.execute(query, (below[0], *below, limit)).fetchall()
        last = (rows[-1][0], rows[-1][1]) if len(rows) == limit else None
        return parse_rows((text for _, _, text in rows), CallRecord), last

    def period(self, since: datetime, until: datetime) -> Iterator[CallRecord]:
        """Calls that ended, or were seen last, in a time, in that order; a page at a time is in memory."""
        place = (since.timestamp(), "")
        query = """
            SELECT last_at, id, record FROM calls WHERE (last_at, id) > (?, ?) AND last_at <= ?
            ORDER BY last_at, id LIMIT ?
        """
        while True:
            with self._reading() as connection:
                rows = connection.execute(query, (*place, until.timestamp(), PARSED)).fetchall()
            yield from parse_rows((text for _, _, text in rows), CallRecord)
            if len(rows) < PARSED:
                return
            place = rows[-1][:2]

    def kept_since(self) -> datetime | None:
        """When the earliest call was over that is kept; None where none is."""
        with self._reading() as connection:
            earliest = connection.execute("SELECT min(last_at) FROM calls").fetchone()[0]
        return None if earliest is None else datetime.fromtimestamp(earliest, UTC)

    def phones(self, since: datetime) -> list[PhoneRecord]:
        """The phones that somebody watched since a moment, as they were last."""
        with self._reading() as connection:
            return inventory_tables.read_phones(connection, since)

    def changes(self, since: datetime, until: datetime) -> list[PhoneChange]:
        """What changed of phones in a time, oldest first."""
        with self._reading() as connection:
            return inventory_tables.read_changes(connection, since, until)

    def alerts(self, since: datetime, until: datetime) -> list[Alert]:
        """The alerts that were raised in a span of time, oldest first."""
        with self._reading() as connection:
            return inventory_tables.read_alerts(connection, since, until)

    def __len__(self) -> int:
        with self._reading() as connection:
            return _number(connection, "SELECT count(*) FROM calls")

    def search(
        self, below: Place, words: Sequence[str], fits: Callable[[CallRecord], bool]
    ) -> tuple[list[CallRecord], Place | None]:
        """One stretch of a search: calls below a place that fit, newest first, and how far it looked; None at the end.

        Each of `words`, in small ASCII letters, stands somewhere in what is kept of every call that fits. A text with
        other letters than ASCII is parsed in any case: `ss` may be what an `ß` was folded to.
        """
        conditions = "".join(" AND (instr(lower(record), ?) OR instr(record, '\\u'))" for _ in words)
        columns = "FROM calls WHERE began_at <= ? AND (began_at < ? OR id < ?)"
        order = "ORDER BY began_at DESC, id DESC LIMIT"
        with self._reading() as connection:
            bound_query = f"SELECT began_at {columns} {order} 1 OFFSET {STRETCH}"
            bound = connection.execute(bound_query, (below[0], *below)).fetchone()
            floor = float("-inf") if bound is None else bound[0]
            query = f"SELECT began_at, id, record {columns} AND began_at >= ?{conditions} {order} {PARSED}"
            rows = connection.execute(query, (below[0], *below, floor, *words)).fetchall()
        found = [record for record in parse_rows((text for _, _, text in rows), CallRecord) if fits(record)]
        if len(rows) == PARSED:
            return found, (rows[-1][0], rows[-1][1])
        return found, None if bound is None else (floor, "")

    def tend(self, now: datetime, keep: timedelta, *, ran_s: float) -> bool:
        """Forgets some of what is too old, and shrinks the file; whether there is more to be done now."""
        return self.forget(now, keep, ran_s=ran_s) == STEP or self.shrink()

    def forget(self, now: datetime, keep: timedelta, *, ran_s: float, most: int = STEP) -> int:
        """Takes out up to `most` calls that were over before `now` less `keep`, as far as may be; how many.

        `ran_s` is for how many monotonic seconds the program has run.
        """
        limit = (now - keep).timestamp()
        with self._reading() as connection:
            if not _is_believable(connection, limit, min(DAY_S, keep.total_seconds() / 2), ran_s):
                return 0
        with self._writing() as connection:
            return _forget(connection, now.timestamp(), limit, most)

    def shrink(self) -> bool:
        """Gives free pages back to the disk; whether there are more.

        A few at a time; once all together where the file is of an older release, which takes seconds for one of 500 MB.
        """
        with self._reading() as connection:
            free = _number(connection, "PRAGMA freelist_count")
            if free < FREE_PAGES:
                return False
            if _number(connection, "PRAGMA auto_vacuum") == 2:  # incremental
                connection.executescript(f"PRAGMA incremental_vacuum({PAGES})")  # `execute` frees the first one only
                return free - PAGES >= FREE_PAGES
            if free * 4 > _number(connection, "PRAGMA page_count"):
                connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
                connection.execute("VACUUM")
            return False

    def _migrate(self) -> None:
        query = "PRAGMA user_version"
        with self._reading() as connection:
            version = _number(connection, query)
            connection.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
            if not version:
                connection.execute("PRAGMA auto_vacuum = INCREMENTAL")  # only a file without tables takes it
        if version < len(_MIGRATIONS):
            with self._writing() as connection:
                for number in range(_number(connection, query), len(_MIGRATIONS)):  # another dashboard may have begun
                    for statement in filter(str.strip, _MIGRATIONS[number].split(";")):
                        connection.execute(statement)
                    connection.execute(f"PRAGMA user_version = {number + 1}")
        if version > len(_MIGRATIONS):
            raise ArchiveError(f"{self._path} was written by a newer phonetui (version {version})", "Update phonetui")


def _connected(path: Path) -> tuple[sqlite3.Connection, int]:
    """A connection and the file's inode. Neither the file nor its journal, which takes its mode over, may be a link."""
    opened = private.open_regular(str(path), os.O_RDWR | os.O_CREAT)
    inode = os.fstat(opened).st_ino
    os.close(opened)
    if (journal := _journal(path)).is_symlink():
        raise OSError(f"a symbolic link stands in place of {journal}")
    return sqlite3.connect(path, timeout=PATIENCE_S, isolation_level=None, check_same_thread=False), inode


def _journal(path: Path) -> Path:
    return path.with_name(f"{path.name}-journal")


@contextmanager
def _translated(path: Path) -> Iterator[None]:
    """The library's errors as ArchiveErrors, which name the file and say what may help."""
    try:
        yield
    except sqlite3.OperationalError as error:
        raise ArchiveError(f"{path}: {error}", is_passing=True) from error
    except sqlite3.Error as error:
        is_damage = getattr(error, "sqlite_errorcode", None) in _DAMAGED  # errors of the module itself have no code
        hint = "Move it away, and a new one is begun"
        raise ArchiveError(f"{path}: {error}", hint, is_damage=is_damage) from error
    except OSError as error:
        raise ArchiveError(f"{path}: {reason(error)}", "See `phonetui config path`", is_passing=True) from error


def _is_believable(connection: sqlite3.Connection, limit: float, span_s: float, ran_s: float) -> bool:
    """Whether anything is too old, and not only by a clock that was just set."""
    if connection.execute("SELECT 1 FROM calls WHERE last_at < ? LIMIT 1", (limit,)).fetchone() is None:
        return False
    if ran_s >= DAY_S:
        return True
    newest = connection.execute("SELECT max(last_at) FROM calls").fetchone()[0]
    oldest_kept = connection.execute("SELECT min(last_at) FROM calls WHERE last_at >= ?", (limit,)).fetchone()[0]
    return oldest_kept is not None and newest - oldest_kept >= span_s


def _forget(connection: sqlite3.Connection, now: float, limit: float, most: int) -> int:
    """Within what is left of the day's share."""
    kept = connection.execute("SELECT day_began_at, forgotten FROM retention").fetchone()
    day_began_at, forgotten = kept if kept and abs(now - kept[0]) < DAY_S else (now, 0)
    share = max(_number(connection, "SELECT count(*) FROM calls") // SHARE, LEAST)
    query = "DELETE FROM calls WHERE id IN (SELECT id FROM calls WHERE last_at < ? ORDER BY last_at LIMIT ?)"
    taken = connection.execute(query, (limit, max(min(most, share - forgotten), 0))).rowcount
    inventory_tables.forget_before(connection, limit)
    connection.execute("DELETE FROM retention")
    connection.execute("INSERT INTO retention VALUES (?, ?)", (day_began_at, forgotten + taken))
    return taken


def _number(connection: sqlite3.Connection, query: str) -> int:
    return int(connection.execute(query).fetchone()[0])
