"""A theme's file while its author edits it."""

from pathlib import Path

from textual.theme import Theme

from phonetui.ui.themes import load


class ThemeFile:
    """Remembers which state of the file is on the screen."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._seen = self._stamp()

    def reloaded(self) -> Theme | None:
        """The theme when the file changed since the last look. Raises ConfigError for one that cannot be read."""
        stamp = self._stamp()
        if stamp in (self._seen, None):  # editors take a file away for a moment when they save it
            return None
        self._seen = stamp
        return load(self._file)

    def _stamp(self) -> tuple[int, int] | None:
        try:
            status = self._file.stat()
        except OSError:
            return None
        return status.st_mtime_ns, status.st_size
