"""A phone named by its address: `https://user@host:port` in every form that the command line takes."""

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
