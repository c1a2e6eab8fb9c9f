"""Who has a line on a phone, and whether guests may sit down at it; read leniently."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from phonetui.text import NOTHING, Printable, printable
from phonetui.webex import identity
from phonetui.webex.answer import at, text
from phonetui.webex.device import Device

_LINES = {"PRIMARY": "primary", "SHARED_CALL_APPEARANCE": "shared"}
_KINDS = {"PEOPLE": "person", "PLACE": "workspace", "VIRTUAL_LINE": "virtual line"}
_WHAT = 80
"""Characters that are kept of what cannot be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    port: int | None = None
    label: Printable = NOTHING
    """Of the line, on the phone's screen."""
    owner: Printable = NOTHING
    extension: Printable = NOTHING
    number: Printable = NOTHING
    kind: Printable = NOTHING
    """`person`, `workspace`, `virtual line`, or Webex's word."""
    line: Printable = NOTHING
    """`primary`, `shared`, or Webex's word."""
    is_owner: bool = False
    """Whether the phone is theirs."""
    weight: int | None = None
    """How many keys the line takes."""
    host: Printable = NOTHING
    """`hostIP`."""
    remote: Printable = NOTHING
    """`remoteIP`."""
    hotline: Printable = NOTHING
    """The number that is called as soon as the handset is lifted; empty where there is none."""
    location: Printable = NOTHING
    unreadable: Printable | None = None
    """What came instead of a member."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hoteling:
    is_on: bool | None = None
    is_limited: bool | None = None
    """Whether a guest's stay ends by itself."""
    hours: int | None = None
    """After which it does."""

    @property
    def words(self) -> str:
        match self.is_on:
            case None:
                return "Webex doesn't say whether guests may sit down"
            case False:
                return "off: no guests"
            case True if self.is_limited and self.hours is not None:
                return f"on: guests may sit down, for {self.hours} h at most"
            case _:
                return "on: guests may sit down, for as long as they like"


def member(raw: Any) -> Member:
    if not isinstance(raw, Mapping):
        return Member(unreadable=printable(text(raw)[:_WHAT]))
    names = (text(raw.get("firstName")), text(raw.get("lastName")))
    kind, line = text(raw.get("memberType")), text(raw.get("lineType"))
    return Member(
        port=_number(raw.get("port")),
        label=text(raw.get("lineLabel")),
        owner=printable(" ".join(name for name in names if name not in ("", "."))),
        extension=text(raw.get("extension")),
        number=text(raw.get("phoneNumber")),
        kind=Printable(_KINDS.get(kind, kind)),
        line=Printable(_LINES.get(line, line)),
        is_owner=raw.get("primaryOwner") is True,
        weight=_number(raw.get("lineWeight")),
        host=text(raw.get("hostIP")),
        remote=text(raw.get("remoteIP")),
        hotline=text(raw.get("hotlineDestination")) if raw.get("hotlineEnabled") is True else NOTHING,
        location=text(at(raw, "location.name")),
    )


def members(answer: Any) -> tuple[Member, ...]:
    """By port; those without one at the end."""
    found = at(answer, "members")
    read = map(member, found) if isinstance(found, list) else ()
    return tuple(sorted(read, key=lambda each: (each.port is None, each.port or 0)))


def hoteling(device: Device, answer: Any) -> Hoteling | None:
    """Of the device among those of its workspace or person; None where it isn't among them."""
    found = at(answer, "devices")
    for each in found if isinstance(found, list) else ():
        mac = identity.mac(text(at(each, "mac")))
        if (mac and mac == device.mac) or at(each, "id") in (device.id, device.calling_id or device.id):
            flags = (at(each, "hoteling.enabled"), at(each, "hoteling.limitGuestUse"))
            is_on, is_limited = (flag if isinstance(flag, bool) else None for flag in flags)
            return Hoteling(is_on=is_on, is_limited=is_limited, hours=_number(at(each, "hoteling.guestHoursLimit")))
    return None


def _number(raw: Any) -> int | None:
    return raw if isinstance(raw, int) and not isinstance(raw, bool) else None
