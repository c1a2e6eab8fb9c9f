"""Remembered calls, phones and alerts in one SQLite file, and the forms in which call records are exported.

archive ──► store ──► records         what is kept, in a thread of its own
export, note ◄── records              what is given away: CSV, JSON Lines, a note for a ticket; text out, no file
"""

from phonetui.errors import PhonetuiError


class ArchiveError(PhonetuiError):
    """The file cannot be used."""

    kind = "config"

    def __init__(self, message: str, hint: str = "", *, is_passing: bool = False, is_damage: bool = False) -> None:
        """`is_passing` where trying again may help; `is_damage` where the file is no database, or a broken one."""
        super().__init__(message, hint)
        self.is_passing = is_passing
        self.is_damage = is_damage
