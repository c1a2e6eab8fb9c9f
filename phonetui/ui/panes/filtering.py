"""The tree's filter: which phones a few typed words mean."""

from collections.abc import Iterable

from phonetui.phone.state import Phone
from phonetui.ui.format import model

FIELDS = ("name", "model", "state", "grade", "address", "group")


def filtered(phones: Iterable[Phone], words: str) -> list[Phone]:
    """Phones that every word holds for, in their order.

    A word is part of a name, model, address, group or state; `field:part` looks at one of `FIELDS` alone; `!` before
    either turns it round. Letter case makes no difference.
    """
    wanted = words.casefold().split()
    return [phone for phone in phones if all(_holds(word, phone) for word in wanted)]


def _holds(word: str, phone: Phone) -> bool:
    turned = word.startswith("!")
    part = word.removeprefix("!")
    field, colon, value = part.partition(":")
    fields = _fields(phone)
    texts, wanted = ((fields[field],), value) if colon and field in fields else (fields.values(), part)
    return any(wanted in text for text in texts) is not turned


def _fields(phone: Phone) -> dict[str, str]:
    worst = phone.worst
    texts = (
        phone.name,
        model(phone) or "",
        phone.connection.state.value,
        worst.grade.word if worst else "",
        phone.address,
        "/".join(phone.group),
    )
    return dict(zip(FIELDS, (text.casefold() for text in texts), strict=True))
