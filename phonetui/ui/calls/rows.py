"""Rows of the list of calls, one a call and two more of the chosen one; and the filter of that list."""

from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import tzinfo
from functools import partial
from types import MappingProxyType
from typing import NamedTuple

from phonetui.phone.calls.call_ends import CallEnds
from phonetui.phone.calls.call_record import CallRecord
from phonetui.phone.measure import Grade, WorstWindow
from phonetui.phone.quality.grading import Limits
from phonetui.phone.quality.grading import step as grade_of
from phonetui.phone.state import CallDirection, PhoneId
from phonetui.ui.panes.call_metrics import share_bar, share_summary
from phonetui.ui.text.filters import Readers, filtered_by
from phonetui.ui.text.format import DASH, DIRECTIONS, GRADES, duration, number, words
from phonetui.ui.text.rows import LazyRows, Role, Row, Run, clip, clipped, pad, right, row

_WIDE_FROM = 100
_ROOMY_FROM = 70
_BAR = 8
REPORTED_ALONE = "by its report alone"
"""What happened to a call that nothing else is known of."""
TWO_ENDS = "⇄"
"""Of a call whose other end is a phone of ours, too."""


class CallWidths(NamedTuple):
    """Cells of the columns that give way; none is 0."""

    began: int
    phone: int
    remote: int
    codec: int
    bar: int
    cause: int


