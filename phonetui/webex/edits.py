"""Edits of a configuration that are staged: nothing is sent before somebody has seen them together.

stage, back to default, undo  ──►  Edits  ──►  one JSON Patch  ──►  read again  ──►  those that don't hold are left
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from types import MappingProxyType
from typing import Any, Final

from phonetui.webex.configuration import Setting
from phonetui.webex.patch import Step, removed, replaced


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

    def staged(self, setting: Setting, value: Any) -> "Edits":
        """With that value, or `BACK`, asked for. What holds already needs no asking; of a secret nobody knows that."""
        if holds(setting, value) and not (setting.is_secret and value is not BACK):
            return self.undone(setting.key)
        return Edits(MappingProxyType({**self.asked, setting.key: value}))

    def undone(self, key: str) -> "Edits":
        if key not in self.asked:
            return self
        return self._only(name for name in self.asked if name != key)

    def left(self, settings: Iterable[Setting]) -> "Edits":
        """After they were sent, and `settings` were read again: those that don't hold."""
        now: dict[str, Setting] = {setting.key: setting for setting in settings}
        return self._only(key for key, value in self.asked.items() if key not in now or not holds(now[key], value))

    def among(self, settings: Iterable[Setting]) -> "Edits":
        """Without those of keys that are gone: nobody could see them, and they would be sent."""
        known = {str(setting.key) for setting in settings}
        return self._only(key for key in self.asked if key in known)

    def patch(self) -> list[Step]:
        return [removed(key) if value is BACK else replaced(key, value) for key, value in self.asked.items()]

    def changes(self, settings: Iterable[Setting]) -> Iterator[tuple[Setting, Any]]:
        """Each staged setting with what is asked of it, in the order of the staging."""
        known: dict[str, Setting] = {setting.key: setting for setting in settings}
        yield from ((known[key], value) for key, value in self.asked.items() if key in known)

    def _only(self, keys: Iterable[str]) -> "Edits":
        return Edits(MappingProxyType({key: self.asked[key] for key in keys}))


def holds(setting: Setting, value: Any) -> bool:
    """Whether a reading is as asked. A secret may be told as stars or not at all, so that it is set is all we know."""
    if value is BACK:
        return not setting.is_set
    if not setting.is_set:
        return False
    return setting.is_secret or (isinstance(setting.value, bool) is isinstance(value, bool) and setting.value == value)
