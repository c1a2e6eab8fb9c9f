"""Phones, models, tags and activation codes as Webex describes them, read leniently.

An id is base64 of `ciscospark://CLUSTER/KIND/UUID`; a phone has one as a device and one as a calling device. Whoever
types an activation code into a phone gets the line, so it is a credential.
"""

import base64
import binascii
import re
import sys
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from phonetui.errors import CommandRefused, ProtocolError
from phonetui.text import NOTHING, Printable, printable
from phonetui.webex.answer import at, flag_at, instant, list_at, text, text_at, unreadable

if TYPE_CHECKING:
    from phonetui.webex.answer import WebexAnswer, at, flag_at, list_at, text_at, unreadable
    from phonetui.webex.operations import Values

_NUMBER = re.compile(r"\d{4}[A-Z]*")
"""What a product's name and a model's have in common: `9851`, `8845NR`."""


class WebexModel(Struct, frozen=True, kw_only=True):
    """A phone model that Webex knows."""

    name: str
    """As the API takes it: `Cisco 9851`."""
    shown: Printable
    """For people: `Cisco 9851`."""
    applies_changes: bool | None = None
    """Whether it takes the command to apply changes at once; None where Webex doesn't say."""
    takes_codes: bool = False
    """Whether an activation code brings it in."""
    owners: frozenset[str] = frozenset({"PEOPLE", "PLACE"})
    """Whom it may belong to."""


def models(items: Iterable[Any]) -> tuple[WebexModel, ...]:
    """The models in the list of supported devices; what has no name is left out."""
    return tuple(_model(name, item) for item in items if (name := text_at(item, "model")))


def model_of(product: str | None, known: Iterable[WebexModel]) -> WebexModel | None:
    """The model of a device by its product's name; None unless exactly one has its number."""
    number = _NUMBER.search(product or "")
    if number is None:
        return None
    found = [each for each in known if number[0] in (_NUMBER.findall(each.name) or _NUMBER.findall(each.shown))]
    return found[0] if len(found) == 1 else None


def _model(name: Printable, raw: Any) -> WebexModel:
    owners = frozenset(each for each in list_at(raw, "supportedFor") if isinstance(each, str))
    return WebexModel(
        name=name,
        shown=text(at(raw, "displayName")) or name,
        applies_changes=flag_at(raw, "supportsApplyChangesEnabled"),
        takes_codes="ACTIVATION_CODE" in list_at(raw, "onboardingMethod"),
        owners=owners or frozenset({"PEOPLE", "PLACE"}),
    )


_KINDS = {"DEVICE": "CALLING_DEVICE", "CALLING_DEVICE": "DEVICE"}
_PUNCTUATION = str.maketrans("", "", ":-. ")
_BARE = re.compile("[0-9a-f]{12}")


def other_id(device: str) -> str | None:
    """The phone's id of the other kind; None for what isn't a device's id.

    The two share their UUID (seen in the examples of Cisco's OpenAPI file).
    """
    scheme, kind, uuid = _parts(device)
    if kind not in _KINDS:
        return None
    raw = f"{scheme}/{_KINDS[kind]}/{uuid}".encode()
    return base64.b64encode(raw).decode().rstrip("=")


def kind_of_id(identity: str) -> str:
    """`DEVICE`, `PLACE`, …; empty for what is no id."""
    return _parts(identity)[1]


def short_id(identity: str) -> Printable:
    """The end of the UUID: enough to tell rows apart, and what Control Hub shows."""
    return printable((_parts(identity)[2] or identity)[-12:])


def mac_of_id(raw: str) -> str:
    """Twelve lower-case hex digits of however a MAC address is spelled; empty where there aren't twelve."""
    bare = raw.translate(_PUNCTUATION).lower()
    return bare if _BARE.fullmatch(bare) else ""


def _parts(identity: str) -> tuple[str, str, str]:
    """The scheme and cluster, the kind, the UUID; empty where it isn't such an id."""
    try:
        text = base64.b64decode(identity + "=" * (-len(identity) % 4), validate=True).decode("ascii")
    except (binascii.Error, ValueError):
        return "", "", ""
    match = re.fullmatch(r"(ciscospark://[^/]+)/(\w+)/([^/]+)", text)
    return (match[1], match[2], match[3]) if match else ("", "", "")


ONLINE = {"connected", "connected_with_issues"}
OFFLINE = {"disconnected", "offline_expired", "offline_deep_sleep"}
NEVER_ONLINE = {"activating", "pending"}
"""Never online yet."""


class WebexDevice(Struct, frozen=True, kw_only=True):
    """One device of the organization, as Webex describes it."""

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
    def key(self) -> str:
        """Under which the inventory keeps it."""
        return self.id or f"unreadable: {self.unreadable}"

    @property
    def shown_name(self) -> str:
        """What Webex calls it, else what there is."""
        return self.unreadable or self.name or self.mac or short_id(self.id)

    @property
    def is_online(self) -> bool | None:
        """Whether it is online as Webex claims; None where Webex doesn't say, or uses an unknown word."""
        if self.status in ONLINE:
            return True
        return False if self.status in OFFLINE else None

    @property
    def was_online(self) -> bool:
        return self.status not in NEVER_ONLINE and (self.seen_at is not None or self.is_online is True)

    @property
    def why_not_editable(self) -> str:
        """Why its configuration cannot be edited yet; empty where it can."""
        return "" if self.was_online else "it was never online: most settings take only once it has been"

    @property
    def takes_xapi(self) -> bool:
        """Whether it takes xAPI through Webex: by its own word, never by its model."""
        return "xapi" in self.capabilities

    @property
    def takes_commands(self) -> bool:
        return self.takes_xapi and any(permission in ("xapi", "xapi:all") for permission in self.permissions)


