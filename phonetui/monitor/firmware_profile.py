"""What holds for all phones of one model and firmware: found out once, then remembered.

The argument of `Ui SendKey`:

configuration ─► what was learnt of this model and firmware ─► the phone's list of commands ─► `Key`, an assumption
                              ▲                                                                 │ refused: it names
                              └─────────────────────────────────────────────────────────────────┘ what is missing

The unit of loss rates: by votes of the phones' own counters. The commands: by the phone's documents.
"""

from collections.abc import Callable, Mapping
from pathlib import Path as File
from typing import Any

from phonetui.config.settings import AUTO, SendKey
from phonetui.errors import AccessError, PhonetuiError, TransportError
from phonetui.phone.quality.loss import LossRateUnit, UnitVotes
from phonetui.storage.json_store import JsonStore
from phonetui.storage.writer import StorageNotices
from phonetui.text import printable
from phonetui.transport.base import CommandDocumentSource, CommandSchemaSource, Transport
from phonetui.xapi.control_commands import ASSUMED_KEY_ARGUMENT, KeyArgument, KeyArgumentOrigin
from phonetui.xapi.schema import CommandSchema, parse_schema, published

ModelFirmware = tuple[str | None, str | None]
"""Model and firmware, as `("DP-9851", "PHONEOS.3-6-1-0001")`; None what isn't known."""


class KeyArgumentStore:
    """What was learnt by model and firmware, in a small file of the cache; in memory where `file` is None."""

    def __init__(self, file: File | None, notices: StorageNotices | None = None) -> None:
        self._store: JsonStore[dict[str, Any]] = JsonStore(file, {}, "the names of SendKey's argument", notices=notices)

    def get(self, kind: ModelFirmware) -> KeyArgument | None:
        """What is remembered of this model and firmware; None for nothing, or where one of the two isn't known."""
        return self.all().get(_word(kind)) if None not in kind else None

    def put(self, kind: ModelFirmware, argument: KeyArgument) -> None:
        """Remembers the argument for a model and firmware; does nothing where one of the two is unknown."""
        if None in kind or self.get(kind) == argument:
            return
        row = {"name": argument.name, "origin": argument.origin.name.lower()}
        self._store.update(kind, lambda known: {**known, _word(kind): row})

    def all(self) -> Mapping[str, KeyArgument]:
        """What is remembered, by `DP-9851 PHONEOS.3-6-1-0001`.

        What cannot be read is left out: it is found out again.
        """
        found = {kind: _argument(row) for kind, row in self._store.get().items()}
        return {kind: argument for kind, argument in found.items() if argument is not None}


def known_key_argument(settings: SendKey, learnt: KeyArgument | None) -> KeyArgument | None:
    """What holds without asking the phone; None where it has to be found out."""
    if settings.parameter != AUTO:
        return KeyArgument(settings.parameter, KeyArgumentOrigin.CONFIGURATION)
    return learnt


def listed_key_argument(name: str | None) -> KeyArgument:
    """What the phone's list of commands calls it; None where the list has none."""
    if name is None:
        return KeyArgument(ASSUMED_KEY_ARGUMENT, KeyArgumentOrigin.ASSUMPTION)
    return KeyArgument(str(printable(name)), KeyArgumentOrigin.COMMANDS)


def _word(kind: ModelFirmware) -> str:
    """`DP-9851 PHONEOS.3-6-1-0001`"""
    return " ".join(word or "" for word in kind)


def _argument(row: Any) -> KeyArgument | None:
    origins = {origin.name.lower(): origin for origin in KeyArgumentOrigin}
    if not isinstance(row, dict) or not isinstance(row.get("name"), str) or row.get("origin") not in origins:
        return None
    return KeyArgument(str(printable(row["name"])), origins[row["origin"]])


MOST_KINDS = 200
"""Models with their firmware that vote in one run: more are no fleet, but a phone that changes its words."""


class LossRateUnitStore:
    """A ballot by model and firmware; verdicts in a small file of the cache, in memory where `file` is None.

    What cannot be read is forgotten: losing it costs three votes.
    """

    def __init__(self, file: File | None, notices: StorageNotices | None = None) -> None:
        self._store: JsonStore[dict[str, Any]] = JsonStore(file, {}, "the units of rates", notices=notices)
        self._store.get()
        self._ballots: dict[str, UnitVotes] = {}
        """Votes of this run."""

    def get(self, kind: ModelFirmware) -> LossRateUnit | None:
        """The unit of a model and firmware; None while it isn't known."""
        return _scale(self._store.known.get(_word(kind)))

    def cast(self, kind: ModelFirmware, vote: LossRateUnit) -> None:
        """Counts a vote; one of a phone whose model or firmware is unknown is left out."""
        if None in kind:
            return
        word = _word(kind)
        if word not in self._ballots and len(self._ballots) >= MOST_KINDS:
            return
        verdict = _scale(self._store.get().get(word))
        before = self._ballots.get(word)
        if before is None or before.verdict is not verdict:
            before = UnitVotes(verdict)  # another program has found it out, or was contradicted
        self._ballots[word] = after = before.cast(vote)
        if after.verdict is not verdict:
            self._settle(word, after.verdict)

    def verdicts(self) -> Mapping[str, str]:
        """The units that are known, by the words of model and firmware."""
        return {kind: scale.value for kind, word in self._store.known.items() if (scale := _scale(word)) is not None}

    def ballots(self) -> Mapping[str, UnitVotes]:
        """The votes of this run."""
        return dict(self._ballots)

    def restore(self, verdicts: Mapping[str, str], ballots: Mapping[str, UnitVotes]) -> None:
        """Restores the votes of an earlier run."""
        self._store.update("recorded", lambda _: dict(verdicts))
        self._ballots = dict(ballots)

    def _settle(self, word: str, verdict: LossRateUnit | None) -> None:
        def change(verdicts: dict[str, Any]) -> dict[str, Any]:
            rest = {kind: scale for kind, scale in verdicts.items() if kind != word}
            return rest if verdict is None else {**rest, word: verdict.value}

        self._store.update(word, change)


def _scale(word: Any) -> LossRateUnit | None:
    return LossRateUnit(word) if word in list(LossRateUnit) else None


class CommandSchemas:
    """What phones take: asked once of each kind of phone, because phones of one model and firmware take the same."""

    def __init__(self) -> None:
        self._known: dict[ModelFirmware, CommandSchema] = {}

    async def get(self, kind: ModelFirmware, transport: Callable[[], Transport]) -> CommandSchema:
        """The commands by the phone's own documents where it publishes them, else those published of all phones.

        Never fails.
        """
        if kind in self._known:
            return self._known[kind]
        try:
            schema = await _fetch_schema(transport())
        except (TransportError, AccessError):
            return published()  # it may answer the next time
        except PhonetuiError:
            schema = published()
        if schema is None:
            return published()
        if None not in kind:
            self._known[kind] = schema
        return schema


async def _fetch_schema(transport: Transport) -> CommandSchema | None:
    """None where the way to the phone brings no such thing."""
    if isinstance(transport, CommandSchemaSource):
        return await transport.commands()
    return parse_schema(*await transport.command_documents()) if isinstance(transport, CommandDocumentSource) else None
