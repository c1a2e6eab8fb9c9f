"""Which models and firmwares offer WebSocket: tried once, then remembered."""

import asyncio
import json
from pathlib import Path as File

from phonetui import private


class OfferStore:
    """A verdict by model and firmware, in a small file of the cache; in memory where `file` is None."""

    def __init__(self, file: File | None) -> None:
        self._file = file
        self._lasting = _loaded(file)
        self._passing: dict[str, bool] = {}
        self._turns: dict[str, asyncio.Lock] = {}

    def get(self, kind: str) -> bool | None:
        """None where no phone of this kind was tried yet: model and firmware, as in `DP-9851 PHONEOS.3-6-1-0001`."""
        return self._passing.get(kind, self._lasting.get(kind))

    def put(self, kind: str, *, offered: bool) -> None:
        self._passing.pop(kind, None)
        if self._lasting.get(kind) is offered:
            return
        self._lasting[kind] = offered
        if self._file is not None:
            private.write(self._file, json.dumps(self._lasting, indent=1, sort_keys=True))

    def doubt(self, kind: str) -> None:
        """Not offered as far as this run is concerned: a try that hung proves nothing, but once is enough."""
        self._passing[kind] = False

    def turn(self, kind: str) -> asyncio.Lock:
        """Held while a phone of this kind is tried, so that its twins wait for the verdict instead of trying too."""
        return self._turns.setdefault(kind, asyncio.Lock())


def _loaded(file: File | None) -> dict[str, bool]:
    """What cannot be read is forgotten: losing it costs one try."""
    if file is None:
        return {}
    try:
        offers = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return {str(kind): offered is True for kind, offered in offers.items()} if isinstance(offers, dict) else {}
