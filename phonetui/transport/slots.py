"""Which feedback slots are ours: the URLs that we registered, remembered across a crash.

A slot that still bears a URL of an earlier run is taken over instead of wasting another of the phone's four. One that
bears the URL of another program of the same user, which still runs, is that program's.
"""

from collections.abc import Iterable
from pathlib import Path as File
from typing import Any

from phonetui.storage.json_store import JsonStore
from phonetui.storage.notices import StorageNotices
from phonetui.storage.owners import Owners

MOST = 8
"""URLs of one phone and program: a registration whose answer never came may stand there or not, and so may the one
before."""
_Row = dict[str, str]
"""`url` and `owner`, the program that registered it."""


class SlotStore:
    """URLs by phone, in a file that only its owner can read (they are secrets); in memory where `file` is None.

    What cannot be read is forgotten: losing it costs one slot on a phone, never a start.
    """

    def __init__(self, file: File | None, notices: StorageNotices | None = None) -> None:
        self._store: JsonStore[dict[str, Any]] = JsonStore(file, {}, "our feedback slots", notices=notices)
        self._owners = Owners(file)

    def get(self, phone: str) -> tuple[str, ...]:
        """Ours to use: of this run and of those that have ended. Any may stand on the phone; the newest comes last."""
        return tuple(row["url"] for row in self._rows(phone) if not self._is_elsewhere(row))

    def of_others(self, phone: str) -> tuple[str, ...]:
        """Those of other programs that run now: their slots are alive, and not ours to take."""
        return tuple(row["url"] for row in self._rows(phone) if self._is_elsewhere(row))

    def add(self, phone: str, url: str) -> None:
        """Before it is registered: whether that arrives is not known yet."""
        others = tuple(known for known in self.get(phone) if known != url)
        self._keep(phone, (*others, url)[-MOST:])

    def settle(self, phone: str, url: str | None) -> None:
        """The phone has this one and no other of ours; None where it has none."""
        self._keep(phone, () if url is None else (url,))

    def close(self) -> None:
        """This program ends: what it leaves is the next one's to take over."""
        self._owners.close()

    def _keep(self, phone: str, urls: Iterable[str]) -> None:
        """Those of other running programs stay beside ours."""
        self._owners.hold()
        own = [{"url": url, "owner": self._owners.own} for url in urls]

        def change(phones: dict[str, Any]) -> dict[str, Any]:
            rows = [row for row in _rows(phones.get(phone)) if self._is_elsewhere(row)] + own
            rest = {other: known for other, known in phones.items() if other != phone}
            return {**rest, phone: rows} if rows else rest

        self._store.update(phone, change)

    def _rows(self, phone: str) -> list[_Row]:
        return _rows(self._store.get().get(phone))

    def _is_elsewhere(self, row: _Row) -> bool:
        return row["owner"] != self._owners.own and self._owners.is_running(row["owner"])


def _rows(found: Any) -> list[_Row]:
    """As they are written, and as earlier releases wrote them: a list of URLs, or one."""
    rows = found if isinstance(found, list) else [found]
    known = [row if isinstance(row, dict) else {"url": row} for row in rows if isinstance(row, dict | str)]
    return [{"url": str(row["url"]), "owner": str(row.get("owner", ""))} for row in known if "url" in row]
