"""What a value of the file may be: each reader takes what TOML gives and raises ValueError for the rest.

A complaint says what is allowed and never repeats the value, which may be a secret in the wrong place.

A phone named by its address: `https://user@host:port` in every form that the command line takes.
"""

import difflib
import ipaddress
import math
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

from phonetui.config.settings import Config, Origin, PhoneSettings, Secret, SecretSource
from phonetui.errors import ConfigError
from phonetui.phone.parse import digits
from phonetui.phone.state import PhoneId
from phonetui.text import Printable, printable

_FINGERPRINT = re.compile(r"sha256:[0-9a-f]{64}")
_MAC = re.compile(r"[0-9a-f]{2}(?:[:.\- ]?[0-9a-f]{2}){5}", re.IGNORECASE)
_LABEL = re.compile(r"(?!-)[A-Za-z0-9_-]{1,63}(?<!-)")


@dataclass(frozen=True, slots=True)
class ConfigLeaf:
    allowed: str
    """Ends the sentence "must be …"."""
    read: Callable[[Any], Any]


def refuse() -> ValueError:
    return ValueError("not allowed here")


def number(low: float, high: float, unit: str = "") -> ConfigLeaf:
    def read(value: Any) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            raise refuse()
        if not low <= value <= high:
            raise refuse()
        return float(value)

    return ConfigLeaf(f"a number from {low:g} to {high:g}{unit}", read)


