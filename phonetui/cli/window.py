"""How the operator likes the screens: kept for the next run."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from phonetui.storage.json_store import JsonStore
from phonetui.storage.writer import StorageNotices


class Window:
    """Preferences by screen in a private file; what cannot be read is forgotten."""

    def __init__(self, file: Path, notices: StorageNotices | None = None) -> None:
        self._store: JsonStore[dict[str, Any]] = JsonStore(file, {}, "window preferences", notices=notices)
        self._store.get()

    @property
    def preferences(self) -> Mapping[str, object]:
        return self._store.known

    def keep(self, screen: str, preferences: Mapping[str, object]) -> None:
        """What stands there of other screens stays, also what another version or another dashboard wrote."""
        if self.preferences.get(screen) != preferences:
            self._store.update(screen, lambda screens: {**screens, screen: dict(preferences)})
