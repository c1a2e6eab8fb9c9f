"""A phone named by its address: `https://user@host:port` in every form that the command line takes."""

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from phonetui.config.settings import Config, PhoneSettings
from phonetui.config.values import split_port
from phonetui.errors import ConfigError
from phonetui.phone.state import PhoneId
from phonetui.text import printable

SCHEMES = {"https": 443, "http": 80, "wss": 443, "ws": 80}
"""With their own ports."""

_FORM = "Write https://user@host:port; scheme, user and port may be left out"


@dataclass(frozen=True, slots=True)
class Address:
    scheme: str
    username: str | None
    host: str
    """An IPv6 address without its brackets."""
    port: int | None
    """None is the scheme's own."""


def parse(text: str) -> Address:
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
    return Address(scheme, user or None, host, None if port == SCHEMES[scheme] else port)


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
