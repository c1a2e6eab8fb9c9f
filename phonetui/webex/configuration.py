"""A device's configuration in Webex: settings, allowed values, and edits staged for one PATCH.

stage, back to default, undo ──► Edits ──► one JSON Patch (RFC 6902) ──► read again ──► edits that don't hold are left

A setting's values follow the JSON Schema beside it, as much of it as phones' settings use.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum, StrEnum
from types import MappingProxyType
from typing import Any, Final

from msgspec import Struct

from phonetui import numeric
from phonetui.errors import ConfigError
from phonetui.text import NOTHING, Printable, printable
from phonetui.webex.answer import at, instant, is_secret_key, masked, text_at

_LONGEST_CHECKED = 256
"""Characters of a text, and three open ends of a pattern: more could keep Python's engine busy for minutes."""
_OPEN_ENDS = 3
_RISKY = re.compile(r"\)[*+{]|\\[1-9]|\(\?P?[=<]")
_REPEATED = re.compile(r"(?<!\\)[*+{]")


class InputForm(StrEnum):
    """What an input for it looks like."""

    CHOICE = "choice"
    FLAG = "flag"
    INTEGER = "integer"
    NUMBER = "number"
    TEXT = "text"
    LIST = "list"
    """JSON: a list of texts, numbers or objects."""
    OTHER = "other"
    """A schema that says less, or more, than this program reads."""


class SettingSchema(Struct, frozen=True, kw_only=True):
    """What a setting may be, by the device's own schema."""

    form: InputForm
    choices: tuple[Any, ...] = ()
    minimum: float | None = None
    """Of the number, or of the text's length in characters; so is `maximum`."""
    maximum: float | None = None
    step: float | None = None
    pattern: Printable | None = None
    """A regular expression; one that could take long to check is left to Webex."""
    unit: Printable = NOTHING
    """Of a number, in Webex's word."""
    raw: Printable = NOTHING
    """The schema as it came, where the form is `OTHER`."""

    @property
    def words(self) -> Printable:
        match self.form:
            case InputForm.CHOICE:
                return printable(f"one of {', '.join(map(value_text, self.choices))}")
            case InputForm.FLAG:
                return printable("true or false")
            case InputForm.INTEGER | InputForm.NUMBER:
                kind = "a whole number" if self.form is InputForm.INTEGER else "a number"
                steps = f", in steps of {self.step:g}" if self.step is not None else ""
                return printable(f"{self._bounds or kind}{steps} {self.unit}".rstrip())
            case InputForm.TEXT:
                length = f"text of {self._bounds}" if self._bounds else "text"
                return printable(f"{length}, matching {self.pattern}" if self.pattern else length)
            case InputForm.LIST:
                return printable('a list in JSON, such as ["a", "b"]')
            case _:
                return printable(self.raw or "any value")

    @property
    def _bounds(self) -> str:
        """`0 to 100`, `5 or more`, `at most 64 characters`; empty where there is no bound."""
        unit = " characters" if self.form is InputForm.TEXT else ""
        lower, upper = (f"{bound:.15g}" if bound is not None else "" for bound in (self.minimum, self.maximum))
        if lower and upper:
            return f"{lower} to {upper}{unit}" if lower != upper else f"{lower}{unit}"
        return f"{lower}{unit} or more" if lower else f"at most {upper}{unit}" if upper else ""

    def _holds(self, value: float) -> bool:
        return (self.minimum is None or value >= self.minimum) and (self.maximum is None or value <= self.maximum)

    def read(self, typed: str) -> Any:
        """What was typed as a value. Raises ConfigError saying why it is none."""
        match self.form:
            case InputForm.CHOICE | InputForm.FLAG:
                found = next((each for each in self.choices if value_text(each) == typed), self)
                if found is self:
                    raise ConfigError(f"it must be {self.words}")
                return found
            case InputForm.INTEGER | InputForm.NUMBER:
                return self._number(typed.strip())
            case InputForm.TEXT:
                return self._text(typed)
            case InputForm.LIST:
                found = json_or_text(typed)
                if not isinstance(found, list):
                    raise ConfigError(f"it must be {self.words}")
                return found
            case _:
                return json_or_text(typed)

    def accept(self, value: Any) -> Any:
        """A JSON value as this schema has it: Webex refuses `2` for a text and `"2"` for a number.

        Raises ConfigError saying why it is none.
        """
        if self.form in (InputForm.LIST, InputForm.OTHER):
            return value
        return self.read(value_text(value))

    def _number(self, typed: str) -> int | float:
        whole = self.form is InputForm.INTEGER
        if not re.fullmatch(r"[+-]?\d{1,18}" if whole else r"[+-]?\d{1,18}(\.\d{1,18})?", typed, re.ASCII):
            raise ConfigError("it must be a whole number" if whole else "it must be a number")
        value = (numeric.signed(typed.removeprefix("+")) if whole else numeric.decimal(typed)) or 0
        if not self._holds(value):
            raise ConfigError(f"it must be {self._bounds}")
        if self.step and value % self.step:
            raise ConfigError(f"it goes in steps of {self.step:g}")
        return value

    def _text(self, typed: str) -> str:
        if not self._holds(len(typed)):
            raise ConfigError(f"it must have {self._bounds}, not {len(typed)}")
        check = _checkable(self.pattern or "") if len(typed) <= _LONGEST_CHECKED else None
        if check is not None and not check.search(typed):
            raise ConfigError(f"it must match {self.pattern}")
        return typed


