"""Rows of a mesh: grid, legend, progress, summary in words, and one call with both directions."""

from collections.abc import Sequence

from phonetui.mesh.direction import DirectionFigures, Verdict
from phonetui.mesh.patterns import MeshPattern
from phonetui.mesh.result import CallResult, MeshComparison, MeshResult
from phonetui.phone.state import PhoneId
from phonetui.ui.text.format import DASH
from phonetui.ui.text.rows import Role, Row, Run, cell_width, clip, clipped, pad, right, row, sparkline, wrapped
from phonetui.ui.widgets.split_grid import GridCell, GridContent, GridHalf

ROLES = {
    Verdict.OK: Role.GOOD,
    Verdict.WARN: Role.FAIR,
    Verdict.CRITICAL: Role.CRITICAL_LINE,
    Verdict.UNKNOWN: Role.UNKNOWN,
    Verdict.NOT_RUN: Role.DIM,
}
LETTERS = {Verdict.OK: "o", Verdict.WARN: "w", Verdict.CRITICAL: "C", Verdict.UNKNOWN: "?", Verdict.NOT_RUN: "-"}
RUNNING = GridHalf(Role.ACCENT, "~")
"""Of a call that is up."""
SIGNS = {"?": "??", "-": "──", "~": "~~"}
"""In place of both halves of a call that nothing is known of."""
_NAME, _LEAST_NAME = 22, 10
"""Cells of a phone's name and site before the grid."""
_SITE = 10


def grid(result: MeshResult, width: int) -> GridContent:
    """Cell by cell, as wide as fits."""
    phones, count = result.phones, len(result.phones)
    by_pair: dict[tuple[PhoneId, PhoneId], CallResult] = {}
    for call in result.calls:
        by_pair[call.caller, call.callee] = by_pair[call.callee, call.caller] = call
    cells = tuple(
        tuple(_cell(by_pair.get((one.id, other.id)), one.id) for other in phones) for one in phones
    )  # fmt: skip
    longest = max((len(phone.id) for phone in phones), default=0) + 5
    has_sites = len({phone.site for phone in phones}) > 1
    room = max(width - 3 * count - 2, _LEAST_NAME + 5)
    sites = min(max((len(phone.site) for phone in phones), default=0), _SITE) + 1 if has_sites else 0
    sites = sites if longest + sites <= room else 0
    name_width = min(longest + sites, room, _NAME + 5 + sites)
    names, before = [], ""
    for phone in phones:
        site = pad(phone.site if phone.site != before else "", sites - 1) + " " if sites else ""
        names.append(row(Run(site, Role.INFO), Run(phone.id, Role.VALUE)))
        before = phone.site
    return GridContent(tuple(names), name_width, cells)


def _cell(call: CallResult | None, speaker: PhoneId) -> GridCell | None:
    if call is None:
        return None
    one, other = call.directions if call.caller == speaker else reversed(call.directions)
    upper, lower = _half(call, one), _half(call, other)
    return GridCell(upper, lower, SIGNS.get(upper.letter, "") if upper == lower else "")


def _half(call: CallResult, one: DirectionFigures) -> GridHalf:
    if not call.is_over and one.verdict is Verdict.UNKNOWN:
        return RUNNING
    return GridHalf(ROLES[one.verdict], LETTERS[one.verdict])


def legend(result: MeshResult, width: int) -> Row:
    """What halves and colours mean, and how many directions have each."""
    running = 2 * sum(not call.is_over and call.there.verdict is Verdict.UNKNOWN for call in result.calls)
    counts = result.counts
    counts[Verdict.UNKNOWN] -= running
    parts: list[Run | str] = [Run(" ▀ row → column  ▄ column → row  ", Role.LABEL)]
    for verdict in (Verdict.OK, Verdict.WARN, Verdict.CRITICAL, Verdict.UNKNOWN, Verdict.NOT_RUN):
        sign = SIGNS.get(LETTERS[verdict], "■")
        parts += [Run(f"{sign} {verdict.word} ", ROLES[verdict]), Run(f"{counts[verdict]}  ", Role.VALUE)]
    if running:
        parts += [Run("~~ in a call ", Role.ACCENT), Run(str(running), Role.VALUE)]
    whole = row(*parts)
    return whole if cell_width(whole) <= width else clipped(row(*parts[1:]), width)


