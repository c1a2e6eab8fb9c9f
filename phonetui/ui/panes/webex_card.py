"""One device as Webex knows it: the whole card, and a short one in place of a phone's calls."""

from collections.abc import Iterator
from datetime import datetime

from msgspec import Struct

from phonetui.phone.state import Phone
from phonetui.ui.text.format import DASH, STATES, age
from phonetui.ui.text.rows import Role, Row, Run, cell_width, clip, clipped, pad, row
from phonetui.ui.webex_status import status_parts
from phonetui.webex import devices
from phonetui.webex.devices import WebexDevice
from phonetui.webex.inventory import CloudState

_LABEL = 13
_GAP = "   "
_BY = {"id": "id", "mac": "MAC address", "serial": "serial number", "address": "IP address"}
NOT_OURS = "not in the configuration: only Webex knows it"


class WebexContext(Struct, frozen=True):
    """All that a card shows."""

    device: WebexDevice
    cloud: CloudState
    at: float
    """Monotonic seconds: ages of sweeps and answers are counted from here."""
    moment: datetime
    """Aware UTC: ages of Webex's own times are counted from here."""
    phone: Phone | None = None
    """The phone of ours that it is."""


def title(device: WebexDevice) -> str:
    facts = (clip(device.shown_name, 32), clip(device.product or "", 30))
    return " · ".join(["Webex", *filter(None, facts)])


def card(context: WebexContext, width: int) -> list[Row]:
    """The card with all that is known, a subject a row, or more where there is no room."""
    device, place = context.device, context.cloud.inventory.group(context.device)
    lines = (
        *_status_lines(context),
        ("place", _words(" / ".join(place))),
        *_model_lines(device),
        ("ids", _ids(device)),
        ("tags", _words(*device.tags)),
        ("can", _words(*device.capabilities)),
        ("allows", _words(*device.permissions)),
    )
    return [line for label, parts in lines for line in _flow(label, parts, width)]


def short_card(context: WebexContext, width: int, key_hints: tuple[tuple[str, str], ...]) -> list[Row]:
    """The gist, and which keys do something here: `key_hints` are their names and what they do."""
    lines = (*_status_lines(context), *_model_lines(context.device), ("tags", _words(*context.device.tags)))
    keys = row(*(run for key, words in key_hints for run in (Run(key, Role.KEY), Run(f" {words}   ", Role.LABEL))))
    return [*(line for label, parts in lines for line in _flow(label, parts, width)), (), clipped(keys, width)]


Parts = tuple[Row, ...]


def _flow(label: str, parts: Parts, width: int) -> Iterator[Row]:
    """Parts side by side, below each other where they have no room; without any, a dash."""
    line = row(Run(pad(label, _LABEL), Role.LABEL))
    is_empty = True
    for part in filter(None, parts):
        if not is_empty and cell_width(line) + len(_GAP) + cell_width(part) > width:
            yield line
            line, is_empty = row(" " * _LABEL), True
        line, is_empty = row(*line, "" if is_empty else _GAP, *part), False
    yield clipped(row(*line, Run(DASH, Role.DIM)) if is_empty else line, width)


def _status_lines(context: WebexContext) -> Iterator[tuple[str, Parts]]:
    """What Webex reports of it beside what is observed, each with its age, and what follows from it."""
    device = context.device
    if device.unreadable is not None:
        yield "unreadable", _words(device.unreadable)
    yield "Webex says", status_parts(device, context.cloud, context.at, context.moment)
    if device.problems:
        yield "problems", tuple(row(Run(problem, Role.FAIR)) for problem in device.problems)
    yield "here", _here(context)
    if context.phone is not None and context.phone.claim is not None and context.phone.claim.disagreement is not None:
        yield "at odds", (row(Run(f"≠ {context.phone.claim.disagreement}", Role.FAIR)),)
    if device.why_not_editable and device.unreadable is None:
        yield "edits", (row(Run(f"refused: {device.why_not_editable}", Role.FAIR)),)


def _here(context: WebexContext) -> Parts:
    phone = context.phone
    if phone is None:
        return (row(Run(NOT_OURS, Role.DIM)),)
    found, since = STATES[phone.connection.state], age(phone.connection, context.at)
    answered = f"last answer over {since} ago" if since else "answers" if phone.is_current else "never answered"
    by = f"the same by its {_BY[phone.claim.by]}" if phone.claim else ""
    return (
        row(Run(phone.name, Role.TITLE), "  ", found.run()),
        row(Run(answered, Role.DIM)),
        row(Run(by, Role.DIM)),
    )


def _model_lines(device: WebexDevice) -> Iterator[tuple[str, Parts]]:
    yield "model", _pairs(("", device.product), ("software", device.software))
    yield "hardware", _pairs(("MAC", device.mac), ("serial", device.serial), ("address", device.ip))


def _ids(device: WebexDevice) -> Parts:
    """Their ends: that is what Control Hub shows, and what tells them apart."""
    calling = f"…{devices.short_id(device.calling_id)}" if device.calling_id else DASH
    return _pairs(("device", f"…{devices.short_id(device.id)}"), ("calling", calling))


def _words(*words: str) -> Parts:
    return tuple(row(Run(word)) for word in words)


def _pairs(*pairs: tuple[str, str | None]) -> Parts:
    return tuple(row(Run(f"{label} " if label else "", Role.LABEL), Run(value)) for label, value in pairs if value)
