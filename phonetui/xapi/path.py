"""One place in a phone's tree, parsed from every notation in use."""

import re
from collections.abc import Iterable
from typing import Self

from phonetui import numeric
from phonetui.errors import ConfigError

DOCUMENTS = ("status", "event", "command", "configuration")
_VERBS = ("xstatus", "xevent", "xcommand", "xconfiguration", "*s", "*e", "*r", "*c")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_PART = re.compile(
    r"(?P<name>[^\[\]]*)"
    r"(?:\[\s*(?:@?item\s*=\s*)?['\"]?(?P<index>\d{1,9}|\*|n|\d+\.\.(?:\d+|n))['\"]?\s*\])?",
)


class Path(tuple[str | int, ...]):
    """Names and list indices from the top of a document, without the document's name: `("Line", 1, "Call", 0)`.

    An index stands behind the name of its list; indices are labels and may be 0 (a call's id). A tuple underneath, so
    that hashing and comparing cost nothing extra on the way of every datum.
    """

    __slots__ = ()

    @classmethod
    def of(cls, *steps: str | int) -> Self:
        """The path of these names and indices, taken as they are."""
        return cls(steps)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Reads `Line 1 Call 0`, `/Status/Line[1]/Call[@item='0']`, `Line[1].Call[0]`, `xStatus Line 1`, in any mix.

        An index of `*`, `n` or a range means "every item" and is left out, as getxml takes it. The letter case stays
        as written; `Catalog.canonical` mends it. Raises ConfigError for what cannot be an element's name.
        """
        steps: list[str | int] = []
        for part in _parts(text):
            match = _PART.fullmatch(part)
            if match is None:
                raise _unreadable(text, part)
            name, index = match["name"], match["index"]
            number = numeric.integer(name, most=numeric.MAX_INDEX)
            if number is not None and steps and isinstance(steps[-1], str):
                steps.append(number)
            elif _NAME.fullmatch(name):
                steps.append(name)
            else:
                raise _unreadable(text, part)
            if index is not None and (item := numeric.integer(index, most=numeric.MAX_INDEX)) is not None:
                steps.append(item)
        return cls(steps)

    def __str__(self) -> str:
        return " ".join(map(str, self))

    def __repr__(self) -> str:
        return f"Path({str(self)!r})"

    def __truediv__(self, step: str | int) -> "Path":
        return Path((*self, step))

    @property
    def names(self) -> tuple[str, ...]:
        """The names alone: what the catalogue knows this place by."""
        return tuple(step for step in self if isinstance(step, str))

    @property
    def folded(self) -> tuple[str, ...]:
        """The names without letter case: how places compare."""
        return tuple(step.casefold() for step in self if isinstance(step, str))

    def is_under(self, ancestor: "Path") -> bool:
        """Whether this is `ancestor` itself or a place below it."""
        return self[: len(ancestor)] == ancestor

    def location(self, document: str = "Status") -> str:
        """The slash form with an XPath predicate a list item: what getxml and feedback expressions take."""
        written = "".join(f"[@item='{step}']" if isinstance(step, int) else f"/{step}" for step in self)
        return f"/{document}{written}"

    def dotted(self) -> str:
        """The cloud's form: `Line[1].Call[0].Jitter`."""
        written = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in self)
        return written.removeprefix(".")


ROOT = Path()
"""The whole document."""


def _parts(text: str) -> Iterable[str]:
    cleaned = text.strip()
    words = cleaned.split()
    if words and words[0].lower() in _VERBS:
        words = words[1:]
        cleaned = " ".join(words)
    if "/" in cleaned:
        parts = cleaned.replace(" ", "").split("/")
    elif "." in cleaned and ".." not in cleaned:
        parts = re.split(r"[.\s]+", cleaned)
    else:
        parts = words
    parts = [part for part in parts if part]
    return parts[1:] if parts and parts[0].lower() in DOCUMENTS else parts


def _unreadable(text: str, part: str) -> ConfigError:
    return ConfigError(f"'{text}' is not an xAPI path: '{part}' cannot be a name", "Write it like 'Line 1 Call 0'")
