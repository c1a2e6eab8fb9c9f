"""Which alerts are muted: by the configuration for good, by the operator for this run."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from phonetui.phone.alert import Alert, AlertId, AlertKey

_EVERY_PHONE = "*"
_IDS = frozenset(AlertId)


@dataclass(frozen=True, slots=True)
class Mutes:
    entries: tuple[str, ...] = ()
    """`PHONE`, `PHONE:ALERT` or `*:ALERT`, as the configuration has them."""
    chosen: Mapping[AlertKey, bool] = field(default_factory=lambda: MappingProxyType({}))
    """What the operator said of single alerts; it goes before the configuration."""

    def choosing(self, key: AlertKey, *, muted: bool) -> "Mutes":
        return replace(self, chosen=MappingProxyType({**self.chosen, key: muted}))

    def marked(self, alert: Alert) -> Alert:
        """The alert with what is to be made of it."""
        muted = self.mutes(alert.key)
        return alert if alert.is_muted is muted else replace(alert, is_muted=muted)

    def mutes(self, key: AlertKey) -> bool:
        if key in self.chosen:
            return self.chosen[key]
        phone, alert, _ = key
        return any(_covers(entry, phone or "", alert) for entry in self.entries)


def _covers(entry: str, phone: str, alert: AlertId) -> bool:
    """A phone may be named by its URL, whose port is no alert."""
    named, _, ending = entry.rpartition(":")
    if ending in _IDS:
        return ending == alert and named in (_EVERY_PHONE, phone)
    return entry == phone
