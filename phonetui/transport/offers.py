"""Which models and firmwares offer WebSocket: tried once, then remembered."""

import asyncio
from pathlib import Path as File
from typing import Any

from phonetui.storage.json_store import JsonStore
from phonetui.storage.notices import StorageNotices


class OfferStore:
    """A verdict by model and firmware, in a small file of the cache; in memory where `file` is None.

    What cannot be read is forgotten: losing it costs one try.
    """

    def __init__(self, file: File | None, notices: StorageNotices | None = None) -> None:
        self._store: JsonStore[dict[str, Any]] = JsonStore(file, {}, "which firmware offers WebSocket", notices=notices)
        self._passing: dict[str, bool] = {}
        self._turns: dict[str, asyncio.Lock] = {}

    def get(self, kind: str) -> bool | None:
        """None where no phone of this kind was tried yet: model and firmware, as in `DP-9851 PHONEOS.3-6-1-0001`."""
        return self._passing[kind] if kind in self._passing else self._lasting(kind)

    def put(self, kind: str, *, offered: bool) -> None:
        self._passing.pop(kind, None)
        if self._lasting(kind) is not offered:
            self._store.update(kind, lambda verdicts: {**verdicts, kind: offered})

    def doubt(self, kind: str) -> None:
        """Not offered as far as this run is concerned: a try that hung proves nothing, but once is enough."""
        self._passing[kind] = False

    def turn(self, kind: str) -> asyncio.Lock:
        """Held while a phone of this kind is tried, so that its twins wait for the verdict instead of trying too."""
        return self._turns.setdefault(kind, asyncio.Lock())

    def _lasting(self, kind: str) -> bool | None:
        verdict = self._store.get().get(kind)
        return None if verdict is None else verdict is True
