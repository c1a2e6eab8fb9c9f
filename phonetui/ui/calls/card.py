"""Rows of one call from its record: parties, times, grades, states, figures, and its voice quality report."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, tzinfo
from itertools import zip_longest
from textwrap import wrap

from phonetui.phone.calls.call_ends import CallEnds
from phonetui.phone.calls.call_record import FIGURES, CallRecord, CallStep, RecordFigure
from phonetui.phone.quality.emodel import AS_IF_RANDOM, stream_burst_ratio
from phonetui.phone.quality.voice_report import VoiceParty, VoiceQualityReport, VoiceReportKind, report_figures
from phonetui.ui.calls.rows import REPORTED_ALONE, direction, outcome, remote_party, talk_time
from phonetui.ui.panes.call_metrics import share_bar, share_rows
from phonetui.ui.text.format import DASH, GRADES, PHASES, SEVERITIES, number, words
from phonetui.ui.text.rows import Role, Row, Run, cell_width, clip, clipped, pad, right, row, spread

_REPORT_LABEL = 20
_KINDS = {
    VoiceReportKind.SESSION: "of the call",
    VoiceReportKind.INTERVAL: "of a part of it",
    VoiceReportKind.ALERT: "a limit was crossed",
}


def voice_report_rows(record: CallRecord, zone: tzinfo | None, width: int) -> Iterator[Row]:
    """Rows of a call's voice quality reports; none where the phone sent none."""
    report = record.report
    if report is None:
        return
    yield row(
        Run(f" {pad('sent', _REPORT_LABEL)}", Role.LABEL),
        Run(clip(_sent(record, report, zone), width - 22), Role.VALUE),
    )
    for label, value in (
        ("Call-ID", report.call_id),
        ("from", _party(report.local_party)),
        ("to", _party(report.remote_party)),
    ):
        if value:
            yield row(Run(f" {pad(label, _REPORT_LABEL)}", Role.LABEL), Run(clip(value, width - 22), Role.VALUE))
    cells = min((width - 22) // 2, 18)
    yield row(Run(f" {pad('', _REPORT_LABEL)}{right('heard here', cells)}{right('heard there', cells)}", Role.LABEL))
    for name, here, there in report_figures(report):
        runs = (
            Run(right(clip(value or DASH, cells - 1), cells), Role.VALUE if value else Role.DIM)
            for value in (here, there)
        )
        yield row(Run(f" {pad(name, _REPORT_LABEL)}", Role.LABEL), *runs)
    for name, value in report.local.more:
        yield row(Run(f" {pad(name, _REPORT_LABEL)}", Role.LABEL), Run(clip(value, width - 22), Role.VALUE))


def _sent(record: CallRecord, report: VoiceQualityReport, zone: tzinfo | None) -> str:
    """`of the call, 12:00:00 to 12:04:10 by the phone's clock, the last of 3`"""
    words = report.alert if report.kind is VoiceReportKind.ALERT and report.alert else _KINDS[report.kind]
    times = [f"{at.astimezone(zone):%H:%M:%S}" for at in (report.start_at, report.stop_at) if at is not None]
    clock = f"{' to '.join(times)} by the phone's clock" if times else ""
    several = f"the last of {len(record.reports)}" if len(record.reports) > 1 else ""
    return ", ".join(filter(None, (words, clock, several)))


def _party(party: VoiceParty | None) -> str:
    return " ".join(filter(None, (party.name, party.uri))) if party else ""


_TWO_FROM = 100
"""Cells across from which there is room for two columns."""
_LABEL = 11
_LINES = 4
"""Of one text."""


def call_card(
    record: CallRecord, other: CallRecord | None, zone: tzinfo | None, width: int, *, is_silent: bool = False
) -> list[Row]:
    """`other` is the record of the other end, where that is a monitored phone; times are reported in `zone`.

    `is_silent` says that the phone does not answer: whether a call is still up is not known.
    """
    as_of = "" if record.is_up else f", as known at {_time(record.seen_at, zone)}"
    diagnoses = (row(Run(line, Role.INFO)) for hint in record.hints for line in _wrapped(" → ", hint, width))
    half = (width - 3) // 2 if width >= _TWO_FROM else width
    parties = _section("Parties and times", _parties(record, zone, is_silent), half)
    shares = _section("Quality", _grade_shares(record, zone, half), half)
    return [
        headline(record, zone, width, is_silent=is_silent, other=other),
        (),
        *(_beside(parties, shares, half) if half < width else [*parties, (), *shares]),
        *_below(f"Where to look{as_of}", diagnoses, width),
        *_below("Alerts while it was up", _alerts(record, zone, width), width),
        *_below("Call states", () if record.is_from_report else _states(record, zone, width), width),
        *_below("Figures", () if record.is_from_report else _figures(record, other, width), width),
        *_below("The phone's report of the end", _final_report(record, width), width),
        *_below("The phone's own voice quality report", voice_report_rows(record, zone, width), width),
    ]


def headline(
    record: CallRecord, zone: tzinfo | None, width: int, *, is_silent: bool, other: CallRecord | None = None
) -> Row:
    """Graded by the worse of both ends, as the list of calls has it."""
    left = row(
        Run(f" {clip(record.phone, 24)}", Role.TITLE),
        Run(f"  L{record.call.line or DASH}  {direction(record)}  ", Role.LABEL),
        Run(remote_party(record), Role.TITLE),
        Run(f"  {record.began_at.astimezone(zone):%d %b %H:%M:%S}  ", Role.DIM),
        Run(talk_time(record), Role.VALUE if record.answered_at else Role.DIM),
    )
    end, role = outcome(record, is_silent=is_silent)
    grade = GRADES[CallEnds(record, other).grade].run() if record.answered_at else Run("")
    return spread(left, row(Run(clip(end, 30), role), "  ", grade, " "), width)


def _section(title: str, rows: Iterable[Row], width: int) -> list[Row]:
    line = row(Run("─ ", Role.DIM), Run(title, Role.TITLE), Run(f" {'─' * (width - len(title) - 3)}", Role.DIM))
    return [clipped(line, width), *(clipped(one, width) for one in rows)]


def _below(title: str, rows: Iterable[Row], width: int) -> list[Row]:
    """A section that is left out where there is nothing to say, led by an empty row."""
    found = list(rows)
    return [(), *_section(title, found, width)] if found else []


def _beside(left: Sequence[Row], right_: Sequence[Row], cells: int) -> list[Row]:
    return [
        row(*one, " " * (cells - cell_width(one) + 3), *other) for one, other in zip_longest(left, right_, fillvalue=())
    ]


def _labelled(label: str, value: str, role: Role = Role.VALUE) -> Row:
    return row(Run(f" {pad(label, _LABEL)}", Role.LABEL), Run(value, role))


def _parties(record: CallRecord, zone: tzinfo | None, is_silent: bool) -> Iterator[Row]:
    call = record.call
    phone = " ".join(filter(None, (record.phone, record.model)))
    yield _labelled("phone", phone)
    yield _labelled("far end", remote_party(record))
    yield _labelled("began", _date_and_time(record.began_at, zone))
    if record.answered_at:
        yield _labelled("answered", _date_and_time(record.answered_at, zone))
    else:
        yield _labelled("answered", "not yet" if record.is_up else "never", Role.DIM)
    if record.ended_at:
        yield _labelled("ended", _date_and_time(record.ended_at, zone))
    elif record.is_up and is_silent:
        yield _labelled("ended", f"it was up at {_date_and_time(record.seen_at, zone)}, when last heard", Role.STALE)
    elif record.is_up:
        yield _labelled("ended", "in progress", Role.GOOD)
    else:
        yield _labelled("ended", f"lost from sight after {_date_and_time(record.seen_at, zone)}", Role.STALE)
    yield _labelled("talk", talk_time(record))
    yield _labelled("codec", " ⇄ ".join(dict.fromkeys(words(codec) for codec in (call.encoder, call.decoder))))
    if record.is_final:
        yield _labelled("cause", *outcome(record))
    elif record.is_from_report:
        yield _labelled("known", REPORTED_ALONE, Role.INFO)
    elif not record.is_up:
        yield _labelled("cause", "the phone's report of the end was not heard", Role.DIM)


def _grade_shares(record: CallRecord, zone: tzinfo | None, width: int) -> Iterator[Row]:
    if record.shares.total_s:
        yield row(" ", *share_bar(record.shares, min(width - 2, 50)))
        yield from (row(" ", *line) for line in share_rows(record.shares))
    elif record.report is not None and record.grade.is_verdict and not record.is_up:
        mark = GRADES[record.grade]
        yield row(Run(f" {mark.glyph} {mark.word}", mark.role), Run(", by the phone's own report of it", Role.LABEL))
    else:
        yield row(Run(" ? too short, or nothing to judge by", Role.UNKNOWN))
    worst = record.worst
    if worst is None:
        return
    yield ()
    yield _labelled(f"worst {worst.seconds:.0f} s", f"from {_time(worst.began_at, zone)}")
    yield _labelled("", f"lost or discarded {worst.loss_discard_pct:.1f} %, lost {worst.loss_pct:.1f} %")
    yield _labelled("", f"jitter up to {number(worst.jitter_ms, 'ms')}, MOS {number(worst.mos, digits=1)} est")
    if worst.mos is not None and worst.loss_discard_pct and stream_burst_ratio(record.call) is None:
        yield _labelled("", AS_IF_RANDOM, Role.LABEL)


def _states(record: CallRecord, zone: tzinfo | None, width: int) -> Iterator[Row]:
    """The states in words, and their lengths as a bar of their signs."""
    if not record.steps:
        yield row(Run(" not seen", Role.DIM))
        return
    ends = [*(step.began_at for step in record.steps[1:]), record.last_at]
    lengths_s = [(end - step.began_at).total_seconds() for step, end in zip(record.steps, ends, strict=True)]
    yield row(" ", *_state_bar(record.steps, lengths_s, width - 2))
    line = row(" ")
    for step, length_s in zip(record.steps, lengths_s, strict=True):
        glyph, role = PHASES[step.phase]
        state = row(
            Run(f"{_time(step.began_at, zone)} ", Role.DIM),
            Run(f"{glyph} {clip(words(step.state), 24)} ", role),
            Run(f"{length_s:.0f} s   ", Role.LABEL),
        )
        if cell_width(line) + cell_width(state) > width:
            yield line
            line = row(" ")
        line = row(*line, *state)
    yield line


def _state_bar(steps: Sequence[CallStep], lengths_s: Sequence[float], cells: int) -> Row:
    """Each state as long as it was, but one cell at least as far as there is room."""
    whole_s, room = sum(lengths_s) or 1.0, max(cells - len(steps), 0)
    phases = (PHASES[step.phase] for step in steps)
    runs = (
        Run(glyph * (1 + int(length_s / whole_s * room)), role)
        for (glyph, role), length_s in zip(phases, lengths_s, strict=True)
    )
    return clipped(row(*runs), cells)


def _figures(record: CallRecord, other: CallRecord | None, width: int) -> Iterator[Row]:
    ends = (record, other) if other else (record,)
    cells = min((width - 22) // (2 * len(ends)), 18)
    heads = "".join(right(head, cells) for end in ends for head in (clip(end.phone, cells - 1), ""))
    yield row(Run(f" {pad('', 20)}{heads}", Role.TITLE))
    sides = "".join(right(head, cells) for head in ("measured", "reported") * len(ends))
    yield row(Run(f" {pad('', 20)}{sides}", Role.LABEL))
    for figure in FIGURES:
        values = [side for end in ends for side in figure.sides(end)]
        if any(values):
            yield _figure(figure, values, cells)
    if other is None and record.partner is not None:
        yield row(Run(f" the far end, {clip(record.partner[0], 24)}, has no record of it", Role.DIM))


def _figure(figure: RecordFigure, values: Sequence[str | None], cells: int) -> Row:
    """A dash where nobody said, a blank where there is nothing to be said."""
    shown = ("" if value is None else value or DASH for value in values)
    runs = (Run(right(clip(value, cells - 1), cells), Role.DIM if value == DASH else Role.VALUE) for value in shown)
    return row(Run(f" {pad(figure.name, 20)}", Role.LABEL), *runs)


def _alerts(record: CallRecord, zone: tzinfo | None, width: int) -> Iterator[Row]:
    for alert in record.alerts:
        cleared = f" to {_time(alert.cleared_at, zone)}" if alert.cleared_at else ""
        yield row(
            Run(f" {_time(alert.raised_at, zone)}{cleared} ", Role.DIM),
            SEVERITIES[alert.severity].run(),
            Run(f"  {alert.id}", Role.LABEL),
        )
        yield from (row(line) for line in _wrapped("   ", alert.text, width))


def _wrapped(lead: str, words: str, width: int) -> list[str]:
    """In a few lines at most, the later ones below the words of the first."""
    indent = " " * len(lead)
    return wrap(words, width - 1, initial_indent=lead, subsequent_indent=indent, max_lines=_LINES, placeholder="…")


def _final_report(record: CallRecord, width: int) -> Iterator[Row]:
    """Every field as it came, two or more a row."""
    if not record.final:
        return
    columns = max(width // 38, 1)
    cells = width // columns
    fields = [
        row(Run(f" {pad(name, 16)} ", Role.LABEL), Run(pad(value or "(empty)", cells - 18), Role.VALUE))
        for name, value in record.final
    ]
    for place in range(0, len(fields), columns):
        yield row(*(run for field in fields[place : place + columns] for run in field))


def _time(at: datetime, zone: tzinfo | None) -> str:
    return f"{at.astimezone(zone):%H:%M:%S}"


def _date_and_time(at: datetime, zone: tzinfo | None) -> str:
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M:%S %Z}"
