"""The journal for other programs and for tickets, as text: a line an entry, and JSON Lines."""

import json
from collections.abc import Iterable
from datetime import tzinfo

from phonetui.archive.columns import instant
from phonetui.phone.journal import Entry


def line(entry: Entry, zone: tzinfo | None) -> str:
    """`2026-11-21T04:04:27+01:00 lobby trouble loss 4.1 %`, without a line's end; `zone` None is the operator's own."""
    seen_at = entry.seen_at.astimezone(zone).isoformat(timespec="seconds")
    return " ".join(filter(None, (seen_at, entry.phone, entry.weight, entry.text)))


def plain_text(entries: Iterable[Entry], zone: tzinfo | None) -> str:
    return "".join(f"{line(entry, zone)}\n" for entry in entries)


def json_lines(entries: Iterable[Entry]) -> str:
    """An object a line, ASCII alone, times in UTC; `phone` is empty where the entry is of none."""
    return "".join(f"{json.dumps(_object(entry), separators=(',', ':'))}\n" for entry in entries)


def _object(entry: Entry) -> dict[str, str | None]:
    return {
        "type": "entry",
        "seen_at": instant(entry.seen_at),
        "phone": entry.phone,
        "kind": entry.kind,
        "weight": entry.weight,
        "text": entry.text,
    }
