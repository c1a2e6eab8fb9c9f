"""The calls that are remembered, one a row, drawn only where it can be seen."""

from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass
from datetime import tzinfo
from typing import NamedTuple

from phonetui.phone.calls.call_record import CallRecord
from phonetui.phone.measure import Grade
from phonetui.phone.quality.grading import Limits, step
from phonetui.phone.state import CallDirection, PhoneId
from phonetui.ui.panes.call_metrics import share_bar, share_summary
from phonetui.ui.phone_filter import holds
from phonetui.ui.text.format import DASH, DIRECTIONS, GRADES, duration, number, words
from phonetui.ui.text.rows import LazyRows, Role, Row, Run, clip, pad, right, row

_WIDE_FROM = 100
_ROOMY_FROM = 70
_BAR = 8
FILTER = "part of a name or number, !not, phone:lobby, grade:poor, codec:g722, cause:busy, is:up"


class CallWidths(NamedTuple):
    """Cells of the columns that give way; none is 0."""

    began: int
    phone: int
    remote: int
    codec: int
    bar: int
    cause: int


def widths(width: int) -> CallWidths:
    """For rows of `width` cells."""
    if width < _WIDE_FROM:
        phone = 10 if width >= _ROOMY_FROM else 6
        return CallWidths(12, phone, max(width - phone - 49, 1), 0, 0, 0)
    room = width - 80
    return CallWidths(15, 12, room * 6 // 10, 6, _BAR, room - room * 6 // 10)


@dataclass(frozen=True)
class CallRows(LazyRows):
    """The rows of records, each made when it is asked for: there may be thousands, a screen shows thirty."""

    records: Sequence[CallRecord]
    zone: tzinfo | None
    width: int
    limits: Limits
    """Of loss, for the worst stretch."""
    silent: Set[PhoneId] = frozenset()
    """Phones that do not answer: whether a call of theirs is still up is not known."""

    def __len__(self) -> int:
        return len(self.records)

    def make(self, place: int) -> Row:
        return record_row(self.records[place], self)


def record_row(record: CallRecord, rows: CallRows) -> Row:
    room = widths(rows.width)
    began, is_silent = record.began_at.astimezone(rows.zone), record.phone in rows.silent
    direction = DIRECTIONS[record.call.direction] if record.call.direction else DASH
    parts = [
        _mark(record, is_silent),
        Run(f"{began:%d %b %H:%M:%S}"[: room.began] + " ", Role.DIM),
        Run(f"{pad(record.phone, room.phone)} ", Role.LABEL),
        Run(f"{pad(direction, 3)} ", Role.LABEL),
        Run(f"{pad(remote(record), room.remote)} ", Role.TITLE if record.is_up else Role.PLAIN),
        Run(f"{right(talk(record), 8)} ", Role.VALUE if record.answered_at else Role.DIM),
    ]
    if room.codec:
        parts.append(Run(f"{pad(words(record.call.decoder or record.call.encoder), room.codec)} ", Role.LABEL))
    parts += [*_grade(record), *(share_bar(record.shares, room.bar) if room.bar else ()), Run(" " if room.bar else "")]
    parts.append(_worst(record, rows.limits))
    if room.cause:
        told, role = fate(record, is_silent=is_silent)
        parts.append(Run(f" {pad(told, room.cause)}", role))
    return row(*parts)


def heading(width: int) -> Row:
    """The names of the columns."""
    room = widths(width)
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


def remote(record: CallRecord) -> str:
    return " ".join(filter(None, (record.call.remote_name, record.call.remote_number))) or DASH


def talk(record: CallRecord) -> str:
    """How long; or why there was no talk."""
    if record.answered_at is not None:
        return duration(record.talk_s)
    if record.is_up:
        return clip(words(record.call.state), 8)
    return "missed" if record.call.direction is CallDirection.INCOMING else "no reply"


def fate(record: CallRecord, *, is_silent: bool = False) -> tuple[str, Role]:
    """What became of it, as far as its phone answers."""
    if record.is_up and is_silent:
        return "up, not heard", Role.STALE
    if record.is_up:
        return words(record.call.state), Role.GOOD
    if record.is_lost:
        return "lost from sight", Role.STALE
    if not record.is_final:
        return "ended", Role.DIM
    return cause(record), Role.PLAIN


def cause(record: CallRecord) -> str:
    """The phone's number and words."""
    return " ".join(filter(None, (record.cause_code, record.cause))) or DASH


def detail(record: CallRecord | None, width: int, *, is_silent: bool = False) -> list[Row]:
    """What the row has no room for, in two rows."""
    if record is None:
        return [(), ()]
    told, role = fate(record, is_silent=is_silent)
    unjudged = "too early to judge" if record.grade is Grade.MEASURING else "nothing could be judged"
    shares = share_summary(record.shares) or unjudged
    worst = record.worst
    worst_words = f"worst {worst.seconds:.0f} s: {worst.loss_discard_pct:.1f} % lost or discarded" if worst else ""
    alerts = f"{len(record.alerts)} alert{'' if len(record.alerts) == 1 else 's'}" if record.alerts else ""
    return [
        row(" ", Run(clip(remote(record), width // 2), Role.TITLE), "  ", Run(clip(told, width // 2 - 4), role)),
        row(" ", Run(clip(" · ".join(filter(None, (shares, worst_words, alerts))), width - 2), Role.INFO)),
    ]


def filtered(records: Iterable[CallRecord], typed: str) -> list[CallRecord]:
    """Records that every word holds for; see `holds`."""
    wanted = typed.casefold().split()
    return [record for record in records if holds(wanted, _fields(record))]


def parts(typed: str) -> tuple[str, ...]:
    """What stands in the record of every call that the words hold for, as far as that can be said beforehand."""
    return tuple(part for part in map(_part, typed.casefold().split()) if part)


def _part(word: str) -> str:
    """Empty where a word says what a record need not contain: that is not so, or a state that is worked out."""
    if word.startswith("!"):
        return ""
    field, colon, value = word.partition(":")
    if colon and field in _WRITTEN:
        return "" if field == "grade" and value in Grade.UNKNOWN.word else value
    is_worked_out = colon and field == "is"
    return "" if is_worked_out or any(word in state for state in (*_STATES, Grade.UNKNOWN.word)) else word


_WRITTEN = {"phone", "party", "way", "codec", "grade", "cause"}
_STATES = ("up", "lost", "over")


def _fields(record: CallRecord) -> dict[str, str]:
    call = record.call
    return {
        "phone": record.phone.casefold(),
        "party": f"{call.remote_name or ''} {call.remote_number or ''}".casefold(),
        "way": DIRECTIONS[call.direction] if call.direction else "",
        "codec": f"{call.encoder or ''} {call.decoder or ''}".casefold(),
        "grade": record.grade.word,
        "cause": f"{record.cause or ''} {record.cause_code or ''}".casefold(),
        "is": "up" if record.is_up else "lost" if record.is_lost else "over",
    }


def _mark(record: CallRecord, is_silent: bool) -> Run:
    if record.is_lost or (record.is_up and is_silent):
        return Run("≈ ", Role.STALE)
    return Run("● ", Role.GOOD) if record.is_up else Run("  ")


def _worst(record: CallRecord, limits: Limits) -> Run:
    """The worst stretch's loss; its number says by itself what the colour adds."""
    if record.worst is None:
        return Run(right(DASH, 7), Role.DIM)
    gone = record.worst.loss_discard_pct
    return Run(right(number(gone, "%", digits=1), 7), GRADES[step(gone, limits)].role)


def _grade(record: CallRecord) -> Row:
    if record.answered_at is None:
        return row(Run(pad(DASH, 11), Role.DIM))
    mark = GRADES[record.grade]
    return row(Run(pad(f"{mark.glyph} {mark.word}", 11), mark.role))
