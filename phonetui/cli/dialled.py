"""Numbers that were dialled, newest last: kept for the dial box of the next run."""

import json
import logging
from pathlib import Path

from phonetui import private
from phonetui.text import printable

KEPT = 50

_log = logging.getLogger(__name__)


class Dialled:
    """The numbers in a private file; what cannot be read is forgotten, what cannot be written is logged."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self.numbers = _loaded(file)

    def remember(self, number: str) -> None:
        self.numbers = (*(known for known in self.numbers if known != number), number)[-KEPT:]
        try:
            private.write(self._file, json.dumps(self.numbers))
        except OSError as error:
            _log.warning("dialled numbers: %s", error)


def _loaded(file: Path) -> tuple[str, ...]:
    try:
        found = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError, RecursionError):
        return ()
    if not isinstance(found, list):
        return ()
    return tuple(printable(number) for number in found if isinstance(number, str))[-KEPT:]
