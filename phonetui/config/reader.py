"""Finds and reads the configuration file, and adds the phones that the command line names.

Parsing and checking are imported only where there is a file: the first frame does not wait for them otherwise.
"""

import difflib
import os
import re
import stat
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace

from phonetui import private
from phonetui.config.address import parse_address
from phonetui.config.places import configuration
from phonetui.config.settings import Config, PhoneSettings
from phonetui.errors import ConfigError
from phonetui.phone.state import PhoneId
from phonetui.text import printable

if TYPE_CHECKING:
    from phonetui.config.source import ConfigSource

LARGEST_BYTES = 4 * 1024 * 1024
"""A configuration of 1,000 phones has some 200 KB; more than this is another file by mistake."""


def read_source(path: str | Path | None, environ: Mapping[str, str]) -> "ConfigSource | None":
    """The file in force; None where nobody named one and the platform's own place has none.

    Raises ConfigError for a named file that isn't there, and for what cannot be read or isn't TOML.
    """
    place = configuration(path, environ)
    try:
        with place.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            raw = file.read(LARGEST_BYTES + 1)
        writers = private.other_writers(place) if stat.S_ISREG(mode) else ""
    except (FileNotFoundError, NotADirectoryError):
        if path or environ.get("PHONETUI_CONFIG"):
            raise ConfigError(f"{place}: no such file", "'phonetui config init' writes one") from None
        return None
    except OSError as error:
        raise ConfigError(f"{place}: {error.strerror or 'cannot be read'}") from error
    if len(raw) > LARGEST_BYTES:
        raise ConfigError(f"{place}: larger than {LARGEST_BYTES // 1024 // 1024} MiB", "Is it the right file?")
    is_open = os.name == "posix" and bool(mode & (stat.S_IRWXG | stat.S_IRWXO))
    from phonetui.config.source import parse_source  # noqa: PLC0415 - not before the first frame of who has no file

    return parse_source(raw, place, is_open=is_open, writers=writers)


def load(path: str | Path | None, *, environ: Mapping[str, str]) -> Config:
    """What the file in force says, over the built-in defaults; passwords stay where they are kept.

    Raises ConfigError with the first complaint.
    """
    source = read_source(path, environ)
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