def setting_schema(raw: Any) -> SettingSchema:
    """The schema of a setting. Never fails: what cannot be read is `OTHER`, and shown as it is."""
    if not isinstance(raw, Mapping):
        return SettingSchema(form=InputForm.OTHER, raw=value_text(raw))
    choices = raw.get("enum")
    if isinstance(choices, list) and choices:
        return SettingSchema(form=InputForm.CHOICE, choices=tuple(choices))
    match _type(raw.get("type")):
        case "boolean":
            return SettingSchema(form=InputForm.FLAG, choices=(True, False))
        case "integer" | "number" as kind:
            lower, upper, step = (numeric.real(raw.get(name)) for name in ("minimum", "maximum", "multipleOf"))
            unit = value_text(raw.get("unit"))
            return SettingSchema(form=InputForm(kind), minimum=lower, maximum=upper, step=step or None, unit=unit)
        case "string":
            lower, upper = (numeric.real(raw.get(name)) for name in ("minLength", "maxLength"))
            return SettingSchema(
                form=InputForm.TEXT, minimum=lower or None, maximum=upper, pattern=text_at(raw, "pattern")
            )
        case "array":
            return SettingSchema(form=InputForm.LIST)
        case _:
            return SettingSchema(form=InputForm.OTHER, raw=value_text(raw) if raw else NOTHING)


def value_text(value: Any) -> Printable:
    """A value in one line: a text bare, everything else as JSON has it; empty for nothing."""
    if value is None:
        return NOTHING
    return printable(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str))


def _type(raw: Any) -> str:
    """Of `["string", "null"]` what isn't null; anything else than one word is none."""
    named = [each for each in raw if each != "null"] if isinstance(raw, list) else [raw]
    return named[0] if len(named) == 1 and isinstance(named[0], str) else ""


def _checkable(pattern: str) -> re.Pattern[str] | None:
    """None for one that isn't Python's, or whose check could take long."""
    if _RISKY.search(pattern) or len(_REPEATED.findall(pattern)) > _OPEN_ENDS:
        return None
    try:
        return re.compile(pattern)
    except (re.error, OverflowError, RecursionError):
        return None


def json_or_text(typed: str) -> Any:
    """What was typed as JSON, or as text where it is none."""
    try:
        return json.loads(typed)
    except (ValueError, RecursionError):
        return typed


