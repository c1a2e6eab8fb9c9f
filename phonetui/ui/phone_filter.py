"""The fields by which phones and Webex devices are filtered, in the language of `text.filters`."""

from collections.abc import Iterable
from functools import lru_cache
from typing import TYPE_CHECKING

from phonetui.fleet.changes import ChangedItems
from phonetui.phone.state import Call, Phone
from phonetui.ui.text.filters import Filter, Readers, filtered_by
from phonetui.ui.text.format import firmware, model, switch

if TYPE_CHECKING:
    from phonetui.webex.devices import WebexDevice


PHONE_FILTER_HINT = "part of a name, !not, model:9851, state:stale, grade:poor, loss>2, mos<3.6, switch:, tag:, status:"


def filtered(phones: Iterable[Phone], words: str) -> list[Phone]:
    """Phones that every word holds for, in their order; the fields are those of `PHONE`."""
    return _phone_filter(words).of(phones) if words.strip() else list(phones)


class _PhoneFilter:
    """Typed words, which look anew only at phones that are other objects than at the look before."""

    def __init__(self, words: str) -> None:
        self._filter = Filter(PHONE, words)
        self._changes = ChangedItems[int, Phone]()
        self._fits: dict[int, bool] = {}
        """By the phone's place."""

    def of(self, phones: Iterable[Phone]) -> list[Phone]:
        by_place = dict(enumerate(phones))
        for place in self._changes.look(by_place):
            self._fits[place] = self._filter.fits(by_place[place])
        return [phone for place, phone in by_place.items() if self._fits[place]]


@lru_cache(1)
def _phone_filter(words: str) -> _PhoneFilter:
    """The one for the words in force: a screen looks four times a second, at whichever of 50,000 phones changed."""
    return _PhoneFilter(words)


def filtered_devices(devices: "Iterable[WebexDevice]", words: str) -> "list[WebexDevice]":
    """Webex's devices in the same language; the fields are those of `DEVICE`."""
    return filtered_by(DEVICE, devices, words)


def _claimed(status: str | None, is_online: bool | None) -> str:
    """Webex's word, and the result: `status:offline` means every way of being offline."""
    return " ".join(filter(None, (status, {True: "online", False: "offline", None: ""}[is_online])))


def _grade(phone: Phone) -> str:
    return phone.worst.grade.word if phone.worst else ""


def worst_call(phone: Phone) -> Call | None:
    """The call that stands worst, whose figures the fleet shows; else the first."""
    worst = phone.worst
    calls = list(phone.calls)
    return next((call for call in calls if worst and call.key == worst.key), calls[0] if calls else None)


def _jitter(phone: Phone) -> float | None:
    call = worst_call(phone)
    return call.jitter_ms if call else None


def _round_trip(phone: Phone) -> float | None:
    call = worst_call(phone)
    return call.round_trip_ms if call else None


def _party(phone: Phone) -> str:
    return " ".join(part for call in phone.calls for part in (call.remote_name, call.remote_number) if part)


def _errors(phone: Phone) -> float | None:
    risen = [port.errors_risen for port in phone.ports if port.errors_risen is not None]
    return sum(risen) if risen else None


PHONE: Readers[Phone] = {
    "name": lambda phone: phone.name,
    "model": model,
    "state": lambda phone: phone.connection.state.value,
    "grade": _grade,
    "address": lambda phone: phone.address,
    "group": lambda phone: "/".join(phone.place),
    "tag": lambda phone: " ".join(phone.tags),
    "firmware": firmware,
    "software": lambda phone: phone.system.version,
    "status": lambda phone: _claimed(phone.claim.status, phone.claim.is_online) if phone.claim else "",
    "mac": lambda phone: phone.system.mac or phone.network.ethernet_mac,
    "switch": switch,
    "vlan": lambda phone: phone.network.vlan,
    "via": lambda phone: phone.via,
    "party": _party,
    "talk": lambda phone: call.duration_s if (call := worst_call(phone)) else None,
    "up": lambda phone: phone.up_s,
    "calls": lambda phone: sum(1 for _ in phone.calls),
    "mos": lambda phone: phone.worst.mos if phone.worst else None,
    "loss": lambda phone: phone.worst.loss_pct if phone.worst else None,
    "jitter": _jitter,
    "rtt": _round_trip,
    "errors": _errors,
}
DEVICE: "Readers[WebexDevice]" = {
    "name": lambda device: device.name,
    "model": lambda device: device.product,
    "tag": lambda device: " ".join(device.tags),
    "status": lambda device: _claimed(device.status, device.is_online),
    "software": lambda device: device.software,
    "mac": lambda device: device.mac,
    "serial": lambda device: device.serial,
    "address": lambda device: device.ip,
}
