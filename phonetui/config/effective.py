"""Every value in force and where it came from: default, a line of the file, the environment, the command line.

Secrets are stars; where one is kept is reported, but for a command's arguments, which may be as secret as its answer.
"""

import json
from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Any

from msgspec import Struct

from phonetui.config.complaint import KeyPath
from phonetui.config.credentials import ENVIRONMENT
from phonetui.config.interpretation import interpret
from phonetui.config.schema import JUMP, PHONE, SCHEMA, SHARED, Rule, SchemaTable, leaves, settings_tables
from phonetui.config.settings import Config, PhoneSettings
from phonetui.config.source import ConfigSource
from phonetui.config.values import toml, toml_key
from phonetui.text import STARS

_OWN = SchemaTable({name: key for name, key in PHONE.items() if name not in {"name", "host", "url", *SHARED}})
_SHARED = SchemaTable(SHARED)


class ValueOrigin(StrEnum):
    """Who said so."""

    PROGRAM = "built-in"
    FILE = "file"
    ENVIRONMENT = "environment"
    COMMAND_LINE = "command line"


class Value(Struct, frozen=True):
    """One key in force."""

    key: str
    """The key with its parts: `poll.call`."""
    value: Any
    """The value, of a TOML type; None where it is not set."""
    origin: ValueOrigin = ValueOrigin.PROGRAM
    place: str = ""
    """The line of the file, the variable's name."""

    @property
    def toml(self) -> str:
        """`tls = "pin"`; a comment where it is not set."""
        return f"# {self.key} is not set" if self.value is None else f"{self.key} = {toml(self.value)}"

    @property
    def source(self) -> str:
        """Where it came from, for people."""
        return f"{'line' if self.origin is ValueOrigin.FILE else self.origin} {self.place}".strip()


class Section(Struct, frozen=True):
    """One table of the file."""

    head: str
    """`[defaults]`, `[[phone]]`."""
    values: tuple[Value, ...]


def effective(config: Config, source: ConfigSource | None, environ: Mapping[str, str]) -> tuple[Section, ...]:
    """In the order of the template, phones last. `config` is the file's with the command line's over it."""
    return tuple(_Origins(config, source, has_password=bool(environ.get(ENVIRONMENT))).sections())


class _Origins:
    def __init__(self, config: Config, source: ConfigSource | None, *, has_password: bool) -> None:
        phones = interpret(source)[0].phones if source else ()
        self._config = config
        self._lines: Mapping[KeyPath, int] = source.lines if source else {}
        self._rows = {phone.id: index for index, phone in enumerate(phones)}
        self._urls = [str(row.get("url", "")) for row in source.tables.get("phone", [])] if source else []
        self._has_password = has_password

    def sections(self) -> Iterator[Section]:
        for name, settings in settings_tables(self._config).items():
            yield Section(f"[{name}]", tuple(self._values(SCHEMA.keys[name].rule, settings, (name,))))
        for jump in self._config.jumps:
            yield Section(f"[jump.{json.dumps(jump.name)}]", tuple(self._values(JUMP, jump, ("jump", jump.name))))
        for phone in self._config.phones:
            yield Section("[[phone]]", tuple(self._phone(phone)))

    def _phone(self, phone: PhoneSettings) -> Iterator[Value]:
        """A phone of the file, or one that the command line named by its URL."""
        index = self._rows.get(phone.id)
        url = f"{phone.scheme}://{phone.authority}"
        if index is None:
            yield Value("name", str(phone.id), ValueOrigin.COMMAND_LINE)
            yield Value("url", url, ValueOrigin.COMMAND_LINE)
            for value in self._values(_SHARED, phone, ("defaults",)):
                is_in_url = value.key == "username" and phone.username != self._config.defaults.username
                yield Value(value.key, value.value, ValueOrigin.COMMAND_LINE) if is_in_url else value
            return
        here: KeyPath = ("phone", index)
        yield self._value("name", str(phone.id), (*here, "name"), (*here, "host"), (*here, "url"))
        if phone.host:
            yield self._value("url", url, (*here, "url"), (*here, "host"))
        yield from self._values(_OWN, phone, here)
        for value in self._values(_SHARED, phone, here, ("defaults",)):
            is_in_url = value.key == "username" and "@" in self._urls[index] and (*here, "username") not in self._lines
            yield self._value(value.key, value.value, (*here, "url")) if is_in_url else value

    def _values(self, rule: Rule, settings: Any, *places: KeyPath) -> Iterator[Value]:
        """A table's values; the parts of one may come from different lines."""
        for path, leaf, setting in leaves(rule, settings):
            if path == ("password",) and self._has_password:
                yield Value("password", STARS, ValueOrigin.ENVIRONMENT, ENVIRONMENT)
            elif path == ("control",) and self._config.read_only:
                yield Value("control", "off", ValueOrigin.COMMAND_LINE)
            else:
                key = ".".join(map(toml_key, path))
                yield self._value(key, leaf.write(setting), *((*place, *path) for place in places))

    def _value(self, key: str, value: Any, *places: KeyPath) -> Value:
        """The first of the places that has a line is where it came from."""
        line = next((self._lines[place] for place in places if place in self._lines), None)
        return Value(key, value) if line is None else Value(key, value, ValueOrigin.FILE, str(line))
