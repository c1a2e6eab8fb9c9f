"""A mistake at one place of the configuration: which key, what is wrong, which known word may be meant."""

import difflib
from collections.abc import Callable, Iterable

from msgspec import Struct

from phonetui.text import printable

KeyPath = tuple[str | int, ...]
"""Names from the top of the file; a number stands for an item of an array: `("phone", 0, "host")`."""


class Complaint(Struct, frozen=True):
    where: KeyPath
    what: str
    hint: str = ""

    @property
    def key(self) -> str:
        """As people find it in the file: `[defaults] poll.call`, `[[phone]] host`, `[jump.bastion]`."""
        names = [printable(str(step)) for step in self.where if isinstance(step, str)]
        if self.where[0] == "phone":
            head, rest = "[[phone]]", names[1:]
        elif self.where[0] == "jump":
            head, rest = f"[{'.'.join(names[:2])}]", names[2:]
        else:
            head, rest = f"[{names[0]}]", names[1:]
        return f"{head} {'.'.join(rest)}".strip()

    @property
    def sentence(self) -> str:
        return f"{self.key}: {self.what}"


Complain = Callable[[Complaint], None]


def nearest_hint(word: str, known: Iterable[str], form: str = "'{}'") -> str:
    """`Did you mean 'poll'?`, or what there is to choose from."""
    names = sorted(known)
    if near := closest(word, names, 0.5):
        return f"Did you mean {form.format(near)}?"
    return f"Known here: {', '.join(names)}" if names else ""


def closest(word: str, known: Iterable[str], cutoff: float = 0.7) -> str | None:
    """The known word that is most like it; None where none is alike at all."""
    folded = {name.casefold(): name for name in known}
    near = difflib.get_close_matches(word.casefold(), folded, n=1, cutoff=cutoff)
    return folded[near[0]] if near else None
