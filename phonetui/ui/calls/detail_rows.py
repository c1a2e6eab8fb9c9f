"""One call's card: who, when, how it went, how it stood, its figures from all sides, and where to look."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, tzinfo
from itertools import zip_longest
from textwrap import wrap

from phonetui.phone.calls.call_record import FIGURES, CallRecord, CallStep, RecordFigure
from phonetui.phone.quality.emodel import AS_IF_RANDOM, stream_burst_ratio
from phonetui.ui.calls.rows import fate, remote, talk
from phonetui.ui.panes.call_metrics import share_bar
from phonetui.ui.panes.call_metrics import share_rows as shares_words
from phonetui.ui.text.format import DASH, DIRECTIONS, GRADES, PHASES, SEVERITIES, number, words
from phonetui.ui.text.rows import Role, Row, Run, cell_width, clip, clipped, pad, right, row, spread

_TWO_FROM = 100
"""Cells across from which there is room for two columns."""
_LABEL = 11
_LINES = 4
"""Of one text."""


def card(
    record: CallRecord, other: CallRecord | None, zone: tzinfo | None, width: int, *, is_silent: bool = False
) -> list[Row]:
    """`other` is the record of the other end, where that is a monitored phone; times are told in `zone`.

    `is_silent` says that the phone does not answer: whether a call is still up is not known.
    """
    half = (width - 3) // 2 if width >= _TWO_FROM else width
    story = _section("Parties and times", _story(record, zone, is_silent), half)
    standing = _section("How it stood", _standing(record, zone, half), half)
    return [
        _headline(record, width, is_silent),
        (),
        *(_beside(story, standing, half) if half < width else [*story, (), *standing]),
        *_below(f"Where to look{_as_of(record, zone)}", _hints(record, width), width),
        *_below("Alerts while it was up", _alerts(record, zone, width), width),
        *_below("How it went", _course(record, zone, width), width),
        *_below("Figures", _figures(record, other, width), width),
        *_below("The phone's report of the end", _report(record, width), width),
    ]


def _as_of(record: CallRecord, zone: tzinfo | None) -> str:
    """Of a call that is over: when its figures were those of its last moments."""
    return "" if record.is_up else f", as known at {record.seen_at.astimezone(zone):%H:%M:%S}"


def _headline(record: CallRecord, width: int, is_silent: bool) -> Row:
    direction = DIRECTIONS[record.call.direction] if record.call.direction else DASH
    left = row(
        Run(f" {clip(record.phone, 24)}", Role.TITLE),
        Run(f"  line {record.call.line}  {direction}  ", Role.LABEL),
        Run(remote(record), Role.TITLE),
    )
    told, role = fate(record, is_silent=is_silent)
    grade = GRADES[record.grade].run() if record.answered_at else Run("")
    return spread(left, row(Run(clip(told, 30), role), "  ", grade, " "), width)


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


def _told(label: str, value: str, role: Role = Role.VALUE) -> Row:
    return row(Run(f" {pad(label, _LABEL)}", Role.LABEL), Run(value, role))


def _story(record: CallRecord, zone: tzinfo | None, is_silent: bool) -> Iterator[Row]:
    call = record.call
    phone = " ".join(filter(None, (record.phone, record.model)))
    yield _told("phone", phone)
    yield _told("other end", remote(record))
    yield _told("began", _moment(record.began_at, zone))
    if record.answered_at:
        yield _told("answered", _moment(record.answered_at, zone))
    else:
        yield _told("answered", "not yet" if record.is_up else "never", Role.DIM)
    if record.ended_at:
        yield _told("ended", _moment(record.ended_at, zone))
    elif record.is_up and is_silent:
        yield _told("ended", f"it was up at {_moment(record.seen_at, zone)}, when last heard", Role.STALE)
    elif record.is_up:
        yield _told("ended", "it is still up", Role.GOOD)
    else:
        yield _told("ended", f"lost from sight after {_moment(record.seen_at, zone)}", Role.STALE)
    yield _told("talk", talk(record))
    yield _told("codec", " ⇄ ".join(dict.fromkeys(words(codec) for codec in (call.encoder, call.decoder))))
    if record.is_final:
        yield _told("cause", *fate(record))
    elif not record.is_up:
        yield _told("cause", "the phone's report of the end was not heard", Role.DIM)


def _standing(record: CallRecord, zone: tzinfo | None, width: int) -> Iterator[Row]:
    if record.shares.total_s:
        yield row(" ", *share_bar(record.shares, min(width - 2, 50)))
        yield from (row(" ", *line) for line in shares_words(record.shares))
    else:
        yield row(Run(" ? too short, or nothing to judge by", Role.UNKNOWN))
    worst = record.worst
    if worst is None:
        return
    yield ()
    yield _told(f"worst {worst.seconds:.0f} s", f"from {worst.began_at.astimezone(zone):%H:%M:%S}")
    yield _told("", f"lost or discarded {worst.loss_discard_pct:.1f} %, lost {worst.loss_pct:.1f} %")
    yield _told("", f"jitter up to {number(worst.jitter_ms, 'ms')}, MOS {number(worst.mos, digits=1)} est")
    if worst.mos is not None and worst.loss_discard_pct and stream_burst_ratio(record.call) is None:
        yield _told("", AS_IF_RANDOM, Role.LABEL)


def _course(record: CallRecord, zone: tzinfo | None, width: int) -> Iterator[Row]:
    """The states in words, and their lengths as a bar of their signs."""
    if not record.steps:
        yield row(Run(" not seen", Role.DIM))
        return
    ends = [*(step.began_at for step in record.steps[1:]), record.last_at]
    yield row(" ", *_bar(record.steps, ends, width - 2))
    line = row(" ")
    for step, end in zip(record.steps, ends, strict=True):
        told = _step(step, end, zone)
        if cell_width(line) + cell_width(told) > width:
            yield line
            line = row(" ")
        line = row(*line, *told)
    yield line


def _step(step: CallStep, end: datetime, zone: tzinfo | None) -> Row:
    glyph, role = PHASES[step.phase]
    length = f"{(end - step.began_at).total_seconds():.0f} s"
    return row(
        Run(f"{step.began_at.astimezone(zone):%H:%M:%S} ", Role.DIM),
        Run(f"{glyph} {clip(words(step.state), 24)} ", role),
        Run(f"{length}   ", Role.LABEL),
    )


def _bar(steps: Sequence[CallStep], ends: Sequence[datetime], cells: int) -> Row:
    """Each state as long as it was, but one cell at least as far as there is room."""
    whole_s = (ends[-1] - steps[0].began_at).total_seconds() or 1.0
    lengths = [(end - step.began_at).total_seconds() / whole_s for step, end in zip(steps, ends, strict=True)]
    room = max(cells - len(steps), 0)
    runs = (
        Run(PHASES[step.phase][0] * (1 + int(share * room)), PHASES[step.phase][1])
        for step, share in zip(steps, lengths, strict=True)
    )
    return clipped(row(*runs), cells)


def _figures(record: CallRecord, other: CallRecord | None, width: int) -> Iterator[Row]:
    ends = (record, other) if other else (record,)
    cells = min((width - 22) // (2 * len(ends)), 18)
    heads = "".join(right(head, cells) for end in ends for head in (clip(end.phone, cells - 1), ""))
    yield row(Run(f" {pad('', 20)}{heads}", Role.TITLE))
    yield row(
        Run(
            f" {pad('', 20)}{''.join(right(head, cells) for head in ('measured', 'phone says') * len(ends))}",
            Role.LABEL,
        )
    )
    for figure in FIGURES:
        told = [side for end in ends for side in figure.sides(end)]
        if any(told):
            yield _figure(figure, told, cells)
    if other is None and record.partner is not None:
        yield row(Run(f" the other end, {clip(record.partner[0], 24)}, has no record of it", Role.DIM))


def _figure(figure: RecordFigure, told: Sequence[str | None], cells: int) -> Row:
    """A dash where nobody said, a blank where there is nothing to be said."""
    shown = ("" if side is None else side or DASH for side in told)
    values = (Run(right(clip(side, cells - 1), cells), Role.DIM if side == DASH else Role.VALUE) for side in shown)
    return row(Run(f" {pad(figure.name, 20)}", Role.LABEL), *values)


def _hints(record: CallRecord, width: int) -> Iterator[Row]:
    for hint in record.hints:
        yield from (row(Run(line, Role.INFO)) for line in _wrapped(" → ", hint, width))


def _alerts(record: CallRecord, zone: tzinfo | None, width: int) -> Iterator[Row]:
    for alert in record.alerts:
        cleared = f" to {alert.cleared_at.astimezone(zone):%H:%M:%S}" if alert.cleared_at else ""
        yield row(
            Run(f" {alert.raised_at.astimezone(zone):%H:%M:%S}{cleared} ", Role.DIM),
            SEVERITIES[alert.severity].run(),
            Run(f"  {alert.id}", Role.LABEL),
        )
        yield from (row(line) for line in _wrapped("   ", alert.text, width))


def _wrapped(lead: str, words: str, width: int) -> list[str]:
    """In a few lines at most, the later ones below the words of the first."""
    indent = " " * len(lead)
    return wrap(words, width - 1, initial_indent=lead, subsequent_indent=indent, max_lines=_LINES, placeholder="…")


def _report(record: CallRecord, width: int) -> Iterator[Row]:
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


def _moment(at: datetime, zone: tzinfo | None) -> str:
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M:%S %Z}"
