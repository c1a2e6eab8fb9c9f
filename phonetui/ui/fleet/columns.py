"""The columns of the fleet's table: cell, width and sort order of each; and the table as CSV or JSON Lines."""

import csv
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, tzinfo
from io import StringIO
from typing import Any, NamedTuple

from phonetui.phone.measure import TREND_COLUMNS, Grade, Metric
from phonetui.phone.state import CallDirection, Phase, Phone, State
from phonetui.text import address_key, natural_key, spreadsheet_cell
from phonetui.ui.phone_filter import worst_call
from phonetui.ui.text.format import (
    AGE_STEP_S,
    DASH,
    GRADES,
    NOBODY,
    PHASES,
    STATES,
    TUNNEL_LOST,
    Troubled,
    age,
    duration,
    firmware,
    mark,
    model,
    number,
    switch,
    up_time,
    urgency,
    words,
)
from phonetui.ui.text.rows import GAP, Role, Row, Run, sparkline
from phonetui.ui.webex_status import offline_for, status_mark


class CellContext(NamedTuple):
    """What a cell depends on beside its phone."""

    at: float
    """Monotonic seconds: ages are counted from here."""
    worst: Troubled = NOBODY
    moment: datetime | None = None
    """Aware UTC: ages of Webex's own times are counted from here."""
    is_swept: bool = True
    """Whether the newest sweep of Webex went well."""
    zone: tzinfo | None = None
    """For times of day; None is the operator's own."""

    @property
    def step(self) -> tuple[int, bool, tzinfo | None]:
        """Cells of a phone in which nothing changed stay as they are for as long as this does."""
        return (int(self.at // AGE_STEP_S), self.is_swept, self.zone)


Cell = Callable[[Phone, CellContext], Run | Row]


class Column(NamedTuple):
    """`sort` gives what its rows are ordered by; what is None there comes last, whichever way round.

    Without it the order is that of urgency, which depends on more than the phone.
    """

    id: str
    heading: str
    cells: int
    cell: Cell
    sort: Callable[[Phone], Any] | None
    is_number: bool = False


Number = Callable[[Phone], float | None]
Text = Callable[[Phone], str | None]


def _figure(
    id_: str, heading: str, cells: int, reader: Number, metrics: tuple[Metric, ...], *, unit: str = "", digits: int = 0
) -> Column:
    """A figure of the call that stands worst, in the colour of its grade; the worst come first."""

    def cell(phone: Phone, _: CellContext) -> Run:
        value = reader(phone)
        if value is None:
            return Run(DASH, Role.DIM)
        found = (phone.worst.judgement(metric) if phone.worst else None for metric in metrics)
        judged = next(filter(None, found), None)
        return Run(number(value, unit, digits=digits), GRADES[judged.grade].role if judged else Role.VALUE)

    sort = reader if metrics[0].is_floor else lambda phone: _descending(reader(phone))
    return Column(id_, heading, cells, cell, sort, is_number=True)


def _text(id_: str, heading: str, cells: int, reader: Text, sort: Callable[[Phone], Any] | None = None) -> Column:
    def cell(phone: Phone, _: CellContext) -> Run:
        value = reader(phone)
        return Run(value or DASH, Role.PLAIN if value else Role.DIM)

    return Column(id_, heading, cells, cell, sort or (lambda phone: natural_key(reader(phone))))


def _descending(value: float | None) -> float | None:
    """The worst first, and of times the latest."""
    return None if value is None else -value


def _mos(phone: Phone) -> float | None:
    return phone.worst.mos if phone.worst else None


def _loss(phone: Phone) -> float | None:
    return phone.worst.loss_pct if phone.worst else None


def _jitter(phone: Phone) -> float | None:
    call = worst_call(phone)
    return call.jitter_ms if call else None


def _round_trip(phone: Phone) -> float | None:
    call = worst_call(phone)
    return call.round_trip_ms if call else None


def _talk_time(phone: Phone) -> float | None:
    call = worst_call(phone)
    return call.duration_s if call else None


def _remote_party(phone: Phone) -> str | None:
    call = worst_call(phone)
    if call is None:
        return None
    others = sum(1 for _ in phone.calls) - 1
    who = " ".join(filter(None, (call.remote_name, call.remote_number))) or words(call.state)
    arrow = _ARROWS[call.direction] if call.direction else ""
    return f"{arrow}{who} +{others}" if others else f"{arrow}{who}"


_ARROWS = {CallDirection.INCOMING: "← ", CallDirection.OUTGOING: "→ "}


def _switch_port(phone: Phone) -> str | None:
    return next((port.neighbour_port for port in phone.ports if port.index == 1), None)


def _network_place(phone: Phone) -> str | None:
    """`access-sw-1 Gi1/0/3`"""
    return " ".join(filter(None, (switch(phone), _switch_port(phone)))) or None


def _errors_added(phone: Phone) -> float | None:
    risen = [port.errors_risen for port in phone.ports if port.errors_risen is not None]
    return sum(risen, 0.0) if risen else None


def _errors(phone: Phone, _: CellContext) -> Run:
    risen = _errors_added(phone)
    if risen is None:
        return Run(DASH, Role.DIM)
    return Run(f"+{risen:.0f} ▲" if risen else "0", Role.FAIR if risen else Role.PLAIN)


def _registered(phone: Phone, _: CellContext) -> Run:
    known = [line.is_registered for line in phone.lines if line.is_registered is not None]
    if not known:
        return Run(DASH, Role.DIM)
    return Run(f"{sum(known)}/{len(known)}", Role.PLAIN if all(known) else Role.POOR)


def _unregistered(phone: Phone) -> tuple[int, int] | None:
    """The most lines without a registration first."""
    known = [line.is_registered for line in phone.lines if line.is_registered is not None]
    return (sum(known) - len(known), len(known)) if known else None


def _trouble(phone: Phone, context: CellContext) -> Run:
    """A sign and a word; of a phone that doesn't answer the sign alone, as its state says the rest."""
    found = mark(phone, context.worst)
    if phone.connection.state is not State.LIVE:
        return Run(found.glyph, found.role)
    measure = phone.worst
    if measure is not None and found == GRADES[Grade.MEASURING]:
        return found.run()
    if measure is not None and found.role is GRADES[measure.grade].role and measure.grade.is_verdict:
        is_bad = measure.grade > Grade.GOOD and measure.judged
        return Run(f"{found.glyph} {_METRICS[measure.judged[0].metric] if is_bad else measure.grade.word}", found.role)
    return Run(f"{found.glyph} {found.word}", found.role) if urgency(phone, context.worst) else Run("", Role.DIM)


_METRICS = {metric: metric.value for metric in Metric} | {
    Metric.DELAY: "RTT", Metric.MOS: "MOS", Metric.ESTIMATE: "MOS est", Metric.DECODER: "buffer", Metric.RATING: "R",
}  # fmt: skip


def state_words(phone: Phone, zone: tzinfo | None = None) -> Run:
    """What the phone is doing, or since when it doesn't answer: never a grade and never a figure."""
    connection = phone.connection
    if connection.state is not State.LIVE:
        known = STATES[connection.state]
        word = _AWAY.get(connection.state, known.word)
        is_silent = connection.state in (State.UNREACHABLE, State.STALE) and connection.seen_at is not None
        since = f" since {connection.seen_at.astimezone(zone):%H:%M}" if is_silent and connection.seen_at else ""
        return Run(f"{TUNNEL_LOST.word} lost" if connection.reason == TUNNEL_LOST.word else word + since, known.role)
    phases = [call.phase for call in phone.calls]
    found = next((phase for phase in _PHASES if phase in phases), None)
    if found is not None:
        return Run(_PHASES[found], PHASES[found][1])
    return Run(mark(phone).word, Role.DIM)


_AWAY = {State.UNREACHABLE: "down", State.SLEEPING: "asleep", State.STALE: "stale", State.REBOOTING: "restarting"}
_PHASES = {
    Phase.ALERTING: "ringing", Phase.TALK: "in call", Phase.HELD: "on hold", Phase.SETUP: "dialling",
    Phase.ENDING: "hanging up", Phase.ERROR: "call failed", Phase.UNKNOWN: "in call?",
}  # fmt: skip


def _trend(phone: Phone, context: CellContext) -> Row:
    """The worst opinion score of each minute, on a scale of 1 to 5; by its colour, how the newest stands."""
    scores = phone.trend.columns(context.at)
    if not any(score is not None for score in scores):
        return (Run(GAP * len(scores), Role.GAP),)
    judged = phone.worst.judgement(Metric.MOS) or phone.worst.judgement(Metric.ESTIMATE) if phone.worst else None
    return (Run(sparkline(scores, 1.0, 5.0), GRADES[judged.grade].role if judged else Role.LABEL),)


def _webex(phone: Phone, context: CellContext) -> Run:
    """Webex's claim, and for how long it has not heard of a phone that is offline."""
    claim = phone.claim
    if claim is None:
        return Run(DASH, Role.DIM)
    found = status_mark(claim.status)
    words = f"{'≠' if claim.disagreement else found.glyph} {found.word}"
    if context.moment and (since := offline_for(claim, context.moment)):
        words = f"{words} {since}"
    if not context.is_swept:
        return Run(words, Role.STALE)
    return Run(words, Role.FAIR if claim.disagreement else found.role)


def _claim_order(phone: Phone) -> tuple[bool, str] | None:
    """Those that disagree with what is observed first, then status by status."""
    return (phone.claim.disagreement is None, phone.claim.status or "") if phone.claim else None


def _duration(phone: Phone, _: CellContext) -> Run:
    return Run(duration(_talk_time(phone)), Role.LABEL)


def _group_order(phone: Phone) -> tuple[Any, ...] | None:
    return tuple(map(natural_key, phone.place)) or None


def _age(phone: Phone, context: CellContext) -> Run:
    old = age(phone.connection, context.at)
    return Run(old or "", Role.STALE)


def _name(phone: Phone, _: CellContext) -> Run:
    return Run(phone.name, Role.TITLE if phone.connection.state is State.LIVE else Role.PLAIN)


COLUMNS: Mapping[str, Column] = {
    column.id: column
    for column in (
        Column("trouble", "trouble", 14, _trouble, None),
        Column("phone", "phone", 16, _name, lambda phone: natural_key(phone.name)),
        Column(
            "state",
            "state",
            17,
            lambda phone, context: state_words(phone, context.zone),
            lambda phone: state_words(phone).text,
        ),
        _figure("mos", "MOS", 4, _mos, (Metric.MOS, Metric.ESTIMATE), digits=1),
        Column(
            "trend", "10 min", TREND_COLUMNS, _trend, lambda phone: min(filter(None, phone.trend.scores), default=None)
        ),
        _figure("loss", "loss", 6, _loss, (Metric.LOSS,), unit="%", digits=1),
        _figure("jitter", "jitter", 6, _jitter, (Metric.JITTER,), unit="ms"),
        _figure("rtt", "RTT", 6, _round_trip, (Metric.DELAY,), unit="ms"),
        _text("call", "call", 20, _remote_party),
        Column("talk", "talk", 8, _duration, _talk_time, is_number=True),
        Column("lines", "lines", 5, _registered, _unregistered, is_number=True),
        Column("errors", "errors", 7, _errors, lambda phone: _descending(_errors_added(phone)), is_number=True),
        _text("model", "model", 5, model),
        _text("firmware", "firmware", 9, firmware),
        _text("address", "address", 16, lambda phone: phone.address, lambda phone: address_key(phone.address)),
        _text("switch", "switch", 16, switch),
        _text("socket", "socket", 10, _switch_port),
        _text("vlan", "VLAN", 5, lambda phone: phone.network.vlan),
        _text("via", "via", 12, lambda phone: phone.via),
        _text("tags", "tags", 16, lambda phone: " ".join(phone.tags)),
        _text("switchport", "switch port", 22, _network_place),
        _text("group", "site", 16, lambda phone: "/".join(phone.place), _group_order),
        Column("webex", "Webex", 21, _webex, _claim_order),
        _text("up", "up", 9, lambda phone: up_time(phone.up_s), lambda phone: phone.up_s),
        Column("age", "age", 7, _age, lambda phone: _descending(phone.connection.fresh_at), is_number=True),
    )
}
DEFAULT_COLUMNS = (
    "trouble", "phone", "state", "mos", "trend", "loss", "jitter", "rtt", "call", "errors",
    "switchport", "model", "address", "group", "vlan", "firmware", "age",
)  # fmt: skip
"""As many of these as fit are shown."""
WITH_WEBEX = (*DEFAULT_COLUMNS[:10], "webex", *DEFAULT_COLUMNS[10:])
"""The same where an organization in Webex is beside the phones; what it says yields to the call."""


def csv_table(phones: Iterable[Phone], columns: Sequence[str], context: CellContext) -> str:
    """The table as CSV with a line of headings (RFC 4180).

    What nobody said is empty, and a text that begins like a formula gets an apostrophe.
    """
    out = StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([COLUMNS[name].heading for name in columns])
    writer.writerows([[spreadsheet_cell(words) for words in _words(phone, columns, context)] for phone in phones])
    return out.getvalue()


def json_table(phones: Iterable[Phone], columns: Sequence[str], context: CellContext) -> str:
    """An object a line, ASCII alone, with the columns' ids and the words that are shown; null where nobody said."""
    return "".join(
        f"{json.dumps({'id': phone.id, **dict(zip(columns, _nulls(phone, columns, context), strict=True))})}\n"
        for phone in phones
    )


def markdown_table(phones: Iterable[Phone], columns: Sequence[str], context: CellContext) -> str:
    """The table as Markdown, for a ticket."""
    lines = ["| " + " | ".join(COLUMNS[name].heading for name in columns) + " |", "|" + " --- |" * len(columns)]
    for phone in phones:
        cells = (words.replace("\\", "\\\\").replace("|", "\\|") for words in _words(phone, columns, context))
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def _nulls(phone: Phone, columns: Sequence[str], context: CellContext) -> list[str | None]:
    return [words or None for words in _words(phone, columns, context)]


def _words(phone: Phone, columns: Sequence[str], context: CellContext) -> Iterator[str]:
    for name in columns:
        cell = COLUMNS[name].cell(phone, context)
        words = cell.text if isinstance(cell, Run) else "".join(run.text for run in cell)
        yield "" if words == DASH else words.strip()