CONFIGURED, DEFAULT = "configured", "default"
"""Words for where a value comes from; others are shown as they are."""
_YES = {"editable", "iseditable", "readwrite", "writable", "yes", "true"}
_NO = {"noteditable", "readonly", "no", "false"}


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceSetting:
    """One setting of a device: its value, from where it comes, and what it may be."""

    key: Printable
    """Dotted, such as `Audio.Ultrasound.MaxVolume`."""
    value: Any = field(default=None, repr=False)
    """In force now: JSON."""
    default: Any = field(default=None, repr=False)
    configured: Any = field(default=None, repr=False)
    """What somebody set; None where nobody did."""
    source: Printable = NOTHING
    """Webex's word for where the value comes from; empty where it has none."""
    level: Printable = NOTHING
    """On which level it was configured, where Webex says so."""
    is_editable: bool | None = None
    """None where Webex doesn't say, or in an unknown form."""
    reason: Printable = NOTHING
    """Why not, in Webex's word; or the unknown form."""
    space: SettingSchema = field(default_factory=lambda: setting_schema(None))
    applied: Any = field(default=None, repr=False)
    """What the phone has taken over, which lags behind `value`; None where Webex doesn't say."""
    applied_at: datetime | None = None
    """Aware UTC."""
    unreadable: Printable | None = None
    """What came instead of a setting."""

    @property
    def is_set(self) -> bool:
        """Whether somebody set it: the default would hold otherwise."""
        return self.source == CONFIGURED or (self.source != DEFAULT and self.configured is not None)

    @property
    def has_arrived(self) -> bool | None:
        """Whether the phone has taken over the value in force; None where Webex doesn't say."""
        return None if self.applied_at is None and self.applied is None else same_value(self.applied, self.value)

    @property
    def is_secret(self) -> bool:
        return is_secret_key(self.key)

    @property
    def why_not(self) -> str:
        """Why it cannot be edited; empty where it can, or where only Webex knows."""
        if self.unreadable is not None:
            return "Webex's answer about it cannot be read"
        return "" if self.is_editable is not False else self.reason or "Webex gives no reason"

    def text_of(self, value: Any) -> Printable:
        """One of its values in a line, with stars where it is a secret."""
        return value_text(masked(value) if self.is_secret else value)


def configuration(answer: Any) -> tuple[DeviceSetting, ...]:
    """All settings of an answer, by key; numbers inside of keys in the order of numbers."""
    found = at(answer, "items")
    if isinstance(found, list):
        found = {str(at(each, "key") or f"item {number}"): each for number, each in enumerate(found, 1)}
    if not isinstance(found, Mapping):
        return ()
    return tuple(sorted((setting(key, raw) for key, raw in found.items()), key=lambda each: _order(each.key)))


def setting(key: str, raw: Any) -> DeviceSetting:
    """A setting out of Webex's answer; one that cannot be read says so in `unreadable`."""
    if not isinstance(raw, Mapping) or not raw.keys() & {"value", "source", "sources"}:
        return DeviceSetting(key=printable(key), unreadable=printable((value_text(raw) or "nothing")[:80]))
    configured = at(raw, f"sources.{CONFIGURED}")
    editability = at(configured, "editability")
    is_editable, reason = _editability(raw.get("editability") if editability is None else editability)
    return DeviceSetting(
        key=printable(key),
        value=raw.get("value"),
        default=at(raw, f"sources.{DEFAULT}.value"),
        configured=at(configured, "value"),
        source=value_text(raw.get("source")),
        level=value_text(at(configured, "level")),
        is_editable=is_editable,
        reason=reason,
        space=setting_schema(raw.get("valueSpace")),
        applied=at(raw, "appliedConfigurationValue.value"),
        applied_at=instant(at(raw, "appliedConfigurationValue.updatedAt")),
    )


