"""Looks through all calls of the file for those that fit, a bounded stretch at a time.

SQLite passes over rows whose text cannot fit, without Python's lock; only what is left is parsed.
"""

from collections.abc import Callable, Sequence

from phonetui.archive.file import File, Place, readable
from phonetui.phone.calls.call_record import CallRecord

STRETCH = 5000
"""Rows looked at in one step: some 30 ms."""
PARSED = 500
"""Rows parsed in one step, at most: as long again."""


def stretch(
    file: File, below: Place, words: Sequence[str], fits: Callable[[CallRecord], bool]
) -> tuple[list[CallRecord], Place | None]:
    """Calls below a place that fit, newest first, and how far it looked; None at the end. Raises Unkept.

    Each of `words`, in small ASCII letters, stands somewhere in what is kept of every call that fits. A text with other
    letters than ASCII is parsed in any case: `ss` may be what an `ß` was folded to.
    """
    conditions = "".join(" AND (instr(lower(record), ?) OR instr(record, '\\u'))" for _ in words)
    columns = "FROM calls WHERE began_at <= ? AND (began_at < ? OR id < ?)"
    order = "ORDER BY began_at DESC, id DESC LIMIT"
    with file.guard():
        bound = file.rows.execute(
            f"SELECT began_at {columns} {order} 1 OFFSET {STRETCH}", (below[0], *below)
        ).fetchone()
        floor = float("-inf") if bound is None else bound[0]
        query = f"SELECT began_at, id, record {columns} AND began_at >= ?{conditions} {order} {PARSED}"
        rows = file.rows.execute(query, (below[0], *below, floor, *words)).fetchall()
    found = [record for record in readable(text for _, _, text in rows) if fits(record)]
    if len(rows) == PARSED:
        return found, (rows[-1][0], rows[-1][1])
    return found, None if bound is None else (floor, "")