def device(raw: Any) -> WebexDevice:
    """One item of a listing; what is no device at all becomes one that says so."""
    if not isinstance(raw, Mapping) or not isinstance(raw.get("id"), str) or not raw["id"]:
        return WebexDevice(id="", unreadable=unreadable(raw))
    return WebexDevice(
        id=raw["id"],
        calling_id=text_at(raw, "callingDeviceId") or text_at(raw, "callingId"),
        name=text_at(raw, "displayName"),
        product=_shared(raw, "product"),
        mac=mac_of_id(text_at(raw, "mac") or "") or None,
        serial=text_at(raw, "serial"),
        status=_shared(raw, "connectionStatus"),
        problems=_texts(raw, "errorCodes"),
        seen_at=instant(raw.get("lastSeen")),
        software=_shared(raw, "software"),
        ip=text_at(raw, "ip"),
        tags=_texts(raw, "tags"),
        location_id=_shared(raw, "locationId"),
        workspace_id=text_at(raw, "workspaceId"),
        person_id=text_at(raw, "personId"),
        capabilities=_texts(raw, "capabilities"),
        permissions=_texts(raw, "permissions"),
    )


def _shared(raw: Mapping[str, Any], name: str) -> Printable | None:
    """A word that thousands of devices have in common is kept once."""
    value = text_at(raw, name)
    return None if value is None else Printable(sys.intern(value))


def _texts(raw: Mapping[str, Any], name: str) -> tuple[Printable, ...]:
    return tuple(Printable(sys.intern(each)) for each in map(text, list_at(raw, name)) if each != NOTHING)


@dataclass(frozen=True, slots=True)
class ActivationCode:
    """A code that is typed at a phone to bring it into the organization."""

    code: Printable = field(repr=False)
    """Sixteen digits, as a rule."""
    expires_at: datetime | None
    """Aware UTC; None where Webex doesn't say."""


def activation_code(raw: Any) -> ActivationCode:
    """The code in an answer. Raises ProtocolError where there is none."""
    code = text(at(raw, "code"))
    if not code:
        raise ProtocolError("Webex's answer has no activation code in it")
    return ActivationCode(code, instant(at(raw, "expiryTime")))


_DIGITS = "0123456789- "
_SEGMENTS = (
    " _     _  _     _  _  _  _  _       ",
    "| |  | _| _||_||_ |_   ||_||_| _    ",
    "|_|  ||_  _|  | _||_|  ||_| _|      ",
)
"""Three rows of the characters above, three cells each."""
_GROUP = 4


def code_groups(code: str) -> list[str]:
    """The code in groups of four characters, or as its dashes divide it."""
    return code.split("-") if "-" in code else [code[at : at + _GROUP] for at in range(0, len(code), _GROUP)]


def large_digits(code: str) -> list[str]:
    """Three lines; what isn't made of digits becomes one line, spaced out."""
    if not set(code) <= set(_DIGITS):
        return [" ".join(code)]
    places = [3 * _DIGITS.index(character) for character in code]
    return [" ".join(row[place : place + 3] for place in places).rstrip() for row in _SEGMENTS]


RunOperation = Callable[[str, "Values"], Awaitable["WebexAnswer"]]
"""Runs an operation by its name. Raises PhonetuiError."""


class TagChange(Struct, frozen=True):
    """What happens to a phone's tags, whatever else it has."""

    added: tuple[str, ...] = ()
    taken: tuple[str, ...] = ()

    def of(self, had: Iterable[str]) -> list[str]:
        """The tags of a device that had these, after the change."""
        left = [tag for tag in had if tag not in self.taken]
        return [*left, *(tag for tag in self.added if tag not in left)]


def tag_change(typed: str) -> TagChange:
    """`lobby, !old`: commas separate, an exclamation mark takes away."""
    words = [word.strip() for word in typed.split(",")]
    added = dict.fromkeys(word for word in words if word and not word.startswith("!"))
    taken = dict.fromkeys(word[1:].strip() for word in words if word.startswith("!"))
    return TagChange(tuple(added), tuple(word for word in taken if word))


async def change_tags(ask: RunOperation, device: str, change: TagChange, *, strict: bool = False) -> list[str]:
    """What the device has afterwards; nothing is sent where that is what it has. Raises PhonetuiError.

    `strict` refuses to take away what isn't there.
    """
    answer = await ask("devices get", {"deviceId": device})
    had = [each for each in list_at(answer.value, "tags") if isinstance(each, str)]
    if strict and (missing := sorted(set(change.taken) - set(had))):
        raise CommandRefused(f"the phone has no tag {text(missing)}", f"It has: {text(had) or 'none'}")
    left = change.of(had)
    if left != had:
        await ask("devices tag", {"deviceId": device, "op": "replace", "value": left})
    return left


def tags_text(tags: Iterable[str]) -> Printable:
    """Tags in one line for people; `none` where there are none."""
    return text(list(tags)) or Printable("none")
