"""Numbers that were dialled, newest last: kept for the dial box of the next run."""

from pathlib import Path
from typing import Any

from phonetui.storage.json_store import JsonStore
from phonetui.storage.writer import StorageNotices
from phonetui.text import printable

KEPT = 50


class Dialled:
    """The numbers in a private file; what cannot be read is forgotten."""

    def __init__(self, file: Path, notices: StorageNotices | None = None) -> None:
        self._store: JsonStore[list[Any]] = JsonStore(file, [], "dialled numbers", notices=notices)
        self._store.get()

    @property
    def numbers(self) -> tuple[str, ...]:
        return tuple(printable(number) for number in self._store.known if isinstance(number, str))[-KEPT:]

    def remember(self, number: str) -> None:
        """Those that another dashboard dialled meanwhile stay."""
        self._store.update(number, lambda numbers: [*(known for known in numbers if known != number), number][-KEPT:])
