"""What a value of the file may be: each type reads what TOML gives, and writes it as TOML has it.

A complaint says what is allowed and never repeats the value, which may be a secret in the wrong place.
"""

import ipaddress
import json
import math
import re
from collections.abc import Callable
from enum import StrEnum
from typing import Any, TypeVar

from msgspec import Struct

from phonetui import private
from phonetui.config.address import is_host, parse_sip_listener, parse_sip_uri, split_port
from phonetui.config.settings import Origin, Secret, SecretSource
from phonetui.phone.alerts.alert import AlertId
from phonetui.phone.models import MODELS, canonical_key, model_number
from phonetui.phone.parse import digits
from phonetui.text import STARS, Printable, printable

_FINGERPRINT = re.compile(r"sha256:[0-9a-f]{64}")
_MAC = re.compile(r"[0-9a-f]{2}(?:[:.\- ]?[0-9a-f]{2}){5}", re.IGNORECASE)
_COUNTRY = re.compile(r"[A-Za-z]{2}")
_LONGEST_EXTENSION = 6
_ALERTS = frozenset(AlertId)

T = TypeVar("T")


def plain(value: Any) -> Any:
    """A setting in TOML's types; of a secret only where it is kept, without a command's arguments."""
    match value:
        case Secret():
            return STARS
        case SecretSource(Origin.COMMAND, place):
            program, *arguments = place.split()
            return {"command": f"{program} {STARS}" if arguments else program}
        case SecretSource(origin, place):
            return {str(origin): place}
        case StrEnum():
            return str(value)
        case tuple():
            return [plain(each) for each in value]
    return value


def toml(value: Any) -> str:
    """A value of TOML's types as text; control characters must have been taken out of it."""
    match value:
        case dict():
            return f"{{ {', '.join(f'{key} = {toml(each)}' for key, each in value.items())} }}"
        case list():
            return f"[{', '.join(map(toml, value))}]"
        case bool():
            return "true" if value else "false"
        case str():
            return json.dumps(value, ensure_ascii=False)
    return str(value)


def toml_key(part: str | int) -> str:
    """A part of a key: bare where TOML allows it."""
    return str(part) if re.fullmatch(r"[A-Za-z0-9_-]+", str(part)) else json.dumps(part, ensure_ascii=False)


class ConfigLeaf(Struct, frozen=True):
    """A type of value."""

    allowed: str
    """Ends the sentence "must be …"."""
    read: Callable[[Any], Any]
    """TOML's value → the setting. Raises ValueError for what isn't allowed."""
    write: Callable[[Any], Any] = plain
    """The setting → TOML's value, None where there is none."""


def _require(fits: object) -> None:
    if not fits:
        raise ValueError("not allowed here")


def _checked(kind: type[T], fits: Callable[[T], object] = lambda _: True) -> Callable[[Any], T]:
    """A reader of values of one of TOML's types that pass a test."""

    def read(value: Any) -> T:
        _require(isinstance(value, kind) and fits(value))
        checked: T = value
        return checked

    return read


def number(low: float, high: float, unit: str = "") -> ConfigLeaf:
    def read(value: Any) -> float:
        _require(isinstance(value, int | float) and not isinstance(value, bool))
        _require(math.isfinite(value) and low <= value <= high)
        return float(value)

    return ConfigLeaf(f"a number from {low:g} to {high:g}{unit}", read)


def integer(low: int, high: int) -> ConfigLeaf:
    allowed = f"a whole number from {low} to {high}"
    return ConfigLeaf(allowed, _checked(int, lambda value: not isinstance(value, bool) and low <= value <= high))


def choice(*words: str) -> ConfigLeaf:
    """One of `words`, which may be an enumeration's."""

    def read(value: Any) -> str:
        _require(value in words)
        return words[words.index(value)]

    return ConfigLeaf(" or ".join(f"'{word}'" for word in words), read)


def auto(leaf: ConfigLeaf, joint: str = " or ") -> ConfigLeaf:
    """`leaf`, or 'auto' for what is found out, which the settings hold as None."""
    return ConfigLeaf(
        f"'auto'{joint}{leaf.allowed}",
        lambda value: None if value == "auto" else leaf.read(value),
        lambda setting: "auto" if setting is None else leaf.write(setting),
    )


def listener(*words: str) -> ConfigLeaf:
    """One of `words`, or a local `host:port`; port 0 is a free one."""
    allowed = " or ".join([*(f"'{word}'" for word in words), "'ADDRESS:PORT'"])
    return ConfigLeaf(allowed, _checked(str, lambda value: value in words or split_port(value, least=0)[1] is not None))


def several(leaf: ConfigLeaf, allowed: str) -> ConfigLeaf:
    """A list of what `leaf` reads."""
    return ConfigLeaf(allowed, lambda value: tuple(map(leaf.read, _checked(list)(value))))


def _text(value: Any) -> Printable:
    _require(isinstance(value, str) and value.strip())
    return printable(value.strip())


def _fitting(fits: Callable[[Printable], object]) -> Callable[[Any], Printable]:
    """A reader of texts that pass a test."""

    def read(value: Any) -> Printable:
        text = _text(value)
        _require(fits(text))
        return text

    return read


def _group(value: Any) -> tuple[Printable, ...]:
    return tuple(printable(part.strip()) for part in _checked(str)(value).split("/") if part.strip())


def _share(value: Any) -> tuple[int, int]:
    match value:
        case [int(some), int(of)] if 1 <= some <= of <= 60:
            return (some, of)
    raise ValueError("not allowed here")


