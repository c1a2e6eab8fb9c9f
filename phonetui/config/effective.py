"""Every value in force and where it came from: built in, a line of the file, the environment, the command line.

Secrets are stars; where one is kept is told, but for a command's arguments, which may be as secret as its answer.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any

from phonetui.actions import ACTIONS
from phonetui.config.credentials import ENVIRONMENT
from phonetui.config.file import ConfigSource, KeyPath
from phonetui.config.reader import understood
from phonetui.config.schema import SHARED
from phonetui.config.settings import Config, Origin, PhoneSettings, Poll, Secret, SecretSource, SendKey
from phonetui.phone.quality.grading import Limits

STARS = "***"


class ValueOrigin(StrEnum):
    """Who said so."""

    PROGRAM = "built-in"
    FILE = "file"
    ENVIRONMENT = "environment"
    COMMAND_LINE = "command line"


@dataclass(frozen=True, slots=True)
class Value:
    """One key in force."""

    key: str
    """With its parts: `poll.call`."""
    value: Any
    """Of TOML's types; None is not set."""
    origin: ValueOrigin = ValueOrigin.PROGRAM
    place: str = ""
    """The line of the file, the variable's name."""

    @property
    def toml(self) -> str:
        """`tls = "pin"`; a comment where it is not set."""
        return f"# {self.key} is not set" if self.value is None else f"{self.key} = {_toml(self.value)}"

    @property
    def said(self) -> str:
        """Where it came from, for people."""
        return f"{'line' if self.origin is ValueOrigin.FILE else self.origin} {self.place}".strip()


@dataclass(frozen=True, slots=True)
class Section:
    """One table of the file."""

    head: str
    """`[defaults]`, `[[phone]]`."""
    values: tuple[Value, ...]


def effective(config: Config, source: ConfigSource | None, environ: Mapping[str, str]) -> tuple[Section, ...]:
    """In the order of the template, phones last. Of `config` is told what the command line put over the file's."""
    return tuple(_Telling(config, source, has_password=bool(environ.get(ENVIRONMENT))).sections())


class _Telling:
    def __init__(self, config: Config, source: ConfigSource | None, *, has_password: bool) -> None:
        written = understood(source)[0].phones if source else ()
        self._config = config
        self._lines: Mapping[KeyPath, int] = source.lines if source else {}
        self._rows = {phone.id: index for index, phone in enumerate(written)}
        self._urls = [str(row.get("url", "")) for row in source.tables.get("phone", [])] if source else []
        self._has_password = has_password

    def sections(self) -> Iterator[Section]:
        config = self._config
        yield Section("[defaults]", tuple(self._shared(config.defaults, ("defaults",))))
        for name in ("quality", "feedback", "webex", "ui"):
            yield Section(f"[{name}]", tuple(self._table((name,), getattr(config, name))))
        yield Section("[alerts]", (self._found("mute", list(config.muted_alerts), ("alerts", "mute")),))
        yield Section("[history]", (self._found("days", config.history_days, ("history", "days")),))
        keys = [(action.id, config.keys.get(action.id, action.keys)) for action in ACTIONS]
        yield Section("[keys]", tuple(self._found(f'"{name}"', held, ("keys", name)) for name, held in keys))
        for jump in config.jumps:
            yield Section(f"[jump.{json.dumps(jump.name)}]", tuple(self._table(("jump", jump.name), jump)))
        for phone in config.phones:
            yield Section("[[phone]]", tuple(self._phone(phone)))

    def _phone(self, phone: PhoneSettings) -> Iterator[Value]:
        """A phone of the file, or one that the command line named by its URL."""
        index = self._rows.get(phone.id)
        url = f"{phone.scheme}://{phone.authority}"
        if index is None:
            yield Value("name", str(phone.id), ValueOrigin.COMMAND_LINE)
            yield Value("url", url, ValueOrigin.COMMAND_LINE)
            for value in self._shared(phone, ("defaults",)):
                is_theirs = value.key == "username" and phone.username != self._config.defaults.username
                yield Value(value.key, value.value, ValueOrigin.COMMAND_LINE) if is_theirs else value
            return
        here: KeyPath = ("phone", index)
        yield self._found("name", str(phone.id), (*here, "name"), (*here, "host"), (*here, "url"))
        if phone.host:
            yield self._found("url", url, (*here, "url"), (*here, "host"))
        for key in ("device", "fingerprint", "mac", "serial"):
            yield self._found(key, getattr(phone, key), (*here, key))
        for value in self._shared(phone, here, ("defaults",)):
            is_in_url = value.key == "username" and "@" in self._urls[index] and (*here, "username") not in self._lines
            yield self._found(value.key, value.value, (*here, "url")) if is_in_url else value

    def _shared(self, phone: PhoneSettings, *places: KeyPath) -> Iterator[Value]:
        for key in SHARED:
            if key == "password" and self._has_password:
                yield Value(key, STARS, ValueOrigin.ENVIRONMENT, ENVIRONMENT)
            elif key == "control" and self._config.read_only:
                yield Value(key, "off", ValueOrigin.COMMAND_LINE)
            else:
                yield from self._parts(key, _held(phone, key), places)

    def _table(self, place: KeyPath, settings: Any) -> Iterator[Value]:
        """One of the settings whose fields have the names of their keys."""
        for each in fields(settings):
            if each.name == "name" or each.name.endswith("_source"):
                continue
            held = getattr(settings, each.name)
            if held is None:
                held = "auto" if each.name == "slot" else getattr(settings, f"{each.name}_source", None)
            yield from self._parts(each.name, held, (place,))

    def _parts(self, key: str, held: Any, places: Iterable[KeyPath]) -> Iterator[Value]:
        """A value whose parts may come from different lines, part by part."""
        match held:
            case Poll():
                parts: dict[str, Any] = {"call": held.call_s, "idle": held.idle_s, "slow": held.slow_s}
            case SendKey():
                parts = {"parameter": held.parameter}
                parts |= {f"names.{name}": word for name, word in held.names.items()}
            case Limits():
                parts = {"fair": held.fair, "poor": held.poor, "critical": held.critical}
            case _:
                yield self._found(key, _plain(held), *((*place, key) for place in places))
                return
        for part, value in parts.items():
            yield self._found(f"{key}.{part}", value, *((*place, key, *part.split(".")) for place in places))

    def _found(self, key: str, value: Any, *places: KeyPath) -> Value:
        """The first of the places that has a line is where it came from."""
        line = next((self._lines[place] for place in places if place in self._lines), None)
        return Value(key, value) if line is None else Value(key, value, ValueOrigin.FILE, str(line))


def _held(phone: PhoneSettings, key: str) -> Any:
    match key:
        case "password":
            return phone.password or phone.password_source
        case "group":
            return "/".join(phone.group) or None
    return getattr(phone, key)


def _plain(held: Any) -> Any:
    match held:
        case Secret():
            return STARS
        case SecretSource(Origin.COMMAND, place):
            program, *others = place.split()
            return {"command": f"{program} {STARS}" if others else program}
        case SecretSource(origin, place):
            return {str(origin): place}
        case StrEnum():
            return str(held)
        case tuple() | list():
            return [_plain(each) for each in held]
    return held


def _toml(value: Any) -> str:
    match value:
        case dict():
            return f"{{ {', '.join(f'{key} = {_toml(held)}' for key, held in value.items())} }}"
        case list():
            return f"[{', '.join(map(_toml, value))}]"
        case bool():
            return "true" if value else "false"
        case str():
            return json.dumps(value, ensure_ascii=False)
    return str(value)
