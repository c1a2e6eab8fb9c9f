"""Which feedback slots are ours: the URLs that we registered, remembered across a crash.

A slot that still bears a URL of ours from an earlier run is taken over instead of wasting another of the phone's four.
"""

import json
from pathlib import Path as File

from phonetui import private

MOST = 8
"""URLs of one phone: a registration whose answer never came may stand there or not, and so may the one before."""


class SlotStore:
    """URLs by phone, in a file that only its owner can read (they are secrets); in memory where `file` is None."""

    def __init__(self, file: File | None) -> None:
        self._file = file
        self._urls = _loaded(file)

    def get(self, phone: str) -> tuple[str, ...]:
        """Any of them may stand on the phone; the newest comes last."""
        return self._urls.get(phone, ())

    def add(self, phone: str, url: str) -> None:
        """Before it is registered: whether that arrives is not known yet."""
        others = tuple(known for known in self.get(phone) if known != url)
        self._keep(phone, (*others, url)[-MOST:])

    def settle(self, phone: str, url: str | None) -> None:
        """The phone has this one and no other of ours; None where it has none."""
        self._keep(phone, () if url is None else (url,))

    def _keep(self, phone: str, urls: tuple[str, ...]) -> None:
        if urls:
            self._urls[phone] = urls
        else:
            self._urls.pop(phone, None)
        if self._file is not None:
            private.write(self._file, json.dumps(self._urls, indent=1, sort_keys=True))


def _loaded(file: File | None) -> dict[str, tuple[str, ...]]:
    """What cannot be read is forgotten: losing it costs one slot on a phone, never a start."""
    if file is None:
        return {}
    try:
        rows = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    known = rows.items() if isinstance(rows, dict) else ()
    return {str(key): tuple(map(str, urls if isinstance(urls, list) else [urls])) for key, urls in known}
