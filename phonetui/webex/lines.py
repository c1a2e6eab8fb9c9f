"""A phone's lines in Webex: line keys, keys of its expansion modules, and the members that share its lines.

Read leniently: what cannot be read is left out, or says so.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from msgspec import Struct

from phonetui import numeric
from phonetui.errors import ConfigError
from phonetui.phone.models import MODELS, model_number
from phonetui.text import NOTHING, Printable, printable
from phonetui.webex import devices
from phonetui.webex.answer import at, flag_at, list_at, text, unreadable, whole
from phonetui.webex.devices import WebexDevice

DEFAULT = "DEFAULT"
_WORDS = {
    "PRIMARY_LINE": "primary line",
    "SHARED_LINE": "shared line",
    "MONITOR": "monitor",
    "CALL_PARK_EXTENSION": "call park",
    "SPEED_DIAL": "speed dial",
    "OPEN": "open",
    "CLOSED": "closed",
    "MODE_MANAGEMENT": "mode management",
}
MOST = 200
"""Keys that are believed of a phone or a module."""
_COLUMNS = 2
"""Where Webex gives no number."""


class LineKey(Struct, frozen=True, kw_only=True):
    """One line key, of the phone or of an expansion module."""

    index: int
    """From 1."""
    kind: Printable = NOTHING
    """Webex's word; empty where it gave none."""
    label: Printable = NOTHING
    value: Printable = NOTHING
    shared: int | None = None
    """Which of the shared lines it is."""

    @property
    def words(self) -> str:
        """Its kind in words; one that is newer than this program as it came."""
        known = _WORDS.get(self.kind, self.kind) or "unreadable"
        return f"{known} {self.shared}" if self.shared is not None else known

    @property
    def more(self) -> str:
        return "  ".join(filter(None, (self.label, self.value)))


class Layout(Struct, frozen=True, kw_only=True):
    """The line keys of a phone and of its expansion modules."""

    mode: Printable = NOTHING
    """`DEFAULT` has no list of keys; empty for a template."""
    name: Printable = NOTHING
    """Of a template."""
    is_user_ordered: bool | None = None
    """Whether whoever sits at the phone may move keys."""
    keys: tuple[LineKey, ...] = ()
    module_type: Printable = NOTHING
    modules: tuple[tuple[int, tuple[LineKey, ...]], ...] = ()
    """Number and keys of each key expansion module that has any, by number."""

    @property
    def module_keys(self) -> int:
        """How many keys a module has, by its type's name; 0 where it doesn't say."""
        number = re.search(r"\d+", self.module_type)
        return min(numeric.integer(number[0]) or 0, MOST) if number else 0


class ModelKeys(Struct, frozen=True):
    """What a model has room for."""

    keys: int = 0
    """0 where it isn't known."""
    columns: int = _COLUMNS


def layout(raw: Any) -> Layout:
    """A layout out of Webex's answer, read leniently."""
    modules: dict[int, list[LineKey]] = {}
    for each in list_at(raw, "kemKeys"):
        key = _key(each, "kem", "kemKey")
        if key is not None:
            modules.setdefault(_count(at(each, "kemModuleIndex")) or 1, []).append(key)
    return Layout(
        mode=text(at(raw, "layoutMode")),
        name=text(at(raw, "templateName")),
        is_user_ordered=flag_at(raw, "userReorderEnabled"),
        keys=_ordered(filter(None, (_key(each, "lineKey", "lineKey") for each in list_at(raw, "lineKeys")))),
        module_type=text(at(raw, "kemModuleType")),
        modules=tuple((number, _ordered(keys)) for number, keys in sorted(modules.items())),
    )


def model_keys(product: str | None, supported: Any) -> ModelKeys:
    """The keys of the model with the same number among the `supported` ones.

    A phone and a model are named in different ways. A model that Webex says nothing of has as many keys as
    `phone.models` knows.
    """
    number = model_number(product)
    for each in list_at(supported, "devices"):
        names = f"{text(at(each, 'model'))} {text(at(each, 'displayName'))}"
        if number and re.search(rf"(?<!\d){number}(?!\d)", names):
            columns = _count(at(each, "numberOfLineKeyButtonColumns"))
            return ModelKeys(_count(at(each, "numberOfLineKeyButtons")), min(columns, 8) or _COLUMNS)
    known = MODELS.get(number or "")
    return ModelKeys(known.line_keys) if known is not None and not known.is_secondhand else ModelKeys()


def differing_keys(ours: Iterable[LineKey], theirs: Iterable[LineKey]) -> frozenset[int]:
    """The indexes at which two lists don't say the same; a key that is missing counts as open."""
    left, right = ({key.index: key for key in keys} for keys in (ours, theirs))
    return frozenset(
        index for index in left.keys() | right.keys() if left.get(index, _open(index)) != right.get(index, _open(index))
    )


def _open(index: int) -> LineKey:
    return LineKey(index=index, kind=Printable("OPEN"))