def integer(low: int, high: int) -> ConfigLeaf:
    def read(value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise refuse()
        return value

    return ConfigLeaf(f"a whole number from {low} to {high}", read)


def choice(*words: str) -> ConfigLeaf:
    def read(value: Any) -> str:
        if value not in words:
            raise refuse()
        return str(value)

    return ConfigLeaf(" or ".join(f"'{word}'" for word in words), read)


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise refuse()
    return value


def _text(value: Any) -> Printable:
    if not isinstance(value, str) or not value.strip():
        raise refuse()
    return printable(value.strip())


def _texts(value: Any) -> tuple[Printable, ...]:
    if not isinstance(value, list):
        raise refuse()
    return tuple(_text(item) for item in value)


def _group(value: Any) -> tuple[Printable, ...]:
    if not isinstance(value, str):
        raise refuse()
    return tuple(printable(part.strip()) for part in value.split("/") if part.strip())


def _fingerprint(value: Any) -> str:
    if not isinstance(value, str) or not _FINGERPRINT.fullmatch(value):
        raise refuse()
    return value


def _mac(value: Any) -> Printable:
    found = _text(value)
    if not _MAC.fullmatch(found):
        raise refuse()
    return found


def _share(value: Any) -> tuple[int, int]:
    match value:
        case [int(some), int(of)] if 1 <= some <= of <= 60:
            return (some, of)
    raise refuse()


def is_host(word: str) -> bool:
    """Whether `word` can be a host: an address, IPv6 without brackets, or a name.

    Of a name each label has 1 to 63 letters, digits, hyphens or underscores, and the last is no number (RFC 1123, 2.1);
    other scripts' letters go by IDNA 2008, by the code that the clients spell them with.
    """
    try:
        ipaddress.ip_address(word)
    except ValueError:
        name = word.removesuffix(".")
        labels = name.split(".")
        if not name.isascii() or any(label.lower().startswith("xn--") for label in labels):
            return printable(word) == word and _is_international(name)
        return len(name) <= 253 and all(map(_LABEL.fullmatch, labels)) and not labels[-1].isdigit()
    return "%" not in word or bool(_LABEL.fullmatch(word.partition("%")[2]))  # the interface of a link-local address


def _is_international(name: str) -> bool:
    import idna  # noqa: PLC0415 - 25 ms that such names alone need

    try:
        idna.encode(idna.decode(name.lower()).lower())
    except UnicodeError:
        return False
    return True


def _host(value: Any) -> str:
    if not isinstance(value, str) or not is_host(value):
        raise refuse()
    return value


def split_port(text: str, *, least: int = 1) -> tuple[str, int | None]:
    """`host`, `host:port`, `[v6]`, `[v6]:port` or a bare IPv6 address → host without brackets, port or None."""
    match = re.fullmatch(r"\[([^\[\]]+)\](?::(\d{1,5}))?|([^:\[\]]+)(?::(\d{1,5}))?", text)
    host, tail = (match[1] or match[3], match[2] or match[4]) if match else (text, None)
    port = int(tail) if tail else None
    if not is_host(host) or (match is not None and match[1] and ":" not in host):
        raise refuse()
    if port is not None and not least <= port <= 65535:
        raise refuse()
    return host, port


def listener(*words: str) -> ConfigLeaf:
    """One of `words`, or a local `host:port`; port 0 is a free one."""

    def read(value: Any) -> str:
        if not isinstance(value, str):
            raise refuse()
        if value not in words and split_port(value, least=0)[1] is None:
            raise refuse()
        return value

    return ConfigLeaf(" or ".join([*(f"'{word}'" for word in words), "'ADDRESS:PORT'"]), read)


def _numbers(value: Any) -> tuple[Printable, ...]:
    numbers: tuple[Printable, ...] = _texts(value)
    if not all(map(digits, numbers)):
        raise refuse()
    return numbers


def _secret(value: Any) -> Secret | SecretSource:
    match value:
        case str() if value:
            return Secret(value)
        case dict() if len(value) == 1:
            ((origin, place),) = value.items()
            if isinstance(place, str) and place.strip():
                return SecretSource(Origin(origin), place.strip())
    raise refuse()


FLAG = ConfigLeaf("true or false", _flag)
TEXT = ConfigLeaf("text", _text)
TEXTS = ConfigLeaf("a list of texts", _texts)
NUMBERS = ConfigLeaf("a list of telephone numbers as texts, such as ['5021']", _numbers)
GROUP = ConfigLeaf("a place in the tree, such as 'HQ/Ground floor'", _group)
FINGERPRINT = ConfigLeaf("'sha256:' and 64 lower-case hex digits", _fingerprint)
MAC = ConfigLeaf("a MAC address, such as '00:1A:2B:3C:4D:5E'", _mac)
SHARE = ConfigLeaf("two whole numbers, samples of the last so many, such as [3, 5]", _share)
HOST = ConfigLeaf("a host's name or address; scheme, user and port belong into url", _host)
SECRET = ConfigLeaf('a string, { env = "NAME" }, { command = "…" } or { keyring = "…" }', _secret)


SCHEMES = {"https": 443, "http": 80, "wss": 443, "ws": 80}
"""With their own ports."""

_FORM = "Write https://user@host:port; scheme, user and port may be left out"


@dataclass(frozen=True, slots=True)
class PhoneAddress:
    scheme: str
    username: str | None
    host: str
    """An IPv6 address without its brackets."""
    port: int | None
    """None is the scheme's own."""


def parse(text: str) -> PhoneAddress:
    """Reads a URL or a bare host (= https). Raises ConfigError; never repeats a URL that may hold a password."""
    first, separator, last = text.strip().partition("://")
    scheme, rest = (first, last) if separator else ("https", first)
    user, at, place = rest.rpartition("@")
    if (at and ":" in user) or set(scheme) & set("@:"):
        raise ConfigError(
            "a phone's URL must not carry a password: others see command lines, and shells keep them",
            "Leave it out of the URL; set PHONETUI_PASSWORD, or password in the configuration, or wait for the prompt",
        )
    scheme = scheme.lower()
    if scheme not in SCHEMES:
        raise ConfigError(f"'{text}': the scheme must be one of {', '.join(SCHEMES)}", _FORM)
    if at and not re.fullmatch(r"[^\s\x00-\x1f\x7f/?#]+", user):
        raise ConfigError(f"'{text}': not a user's name before the @", _FORM)
    try:
        host, port = split_port(place.removesuffix("/"))
    except ValueError:
        raise ConfigError(f"'{text}' is neither a phone of the configuration nor an address", _FORM) from None
    return PhoneAddress(scheme, user or None, host, None if port == SCHEMES[scheme] else port)


def phone(text: str, defaults: PhoneSettings) -> PhoneSettings:
    """A phone with nothing but an address; everything else is `defaults`."""
    address = parse(text)
    found = replace(
        defaults,
        scheme=address.scheme,
        host=address.host,
        port=address.port,
        username=printable(address.username or defaults.username),
    )
    return replace(found, id=PhoneId(printable(found.authority)))


def find(config: Config, word: str) -> PhoneSettings:
    """The phone that `word` names: one of the configuration, else by its address."""
    names = {known.id: known for known in config.phones}
    if word in names:
        return names[PhoneId(word)]
    if re.fullmatch(r"[^.:/@\[]+", word) and (near := difflib.get_close_matches(word, names, n=1, cutoff=0.75)):
        hint = f"Did you mean '{near[0]}'? An address of that name is written https://{word}"
        raise ConfigError(f"no phone '{word}' in the configuration", hint)
    return phone(word, config.defaults)


def with_phones(config: Config, words: Iterable[str]) -> Config:
    """`config` with these phones, names or URLs, in place of its own; as it is where there are none.

    Raises ConfigError for one that is named twice.
    """
    phones: dict[PhoneId, PhoneSettings] = {}
    for word in words:
        found = find(config, word)
        if found.id in phones:
            raise ConfigError(f"the phone {found.id} is named twice")
        phones[found.id] = found
    return replace(config, phones=tuple(phones.values())) if phones else config
