"""In which unit phones of each model and firmware write their rates: found out by votes, remembered across runs."""

import json
import logging
from pathlib import Path as File

from phonetui import private
from phonetui.phone.quality.scales import Ballot, Scale

Kind = tuple[str | None, str | None]
"""Model and firmware."""
_log = logging.getLogger(__name__)


class ScaleStore:
    """A ballot by model and firmware; verdicts in a small file of the cache, in memory where `file` is None."""

    def __init__(self, file: File | None) -> None:
        self._file = file
        self._ballots = {kind: Ballot(verdict) for kind, verdict in _loaded(file).items()}

    def get(self, kind: Kind) -> Scale | None:
        """None while it isn't known."""
        ballot = self._ballots.get(_word(kind))
        return ballot.verdict if ballot else None

    def cast(self, kind: Kind, vote: Scale) -> None:
        """Votes of a phone that doesn't say what it is are nobody's."""
        if None in kind:
            return
        word = _word(kind)
        before = self._ballots.get(word, Ballot())
        self._ballots[word] = after = before.cast(vote)
        if after.verdict is not before.verdict:
            self._write()

    def _write(self) -> None:
        if self._file is None:
            return
        verdicts = {kind: ballot.verdict for kind, ballot in self._ballots.items() if ballot.verdict}
        try:
            private.write(self._file, json.dumps(verdicts, indent=1, sort_keys=True))
        except OSError as error:
            _log.info("the units of rates are not remembered: %s", error)


def _word(kind: Kind) -> str:
    """`DP-9851 PHONEOS.3-6-1-0001`"""
    return " ".join(word or "" for word in kind)


def _loaded(file: File | None) -> dict[str, Scale]:
    """What cannot be read is forgotten: losing it costs three votes."""
    if file is None:
        return {}
    try:
        verdicts = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    known = verdicts.items() if isinstance(verdicts, dict) else ()
    return {kind: Scale(word) for kind, word in known if word in list(Scale)}
