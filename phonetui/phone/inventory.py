"""What each phone is and where, kept between runs; and its changes: moves, firmware, addresses.

A phone that has not answered yet says nothing, and takes nothing back: what was known of it stays.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace

from phonetui.phone.measure import Moment
from phonetui.phone.port_counters import network_port
from phonetui.phone.state import Phone, PhoneId, State
from phonetui.text import Printable, printable

OUT_OF_REACH = frozenset({State.UNREACHABLE, State.REFUSED, State.NOT_XAPI})
"""States in which a phone is of no use to whoever watches it; the others come and go with its day."""


class PhoneRecord(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A phone as the inventory keeps it: what it is, and where it is reached."""

    id: PhoneId
    name: Printable
    address: Printable
    """As the configuration has it: host, with the port where it isn't the scheme's own."""
    group: tuple[Printable, ...] = ()
    via: Printable | None = None
    """The jump host: private addresses behind two of them may be the same."""
    model: Printable | None = None
    version: Printable | None = None
    mac: Printable | None = None
    serial: Printable | None = None
    """The configuration's: phones publish none."""
    ip: Printable | None = None
    vlan: Printable | None = None
    switch: Printable | None = None
    """By CDP or LLDP."""
    switch_port: Printable | None = None
    certificate_ends_at: Moment | None = None
    """Of the certificate that it showed last; None where none was looked at."""
    state: State = State.CONNECTING
    """LIVE, or one of `OUT_OF_REACH`, whichever was there last; CONNECTING before the first of them."""
    seen_at: Moment | None = None
    """Aware UTC; when it answered last. None: never."""
    watched_at: Moment
    """Aware UTC; when somebody last looked whether it answers."""

    @property
    def place(self) -> Printable | None:
        """`sw-2f Gi1/0/14`; None where no switch has said who it is."""
        return printable(" ".join(filter(None, (self.switch, self.switch_port)))) or None


class PhoneTrait(StrEnum):
    """A trait of a phone whose changes are kept."""

    PLACE = "switch port"
    VERSION = "firmware"
    MODEL = "model"
    MAC = "MAC address"
    IP = "IP address"
    VLAN = "VLAN"
    STATE = "state"


class PhoneChange(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One change of one trait of a phone: moved to another address, another firmware, another device."""

    phone: PhoneId
    trait: PhoneTrait
    before: Printable
    after: Printable
    at: Moment
    """Aware UTC; when it was found to be another one."""
    since: Moment | None = None
    """When the phone was last seen before that: the change lies in between."""


_INTERFACE = re.compile(r"([a-z]{2})[a-z-]* *(?=\d)")
"""Of a switch's port, as CDP (`GigabitEthernet1/0/14`) and LLDP (`Gi1/0/14`) write it."""
_HEX = re.compile(r"[0-9a-f]")


def mac_key(mac: str | None) -> str:
    """A MAC address in any notation as its digits in small letters."""
    return "".join(_HEX.findall((mac or "").casefold()))


def _place_key(place: str) -> tuple[str, str]:
    """The same for both protocols' notations; a switch's domain is left out."""
    switch, _, port = place.casefold().partition(" ")
    return switch.partition(".")[0], _INTERFACE.sub(r"\1", port)


_KEYS: Mapping[PhoneTrait, Callable[[str], object]] = {PhoneTrait.PLACE: _place_key, PhoneTrait.MAC: mac_key}
"""What two values of a trait are compared by, where notations differ."""
_READ: Mapping[PhoneTrait, Callable[[PhoneRecord], str | None]] = {
    PhoneTrait.PLACE: lambda record: record.place,
    PhoneTrait.VERSION: lambda record: record.version,
    PhoneTrait.MODEL: lambda record: record.model,
    PhoneTrait.MAC: lambda record: record.mac,
    PhoneTrait.IP: lambda record: record.ip,
    PhoneTrait.VLAN: lambda record: record.vlan,
    PhoneTrait.STATE: lambda record: None if record.state is State.CONNECTING else record.state,
}
_SAID = ("model", "version", "mac", "serial", "ip", "vlan", "certificate_ends_at", "seen_at")
"""Fields that stay as they were where a phone says nothing of them; switch and port go together."""


def phone_record(
    phone: Phone, watched_at: datetime, *, serial: Printable | None = None, certificate_ends_at: datetime | None = None
) -> PhoneRecord:
    """What is known of a phone at a moment (aware UTC)."""
    port = network_port(phone)
    state = phone.connection.state
    return PhoneRecord(
        id=phone.id,
        name=phone.name,
        address=phone.address,
        group=phone.group,
        via=phone.via,
        model=phone.system.product_id or None,
        version=phone.system.version or None,
        mac=phone.system.mac or phone.network.ethernet_mac or None,
        serial=serial,
        ip=phone.network.ipv4 or None,
        vlan=phone.network.vlan or None,
        switch=(port.neighbour or None) if port else None,
        switch_port=(port.neighbour_port or None) if port else None,
        certificate_ends_at=certificate_ends_at,
        state=state if state is State.LIVE or state in OUT_OF_REACH else State.CONNECTING,
        seen_at=phone.connection.seen_at,
        watched_at=watched_at,
    )


def merge(before: PhoneRecord | None, now: PhoneRecord) -> PhoneRecord:
    """`now`, with what was known before where it says nothing."""
    if before is None:
        return now
    kept = {name: getattr(before, name) for name in _SAID if getattr(now, name) is None}
    if now.place is None:
        kept |= {"switch": before.switch, "switch_port": before.switch_port}
    if now.state is State.CONNECTING:
        kept["state"] = before.state
    return replace(now, **kept) if kept else now


def changes(before: PhoneRecord, now: PhoneRecord) -> Iterator[PhoneChange]:
    """What differs between two records of one phone; what was unknown in either is no change."""
    for trait, read in _READ.items():
        old, new = read(before), read(now)
        key = _KEYS.get(trait, str)
        if old and new and key(old) != key(new):
            yield PhoneChange(
                phone=now.id, trait=trait, before=printable(old), after=printable(new), at=now.watched_at,
                since=before.seen_at,
            )  # fmt: skip


def is_same(before: PhoneRecord, now: PhoneRecord) -> bool:
    """Whether nothing differs but the times of the looks."""
    return replace(before, seen_at=now.seen_at, watched_at=now.watched_at) == now
