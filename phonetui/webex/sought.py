"""A phone that is looked for among those of an organization: by its id, its MAC address, its serial number, its IP."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from phonetui.errors import Unreachable
from phonetui.webex import identity
from phonetui.webex.device import Device

Key = tuple[str, str]
"""`mac`, `serial` or `ip`, and its value in one spelling."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sought:
    """What is known of it; the first that isn't empty decides."""

    device: str = ""
    mac: str = ""
    """In any spelling."""
    serial: str = ""
    host: str = ""
    """An IP address: private ones occur twice, so that only a whole listing tells whether it is the only one."""

    @property
    def filter(self) -> dict[str, str]:
        """The words of a listing that brings it alone; empty where Webex has none for that."""
        if self.mac:
            return {"mac": self.mac}
        return {"serial": self.serial} if self.serial else {}

    @property
    def key(self) -> Key:
        """By which an index finds it, where its id isn't known."""
        if self.mac:
            return "mac", identity.mac(self.mac)
        return ("serial", self.serial.casefold()) if self.serial else ("ip", self.host)

    def fits(self, found: Device) -> bool:
        return found.id == self.device if self.device else self.key in _keys(found)


def index(devices: Iterable[Device]) -> Mapping[Key, Sequence[Device]]:
    """Devices by all that they can be sought by beside their ids: built for many phones at once."""
    found: dict[Key, list[Device]] = {}
    for each in devices:
        for key in _keys(each):
            found.setdefault(key, []).append(each)
    return found


def _keys(found: Device) -> Iterator[Key]:
    if found.mac:
        yield "mac", found.mac
    if found.serial:
        yield "serial", found.serial.casefold()
    if found.ip:
        yield "ip", found.ip


def unknown(sought: Sought, fit: int = 0) -> Unreachable:
    """That it isn't among them, or that `fit` of them may be it."""
    what = "this id" if sought.device else sought.mac or sought.serial or sought.host
    error = Unreachable(f"Webex lists {fit or 'no'} phone{'s' if fit else ''} with {what}", _HINT, reason="not-found")
    error.is_certain = True
    return error


_HINT = "Set device to its id in Webex: 'phonetui webex devices list' shows them"
