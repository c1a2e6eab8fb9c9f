"""`tag:lobby status:offline 9851`: words that a device must fit, all of them."""

from dataclasses import dataclass

from phonetui.webex.device import OFFLINE, ONLINE, Device

KEYS = ("tag", "status", "model", "software", "mac", "serial", "name")
_KINDS = {"online": ONLINE, "offline": OFFLINE}
"""Words for several statuses at once."""


@dataclass(frozen=True, slots=True)
class Search:
    """Pairs of a key and a folded word; without a key, any of the texts may have it."""

    words: tuple[tuple[str, str], ...] = ()

    def fits(self, found: Device) -> bool:
        return all(_fits(found, name, word) for name, word in self.words)


def search(text: str) -> Search:
    """Blanks separate; a colon behind an unknown word is part of it, as in a MAC address."""
    words = []
    for each in text.split():
        name, colon, word = each.partition(":")
        if colon and name.casefold() in KEYS:
            words.append((name.casefold(), word.casefold()))
        else:
            words.append(("", each.casefold()))
    return Search(tuple(words))


def _fits(found: Device, name: str, word: str) -> bool:
    match name:
        case "tag":
            return any(word == tag.casefold() for tag in found.tags)
        case "status" if word in _KINDS:
            return found.status in _KINDS[word]
        case "mac":
            return word.replace(":", "").replace("-", "") in (found.mac or "")
        case "":
            return any(_fits(found, each, word) for each in ("name", "model", "mac", "serial", "tag"))
        case _:
            value = {"status": found.status, "model": found.product, "software": found.software}
            value |= {"serial": found.serial, "name": found.name}
            return word in (value[name] or "").casefold()
