"""How much of one phone is followed: bounds far beyond any desk phone, so that one that floods costs itself alone.

What lies beyond a bound is left out and told once. A whole tree of a phone has some 800 leaves in 12 KB; the biggest
one, with three key expansion modules, has some 120 lines.
"""

from collections.abc import Iterable, Mapping, Sequence

from phonetui.xapi.document import Document, Update

LEAVES = 10_000
"""Of everything a phone said that still holds, whether read or pushed."""
CHARACTERS = 4 * 2**20
"""Of the values of all leaves; the same as one answer may have."""
LINES = 256
CALLS = 512
"""Places of calls of all lines, most of them idle."""
CALLS_OF_LINE = 32
"""The same of one line; phones are known to have up to ten."""
PORTS = 16
COUNTERS = 200
"""Of one port; firmware is known to have 40."""
HISTORIES = 64
"""Calls whose figures are kept over time, 150 KB each after an hour."""


def admitted(document: Document, updates: Iterable[Update]) -> tuple[tuple[Update, ...], bool]:
    """Those of `updates` that leave `document` within `LEAVES` and `CHARACTERS`, and whether any had to be left out.

    Ghosts always are, and so is what is no longer than the value that it takes the place of.
    """
    updates = tuple(updates)
    leaves, characters = len(document), document.characters
    longest = sum(len(update.value) for update in updates if update.value is not None)
    if leaves + len(updates) <= LEAVES and characters + longest <= CHARACTERS:
        return updates, False
    gone = document.covered(update.path for update in updates if update.value is None)
    leaves -= len(gone)
    characters -= sum(len(document[path]) for path in gone)
    kept: list[Update] = []
    added = set(gone)
    for update in updates:
        if update.value is not None:
            is_new = update.path not in document or update.path in added
            more = len(update.value) - (0 if is_new else len(document[update.path]))
            if (is_new and leaves >= LEAVES) or (more > 0 and characters + more > CHARACTERS):
                continue
            added.discard(update.path)
            leaves += is_new
            characters += more
        kept.append(update)
    return tuple(kept), len(kept) < len(updates)


def excess(document: Document, calls: Sequence[int], *, is_full: bool) -> Mapping[str, str]:
    """What there is too much of, each with the words for it.

    `calls` is how many places of calls are followed of each line, `is_full` whether values had to be left out.
    """
    lines = max(document.count(name) for name in ("Line", "ExtStatus"))
    many = sum(calls) >= CALLS or max(calls, default=0) >= CALLS_OF_LINE
    found = {
        "lines": f"too much: {lines:,} lines, {LINES} of them are followed" if lines > LINES else "",
        "calls": f"too much: {CALLS_OF_LINE} calls or more on a line, or {CALLS} in all" if many else "",
        "values": f"too much: {LEAVES:,} values or {CHARACTERS // 2**20} MiB, the rest is left out" if is_full else "",
    }
    return {kind: words for kind, words in found.items() if words}