def _model(value: Any) -> str:
    model = model_number(_text(value))
    _require(model in MODELS)
    return str(model)


def _proxy(value: Any) -> str:
    text = _text(value)
    scheme, separator, place = text.partition("://")
    _require(separator and scheme.lower() in ("http", "https") and "@" not in place)
    split_port(place.removesuffix("/"))
    return text


def _nats_url(value: Any) -> str:
    """Of one server, or of several of a cluster, separated by commas."""
    text = _text(value)
    for url in text.split(","):
        scheme, separator, place = url.strip().partition("://")
        _require(separator and scheme.lower() in ("nats", "tls") and "@" not in place)
        split_port(place.removesuffix("/"))
    return text


def _phone_key(value: Any) -> str:
    key = canonical_key(_text(value))
    _require(key)
    return str(key)


def _mos_scale(value: Any) -> float:
    """As a word or as a number."""
    _require(not isinstance(value, bool) and str(value) in ("1", "10", "100"))
    return float(value)


def _is_mute(text: str) -> bool:
    """`PHONE`, `PHONE:ALERT` or `*:ALERT`; a phone named by its URL may end with its port."""
    phone, colon, alert = text.rpartition(":")
    return not colon or bool(phone and (alert in _ALERTS or alert.isdecimal()))


def is_extension_range(text: str) -> bool:
    """`112`, or `101-119`: of as many digits at both ends."""
    first, dash, last = text.partition("-")
    ends = (first, last) if dash else (first, first)
    is_numbers = all(end.isascii() and end.isdecimal() and len(end) <= _LONGEST_EXTENSION for end in ends)
    return is_numbers and len(ends[0]) == len(ends[1]) and ends[0] <= ends[1]


def _raises_none(parse: Callable[[str], object]) -> Callable[[Printable], bool]:
    """A test of texts: whether `parse` takes them; its ValueError is the reader's."""

    def fits(text: Printable) -> bool:
        parse(text)
        return True

    return fits


def _network(value: Any) -> str:
    return str(ipaddress.ip_network(_text(value), strict=False))


def _secret(value: Any) -> Secret | SecretSource:
    match value:
        case str() if value:
            return Secret(value)
        case dict() if len(value) == 1:
            ((origin, place),) = value.items()
            if isinstance(place, str) and place.strip():
                return SecretSource(Origin(origin), place.strip())
    raise ValueError("not allowed here")


FLAG = ConfigLeaf("true or false", _checked(bool))
TEXT = ConfigLeaf("text", _text)
TEXTS = several(TEXT, "a list of texts")
PATH = ConfigLeaf("text", lambda value: str(private.expand_user(_text(value))))
FILE = ConfigLeaf("text", PATH.read)
"""Of a file that must be there."""
NUMBERS = several(ConfigLeaf("", _fitting(digits)), "a list of telephone numbers as texts, such as ['5021']")
GROUP = ConfigLeaf("a place in the tree, such as 'HQ/Ground floor'", _group, lambda parts: "/".join(parts) or None)
FINGERPRINT = ConfigLeaf("'sha256:' and 64 lower-case hex digits", _checked(str, _FINGERPRINT.fullmatch))
MAC = ConfigLeaf("a MAC address, such as '00:1A:2B:3C:4D:5E'", _fitting(_MAC.fullmatch))
SHARE = ConfigLeaf("two whole numbers, samples of the last so many, such as [3, 5]", _share)
HOST = ConfigLeaf("a host's name or address; scheme, user and port belong into url", _checked(str, is_host))
PROXY = ConfigLeaf("the URL of an HTTP proxy without user or password, such as 'http://proxy.example.com:3128'", _proxy)
NATS_URL = ConfigLeaf("a NATS server's URL without user or password, such as 'nats://nats.example.com:4222'", _nats_url)
SECRET = ConfigLeaf('a string, { env = "NAME" }, { command = "…" } or { keyring = "…" }', _secret)
SECRETS = several(SECRET, "a list of strings, or of { env = … }, { command = … } or { keyring = … }")
MODEL = ConfigLeaf("one of " + ", ".join(MODELS), _model)
PHONE_KEY = ConfigLeaf("a key of the phone, such as 'VolDwn'", _phone_key)
SLOT = auto(ConfigLeaf("1, 2 or 4", _checked(int, lambda slot: slot is not True and slot in (1, 2, 4))), ", ")
MOS_SCALE = auto(ConfigLeaf("1, 10 or 100", _mos_scale, int), ", ")
SIP_LISTENERS = several(
    ConfigLeaf("", _fitting(_raises_none(parse_sip_listener))), "a list of addresses such as ['udp://192.0.2.1:5060']"
)
SIP_URI = ConfigLeaf("a URI of SIP over UDP, such as 'sip:192.0.2.20'", _fitting(_raises_none(parse_sip_uri)))
COUNTRY = ConfigLeaf("a country's two letters (ISO 3166), such as 'NO'", _fitting(_COUNTRY.fullmatch))
EXTENSIONS = several(
    ConfigLeaf("", _fitting(is_extension_range)), "a list of numbers and ranges of them such as ['101-119', '8112']"
)
NETWORKS = several(
    ConfigLeaf("", _network), "a list of addresses or networks such as ['192.0.2.10', '198.51.100.0/24']"
)
MUTES = several(ConfigLeaf("", _fitting(_is_mute)), 'a list such as ["lobby", "lobby:jitter", "*:mwi"]')
KEYS = ConfigLeaf(
    "a key's name, several separated by commas", _fitting(lambda keys: all(key.strip() for key in keys.split(",")))
)
