"""What can be dialled: one rule for the dial dialog, typed commands and the command line.

How a phone calls the argument of `Ui SendKey`, which is not published: read from what the phone itself says.
"""

import re
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from phonetui.errors import CommandRefused, ConfigError
from phonetui.xapi.path import Path
from phonetui.xapi.schema import CommandSchema, published


class KeyArgumentOrigin(StrEnum):
    """Who says what the argument is called."""

    CONFIGURATION = "configuration"
    COMMANDS = "command list"
    REFUSAL = "refusal"
    ASSUMPTION = "assumed"


@dataclass(frozen=True, slots=True)
class KeyArgument:
    """The argument's name, and who says so."""

    name: str
    origin: KeyArgumentOrigin


if TYPE_CHECKING:
    from phonetui.xapi.command import Command  # brings the whole language along: not before the first frame

_DIAL = Path.of("Call", "Dial")
LONGEST = 128
_FILLING = re.compile(r"[\s().\-]")
_NUMBER = re.compile(r"\+?[0-9*#]+")
_ADDRESS = re.compile(r"(?:sips?:)?[^\s@:;<>\"]+@[A-Za-z0-9](?:[A-Za-z0-9.\-]*[A-Za-z0-9])?(?::\d{1,5})?")
_STRANGE = re.compile(r"[^0-9*#+\s().\-]")


def dialable(typed: str) -> str:
    """The number or SIP address in `typed`, without the blanks, hyphens, brackets and dots that people write.

    Raises ValueError saying what is wrong.
    """
    words = typed.strip().removeprefix("tel:")
    if not words:
        raise ValueError("type a number")
    if len(words) > LONGEST:
        raise ValueError(f"longer than {LONGEST} characters")
    if "@" in words:
        if _ADDRESS.fullmatch(words) and words.isprintable():
            return words
        raise ValueError("a SIP address looks like user@host")
    strange = _STRANGE.search(words)
    if strange:
        raise ValueError(f"{strange[0]!a} cannot be dialled: use digits, * and #, a leading +, or user@host")
    number = _FILLING.sub("", words)
    if "+" in number[1:]:
        raise ValueError("+ stands only at the beginning")
    if not _NUMBER.fullmatch(number):
        raise ValueError("there is no digit in it")
    return number


def with_dialable(command: "Command") -> "Command":
    """`command` with its number as it can be dialled, where it is `Call Dial`; every other command as it is.

    Raises ConfigError saying what is wrong with the number. One without a number is left to the phone's own words.
    """
    if tuple(map(str.casefold, command.path.names)) != tuple(map(str.casefold, _DIAL.names)):
        return command
    try:
        arguments = tuple(
            (name, dialable(value) if name.casefold() == "number" else value) for name, value in command.arguments
        )
    except ValueError as error:
        raise ConfigError(f"nothing was dialled: {error}") from None
    return replace(command, arguments=arguments)


SEND_KEY = Path.of("Ui", "SendKey")
ASSUMED = "Key"
"""Inferred from the `Key:` URIs that the same phones take from their push services."""

_DETAIL = re.compile(r"\*r \S+ (?P<name>[A-Za-z]\w*)(?: \w+)?: \"?(?P<words>.*?)\"?")
_MISSING = re.compile(r"missing|required|mandatory|not (?:given|specified|supplied)", re.IGNORECASE)
_NAMED = (
    re.compile(r"(?P<name>[A-Za-z]\w*)\s*[:=-]\s*(?:missing|required|mandatory)", re.IGNORECASE),
    re.compile(
        r"(?:missing|required|mandatory)(?: or \w+)?(?: \w+)?? (?:parameter|argument)s?\W+(?P<name>[A-Za-z]\w*)",
        re.IGNORECASE,
    ),
)
"""A complaint in one sentence; the forms are inferred."""
_SENTENCES = frozenset({"reason", "error", "description"})


def argument_name(schema: CommandSchema) -> str | None:
    """By the phone's own list of commands; None where that doesn't describe the command.

    Of several arguments the required one, else one that sounds like a key, else the first.
    """
    form = schema.find(SEND_KEY)
    if form is None or form is published().find(SEND_KEY) or not form.parameters:
        return None
    by_likelihood = sorted(form.parameters, key=lambda each: (not each.is_required, "key" not in each.name.casefold()))
    return by_likelihood[0].name


def missing_argument(refusal: CommandRefused) -> str | None:
    """The argument that a refused command lacked, by the phone's complaint: "KeyCode: Missing parameter"."""
    for line in refusal.block:
        detail = _DETAIL.fullmatch(line)
        if detail is None:
            continue
        if detail["name"].casefold() in _SENTENCES:
            named = next(filter(None, (form.search(detail["words"]) for form in _NAMED)), None)
            if named is not None:
                return named["name"]
        elif _MISSING.search(detail["words"]):
            return detail["name"]
    return None
