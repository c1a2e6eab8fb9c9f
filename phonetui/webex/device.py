"""A phone as Webex knows it, read leniently: the OpenAPI file and its examples don't agree on what may be missing."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from phonetui.text import NOTHING, Printable, printable
from phonetui.webex import identity
from phonetui.webex.answer import instant, text

ONLINE = {"connected", "connected_with_issues"}
OFFLINE = {"disconnected", "offline_expired", "offline_deep_sleep"}
UNBORN = {"activating", "pending"}
"""Never online yet."""
_WHAT = 80
"""Characters that are kept of what cannot be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    id: str
    """What the devices, configurations and xAPI operations take; empty for what couldn't be read."""
    calling_id: str | None = None
    """What the calling operations take of phones that aren't PhoneOS."""
    name: Printable | None = None
    product: Printable | None = None
    mac: str | None = None
    """Twelve lower-case hex digits."""
    serial: Printable | None = None
    status: Printable | None = None
    """`connected`, `offline_deep_sleep`, …, or a word that is newer than this program."""
    problems: tuple[Printable, ...] = ()
    """Error codes that go with `connected_with_issues`."""
    seen_at: datetime | None = None
    """Aware UTC; when Webex last heard of it."""
    software: Printable | None = None
    ip: Printable | None = None
    tags: tuple[Printable, ...] = ()
    location_id: str | None = None
    workspace_id: str | None = None
    person_id: str | None = None
    capabilities: tuple[Printable, ...] = ()
    permissions: tuple[Printable, ...] = ()
    unreadable: Printable | None = None
    """What came instead of a device."""

    @property
    def is_online(self) -> bool | None:
        """As Webex claims; None where it doesn't say, or in a word that we don't know."""
        if self.status in ONLINE:
            return True
        return False if self.status in OFFLINE else None

    @property
    def was_online(self) -> bool:
        return self.status not in UNBORN and (self.seen_at is not None or self.is_online is True)

    @property
    def why_not_editable(self) -> str:
        """Why its configuration cannot be edited yet; empty where it can."""
        return "" if self.was_online else "it was never online: most settings take only once it has been"

    @property
    def takes_xapi(self) -> bool:
        """By its own word, never by its model."""
        return "xapi" in self.capabilities

    @property
    def takes_commands(self) -> bool:
        return self.takes_xapi and any(permission in ("xapi", "xapi:all") for permission in self.permissions)


def device(raw: Any) -> Device:
    """One item of a listing; what is no device at all becomes one that says so."""
    if not isinstance(raw, Mapping) or not isinstance(raw.get("id"), str) or not raw["id"]:
        return Device(id="", unreadable=printable(text(raw)[:_WHAT]))
    return Device(
        id=raw["id"],
        calling_id=_text(raw, "callingDeviceId") or _text(raw, "callingId"),
        name=_text(raw, "displayName"),
        product=_shared(raw, "product"),
        mac=identity.mac(_text(raw, "mac") or "") or None,
        serial=_text(raw, "serial"),
        status=_shared(raw, "connectionStatus"),
        problems=_texts(raw, "errorCodes"),
        seen_at=instant(raw.get("lastSeen")),
        software=_shared(raw, "software"),
        ip=_text(raw, "ip"),
        tags=_texts(raw, "tags"),
        location_id=_shared(raw, "locationId"),
        workspace_id=_text(raw, "workspaceId"),
        person_id=_text(raw, "personId"),
        capabilities=_texts(raw, "capabilities"),
        permissions=_texts(raw, "permissions"),
    )


def _text(raw: Mapping[str, Any], name: str) -> Printable | None:
    value = raw.get(name)
    return printable(value) if isinstance(value, str) and value else None


def _shared(raw: Mapping[str, Any], name: str) -> Printable | None:
    """A word that thousands of devices have in common is kept once."""
    value = _text(raw, name)
    return None if value is None else Printable(sys.intern(value))


def _texts(raw: Mapping[str, Any], name: str) -> tuple[Printable, ...]:
    value = raw.get(name)
    if not isinstance(value, list):
        return ()
    return tuple(Printable(sys.intern(each)) for each in map(text, value) if each != NOTHING)
