"""Every key of a phone in one list: the order in which they are chosen, and what is shown instead of a drawing."""

from phonetui.phone.models import Model
from phonetui.ui.format import DASH
from phonetui.ui.keyboard import KEY_OF, shown
from phonetui.ui.row import Role, Row, Run, pad, row

_ORDER = (
    *(f"KeyPad{digit}" for digit in range(1, 10)), "KeyPadStar", "KeyPad0", "KeyPadPound",
    "NavUp", "NavDwn", "NavLeft", "NavRight", "NavSelect", "Soft1", "Soft2", "Soft3", "Soft4",
    "Hold", "Transfer", "Conference", "Release", "Mute", "Speaker", "Headset", "VolUp", "VolDwn",
    "Messages", "Settings", "Applications", "Directories", "Contacts", "Services",
)  # fmt: skip


def listed(of: Model) -> list[str]:
    """The keys of the table: those that stand alone, then the line keys on the body."""
    return [*_ORDER, *(f"Line{number}" for number in range(1, max(of.line_keys, 1) + 1))]


def table_rows(of: Model) -> list[Row]:
    """A key a row: the phone's name for it, and the key of the keyboard; dim where the model lacks it."""
    return [_table_row(key, has=of.has(key)) for key in listed(of)]


def _table_row(key: str, *, has: bool) -> Row:
    keyboard = shown(KEY_OF[key]) if key in KEY_OF else "space"
    if not has:
        return row(Run(f"{pad(DASH, 6)}{pad(key, 13)}not on this model", Role.DIM))
    return row(Run(pad(keyboard, 6), Role.KEY if key in KEY_OF else Role.DIM), pad(key, 13))
