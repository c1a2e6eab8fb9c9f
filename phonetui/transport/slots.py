"""Which feedback slots are ours: the URLs that we registered, remembered across a crash.

A slot that still bears a URL of ours from an earlier run is taken over instead of wasting another of the phone's four.
"""

import json
from pathlib import Path as File

from phonetui import private


class SlotStore:
    """URL by phone, in a file that only its owner can read (the URLs are secrets); in memory where `file` is None."""

    def __init__(self, file: File | None) -> None:
        self._file = file
        self._urls = _loaded(file)

    def get(self, phone: str) -> str | None:
        return self._urls.get(phone)

    def put(self, phone: str, url: str | None) -> None:
        """`None` forgets the phone's URL."""
        if url is None:
            self._urls.pop(phone, None)
        else:
            self._urls[phone] = url
        if self._file is not None:
            private.write(self._file, json.dumps(self._urls, indent=1, sort_keys=True))


def _loaded(file: File | None) -> dict[str, str]:
    """What cannot be read is forgotten: losing it costs one slot on a phone, never a start."""
    if file is None:
        return {}
    try:
        urls = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return {str(key): str(value) for key, value in urls.items()} if isinstance(urls, dict) else {}
