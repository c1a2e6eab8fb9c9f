"""The tree's filter: which phones a few typed words mean."""

from collections.abc import Iterable, Mapping, Sequence

from phonetui.phone.state import Phone
from phonetui.ui.format import firmware, model, switch

FIELDS = ("name", "model", "state", "grade", "address", "group", "tag", "firmware", "switch", "vlan", "via")


def filtered(phones: Iterable[Phone], words: str) -> list[Phone]:
    """Phones that every word holds for, in their order; the fields are `FIELDS`."""
    wanted = words.casefold().split()
    return [phone for phone in phones if not wanted or holds(wanted, _fields(phone))]


def holds(words: Sequence[str], fields: Mapping[str, str]) -> bool:
    """Whether every word does.

    A word is part of any field's text; `field:part` looks at one field alone; `!` before either turns it round. Words
    and texts are in small letters already.
    """
    return all(_holds(word, fields) for word in words)


def _holds(word: str, fields: Mapping[str, str]) -> bool:
    turned = word.startswith("!")
    part = word.removeprefix("!")
    field, colon, value = part.partition(":")
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
        " ".join(phone.tags),
        firmware(phone) or "",
        switch(phone) or "",
        phone.network.vlan or "",
        phone.via or "",
    )
    return dict(zip(FIELDS, (text.casefold() for text in texts), strict=True))
