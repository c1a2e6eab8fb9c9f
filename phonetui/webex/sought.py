"""A phone that is looked for among those of an organization: by its id, its MAC address, its serial number, its IP."""

from collections.abc import Iterable
from dataclasses import dataclass

from phonetui.errors import Unreachable
from phonetui.webex import identity
from phonetui.webex.device import Device


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
    def is_unique(self) -> bool:
        """Whether the first that fits is the one."""
        return bool(self.device or self.mac or self.serial)

    @property
    def filter(self) -> dict[str, str]:
        """The words of a listing that brings it alone; empty where Webex has none for that."""
        if self.mac:
            return {"mac": self.mac}
        return {"serial": self.serial} if self.serial else {}

    def among(self, devices: Iterable[Device]) -> tuple[Device, ...]:
        return tuple(filter(self._is, devices))

    def _is(self, found: Device) -> bool:
        if self.device:
            return found.id == self.device
        if self.mac:
            return found.mac is not None and found.mac == identity.mac(self.mac)
        if self.serial:
            return found.serial is not None and found.serial.casefold() == self.serial.casefold()
        return found.ip is not None and found.ip == self.host


def unknown(sought: Sought, fit: int = 0) -> Unreachable:
    """That it isn't among them, or that `fit` of them may be it."""
    what = "this id" if sought.device else sought.mac or sought.serial or sought.host
    error = Unreachable(f"Webex lists {fit or 'no'} phone{'s' if fit else ''} with {what}", _HINT, reason="not-found")
    error.is_certain = True
    return error


_HINT = "Set device to its id in Webex: 'phonetui webex devices list' shows them"
