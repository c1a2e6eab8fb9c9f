"""How the operator likes the screens: kept for the next run."""

import json
import logging
from collections.abc import Mapping
from pathlib import Path

from phonetui import private

_log = logging.getLogger(__name__)


class Window:
    """Preferences by screen in a private file; what cannot be read is forgotten, what cannot be written is logged."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self.preferences = _loaded(file)

    def keep(self, screen: str, preferences: Mapping[str, object]) -> None:
        """What stands there of other screens stays, also what another version wrote."""
        if self.preferences.get(screen) == preferences:
            return
        self.preferences = {**self.preferences, screen: preferences}
        try:
            private.write(self._file, json.dumps(self.preferences))
        except OSError as error:
            _log.warning("window preferences: %s", error)


def _loaded(file: Path) -> Mapping[str, object]:
    try:
        found = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
