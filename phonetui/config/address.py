"""Addresses as people write them: of a phone (`https://user@host:port`), and in SIP (`[vq] listen`, `[report]
publish`).
"""

import ipaddress
import re

from msgspec import Struct

from phonetui.errors import ConfigError
from phonetui.text import printable

_LABEL = re.compile(r"(?!-)[A-Za-z0-9_-]{1,63}(?<!-)")


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


def split_port(text: str, *, least: int = 1) -> tuple[str, int | None]:
    """`host`, `host:port`, `[v6]`, `[v6]:port` or a bare IPv6 address → host without brackets, port or None."""
    match = re.fullmatch(r"\[([^\[\]]+)\](?::(\d{1,5}))?|([^:\[\]]+)(?::(\d{1,5}))?", text)
    host, tail = (match[1] or match[3], match[2] or match[4]) if match else (text, None)
    port = int(tail) if tail else None
    if not is_host(host) or (match is not None and match[1] and ":" not in host):
        raise ValueError("not allowed here")
    if port is not None and not least <= port <= 65535:
        raise ValueError("not allowed here")
    return host, port


SCHEMES = {"https": 443, "http": 80, "wss": 443, "ws": 80}
"""With their own ports."""

_FORM = "Write https://user@host:port; scheme, user and port may be left out"


class PhoneAddress(Struct, frozen=True):
    scheme: str
    username: str | None
    host: str
    """An IPv6 address without its brackets."""
    port: int | None
    """None is the scheme's own."""


def parse_address(text: str) -> PhoneAddress:
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


SIP_PORT = 5060


class SipListenAddress(Struct, frozen=True):
    host: str
    port: int
    has_udp: bool = True

    @property
    def name(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def parse_sip_listener(text: str) -> SipListenAddress:
    """`udp://HOST:PORT` or `HOST:PORT` for UDP and TCP, as RFC 3261 wants both (18.2.1); `tcp://…` for TCP alone.

    Raises ValueError.
    """
    scheme, separator, place = text.partition("://")
    scheme, place = (scheme.lower(), place) if separator else ("udp", text)
    if scheme not in ("udp", "tcp"):
        raise ValueError("not allowed here")
    host, port = split_port(place.removesuffix("/"), least=0)
    return SipListenAddress(host, SIP_PORT if port is None else port, scheme == "udp")


class SipUri(Struct, frozen=True):
    """Where a request goes, without credentials."""

    user: str
    """Empty where there is none."""
    host: str
    port: int

    @property
    def authority(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == SIP_PORT else f"{host}:{self.port}"

    def __str__(self) -> str:
        return f"sip:{self.user}@{self.authority}" if self.user else f"sip:{self.authority}"


def parse_sip_uri(text: str) -> SipUri:
    """`sip:user@host:port`; user and port may be left out, `;transport=udp` may follow. Raises ValueError."""
    scheme, _, rest = text.partition(":")
    place, *parameters = rest.split(";")
    if scheme.lower() != "sip" or any(one.lower() != "transport=udp" for one in parameters):
        raise ValueError("not allowed here")
    user, _, place = place.rpartition("@")
    host, port = split_port(place)
    if not all(character.isalnum() or character in "-_.!~*'()+$" for character in user) or not user.isascii():
        raise ValueError("not allowed here")
    return SipUri(user, host, port or SIP_PORT)
