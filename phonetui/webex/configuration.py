"""A device's configuration as Webex tells it, key by key: one that cannot be read is one that says so.

JSON Patch steps for device configurations (RFC 6902, as much of it as Webex takes).

Edits of a configuration that are staged: nothing is sent before somebody has seen them together.

stage, back to default, undo  ──►  Edits  ──►  one JSON Patch  ──►  read again  ──►  those that don't hold are left
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from types import MappingProxyType
from typing import Any, Final

from phonetui import numeric
from phonetui.text import NOTHING, Printable, printable
from phonetui.webex.answer import at, is_secret_key, veiled
from phonetui.webex.setting_schema import ValueSpace, value_space, written

CONFIGURED, DEFAULT = "configured", "default"
"""Words for where a value comes from; others are shown as they are."""
_YES = {"editable", "iseditable", "readwrite", "writable", "yes", "true"}
_NO = {"noteditable", "readonly", "no", "false"}
_WHAT = 80
"""Characters that are kept of what cannot be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceSetting:
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


def configuration(answer: Any) -> tuple[DeviceSetting, ...]:
    """All settings of an answer, by key; numbers inside of keys in their own order."""
    found = at(answer, "items")
    if isinstance(found, list):
        found = {str(at(each, "key") or f"item {number}"): each for number, each in enumerate(found, 1)}
    if not isinstance(found, Mapping):
        return ()
    return tuple(sorted((setting(key, raw) for key, raw in found.items()), key=lambda each: _order(each.key)))


def setting(key: str, raw: Any) -> DeviceSetting:
    if not isinstance(raw, Mapping) or not raw.keys() & {"value", "source", "sources"}:
        return DeviceSetting(key=printable(key), unreadable=printable((written(raw) or "nothing")[:_WHAT]))
    configured = at(raw, f"sources.{CONFIGURED}")
    editability = at(configured, "editability")
    is_editable, reason = _editability(raw.get("editability") if editability is None else editability)
    return DeviceSetting(
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


Step = dict[str, Any]


def replaced(key: str, value: Any) -> Step:
    """Sets the dotted `key`, such as `Audio.Ultrasound.MaxVolume`."""
    return {"op": "replace", "path": _place(key), "value": value}


def removed(key: str) -> Step:
    """Takes the setting of `key` away: the default holds again."""
    return {"op": "remove", "path": _place(key)}


def _place(key: str) -> str:
    return f"{key}/sources/configured/value"


class _Back(Enum):
    BACK = "back to the default"


BACK: Final = _Back.BACK
"""In place of a value: what was configured is taken away."""


def _none() -> Mapping[str, Any]:
    return MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Edits:
    asked: Mapping[str, Any] = field(default_factory=_none, repr=False)
    """Values by key, or `BACK`; in the order in which they were staged."""

    def __len__(self) -> int:
        return len(self.asked)

    def __contains__(self, key: str) -> bool:
        return key in self.asked

    def staged(self, setting: DeviceSetting, value: Any) -> "Edits":
        """With that value, or `BACK`, asked for. What holds already needs no asking; of a secret nobody knows that."""
        if holds(setting, value) and not (setting.is_secret and value is not BACK):
            return self.undone(setting.key)
        return Edits(MappingProxyType({**self.asked, setting.key: value}))

    def undone(self, key: str) -> "Edits":
        if key not in self.asked:
            return self
        return self._only(name for name in self.asked if name != key)

    def left(self, settings: Iterable[DeviceSetting]) -> "Edits":
        """After they were sent, and `settings` were read again: those that don't hold."""
        now: dict[str, DeviceSetting] = {setting.key: setting for setting in settings}
        return self._only(key for key, value in self.asked.items() if key not in now or not holds(now[key], value))

    def among(self, settings: Iterable[DeviceSetting]) -> "Edits":
        """Without those of keys that are gone: nobody could see them, and they would be sent."""
        known = {str(setting.key) for setting in settings}
        return self._only(key for key in self.asked if key in known)

    def patch(self) -> list[Step]:
        return [removed(key) if value is BACK else replaced(key, value) for key, value in self.asked.items()]

    def changes(self, settings: Iterable[DeviceSetting]) -> Iterator[tuple[DeviceSetting, Any]]:
        """Each staged setting with what is asked of it, in the order of the staging."""
        known: dict[str, DeviceSetting] = {setting.key: setting for setting in settings}
        yield from ((known[key], value) for key, value in self.asked.items() if key in known)

    def _only(self, keys: Iterable[str]) -> "Edits":
        return Edits(MappingProxyType({key: self.asked[key] for key in keys}))


def holds(setting: DeviceSetting, value: Any) -> bool:
    """Whether a reading is as asked. A secret may be told as stars or not at all, so that it is set is all we know."""
    if value is BACK:
        return not setting.is_set
    if not setting.is_set:
        return False
    return setting.is_secret or (isinstance(setting.value, bool) is isinstance(value, bool) and setting.value == value)