def title(result: MeshResult, kept_at: str = "") -> str:
    """`Mesh Offices by night, kept 2 Nov 08:00`"""
    return f"Mesh {clip(result.name, 40)}{kept_at}"


def progress(result: MeshResult, round_number: int, left_s: float, *, is_stopping: bool) -> Row:
    """`round 7 of 19   64 of 190 calls   about 8 min left`"""
    calls = Run(f"{result.over} of {len(result.calls)} calls  ", Role.VALUE)
    if result.ended_at is not None:
        word = "interrupted" if result.is_interrupted else "over"
        took = (result.ended_at - result.began_at).total_seconds()
        return row(Run(f" {word}  ", Role.FAIR if result.is_interrupted else Role.GOOD), calls, f"took {_span(took)}")
    if is_stopping:
        return row(Run(" ending the calls that are up  ", Role.FAIR), calls)
    if not round_number:
        return row(Run(" reaching the phones  ", Role.MEASURING), calls)
    share = result.over / max(len(result.calls), 1)
    bar = "█" * round(16 * share) + "░" * (16 - round(16 * share))
    left = f"about {_span(left_s)} left"
    return row(Run(f" {bar} ", Role.ACCENT), Run(f"round {round_number} of {result.rounds}  ", Role.TITLE), calls, left)


