"""One device as Webex knows it: the whole card, and the short one that stands in place of a phone's calls."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from phonetui.phone.state import Phone
from phonetui.ui.format import DASH, STATES, age
from phonetui.ui.panes.claims import said
from phonetui.ui.panes.tree import name
from phonetui.ui.row import Role, Row, Run, clip, clipped, pad, row
from phonetui.webex import identity
from phonetui.webex.device import Device
from phonetui.webex.state import CloudState

_LABEL = 13
_BY = {"mac": "MAC address", "serial": "serial number", "address": "IP address"}
NOT_OURS = "not in the configuration: only Webex knows it"


@dataclass(frozen=True, slots=True)
class Sight:
    """All that a card shows."""

    device: Device
    cloud: CloudState
    at: float
    """Monotonic seconds: ages of sweeps and answers are counted from here."""
    moment: datetime
    """Aware UTC: ages of Webex's own times are counted from here."""
    phone: Phone | None = None
    """The phone of ours that it is."""


def title(device: Device) -> str:
    facts = (clip(name(device), 32), clip(device.product or "", 30))
    return " · ".join(["Webex", *filter(None, facts)])


def card(sight: Sight, across: int) -> list[Row]:
    """Everything, a row a subject."""
    device, place = sight.device, sight.cloud.inventory.group(sight.device)
    told = (
        *_standing(sight),
        ("place", _told(" / ".join(place))),
        ("model", _pairs(("", device.product), ("software", device.software))),
        ("hardware", _pairs(("MAC", device.mac), ("serial", device.serial), ("address", device.ip))),
        ("ids", _ids(device)),
        ("tags", _told("  ".join(device.tags))),
        ("can", _told("  ".join(device.capabilities))),
        ("allows", _told("  ".join(device.permissions))),
    )
    return [clipped(row(Run(pad(label, _LABEL), Role.LABEL), *words), across) for label, words in told]


def short(sight: Sight, across: int, ways: tuple[tuple[str, str], ...]) -> list[Row]:
    """The gist, and which keys do something here: `ways` are their names and what they do."""
    device = sight.device
    told = (
        *_standing(sight),
        ("model", _pairs(("", device.product), ("software", device.software))),
        ("hardware", _pairs(("MAC", device.mac), ("serial", device.serial), ("address", device.ip))),
        ("tags", _told("  ".join(device.tags))),
    )
    keys = row(*(run for key, words in ways for run in (Run(key, Role.KEY), Run(f" {words}   ", Role.LABEL))))
    facts = [row(Run(pad(label, _LABEL), Role.LABEL), *words) for label, words in told]
    return [clipped(each, across) for each in (*facts, (), keys)]


def _standing(sight: Sight) -> Iterator[tuple[str, Row]]:
    """What Webex says of it beside what we see, each with its age, and what follows from it."""
    device = sight.device
    if device.unreadable is not None:
        yield "unreadable", _told(device.unreadable)
    yield "Webex says", said(device, sight.cloud, sight.at, sight.moment)
    if device.problems:
        yield "problems", row(Run("  ".join(device.problems), Role.FAIR))
    yield "here", _here(sight)
    if sight.phone is not None and sight.phone.claim is not None and sight.phone.claim.disagreement is not None:
        yield "at odds", row(Run(f"≠ {sight.phone.claim.disagreement}", Role.FAIR))
    if device.why_not_editable and device.unreadable is None:
        yield "edits", row(Run(f"refused: {device.why_not_editable}", Role.FAIR))


def _here(sight: Sight) -> Row:
    phone = sight.phone
    if phone is None:
        return row(Run(NOT_OURS, Role.DIM))
    found, since = STATES[phone.connection.state], age(phone.connection, sight.at)
    answered = f"last answer over {since} ago" if since else "answers" if phone.is_current else "never answered"
    by = f"the same by its {_BY[phone.claim.by]}" if phone.claim else ""
    return row(Run(phone.name, Role.TITLE), "  ", found.run(), Run(f"   {answered}   {by}", Role.DIM))


def _ids(device: Device) -> Row:
    """Their ends: that is what Control Hub shows, and what tells them apart."""
    calling = f"…{identity.short(device.calling_id)}" if device.calling_id else DASH
    return _pairs(("device", f"…{identity.short(device.id)}"), ("calling", calling))


def _told(words: str) -> Row:
    return row(Run(words) if words else Run(DASH, Role.DIM))


def _pairs(*pairs: tuple[str, str | None]) -> Row:
    known = [(label, value) for label, value in pairs if value]
    if not known:
        return row(Run(DASH, Role.DIM))
    return row(*(run for label, value in known for run in (Run(f"{label} ".lstrip(), Role.LABEL), Run(f"{value}   "))))
