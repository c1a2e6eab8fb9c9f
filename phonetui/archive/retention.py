"""Which calls are forgotten: those older than the limit, but never on the word of one clock.

A machine that starts a year ahead would otherwise lose all it remembers. So old calls go only where newer ones stand
beside them that span a day, or when the program has run for a day by a clock that nobody sets; and then at most a share
of all in a day, however often the program is started.
"""

import sqlite3
from datetime import datetime, timedelta

from phonetui.archive.file import File

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


def forget(file: File, now: datetime, keep: timedelta, *, ran_s: float, most: int = STEP) -> int:
    """Takes out up to `most` calls that were over before `now` less `keep`, as far as may be; how many.

    `ran_s` is for how many monotonic seconds the program has run. Raises Unkept.
    """
    limit = (now - keep).timestamp()
    with file.guard():
        if not _is_believable(file.rows, limit, min(DAY_S, keep.total_seconds() / 2), ran_s):
            return 0
        with file.rows:
            file.rows.execute("BEGIN IMMEDIATE")
            return _forget(file.rows, now.timestamp(), limit, most)


def shrink(file: File) -> bool:
    """Gives free pages back to the disk; whether there are more. Raises Unkept.

    A few at a time; once all together where the file is of an older release, which takes seconds for one of 500 MB.
    """
    with file.guard():
        free = _number(file.rows, "PRAGMA freelist_count")
        if free < FREE_PAGES:
            return False
        if _number(file.rows, "PRAGMA auto_vacuum") == 2:  # incremental
            file.rows.executescript(f"PRAGMA incremental_vacuum({PAGES})")  # `execute` frees the first one only
            return free - PAGES >= FREE_PAGES
        if free * 4 > _number(file.rows, "PRAGMA page_count"):
            file.rows.execute("PRAGMA auto_vacuum = INCREMENTAL")
            file.rows.execute("VACUUM")
        return False


def _is_believable(rows: sqlite3.Connection, limit: float, span_s: float, ran_s: float) -> bool:
    """Whether anything is too old, and not only by a clock that was just set."""
    if rows.execute("SELECT 1 FROM calls WHERE last_at < ? LIMIT 1", (limit,)).fetchone() is None:
        return False
    if ran_s >= DAY_S:
        return True
    newest = rows.execute("SELECT max(last_at) FROM calls").fetchone()[0]
    oldest_kept = rows.execute("SELECT min(last_at) FROM calls WHERE last_at >= ?", (limit,)).fetchone()[0]
    return oldest_kept is not None and newest - oldest_kept >= span_s


def _forget(rows: sqlite3.Connection, now: float, limit: float, most: int) -> int:
    """Within what is left of the day's share."""
    kept = rows.execute("SELECT day_began_at, forgotten FROM retention").fetchone()
    day_began_at, forgotten = kept if kept and abs(now - kept[0]) < DAY_S else (now, 0)
    share = max(_number(rows, "SELECT count(*) FROM calls") // SHARE, LEAST)
    query = "DELETE FROM calls WHERE id IN (SELECT id FROM calls WHERE last_at < ? ORDER BY last_at LIMIT ?)"
    taken = rows.execute(query, (limit, max(min(most, share - forgotten), 0))).rowcount
    rows.execute("DELETE FROM retention")
    rows.execute("INSERT INTO retention VALUES (?, ?)", (day_began_at, forgotten + taken))
    return taken


def _number(rows: sqlite3.Connection, query: str) -> int:
    return int(rows.execute(query).fetchone()[0])