def _span(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"


def pattern_rows(found: Sequence[MeshPattern], width: int, most: int) -> list[Row]:
    """The worst, each in as few rows as it needs while there is room for all; the rest counted."""
    lines = 2 if 2 * len(found) <= most else 1
    shown = found if len(found) <= most else found[: most - 1]
    rows: list[Row] = []
    for pattern in shown:
        for place, line in enumerate(wrapped(pattern.words, width - 4, lines)):
            rows.append(row(Run("   " if place else " → ", Role.INFO), Run(line, ROLES[pattern.verdict])))
    if len(found) > most:
        rows.append(row(Run(f"   and {len(found) - len(shown)} more: y copies them all", Role.DIM)))
    return rows


def comparison_row(comparison: MeshComparison, width: int) -> Row:
    role = Role.FAIR if comparison.worse else Role.GOOD
    first = f"; {comparison.changes[0]}" if comparison.changes else ""
    return clipped(row(Run(" baseline ", Role.LABEL), Run(f"{comparison}{first}", role)), width)


def cell_rows(call: CallResult | None, speaker: PhoneId, listener: PhoneId, width: int) -> list[Row]:
    """Rows about the cell under the cursor: both directions, and the call itself."""
    if call is None:
        same = speaker == listener
        return [row(Run(" a phone does not call itself" if same else " the plan has no such call", Role.DIM)), (), ()]
    one, other = call.directions if call.caller == speaker else reversed(call.directions)
    rows = [_direction(one, width), _direction(other, width)]
    about = f" {call.caller} called, round {call.round}: {call_summary(call)}"
    return [*rows, clipped(row(Run(about, Role.LABEL)), width)]


def _direction(one: DirectionFigures, width: int) -> Row:
    name = Run(f" {one.speaker} → {one.listener}  ", Role.VALUE)
    return clipped(row(name, Run(f"{one.verdict.word}: {one.words}", ROLES[one.verdict])), width)


def call_summary(call: CallResult) -> str:
    """`rang after 0.6 s, answered after 0.3 s, talk 25 s`"""
    parts = [
        f"rang after {call.setup_s:.1f} s" if call.setup_s is not None else "",
        f"answered after {call.answer_s:.1f} s" if call.answer_s is not None else "",
        f"talk {call.talk_s:.0f} s" if call.talk_s else "",
        call.reason,
        f"not seen to be over at {', '.join(call.unverified)}" if call.unverified else "",
    ]
    return ", ".join(filter(None, parts)) or ("nothing more is known" if call.is_over else "not called yet")


def call_rows(call: CallResult, width: int) -> list[Row]:
    """One call whole: both directions side by side, then each one's loss and score over the talk."""
    half = max((width - 18) // 2, 12)
    heads = [pad(f"{one.speaker} → {one.listener}", half) for one in call.directions]
    verdicts = [Run(pad(one.verdict.word, half), ROLES[one.verdict]) for one in call.directions]
    rows: list[Row] = [
        row(" ", Run(call_summary(call), Role.LABEL)),
        (),
        row(Run(pad("", 17)), *(Run(head, Role.TITLE) for head in heads)),
        row(Run(pad(" verdict", 17), Role.LABEL), *verdicts),
    ]
    for name, values in _figures(call):
        rows.append(row(Run(pad(f" {name}", 17), Role.LABEL), *(Run(pad(value, half), Role.VALUE) for value in values)))
    for one in call.directions:
        rows += [(), row(Run(f" {one.speaker} → {one.listener}", Role.TITLE))]
        rows += [row("  ", Run(line, ROLES[one.verdict])) for line in wrapped(one.words, width - 4, 2)]
        rows += _series(one, width)
    return [clipped(line, width) for line in rows]


def _figures(call: CallResult) -> list[tuple[str, list[str]]]:
    def both(*values: str) -> list[str]:
        return list(values)

    there, back = call.directions
    return [
        ("MOS", both(*(_score(one) for one in (there, back)))),
        ("loss", both(*(_number(one.loss_pct, " %", 1) for one in (there, back)))),
        ("discard", both(*(_number(one.discard_pct, " %", 1) for one in (there, back)))),
        ("jitter, highest", both(*(_number(one.jitter_ms, " ms") for one in (there, back)))),
        ("RTT, highest", both(*(_number(one.round_trip_ms, " ms") for one in (there, back)))),
        ("packets", both(*(_packets(one) for one in (there, back)))),
        ("codec", both(*(one.codec or DASH for one in (there, back)))),
    ]


def _number(value: float | None, unit: str, digits: int = 0) -> str:
    return DASH if value is None else f"{value:.{digits}f}{unit}"


def _score(one: DirectionFigures) -> str:
    if one.mos is None:
        return DASH
    return f"{one.mos:.1f} est" if one.mos_source == "estimate" else f"{one.mos:.1f}"


def _packets(one: DirectionFigures) -> str:
    if one.received is None:
        return DASH
    lost = "" if one.lost is None else f", {one.lost:,} lost"
    sent = DASH if one.sent is None else f"{one.sent:,}"
    return f"{one.received:,} of {sent}{lost}"


def _series(one: DirectionFigures, width: int) -> list[Row]:
    """Loss and our score of each interval."""
    shown = one.intervals[-max(width - 24, 1) :]
    if not shown:
        return []
    losses = sparkline([step.loss_pct for step in shown], 0.0, 10.0, rooted=True)
    scores = sparkline([step.mos for step in shown], 1.0, 4.5)
    worst = max((step.loss_pct for step in shown if step.loss_pct is not None), default=None)
    lowest = min((step.mos for step in shown if step.mos is not None), default=None)
    return [
        row(
            Run("  loss  ", Role.LABEL), Run(losses, ROLES[one.verdict]), f"  worst {right(_number(worst, ' %', 1), 6)}"
        ),
        row(
            Run("  MOS   ", Role.LABEL), Run(scores, ROLES[one.verdict]), f"  worst {right(_number(lowest, '', 1), 6)}"
        ),
    ]


def report(result: MeshResult, found: Sequence[MeshPattern], comparison: MeshComparison | None) -> str:
    """The result as text for the clipboard and for tickets."""
    counts = ", ".join(f"{count} {verdict.word}" for verdict, count in result.counts.items() if count)
    lines = [f"{result.name} {result.began_at:%Y-%m-%d %H:%M} UTC: {len(result.calls)} calls, {counts}"]
    lines += [f"- {pattern.words}" for pattern in found]
    bad = [one for one in result.directions if one.verdict.is_bad]
    lines += [f"  {one.speaker} → {one.listener} {one.verdict.word}: {one.words}" for one in bad]
    if comparison is not None:
        lines += [f"baseline: {comparison}", *(f"  {change}" for change in comparison.changes)]
    return "\n".join(lines) + "\n"
