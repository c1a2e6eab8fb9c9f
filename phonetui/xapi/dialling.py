"""What can be dialled: one rule for the dial dialog, typed commands and the command line."""

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from phonetui.errors import ConfigError
from phonetui.xapi.path import Path

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