def _editability(raw: Any) -> tuple[bool | None, Printable]:
    """The guide says `editable`, the schema `isEditable`, and a plain word would do as well."""
    word = re.sub(r"[\W_]", "", raw.casefold()) if isinstance(raw, str) else ""
    match raw:
        case bool():
            return raw, NOTHING
        case str() if word in _YES | _NO:
            return word in _YES, NOTHING if word in _YES else printable(raw)
        case {"isEditable": bool(flag)} | {"editable": bool(flag)}:
            return flag, value_text(raw.get("reason"))
        case _:
            return None, printable(value_text(raw)[:80])


def _order(key: str) -> tuple[tuple[int, str], ...]:
    return tuple(
        (-1, part.casefold()) if (number := numeric.integer(part)) is None else (number, "")
        for part in re.split(r"(\d+)", key)
    )


Step = dict[str, Any]


def replace_step(key: str, value: Any) -> Step:
    """Sets the dotted `key`, such as `Audio.Ultrasound.MaxVolume`."""
    return {"op": "replace", "path": _place(key), "value": value}


def key_of_step(step: Step) -> str:
    """The dotted key that a step is about; empty for what is no such step."""
    path = step.get("path")
    return path.partition("/")[0] if isinstance(path, str) else ""


def remove_step(key: str) -> Step:
    """Takes the setting of `key` away: the default holds again."""
    return {"op": "remove", "path": _place(key)}


def _place(key: str) -> str:
    return f"{key}/sources/configured/value"


class _Back(Enum):
    BACK = "back to the default"


BACK: Final = _Back.BACK
"""In place of a value: what was configured is taken away."""


@dataclass(frozen=True, slots=True)
class Edits:
    """Changes to a device's settings that are not sent yet."""

    values: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}), repr=False)
    """Values asked for by key, or `BACK`; in the order in which they were staged."""

    def __len__(self) -> int:
        return len(self.values)

    def __contains__(self, key: str) -> bool:
        return key in self.values

    def stage(self, setting: DeviceSetting, value: Any) -> "Edits":
        """The edits with a value, or `BACK`, for a setting.

        A value that is in force already is left out, except for a secret, whose value nobody knows.
        """
        if holds(setting, value) and not (setting.is_secret and value is not BACK):
            return self.unstage(setting.key)
        return Edits(MappingProxyType({**self.values, setting.key: value}))

    def unstage(self, key: str) -> "Edits":
        """The edits without this key."""
        return self._only(name for name in self.values if name != key) if key in self.values else self

    def left(self, settings: Iterable[DeviceSetting]) -> "Edits":
        """The edits that don't hold after they were sent and `settings` were read again."""
        now = {str(setting.key): setting for setting in settings}
        return self._only(key for key, value in self.values.items() if key not in now or not holds(now[key], value))

    def among(self, settings: Iterable[DeviceSetting]) -> "Edits":
        """The edits without those of keys that are gone: nobody could see them, and they would be sent."""
        return self._only(setting.key for setting, _ in self.changes(settings))

    def patch(self) -> list[Step]:
        """The edits as the steps of one JSON PATCH."""
        return [remove_step(key) if value is BACK else replace_step(key, value) for key, value in self.values.items()]

    def changes(self, settings: Iterable[DeviceSetting]) -> Iterator[tuple[DeviceSetting, Any]]:
        """Each staged setting with what is asked of it, in the order of the staging."""
        known = {str(setting.key): setting for setting in settings}
        yield from ((known[key], value) for key, value in self.values.items() if key in known)

    def _only(self, keys: Iterable[str]) -> "Edits":
        return Edits(MappingProxyType({key: self.values[key] for key in keys}))


def holds(setting: DeviceSetting, value: Any) -> bool:
    """Whether a reading is as asked. A secret is read as stars or not at all: only that it is set can be seen."""
    if value is BACK or not setting.is_set:
        return value is BACK and not setting.is_set
    return setting.is_secret or same_value(setting.value, value)


def same_value(left: Any, right: Any) -> bool:
    """Equal as JSON: `1` is not `true`."""
    return isinstance(left, bool) is isinstance(right, bool) and bool(left == right)
