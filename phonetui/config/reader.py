"""The configuration in force: the file's or the defaults, and the phones that the command line names instead."""

import difflib
import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from msgspec.structs import replace

from phonetui.config.address import parse_address
from phonetui.config.file import read
from phonetui.config.settings import Config, PhoneSettings
from phonetui.errors import ConfigError
from phonetui.phone.state import PhoneId
from phonetui.text import printable


def load(path: str | Path | None, *, environ: Mapping[str, str]) -> Config:
    """What the file in force says, over the built-in defaults; passwords stay where they are kept.

    Raises ConfigError with the first complaint.
    """
    source = read(path, environ)
    if source is None:
        return Config()
    from phonetui.config.interpretation import interpret  # noqa: PLC0415 - what each key may be, for who has a file

    config, complaints = interpret(source)
    if complaints:
        raise source.error(complaints[0])
    return config


def phone_at(text: str, defaults: PhoneSettings) -> PhoneSettings:
    """A phone with nothing but an address; everything else is `defaults`."""
    address = parse_address(text)
    found = replace(
        defaults,
        scheme=address.scheme,
        host=address.host,
        port=address.port,
        username=printable(address.username or defaults.username),
    )
    return replace(found, id=PhoneId(printable(found.authority)))


def find_phone(config: Config, word: str) -> PhoneSettings:
    """The phone that `word` names: one of the configuration, else by its address."""
    names = {known.id: known for known in config.phones}
    if word in names:
        return names[PhoneId(word)]
    if re.fullmatch(r"[^.:/@\[]+", word) and (near := difflib.get_close_matches(word, names, n=1, cutoff=0.75)):
        hint = f"Did you mean '{near[0]}'? An address of that name is written https://{word}"
        raise ConfigError(f"no phone '{word}' in the configuration", hint)
    return phone_at(word, config.defaults)


def with_phones(config: Config, words: Iterable[str]) -> Config:
    """`config` with these phones, names or URLs, in place of its own; as it is where there are none.

    Raises ConfigError for one that is named twice.
    """
    phones: dict[PhoneId, PhoneSettings] = {}
    for word in words:
        found = find_phone(config, word)
        if found.id in phones:
            raise ConfigError(f"the phone {found.id} is named twice")
        phones[found.id] = found
    return replace(config, phones=tuple(phones.values())) if phones else config
