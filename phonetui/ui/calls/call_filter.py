"""The filter of calls: its fields, of one end and of both, and what to look for in records that are not in memory."""

from collections.abc import Callable, Iterable
from functools import partial

from phonetui.phone.calls.call_ends import CallEnds
from phonetui.phone.calls.call_record import CallRecord
from phonetui.phone.measure import Grade
from phonetui.ui.text.filters import Readers, filtered_by
from phonetui.ui.text.format import DIRECTIONS

CALL_FILTER_HINT = "name or number, !not, phone:lobby, grade:poor, loss>2, mos<3.6, codec:g722, cause:busy, is:up"


def filter_calls(calls: Iterable[CallEnds], typed: str) -> list[CallEnds]:
    return filtered_by(CALL_FIELDS, calls, typed)


def search_terms(typed: str) -> tuple[str, ...]:
    """What stands in the record of every call that the words hold for, as far as that can be said beforehand."""
    return tuple(part for part in map(_search_term, typed.casefold().split()) if part)


def _search_term(word: str) -> str:
    """Empty where a word says what a record need not contain: that is not so, or a state that is worked out."""
    if word.startswith("!"):
        return ""
    if "<" in word or ">" in word:
        return ""
    field, colon, value = word.partition(":")
    if colon and field in _WRITTEN:
        return "" if field == "grade" and value in Grade.UNKNOWN.word else value
    is_worked_out = colon and field == "is"
    return "" if is_worked_out or any(word in state for state in (*_STATES, Grade.UNKNOWN.word)) else word


_WRITTEN = {"phone", "party", "way", "codec", "grade", "cause"}
_STATES = ("up", "lost", "over")


RECORD_FIELDS: Readers[CallRecord] = {
    "phone": lambda record: record.phone,
    "party": lambda record: f"{record.call.remote_name or ''} {record.call.remote_number or ''}",
    "way": lambda record: DIRECTIONS[record.call.direction] if record.call.direction else "",
    "codec": lambda record: f"{record.call.encoder or ''} {record.call.decoder or ''}",
    "grade": lambda record: record.grade.word,
    "cause": lambda record: f"{record.cause or ''} {record.cause_code or ''}",
    "mos": lambda record: record.mos,
    "loss": lambda record: record.loss_pct,
    "discard": lambda record: record.discard_pct,
    "jitter": lambda record: record.highest_jitter_ms,
    "rtt": lambda record: record.highest_round_trip_ms,
    "talk": lambda record: record.talk_s,
    "is": lambda record: "up" if record.is_up else "lost" if record.is_lost else "over",
}
"""Of one end."""

Field = Callable[[CallRecord], str | float | None]


def _of_both(field: Field, worse: Callable[[Iterable[float]], float], call: CallEnds) -> str | float | None:
    """What both ends say, or the worse of two numbers."""
    if call.far is None:
        return field(call.near)
    values = [value for record in call.records if (value := field(record)) is not None]
    numbers = [value for value in values if isinstance(value, int | float)]
    if numbers:
        return worse(numbers)
    return " ".join(dict.fromkeys(map(str, values))) if values else None


CALL_FIELDS: Readers[CallEnds] = {
    name: partial(_of_both, field, min if name == "mos" else max) for name, field in RECORD_FIELDS.items()
}
"""Of a call with one end or two."""
