"""The sections of a report as words and tables, the same for every output format."""

from collections.abc import Iterator, Sequence
from datetime import datetime, tzinfo
from enum import Enum

from msgspec import Struct

from phonetui.phone.calls.call_record import CallRecord
from phonetui.phone.diagnosis import advice
from phonetui.phone.inventory import PhoneChange
from phonetui.phone.measure import Grade, Shares
from phonetui.phone.state import CallDirection
from phonetui.report.call_figures import GRADES, CallFigures, WorstCall, heard_grade, is_bad
from phonetui.report.fleet_report import FleetReport
from phonetui.report.phone_figures import EXPIRY, MOST_CHANGES, PhoneTrouble

DASH = "\N{EN DASH}"
"""Shown where a value is unknown."""
_TIMES = "\N{MULTIPLICATION SIGN}"


class ReportChart(Enum):
    """The chart beside a section's table, in forms that can draw."""

    TIME = "time"
    SCORES = "scores"
    FIRMWARE = "firmware"


class Cell(Struct, frozen=True):
    text: str
    grade: Grade | None = None
    """The grade whose colour the cell has."""
    is_number: bool = False
    heard: tuple[float, float, float, float] | None = None
    """Seconds by `GRADES`, for a bar behind the text."""


class Tile(Struct, frozen=True):
    """A headline figure."""

    value: str
    words: str
    note: str = ""
    grade: Grade | None = None


class ReportSection(Struct, frozen=True, kw_only=True):
    title: str
    words: str = ""
    """One sentence about the table."""
    headings: tuple[str, ...] = ()
    rows: tuple[tuple[Cell, ...], ...] = ()
    empty: str = ""
    """Shown instead of a table without rows."""
    chart: ReportChart | None = None


class ReportText(Struct, frozen=True):
    """A report in words."""

    title: str
    period: str
    verdict: str
    tiles: tuple[Tile, ...]
    sections: tuple[ReportSection, ...]
    unknown: tuple[str, ...]


def report_text(report: FleetReport, zone: tzinfo | None) -> ReportText:
    """Times are written in `zone` (None: the machine's)."""
    clock = _Clock(zone)
    began, ended = clock.minute(report.began_at), clock.minute(report.ended_at)
    masked = ", names and numbers masked" if report.is_masked else ""
    period = f"{began} to {ended} {report.ended_at.astimezone(zone):%Z}{masked}"
    return ReportText(
        report.title,
        period,
        _verdict(report.calls),
        tuple(_tiles(report)),
        tuple(_sections(report, clock)),
        report.unknown,
    )


class _Clock:
    def __init__(self, zone: tzinfo | None) -> None:
        self._zone = zone

    def minute(self, at: datetime | None) -> str:
        return DASH if at is None else f"{at.astimezone(self._zone):%Y-%m-%d %H:%M}"

    def day(self, at: datetime) -> str:
        return f"{at.astimezone(self._zone):%Y-%m-%d}"


