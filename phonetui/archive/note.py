"""One call as a Markdown note for a ticket: what a colleague needs to go on without asking."""

import re
from collections.abc import Iterable, Iterator
from datetime import datetime, tzinfo

from phonetui.phone.calls.call_record import FIGURES, CallRecord, RecordFigure
from phonetui.phone.quality.emodel import AS_IF_RANDOM, stream_burst_ratio

_MARKS = re.compile(r"[\\`*_\[\]#|~$]")
_BEGINNING = re.compile(r"^(\s*)(?=[-+])|^(\s*\d+)(?=[.)](?:\s|$))")
"""What makes a list of a line."""
_HTML = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "@": "&#64;"}
_LINK = re.compile(r"(?i)(?<=:)(?=//)|(?<=www)(?=\.)")
_NOTHING = "–"  # noqa: RUF001 - the dash that stands for nothing everywhere


def markdown(record: CallRecord, other: CallRecord | None, zone: tzinfo | None) -> str:
    """`other` is the record of the other end where that is known; times are told in `zone`."""
    blocks = (
        _heading(record),
        _table(("", ""), _story(record, zone)),
        "### How it stood",
        _standing(record, zone),
        "### Figures",
        _figures(record, other),
        *_listed(
            "### Alerts while it was up", (f"{alert.id} {alert.severity}: {alert.text}" for alert in record.alerts)
        ),
        *_listed(f"### Where to look{_as_of(record, zone)}", record.hints),
        *_report(record),
    )
    return "\n\n".join(blocks) + "\n"


def escaped(words: str) -> str:
    """Words that show as they are, whatever they are made of: no mark-up, HTML, table cell, link or mention."""
    marked = _BEGINNING.sub(r"\g<0>\\", _MARKS.sub(r"\\\g<0>", words))
    return _LINK.sub("\\\\", "".join(_HTML.get(character, character) for character in marked))


def _heading(record: CallRecord) -> str:
    return f"## Call of {escaped(record.phone)} with {escaped(_remote(record))}"


def _remote(record: CallRecord) -> str:
    return " ".join(filter(None, (record.call.remote_name, record.call.remote_number))) or "an unknown party"


def _story(record: CallRecord, zone: tzinfo | None) -> Iterator[tuple[str, str]]:
    model = " ".join(filter(None, (record.model, record.version)))
    yield "phone", f"{record.phone} {model}, line {record.call.line}".replace("  ", " ")
    yield "direction", {"in": "incoming", "out": "outgoing"}.get(record.call.direction or "", _NOTHING)
    yield "began", _time(record.began_at, zone)
    yield "answered", _time(record.answered_at, zone) if record.answered_at else "never"
    if record.ended_at:
        yield "ended", _time(record.ended_at, zone)
    elif record.is_up:
        yield "ended", "it is still up"
    else:
        yield "ended", f"lost from sight, last seen {_time(record.seen_at, zone)}"
    yield "talk", _NOTHING if record.talk_s is None else f"{record.talk_s:.0f} s"
    yield "codec", f"sent {record.call.encoder or _NOTHING}, received {record.call.decoder or _NOTHING}"
    if record.is_final:
        yield "cause", " ".join(filter(None, (record.cause_code, record.cause))) or _NOTHING
    else:
        yield "cause", _NOTHING if record.is_up else "the phone's report of the end was not heard"


def _standing(record: CallRecord, zone: tzinfo | None) -> str:
    shares = record.shares
    if not shares.total_s:
        return "Nothing could be judged."
    parts = (("good", shares.good_s), ("fair", shares.fair_s), ("poor", shares.poor_s), ("critical", shares.critical_s))
    told = ", ".join(f"{word} {seconds:.0f} s ({100 * seconds / shares.total_s:.0f} %)" for word, seconds in parts)
    words = f"**{record.grade.word}** for most of the {shares.total_s:.0f} s that could be judged: {told}."
    worst = record.worst
    if worst is None:
        return words
    jitter = f", jitter up to {worst.jitter_ms:.0f} ms" if worst.jitter_ms is not None else ""
    shape = f" ({AS_IF_RANDOM})" if worst.gone_pct and stream_burst_ratio(record.call) is None else ""
    mos = f", MOS {worst.mos:.1f} est{shape}" if worst.mos is not None else ""
    return (
        f"{words} Worst {worst.seconds:.0f} s: {_time(worst.began_at, zone)}, lost or discarded {worst.gone_pct:.1f} % "
        f"(lost {worst.loss_pct:.1f} %){jitter}{mos}."
    )


def _figures(record: CallRecord, other: CallRecord | None) -> str:
    ends = (record, other) if other else (record,)
    head = ("", *(f"{end.phone} {way}" for end in ends for way in ("measured", "says")))
    return _table(head, filter(lambda line: any(line[1:]), (_figure(figure, ends) for figure in FIGURES)))


def _figure(figure: RecordFigure, ends: Iterable[CallRecord]) -> tuple[str, ...]:
    return (figure.name, *(side or "" for end in ends for side in figure.sides(end)))


def _report(record: CallRecord) -> Iterator[str]:
    if record.is_final:
        yield "### The phone's report of the end"
        yield _table(("field", "value"), record.final)


def _as_of(record: CallRecord, zone: tzinfo | None) -> str:
    """Of a call that is over: when its figures were those of its last moments."""
    return "" if record.is_up else f", as known at {_time(record.seen_at, zone)}"


def _listed(title: str, lines: Iterable[str]) -> Iterator[str]:
    told = "\n".join(f"- {escaped(line)}" for line in lines)
    if told:
        yield title
        yield told


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = (head, *rows)
    written = [f"| {' | '.join(escaped(cell) for cell in line)} |" for line in lines]
    return "\n".join((written[0], f"|{' --- |' * len(head)}", *written[1:]))


def _time(at: datetime, zone: tzinfo | None) -> str:
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M:%S %Z}"