def column_widths(width: int) -> CallWidths:
    """The widths of columns in rows of `width` cells."""
    if width < _WIDE_FROM:
        phone = 10 if width >= _ROOMY_FROM else 6
        return CallWidths(12, phone, max(width - phone - 49, 1), 0, 0, 0)
    room = width - 80
    return CallWidths(15, 12, room * 6 // 10, 6, _BAR, room - room * 6 // 10)


@dataclass(frozen=True)
class CallRows(LazyRows):
    calls: Sequence[CallEnds]
    zone: tzinfo | None
    width: int
    limits: Limits
    """Of loss, for the worst window."""
    silent: Set[PhoneId] = frozenset()
    """Phones that do not answer: whether a call of theirs is still up is not known."""
    names: Mapping[PhoneId | None, PhoneId] = field(default_factory=dict)
    """Of phones that are called otherwise than their id."""

    def __len__(self) -> int:
        return len(self.calls)

    def make(self, place: int) -> Row:
        call, room = self.calls[place], column_widths(self.width)
        record = call.near
        began, is_silent = record.began_at.astimezone(self.zone), is_unheard(call, self.silent)
        end, end_role = outcome(_fullest(call), is_silent=is_silent)
        codec = record.call.decoder or record.call.encoder
        return row(
            _mark(call, is_silent),
            Run(f"{began:%d %b %H:%M:%S}"[: room.began] + " ", Role.DIM),
            Run(f"{pad(self.names.get(record.phone, record.phone), room.phone)} ", Role.LABEL),
            Run(f"{pad(direction(record), 3)} ", Role.LABEL),
            Run(f"{pad(other_party(call, self.names), room.remote)} ", Role.TITLE if call.is_up else Role.PLAIN),
            Run(f"{right(talk_time(record), 8)} ", Role.VALUE if record.answered_at else Role.DIM),
            Run(f"{pad(words(codec), room.codec)} " if room.codec else "", Role.LABEL),
            _grade(call.worse),
            *((*share_bar(call.worse.shares, room.bar), Run(" ")) if room.bar else ()),
            _worst(call.worst, self.limits),
            Run(f" {pad(end, room.cause)}" if room.cause else "", end_role),
        )


def is_unheard(call: CallEnds, silent: Set[PhoneId]) -> bool:
    """Whether no end of it answers."""
    return all(record.phone in silent for record in call.records)


def _fullest(call: CallEnds) -> CallRecord:
    """The end whose word on the end of the call is the fullest."""
    return max(call.records, key=lambda record: (record.is_up, record.is_final, not record.is_lost))


def other_party(call: CallEnds, names: Mapping[PhoneId | None, PhoneId]) -> str:
    """The far end as the phone has it.

    A monitored phone by its name and with a sign, because its end is in the same row.
    """
    if call.far is None:
        return remote_party(call.near)
    number_ = call.near.call.remote_number
    return " ".join(filter(None, (TWO_ENDS, names.get(call.far.phone, call.far.phone), number_)))


def direction(record: CallRecord) -> str:
    return DIRECTIONS[record.call.direction] if record.call.direction else DASH


def call_heading(width: int) -> Row:
    """The names of the columns."""
    room = column_widths(width)
    names = [
        f"  {pad('began', room.began)} {pad('phone', room.phone)} way ",
        f"{pad('other party', room.remote)} {right('talk', 8)} ",
        f"{pad('codec', room.codec)} " if room.codec else "",
        pad("grade", 11),
        pad("shares", room.bar + 1) if room.bar else "",
        right("worst", 7),
        f" {pad('end', room.cause)}" if room.cause else "",
    ]
    return row(Run("".join(names), Role.LABEL))


def remote_party(record: CallRecord) -> str:
    return " ".join(filter(None, (record.call.remote_name, record.call.remote_number))) or DASH


def talk_time(record: CallRecord) -> str:
    """How long; or why there was no talk."""
    if record.answered_at is not None:
        return duration(record.talk_s)
    if record.is_up:
        return clip(words(record.call.state), 8)
    return "missed" if record.call.direction is CallDirection.INCOMING else "no reply"


def outcome(record: CallRecord, *, is_silent: bool = False) -> tuple[str, Role]:
    """What happened to it, as far as its phone answers; at its end the phone's number and words."""
    if record.is_up and is_silent:
        return "up, not heard", Role.STALE
    if record.is_up:
        return words(record.call.state), Role.GOOD
    if record.is_lost:
        return "lost from sight", Role.STALE
    if record.is_from_report:
        return REPORTED_ALONE, Role.INFO
    if not record.is_final:
        return "ended", Role.DIM
    return " ".join(filter(None, (record.cause_code, record.cause))) or DASH, Role.PLAIN


def call_summary(
    call: CallEnds | None,
    width: int,
    names: Mapping[PhoneId | None, PhoneId] = MappingProxyType({}),
    *,
    is_silent: bool = False,
) -> list[Row]:
    """What the row has no room for, in two rows: of two ends one each."""
    if call is None:
        return [(), ()]
    if call.far is not None:
        return [_end_summary(record, names.get(record.phone, record.phone), width) for record in call.records]
    record = call.near
    end, role = outcome(record, is_silent=is_silent)
    return [
        row(" ", Run(clip(remote_party(record), width // 2), Role.TITLE), "  ", Run(clip(end, width // 2 - 4), role)),
        row(" ", Run(clip(_quality(record), width - 2), Role.INFO)),
    ]


def _end_summary(record: CallRecord, name: str, width: int) -> Row:
    return clipped(row(" ", Run(f"{clip(name, 16)} hears  ", Role.TITLE), Run(_quality(record), Role.INFO)), width)


def _quality(record: CallRecord) -> str:
    """The shares of its grades, its worst window, its alerts."""
    unjudged = "measuring: too few packets" if record.grade is Grade.MEASURING else "nothing could be judged"
    if record.report is not None and record.grade.is_verdict:
        unjudged = f"{record.grade.word}, by the phone's own report of it"
    worst = record.worst
    worst_words = f"worst {worst.seconds:.0f} s: {worst.loss_discard_pct:.1f} % lost or discarded" if worst else ""
    alerts = f"{len(record.alerts)} alert{'' if len(record.alerts) == 1 else 's'}" if record.alerts else ""
    return " · ".join(filter(None, (share_summary(record.shares) or unjudged, worst_words, alerts)))


def _mark(call: CallEnds, is_silent: bool) -> Run:
    if all(record.is_lost for record in call.records) or (call.is_up and is_silent):
        return Run("≈ ", Role.STALE)
    if all(record.is_from_report for record in call.records):
        return Run("r ", Role.INFO)
    return Run("● ", Role.GOOD) if call.is_up else Run("  ")


def _worst(worst: WorstWindow | None, limits: Limits) -> Run:
    """The worst window's loss; its number says by itself what the colour adds."""
    if worst is None:
        return Run(right(DASH, 7), Role.DIM)
    lost_pct = worst.loss_discard_pct
    return Run(right(number(lost_pct, "%", digits=1), 7), GRADES[grade_of(lost_pct, limits)].role)


def _grade(record: CallRecord) -> Run:
    mark = GRADES[record.grade]
    return Run(pad(f"{mark.glyph} {mark.word}", 11), mark.role) if record.answered_at else Run(pad(DASH, 11), Role.DIM)


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
