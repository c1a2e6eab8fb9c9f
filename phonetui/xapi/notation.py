"""The terminal notation of the PhoneOS release notes: `*s SystemUnit ProductId: "DP-9841"`."""

from collections.abc import Iterator, Mapping

from phonetui.text import Printable
from phonetui.xapi.catalog import Type, phoneos
from phonetui.xapi.path import Path

END = "** end"


def status_lines(document: Mapping[Path, Printable]) -> Iterator[str]:
    """One `*s` line a leaf, then the end mark."""
    for path, value in document.items():
        entry = phoneos().find(path)
        yield f"*s {path}: {notation_value(value, entry.type if entry else None)}"
    yield END


def answer_lines(
    name: str, document: Mapping[Path, Printable], status: str = "OK", *, prefix: str = "*r"
) -> Iterator[str]:
    """A command's result: its name with its status, one line a leaf, then the end mark. A refused read has `*s`."""
    yield f"{prefix} {name} (status={status}):"
    for path, value in document.items():
        place = f" {path}" if path else ""
        yield f"{prefix} {name}{place}: {notation_value(value, None)}"
    yield END


def notation_value(value: Printable, kind: Type | None) -> str:
    """A value as the notation writes it: strings quoted, integers and one-word literals bare.

    Without a published type a value is bare when it is an integer. An integer leaf that isn't one (`14 ms`) and a
    literal with a blank are quoted, so that a line always reads back.
    """
    is_integer = value.removeprefix("-").isdecimal() and value.isascii()
    is_word = bool(value) and not any(mark in value for mark in ' "\\\u00a0')
    bare = is_word if kind is Type.LITERAL else is_integer and kind is not Type.STRING
    if bare:
        return value
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
