"""In which unit phones of each model and firmware write their rates: found out by votes, remembered across runs."""

from pathlib import Path as File
from typing import Any

from phonetui.phone.quality.loss_rate_unit import LossRateUnit, UnitVotes
from phonetui.storage.json_store import JsonStore
from phonetui.storage.writer import StorageNotices

Kind = tuple[str | None, str | None]
"""Model and firmware."""


KINDS = 200
"""Models with their firmware that vote in one run: more are no fleet, but a phone that changes its words."""


class ScaleStore:
    """A ballot by model and firmware; verdicts in a small file of the cache, in memory where `file` is None.

    What cannot be read is forgotten: losing it costs three votes.
    """

    def __init__(self, file: File | None, notices: StorageNotices | None = None) -> None:
        self._store: JsonStore[dict[str, Any]] = JsonStore(file, {}, "the units of rates", notices=notices)
        self._store.get()
        self._ballots: dict[str, UnitVotes] = {}
        """Of this run."""

    def get(self, kind: Kind) -> LossRateUnit | None:
        """None while it isn't known."""
        return _scale(self._store.known.get(_word(kind)))

    def cast(self, kind: Kind, vote: LossRateUnit) -> None:
        """Votes of a phone that doesn't say what it is are nobody's."""
        if None in kind:
            return
        word = _word(kind)
        if word not in self._ballots and len(self._ballots) >= KINDS:
            return
        verdict = _scale(self._store.get().get(word))
        before = self._ballots.get(word)
        if before is None or before.verdict is not verdict:
            before = UnitVotes(verdict)  # another program has found it out, or was contradicted
        self._ballots[word] = after = before.cast(vote)
        if after.verdict is not verdict:
            self._settle(word, after.verdict)

    def _settle(self, word: str, verdict: LossRateUnit | None) -> None:
        def change(verdicts: dict[str, Any]) -> dict[str, Any]:
            rest = {kind: scale for kind, scale in verdicts.items() if kind != word}
            return rest if verdict is None else {**rest, word: verdict.value}

        self._store.update(word, change)


def _word(kind: Kind) -> str:
    """`DP-9851 PHONEOS.3-6-1-0001`"""
    return " ".join(word or "" for word in kind)


def _scale(word: Any) -> LossRateUnit | None:
    return LossRateUnit(word) if word in list(LossRateUnit) else None
