"""Tags of a phone: read right before, and replaced as a whole: the API's own `remove` takes away all of them."""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from phonetui.errors import CommandRefused
from phonetui.text import Printable
from phonetui.webex.answer import at, text

if TYPE_CHECKING:
    from phonetui.webex.answer import WebexAnswer
    from phonetui.webex.operations import Values

Ask = Callable[[str, "Values"], Awaitable["WebexAnswer"]]
"""Runs an operation by its name. Raises PhonetuiError."""


@dataclass(frozen=True, slots=True)
class TagChange:
    """What becomes of a phone's tags, whatever else it has."""

    added: tuple[str, ...] = ()
    taken: tuple[str, ...] = ()

    def of(self, had: Iterable[str]) -> list[str]:
        left = [tag for tag in had if tag not in self.taken]
        return [*left, *(tag for tag in self.added if tag not in left)]


def change(typed: str) -> TagChange:
    """`lobby, !old`: commas separate, an exclamation mark takes away."""
    words = [word.strip() for word in typed.split(",")]
    added = dict.fromkeys(word for word in words if word and not word.startswith("!"))
    taken = dict.fromkeys(word[1:].strip() for word in words if word.startswith("!"))
    return TagChange(tuple(added), tuple(word for word in taken if word))


async def has(ask: Ask, device: str) -> list[str]:
    """The tags that a device has now, by its id. Raises PhonetuiError."""
    found = at((await ask("devices get", {"deviceId": device})).value, "tags")
    return [each for each in found if isinstance(each, str)] if isinstance(found, list) else []


async def changed(ask: Ask, device: str, change: TagChange, *, strict: bool = False) -> list[str]:
    """What the device has afterwards; nothing is sent where that is what it has. Raises PhonetuiError.

    `strict` refuses to take away what isn't there.
    """
    had = await has(ask, device)
    if strict and (missing := sorted(set(change.taken) - set(had))):
        raise CommandRefused(f"the phone has no tag {text(missing)}", f"It has: {text(had) or 'none'}")
    left = change.of(had)
    if left != had:
        await ask("devices tag", {"deviceId": device, "op": "replace", "value": left})
    return left


def told(tags: Iterable[str]) -> Printable:
    return text(list(tags)) or Printable("none")
