"""Lines of the journal and calls that are over, as a frame holds them: a line of JSON each, by the fields' names.

They are many and wanted whole at every jump, so they are read as fast as msgspec does it. A line without escapes that
is printable has nothing in it that is not; of any other each text passes `printable`. Formats 1 and 2 have them as
`values` does.
"""

from collections import Counter
from collections.abc import Iterable
from functools import cache
from typing import Any, TypeVar

import msgspec
from msgspec.structs import replace

from phonetui.errors import ProtocolError
from phonetui.phone.calls.call_record import CallRecord
from phonetui.phone.journal import EntryKind, JournalEntry, event_words
from phonetui.recording.values import ValueDecoder
from phonetui.text import Printable, printable
from phonetui.xapi.document import Event

Outcome = TypeVar("Outcome", JournalEntry, CallRecord)
_ENCODER = msgspec.json.Encoder()


def outcome_content(outcomes: "Iterable[JournalEntry | CallRecord]", gone: Iterable[JournalEntry] = ()) -> Any:
    """What goes into the file; `gone` are lines of earlier frames that these stand for."""
    return {"lines": _lines(outcomes), "taken back": _lines(gone)}


def outcomes_of(content: Any, kind: type[Outcome]) -> tuple[list[Outcome], list[Outcome]]:
    """Those of a frame, and those of earlier ones that they replace. Raises ProtocolError where they cannot be read."""
    try:
        if "lines" in content:
            return _parsed(content["lines"], kind), _parsed(content["taken back"], kind)
        decoder = ValueDecoder(content["classes"])
        values, gone = (list(map(decoder.decode, content[part])) for part in ("values", "taken back"))
    except ProtocolError:
        raise
    except Exception as error:
        raise ProtocolError(f"lines that cannot be read: {type(error).__name__}") from error
    return [_renewed(each) for each in values if isinstance(each, kind)], [
        _renewed(each) for each in gone if isinstance(each, kind)
    ]


def _renewed(outcome: Outcome) -> Outcome:
    """An event's line as it is worded now: the first releases didn't keep the event's name, with which it began."""
    if isinstance(outcome, CallRecord) or outcome.kind is not EntryKind.EVENT or outcome.event:
        return outcome
    event = Event(Printable(outcome.text.partition(" ")[0]), outcome.fields, 0.0)
    return replace(outcome, text=event_words(event), event=event.name)


def without(outcomes: list[Outcome], gone: "Counter[Outcome]") -> list[Outcome]:
    """Those that are not taken back; what was found of these is taken out of `gone`."""
    if not gone:
        return outcomes
    kept = []
    for outcome in outcomes:
        if gone[outcome] > 0:
            gone[outcome] -= 1
        else:
            kept.append(outcome)
    return kept


def _lines(outcomes: "Iterable[JournalEntry | CallRecord]") -> str:
    return b"\n".join(map(_ENCODER.encode, outcomes)).decode()


def _parsed(lines: str, kind: type[Outcome]) -> list[Outcome]:
    decode = _decoder(kind).decode
    return [
        decode(line) if line.isascii() and line.isprintable() and "\\" not in line else _rewritten(line, kind)
        for line in lines.split("\n")
        if line
    ]


@cache
def _decoder(kind: Any) -> "msgspec.json.Decoder[Any]":
    return msgspec.json.Decoder(kind)


def _rewritten(line: str, kind: type[Outcome]) -> Outcome:
    return msgspec.convert(_printable(msgspec.json.decode(line)), kind)


def _printable(value: Any) -> Any:
    """With each text in it as it may be shown."""
    if isinstance(value, str):
        return printable(value)
    if isinstance(value, dict):
        return {name: _printable(part) for name, part in value.items()}
    return list(map(_printable, value)) if isinstance(value, list) else value
