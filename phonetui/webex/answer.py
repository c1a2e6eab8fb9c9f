"""What Webex answered: JSON that is looked at leniently, since its examples and its schemas don't agree."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from phonetui.text import NOTHING, Printable, printable
from phonetui.webex.operation import Operation


@dataclass(frozen=True, slots=True)
class Answer:
    value: Any
    """JSON as it came; None for an empty body."""
    tracking: Printable
    """Under which Webex's support finds the exchange; empty where Webex gave none."""


def items(operation: Operation, value: Any) -> tuple[Any, ...]:
    """The answer's list. Objects by name get their name as `key`; an object where a list should be is one item."""
    found = value.get(operation.page) if isinstance(value, Mapping) and operation.page else value
    if isinstance(found, list):
        return tuple(found)
    if isinstance(found, Mapping) and found is not value:
        return tuple({"key": key, **item} if isinstance(item, Mapping) else item for key, item in found.items())
    if found is None and isinstance(value, Mapping) and value and operation.page not in value:
        return (value,)
    return ()


def at(value: Any, path: str) -> Any:
    """What lies at a dotted path; None where nothing does."""
    for name in path.split("."):
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def text(value: Any) -> Printable:
    """A leaf or a list of leaves in one line; empty for nothing."""
    match value:
        case None:
            return NOTHING
        case bool():
            return printable("yes" if value else "no")
        case list() | tuple():
            return printable(", ".join(text(item) for item in value))
        case Mapping():
            return printable(", ".join(f"{name}: {text(item)}" for name, item in value.items()))
        case _:
            return printable(str(value))


def instant(raw: Any) -> datetime | None:
    """Aware UTC of ISO 8601; a time without a zone is taken for UTC."""
    if not isinstance(raw, str):
        return None
    try:
        found = datetime.fromisoformat(raw)
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
