"""SQLite tables of phones, of changes to phones, and of alerts, in the same file as the calls; each is bounded.

Each is bounded whatever phones do. Several programs may watch the same phones: a record is compared with the one that
stands there within the transaction that replaces it, so that a change is recorded once.
"""

import sqlite3
from collections.abc import Iterable
from datetime import datetime
from typing import TypeVar

from msgspec import Struct

from phonetui.archive.records import parse_rows, row_key, row_text
from phonetui.phone.alerts.alert import Alert
from phonetui.phone.inventory import PhoneChange, PhoneRecord, changes, merge

TABLES = """
    CREATE TABLE phones (id TEXT PRIMARY KEY, watched_at REAL NOT NULL, record TEXT NOT NULL);
    CREATE TABLE phone_changes (phone TEXT NOT NULL, at REAL NOT NULL, record TEXT NOT NULL);
    CREATE INDEX phone_changes_by_phone ON phone_changes (phone, at);
    CREATE INDEX phone_changes_by_time ON phone_changes (at);
    CREATE TABLE alerts (id TEXT PRIMARY KEY, raised_at REAL NOT NULL, record TEXT NOT NULL);
    CREATE INDEX alerts_by_time ON alerts (raised_at);
"""
MOST_PHONES = 20_000
MOST_CHANGES = 20_000
MOST_CHANGES_OF_ONE = 200
"""A phone that moves to and fro for days takes nothing from the others."""
MOST_ALERTS = 50_000

_Kind = TypeVar("_Kind", bound=Struct)


def write_phones(connection: sqlite3.Connection, records: Iterable[PhoneRecord]) -> None:
    """Within a transaction; keeps what was known and is not said now, and records what changed."""
    for now in records:
        row = connection.execute("SELECT record FROM phones WHERE id = ?", (now.id,)).fetchone()
        before = next(iter(parse_rows([row[0]], PhoneRecord)), None) if row else None
        if before is not None and before.watched_at > now.watched_at:
            continue  # another program has looked since
        found = [(one.phone, one.at.timestamp(), row_text(one)) for one in (changes(before, now) if before else ())]
        values = (now.id, now.watched_at.timestamp(), row_text(merge(before, now)))
        connection.execute("INSERT OR REPLACE INTO phones VALUES (?, ?, ?)", values)
        if found:
            connection.executemany("INSERT INTO phone_changes VALUES (?, ?, ?)", found)
            connection.execute(
                "DELETE FROM phone_changes WHERE phone = ? AND rowid NOT IN"
                " (SELECT rowid FROM phone_changes WHERE phone = ? ORDER BY at DESC, rowid DESC LIMIT ?)",
                (now.id, now.id, MOST_CHANGES_OF_ONE),
            )
    _bound(connection, "phones", "watched_at", MOST_PHONES)
    _bound(connection, "phone_changes", "at", MOST_CHANGES)


def write_alerts(connection: sqlite3.Connection, alerts: Iterable[Alert]) -> None:
    """Within a transaction; of one alert the latest counts."""
    rows = [(row_key(alert), alert.raised_at.timestamp(), row_text(alert)) for alert in alerts]
    connection.executemany("INSERT OR REPLACE INTO alerts VALUES (?, ?, ?)", rows)
    _bound(connection, "alerts", "raised_at", MOST_ALERTS)


def read_phones(connection: sqlite3.Connection, since: datetime) -> list[PhoneRecord]:
    """The phones that somebody watched since a moment, by their names."""
    return _read(connection, PhoneRecord, "phones WHERE watched_at >= ? ORDER BY id", since)


def read_changes(connection: sqlite3.Connection, since: datetime, until: datetime) -> list[PhoneChange]:
    """Oldest first."""
    return _read(connection, PhoneChange, "phone_changes WHERE at >= ? AND at <= ? ORDER BY at, rowid", since, until)


def read_alerts(connection: sqlite3.Connection, since: datetime, until: datetime) -> list[Alert]:
    """The alerts that were raised in a span of time, oldest first."""
    return _read(
        connection, Alert, "alerts WHERE raised_at >= ? AND raised_at <= ? ORDER BY raised_at, id", since, until
    )


def forget_before(connection: sqlite3.Connection, limit: float) -> None:
    """Within a transaction: what is older than a moment, in seconds since 1970."""
    for table, column in (("phones", "watched_at"), ("phone_changes", "at"), ("alerts", "raised_at")):
        connection.execute(f"DELETE FROM {table} WHERE {column} < ?", (limit,))  # noqa: S608 - of the row above


def _read(connection: sqlite3.Connection, kind: type[_Kind], rest: str, *moments: datetime) -> list[_Kind]:
    rows = connection.execute(f"SELECT record FROM {rest}", [at.timestamp() for at in moments])  # noqa: S608 - ours
    return parse_rows((text for (text,) in rows.fetchall()), kind)


def _bound(connection: sqlite3.Connection, table: str, column: str, most: int) -> None:
    """The oldest go."""
    connection.execute(
        f"DELETE FROM {table} WHERE rowid IN"  # noqa: S608 - names of ours
        f" (SELECT rowid FROM {table} ORDER BY {column} DESC LIMIT -1 OFFSET ?)",
        (most,),
    )
