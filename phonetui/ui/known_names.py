"""Words that are somebody's (names, numbers, hosts, serial numbers, MAC addresses), found again in any text."""

import re
from collections.abc import Callable

_WORD = re.compile(r"\w+")
_HEX = re.compile(r"[0-9A-Fa-f]{12}")
_SEPARATORS = re.compile(r"[:.\- ]")
_SHORTEST = 3
"""Characters: shorter ones would be found in everything."""
_MOST = 20_000
"""What strangers can make us remember must have an end; a large fleet has three words a phone."""


class KnownNames:
    """Grows while a fleet is looked at. A look-up costs a step a word of the text, however many are known."""

    def __init__(self) -> None:
        self._forms: dict[str, list[str]] = {}
        """By their first words, folded; longest first."""
        self._macs: set[str] = set()
        """As 12 folded hexadecimal digits."""
        self._count = 0

    def add(self, text: str) -> None:
        """A MAC address in any notation is found in any other one; everything else as it is written, in any case."""
        text = text.strip()
        first = _WORD.search(text)
        if first is None or len(text) < _SHORTEST or self._count >= _MOST:
            return
        bare = _SEPARATORS.sub("", text)
        if _HEX.fullmatch(bare):
            self._count += bare.casefold() not in self._macs
            self._macs.add(bare.casefold())
            return
        forms = self._forms.setdefault(first[0].casefold(), [])
        form = text[first.start() :]
        if form.casefold() not in (known.casefold() for known in forms):
            forms.append(form)
            forms.sort(key=len, reverse=True)
            self._count += 1

    def replaced(self, text: str, hide: Callable[[str], str], hide_mac: Callable[[str], str]) -> str:
        """`text` with each known word in it replaced: MAC addresses by `hide_mac`, others by `hide`."""
        if self._macs:
            text = self._without_macs(text, hide_mac)
        made, at = [], 0
        for word in _WORD.finditer(text):
            start = word.start()
            form = next((form for form in self._forms.get(word[0].casefold(), ()) if _stands(form, text, start)), None)
            if form is None or start < at:
                continue
            begin = start - 1 if start > at and text[start - 1] == "+" else start  # a number's prefix is its own
            made += [text[at:begin], hide(text[begin : start + len(form)])]
            at = start + len(form)
        return "".join([*made, text[at:]]) if made else text

    def _without_macs(self, text: str, hide: Callable[[str], str]) -> str:
        """They may begin in the middle of other hexadecimal digits."""
        made, at = [], 0
        for found in _MAC.finditer(text):
            if found.start() >= at and _SEPARATORS.sub("", found[1]).casefold() in self._macs:
                made += [text[at : found.start()], hide(found[1])]
                at = found.end(1)
        return "".join([*made, text[at:]]) if made else text


_MAC = re.compile(r"(?=((?:[0-9A-Fa-f]{2}[:.\- ]?){5}[0-9A-Fa-f]{2}))")


def _stands(form: str, text: str, start: int) -> bool:
    end = start + len(form)
    return text[start:end].casefold() == form.casefold() and not (end < len(text) and text[end].isalnum())
