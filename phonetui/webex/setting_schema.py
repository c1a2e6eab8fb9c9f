"""What a setting may be: the JSON Schema beside it, as much of it as phones' settings use."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from math import trunc
from typing import Any

from phonetui import numeric
from phonetui.errors import ConfigError
from phonetui.text import NOTHING, Printable, printable

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
    OTHER = "other"
    """A schema that says less, or more, than this program reads."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueSpace:
    form: InputForm
    choices: tuple[Any, ...] = ()
    least: float | None = None
    most: float | None = None
    step: float | None = None
    shortest: int | None = None
    """In characters."""
    longest: int | None = None
    pattern: Printable | None = None
    """A regular expression; one that could take long to check is left to Webex."""
    raw: Printable = NOTHING
    """The schema as it came, where the form is `OTHER`."""

    @property
    def words(self) -> Printable:
        match self.form:
            case InputForm.CHOICE:
                return printable(f"one of {', '.join(map(written, self.choices))}")
            case InputForm.FLAG:
                return printable("true or false")
            case InputForm.INTEGER | InputForm.NUMBER:
                kind = "a whole number" if self.form is InputForm.INTEGER else "a number"
                steps = f", in steps of {self.step:g}" if self.step is not None else ""
                return printable(f"{_between(self.least, self.most, '') or kind}{steps}")
            case InputForm.TEXT:
                length = _between(self.shortest, self.longest, " characters")
                matching = f"matching {self.pattern}" if self.pattern else ""
                return printable(", ".join(filter(None, (f"text of {length}" if length else "text", matching))))
            case _:
                return printable(self.raw or "any value")

    def read(self, typed: str) -> Any:
        """What was typed as a value. Raises ConfigError saying why it is none."""
        match self.form:
            case InputForm.CHOICE | InputForm.FLAG:
                found = next((each for each in self.choices if written(each) == typed), self)
                if found is self:
                    raise ConfigError(f"it must be {self.words}")
                return found
            case InputForm.INTEGER | InputForm.NUMBER:
                return self._number(typed.strip())
            case InputForm.TEXT:
                return self._text(typed)
            case _:
                return _json(typed)

    def _number(self, typed: str) -> int | float:
        whole = self.form is InputForm.INTEGER
        if not re.fullmatch(r"[+-]?\d{1,18}" if whole else r"[+-]?\d{1,18}(\.\d{1,18})?", typed, re.ASCII):
            raise ConfigError("it must be a whole number" if whole else "it must be a number")
        value = (numeric.signed(typed.removeprefix("+")) if whole else numeric.decimal(typed)) or 0
        if (self.least is not None and value < self.least) or (self.most is not None and value > self.most):
            raise ConfigError(f"it must be {_between(self.least, self.most, '')}")
        if self.step and value % self.step:
            raise ConfigError(f"it goes in steps of {self.step:g}")
        return value

    def _text(self, typed: str) -> str:
        if (self.shortest is not None and len(typed) < self.shortest) or (
            self.longest is not None and len(typed) > self.longest
        ):
            raise ConfigError(f"it must have {_between(self.shortest, self.longest, ' characters')}, not {len(typed)}")
        check = _checkable(self.pattern or "") if len(typed) <= _LONGEST_CHECKED else None
        if check is not None and not check.search(typed):
            raise ConfigError(f"it must match {self.pattern}")
        return typed


def value_space(raw: Any) -> ValueSpace:
    """Never fails: what cannot be read is `OTHER`, and shown as it is."""
    if not isinstance(raw, Mapping):
        return ValueSpace(form=InputForm.OTHER, raw=written(raw))
    choices = raw.get("enum")
    if isinstance(choices, list) and choices:
        return ValueSpace(form=InputForm.CHOICE, choices=tuple(choices))
    match _type(raw.get("type")):
        case "boolean":
            return ValueSpace(form=InputForm.FLAG, choices=(True, False))
        case "integer" | "number" as kind:
            return ValueSpace(
                form=InputForm(kind),
                least=_bound(raw, "minimum"), most=_bound(raw, "maximum"), step=_bound(raw, "multipleOf") or None,
            )  # fmt: skip
        case "string":
            pattern = raw.get("pattern")
            return ValueSpace(
                form=InputForm.TEXT,
                shortest=_length(raw, "minLength") or None, longest=_length(raw, "maxLength"),
                pattern=printable(pattern) if isinstance(pattern, str) and pattern else None,
            )  # fmt: skip
        case _:
            return ValueSpace(form=InputForm.OTHER, raw=written(raw) if raw else NOTHING)


def written(value: Any) -> Printable:
    """A value in one line: a text bare, all else as JSON has it; empty for nothing."""
    if value is None:
        return NOTHING
    return printable(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str))


def _type(raw: Any) -> str:
    """Of `["string", "null"]` what isn't null; anything else than one word is none."""
    named = [each for each in raw if each != "null"] if isinstance(raw, list) else [raw]
    return named[0] if len(named) == 1 and isinstance(named[0], str) else ""


def _bound(raw: Mapping[str, Any], name: str) -> float | None:
    """Some schemas write their numbers as texts."""
    return numeric.real(raw.get(name))


def _length(raw: Mapping[str, Any], name: str) -> int | None:
    value = _bound(raw, name)
    return None if value is None else trunc(value)


def _between(least: float | None, most: float | None, unit: str) -> str:
    """`0 to 100`, `5 or more`, `64 characters or fewer`; empty where there is no bound."""
    if least is not None and most is not None:
        return f"{least:.15g} to {most:.15g}{unit}" if least != most else f"{least:.15g}{unit}"
    if least is not None:
        return f"{least:.15g}{unit} or more"
    return f"at most {most:.15g}{unit}" if most is not None else ""


def _checkable(pattern: str) -> re.Pattern[str] | None:
    """None for one that isn't Python's, or whose check could take long."""
    if _RISKY.search(pattern) or len(_REPEATED.findall(pattern)) > _OPEN_ENDS:
        return None
    try:
        return re.compile(pattern)
    except (re.error, OverflowError, RecursionError):
        return None


def _json(typed: str) -> Any:
    try:
        return json.loads(typed)
    except (ValueError, RecursionError):
        return typed