def duration(seconds: float) -> str:
    """`45 s`, `12 min`, `14 h 12 min`"""
    if seconds < 60:
        return f"{seconds:.0f} s"
    hours, minutes = divmod(int(seconds // 60), 60)
    return f"{hours} h {minutes:02} min" if hours else f"{minutes} min"


def percent(part: float, of: float) -> str:
    """With one decimal, and never rounded up to all or down to nothing."""
    if not of:
        return DASH
    share = 100 * part / of
    if 0 < share < 0.1:
        return "< 0.1 %"
    return "> 99.9 %" if 99.9 < share < 100 else f"{share:.1f} %"


def _verdict(calls: CallFigures) -> str:
    if not calls.ends:
        return "No call ended in this time, as far as is known."
    if not calls.shares.total_s:
        return f"{_count(calls.calls, 'call')}; nothing of them could be judged."
    heard = duration(calls.shares.total_s)
    trouble = f"{calls.bad} of {calls.judged} judged ends had trouble" if calls.bad else "none had trouble"
    return f"{percent(calls.shares.good_s, calls.shares.total_s)} of {heard} heard was good; {trouble}."


def _tiles(report: FleetReport) -> Iterator[Tile]:
    calls, phones = report.calls, report.phones
    ends = f"{_count(calls.ends, 'end')}, {calls.answered} answered"
    yield Tile(str(calls.calls), "calls", ends + (f", {calls.up} in progress" if calls.up else ""))
    yield Tile(duration(calls.talk_s), "talk", "added up over ends")
    yield Tile(percent(calls.shares.good_s, calls.shares.total_s), "of it good", _share_words(calls.shares))
    bad_grade = Grade.CRITICAL if calls.bad else None
    one_way = f"{calls.one_way} with one-way audio" if calls.one_way else "no one-way audio seen"
    yield Tile(str(calls.bad), "ends with trouble", f"{percent(calls.bad, calls.judged)} of those judged; {one_way}",
               bad_grade)  # fmt: skip
    out = f"{phones.out} out of reach" if phones.out else "none out of reach"
    silent = f", {phones.silent} never answered" if phones.silent else ""
    yield Tile(str(phones.phones), "phones", f"{phones.live} live, {out}{silent}", Grade.POOR if phones.out else None)
    attention = len(phones.duplicates) + len(phones.certificates)
    renewals = _count(len(phones.certificates), "certificate")
    note = f"{_count(len(phones.duplicates), 'address', 'addresses')} twice, {renewals} to renew"
    yield Tile(str(phones.move_count), "moves", note, Grade.FAIR if attention else None)


def _sections(report: FleetReport, clock: _Clock) -> Iterator[ReportSection]:
    calls, phones = report.calls, report.phones
    yield ReportSection(
        title="Calls over time",
        words="Ends of calls by when they were over, and by the worst grade of which they had ten seconds.",
        headings=("from", *(grade.word for grade in GRADES), "not judged"),
        rows=tuple(
            (Cell(clock.minute(column.began_at)), *map(_number, (*column.counts, column.unjudged)))
            for column in calls.columns
            if sum(column.counts) + column.unjudged
        ),
        empty="No call ended in this time.",
        chart=ReportChart.TIME,
    )
    yield ReportSection(
        title="Opinion scores (MOS)",
        words="As calls ended (the phone's own score, else our estimate), and our estimate of their worst ten seconds."
        " Bands are those of G.107 Annex B.",
        headings=("MOS", "listeners are", "as calls ended", "worst ten seconds"),
        rows=tuple(
            (
                Cell(f"from {one.band.low:.2f}", is_number=True),
                Cell(one.band.words, one.band.grade),
                _number(one.at_end),
                _number(one.worst),
            )
            for one in reversed(calls.scores)
        )
        if any(one.at_end or one.worst for one in calls.scores)
        else (),
        empty="No call has a score.",
        chart=ReportChart.SCORES,
    )
    yield ReportSection(
        title="Worst calls",
        words=_cut(len(calls.worst), calls.bad, "ends with trouble, the longest trouble first"),
        headings=("phone", "with", "began", "talk", "poor or critical", "loss", "jitter", "MOS, worst 10 s", "cause"),
        rows=tuple(_worst_call(report, worst, clock) for worst in calls.worst),
        empty="No call had ten seconds of poor or critical sound.",
    )
    yield ReportSection(
        title="Phones in trouble",
        words=_cut(len(phones.troubled), phones.troubled_count, "phones"),
        headings=("phone", "place", "calls", "with trouble", "poor or critical", "out of reach", "alerts", "look at"),
        rows=tuple(_troubled(report, phone) for phone in phones.troubled),
        empty="None.",
    )
    if phones.fleet_alerts:
        yield ReportSection(
            title="Beyond single phones",
            headings=("alert", "times"),
            rows=tuple((Cell(name), _number(times)) for name, times in phones.fleet_alerts),
        )
    yield ReportSection(
        title="Moves",
        words=_cut(len(phones.moves), phones.move_count, "phones on another switch port than before, latest first"),
        headings=("phone", "was at", "is at", "seen"),
        rows=tuple(_changed(report, change, clock) for change in phones.moves),
        empty="No phone was seen on another switch port.",
    )
    if phones.other_changes:
        yield ReportSection(
            title="Other changes",
            words=_cut(min(len(phones.other_changes), MOST_CHANGES), phones.other_count, "changes, latest first"),
            headings=("phone", "what", "was", "is", "seen"),
            rows=tuple(_changed(report, change, clock, with_trait=True) for change in phones.other_changes),
        )
    yield ReportSection(
        title="Firmware",
        headings=("model", "firmware", "phones"),
        rows=tuple(
            (Cell(one.model or DASH), Cell(one.version or DASH), _number(one.phones)) for one in phones.firmware
        ),
        empty="No phone has said.",
        chart=ReportChart.FIRMWARE,
    )
    yield ReportSection(
        title="Addresses that several phones have",
        words="The same phone configured twice, or two phones with one address.",
        headings=("what", "address", "phones"),
        rows=tuple(
            (Cell(str(one.trait)), Cell(one.value), Cell(", ".join(map(report.name, one.phones))))
            for one in phones.duplicates
        ),
        empty="None.",
    )
    yield ReportSection(
        title="Certificates to renew",
        words=f"Those that end within {EXPIRY.days} days.",
        headings=("phone", "ends", ""),
        rows=tuple(
            (
                Cell(report.name(one.phone)),
                Cell(clock.day(one.ends_at), is_number=True),
                Cell("has ended", Grade.CRITICAL) if one.is_over else Cell(_days(report, one.ends_at), Grade.FAIR),
            )
            for one in phones.certificates
        ),
        empty=f"None of the {phones.certificates_known} that were seen."
        if phones.certificates_known
        else "No certificate was seen.",
    )


def _days(report: FleetReport, ends_at: datetime) -> str:
    return f"in {_count((ends_at - report.ended_at).days, 'day')}"


def _worst_call(report: FleetReport, worst: WorstCall, clock: _Clock) -> tuple[Cell, ...]:
    record, window = worst.record, worst.record.worst
    loss = f"{record.loss_pct:.1f} %" if record.loss_pct is not None else DASH
    jitter = f"{record.highest_jitter_ms:.0f} ms" if record.highest_jitter_ms is not None else DASH
    mos = f"{window.mos:.1f}" if window is not None and window.mos is not None else DASH
    shares = record.shares
    return (
        Cell(report.name(record.phone)),
        Cell(_party(report, record, worst.other)),
        Cell(clock.minute(record.began_at), is_number=True),
        Cell(duration(record.talk_s) if record.talk_s is not None else DASH, is_number=True),
        Cell(
            duration(worst.bad_s),
            heard_grade(shares, record.grade),
            True,
            (shares.good_s, shares.fair_s, shares.poor_s, shares.critical_s),
        ),
        Cell(loss, is_number=True),
        Cell(jitter, is_number=True),
        Cell(mos, is_number=True),
        Cell(_cause(record)),
    )


def _party(report: FleetReport, record: CallRecord, other: CallRecord | None) -> str:
    words = " ".join(filter(None, (record.call.remote_name, record.call.remote_number))) or "unknown party"
    if record.partner is not None:
        name = report.name(record.partner[0])
        words = name if name == words else f"{words} ({name})"
    arrow = {CallDirection.INCOMING: "from ", CallDirection.OUTGOING: "to "}
    direction = arrow.get(record.call.direction, "") if record.call.direction else ""
    return f"{direction}{words}" + (", bad there, too" if other is not None and is_bad(other) else "")


def _cause(record: CallRecord) -> str:
    """Where to look, with the evidence; else what was wrong; else that nobody knows."""
    if record.hints:
        words = advice(record.hints[0])
        evidence = record.hints[0].removesuffix(words).removesuffix(": ")
        return f"{words} ({evidence})" if evidence else words
    if record.alerts:
        return max(record.alerts, key=lambda alert: alert.severity.rank).text
    return "no cause was found"


def _troubled(report: FleetReport, phone: PhoneTrouble) -> tuple[Cell, ...]:
    record, calls = phone.record, phone.calls
    where = " · ".join(filter(None, ("/".join(record.group), record.place))) if record is not None else ""
    out = f"{phone.outages} {_TIMES}, {duration(phone.out_s)}" if phone.outages else DASH
    if phone.is_out and record is not None:
        out = f"{record.state} at last, {out}"
    shares = calls.shares if calls else Shares()
    return (
        Cell(report.name(phone.phone)),
        Cell(where or DASH),
        _number(calls.ends if calls else 0),
        _number(calls.bad if calls else 0),
        Cell(
            duration(phone.bad_s) if calls else DASH, heard_grade(shares, Grade.UNKNOWN) if phone.bad_s else None, True,
            (shares.good_s, shares.fair_s, shares.poor_s, shares.critical_s) if shares.total_s else None,
        ),
        Cell(out, Grade.CRITICAL if phone.is_out else None),
        Cell(", ".join(f"{name} {times} {_TIMES}" if times > 1 else name for name, times in phone.alerts) or DASH),
        Cell((calls.advice if calls else None) or DASH),
    )  # fmt: skip


def _changed(report: FleetReport, change: PhoneChange, clock: _Clock, *, with_trait: bool = False) -> tuple[Cell, ...]:
    trait = (Cell(str(change.trait)),) if with_trait else ()
    seen = Cell(clock.minute(change.at), is_number=True)
    return (Cell(report.name(change.phone)), *trait, Cell(change.before), Cell(change.after), seen)


def _number(value: int) -> Cell:
    return Cell(str(value), is_number=True)


def _count(value: int, word: str, several: str = "") -> str:
    return f"{value} {word if value == 1 else several or f'{word}s'}"


def _share_words(shares: Shares) -> str:
    parts: Sequence[tuple[str, float]] = (
        ("fair", shares.fair_s), ("poor", shares.poor_s), ("critical", shares.critical_s),
    )  # fmt: skip
    words = ", ".join(f"{word} {percent(seconds, shares.total_s)}" for word, seconds in parts if seconds)
    return words or ("nothing worse" if shares.total_s else "nothing could be judged")


def _cut(shown: int, total: int, words: str) -> str:
    """Says how many are shown, if not all."""
    return f"{shown} of {total} {words}." if shown < total else ""
