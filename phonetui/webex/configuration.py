"""A device's configuration as Webex tells it, key by key: one that cannot be read is one that says so."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from phonetui import numeric
from phonetui.text import NOTHING, Printable, printable
from phonetui.webex.answer import at
from phonetui.webex.disclosure import is_secret_key, veiled
from phonetui.webex.space import ValueSpace, value_space, written

CONFIGURED, DEFAULT = "configured", "default"
"""Words for where a value comes from; others are shown as they are."""
_YES = {"editable", "iseditable", "readwrite", "writable", "yes", "true"}
_NO = {"noteditable", "readonly", "no", "false"}
_WHAT = 80
"""Characters that are kept of what cannot be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    key: Printable
    """Dotted, such as `Audio.Ultrasound.MaxVolume`."""
    value: Any = field(default=None, repr=False)
    """In force now: JSON."""
    default: Any = field(default=None, repr=False)
    configured: Any = field(default=None, repr=False)
    """What somebody set; None where nobody did."""
    source: Printable = NOTHING
    """Webex's word for where the value comes from; empty where it has none."""
    level: Printable = NOTHING
    """On which level it was configured, where Webex says so."""
    is_editable: bool | None = None
    """None where Webex doesn't say, or in a form that we don't know."""
    reason: Printable = NOTHING
    """Why not, in Webex's word; or the form that we don't know."""
    space: ValueSpace = field(default_factory=lambda: value_space(None))
    unreadable: Printable | None = None
    """What came instead of a setting."""

    @property
    def is_set(self) -> bool:
        """Whether somebody set it: the default would hold otherwise."""
        return self.source == CONFIGURED or (self.source != DEFAULT and self.configured is not None)

    @property
    def is_secret(self) -> bool:
        return is_secret_key(self.key)

    @property
    def why_not(self) -> str:
        """Why it cannot be edited; empty where it can, or where only Webex knows."""
        if self.unreadable is not None:
            return "Webex's answer about it cannot be read"
        return "" if self.is_editable is not False else self.reason or "Webex gives no reason"

    def told(self, value: Any) -> Printable:
        """One of its values in a line, with stars where it is a secret."""
        return written(veiled(value) if self.is_secret else value)


def configuration(answer: Any) -> tuple[Setting, ...]:
    """All settings of an answer, by key; numbers inside of keys in their own order."""
    found = at(answer, "items")
    if isinstance(found, list):
        found = {str(at(each, "key") or f"item {number}"): each for number, each in enumerate(found, 1)}
    if not isinstance(found, Mapping):
        return ()
    return tuple(sorted((setting(key, raw) for key, raw in found.items()), key=lambda each: _order(each.key)))


def setting(key: str, raw: Any) -> Setting:
    if not isinstance(raw, Mapping) or not raw.keys() & {"value", "source", "sources"}:
        return Setting(key=printable(key), unreadable=printable((written(raw) or "nothing")[:_WHAT]))
    configured = at(raw, f"sources.{CONFIGURED}")
    editability = at(configured, "editability")
    is_editable, reason = _editability(raw.get("editability") if editability is None else editability)
    return Setting(
        key=printable(key),
        value=raw.get("value"),
        default=at(raw, f"sources.{DEFAULT}.value"),
        configured=at(configured, "value"),
        source=written(raw.get("source")),
        level=written(at(configured, "level")),
        is_editable=is_editable,
        reason=reason,
        space=value_space(raw.get("valueSpace")),
    )


def _editability(raw: Any) -> tuple[bool | None, Printable]:
    """The guide says `editable`, the schema `isEditable`, and a plain word would do as well."""
    match raw:
        case bool():
            return raw, NOTHING
        case str() if re.sub(r"[\W_]", "", raw.casefold()) in _YES:
            return True, NOTHING
        case str() if re.sub(r"[\W_]", "", raw.casefold()) in _NO:
            return False, printable(raw)
        case {"isEditable": bool(flag)} | {"editable": bool(flag)}:
            return flag, written(raw.get("reason"))
        case _:
            return None, printable(written(raw)[:_WHAT])


def _order(key: str) -> tuple[tuple[int, str], ...]:
    return tuple(
        (-1, part.casefold()) if (number := numeric.integer(part)) is None else (number, "")
        for part in re.split(r"(\d+)", key)
    )
