"""What can be dialled, and what became of it."""

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from phonetui.xapi.command import Answer  # brings the whole language along: not before the first frame

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


def told(answer: "Answer") -> str:
    """`call 0 on line 1`, as far as the phone said."""
    said = {path.names[-1]: value for path, value in answer.document.items() if path.names}
    parts = [
        f"call {said['CallId']}" if "CallId" in said else "",
        f"on line {said['LineId']}" if "LineId" in said else "",
    ]
    return " ".join(filter(None, parts)) or "the phone accepted"