def _key(raw: Any, own: str, index: str) -> LineKey | None:
    """None for what has no index: nobody could say which key it is."""
    found = _count(at(raw, f"{index}Index"))
    if not found:
        return None
    prefix = "kemKey" if own == "kem" else own
    return LineKey(
        index=found,
        kind=text(at(raw, f"{prefix}Type")),
        label=text(at(raw, f"{prefix}Label")),
        value=text(at(raw, f"{prefix}Value")),
        shared=whole(at(raw, "sharedLineIndex")),
    )


def _ordered(keys: Iterable[LineKey]) -> tuple[LineKey, ...]:
    return tuple(sorted(keys, key=lambda key: key.index))


def _count(raw: Any) -> int:
    """1 to `MOST`; 0 for anything else."""
    found = whole(raw) or 0
    return found if 1 <= found <= MOST else 0


_LINES = {"PRIMARY": "primary", "SHARED_CALL_APPEARANCE": "shared"}
_KINDS = {"PEOPLE": "person", "PLACE": "workspace", "VIRTUAL_LINE": "virtual line"}


class Member(Struct, frozen=True, kw_only=True):
    """Somebody whose line is on the phone."""

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


class Hoteling(Struct, frozen=True, kw_only=True):
    """Whether guests may sign in at the phone, and for how long."""

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
    """A member out of Webex's answer; one that cannot be read says so in `unreadable`."""
    if not isinstance(raw, Mapping):
        return Member(unreadable=unreadable(raw))
    names = (text(raw.get("firstName")), text(raw.get("lastName")))
    kind, line = text(raw.get("memberType")), text(raw.get("lineType"))
    return Member(
        port=whole(raw.get("port")),
        label=text(raw.get("lineLabel")),
        owner=printable(" ".join(name for name in names if name not in ("", "."))),
        extension=text(raw.get("extension")),
        number=text(raw.get("phoneNumber")),
        kind=Printable(_KINDS.get(kind, kind)),
        line=Printable(_LINES.get(line, line)),
        is_owner=raw.get("primaryOwner") is True,
        weight=whole(raw.get("lineWeight")),
        host=text(raw.get("hostIP")),
        remote=text(raw.get("remoteIP")),
        hotline=text(raw.get("hotlineDestination")) if raw.get("hotlineEnabled") is True else NOTHING,
        location=text(at(raw, "location.name")),
    )


def members(answer: Any) -> tuple[Member, ...]:
    """The members by port; those without one at the end."""
    found = map(member, list_at(answer, "members"))
    return tuple(sorted(found, key=lambda each: (each.port is None, each.port or 0)))


_REQUIRED: Mapping[str, Any] = {
    "port": None,
    "primaryOwner": False,
    "lineType": "SHARED_CALL_APPEARANCE",
    "lineWeight": 1,
    "hotlineEnabled": False,
    "hotlineDestination": "",
    "allowCallDeclineEnabled": True,
}
"""What a PUT of members must have beside the id, and what holds for somebody who had no line yet; a port is counted."""


def is_complete_member(row: Mapping[str, Any]) -> bool:
    """Whether it has all that a PUT must have."""
    return all(row.get(name) is not None for name in ("id", *_REQUIRED))


def complete_members(rows: Iterable[Mapping[str, Any]], known: Iterable[Any]) -> list[dict[str, Any]]:
    """Rows for a PUT, with what they leave out as it was read of the phone's own members, else as a new line has it.

    Raises ConfigError for a row that names nobody.
    """
    before = {each["id"]: each for each in known if isinstance(each, Mapping) and isinstance(each.get("id"), str)}
    found: list[dict[str, Any]] = []
    port = 1
    for number, row in enumerate(rows, 1):
        identity = row.get("id")
        if not isinstance(identity, str) or not identity:
            raise ConfigError(
                f"member {number} has no id", "'phonetui webex members list' and 'members search' show them"
            )
        own = {name: value for name, value in row.items() if value is not None}
        old = {name: value for name, value in before.get(identity, {}).items() if value is not None}
        complete = {**_REQUIRED, **old, **own}
        given = whole(complete["port"])
        complete["port"] = port if given is None else given
        port = complete["port"] + (whole(complete["lineWeight"]) or 1)
        found.append(complete)
    return found


def hoteling(device: WebexDevice, answer: Any) -> Hoteling | None:
    """The hoteling of the device among those of its workspace or person; None where it isn't among them."""
    for each in list_at(answer, "devices"):
        mac = devices.mac_of_id(text(at(each, "mac")))
        if (mac and mac == device.mac) or at(each, "id") in (device.id, device.calling_id or device.id):
            return Hoteling(
                is_on=flag_at(each, "hoteling.enabled"),
                is_limited=flag_at(each, "hoteling.limitGuestUse"),
                hours=whole(at(each, "hoteling.guestHoursLimit")),
            )
    return None
