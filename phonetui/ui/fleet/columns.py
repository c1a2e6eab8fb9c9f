"""The columns of the fleet's table: what each shows of a phone, how wide it is, and by what it sorts."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from phonetui.phone.state import Call, Phone, State
from phonetui.text import address_key, natural_key
from phonetui.ui.text.format import (
    DASH,
    NOBODY,
    Troubled,
    age,
    duration,
    firmware,
    mark,
    model,
    number,
    switch,
    up_time,
    words,
)
from phonetui.ui.text.rows import Role, Run
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


Cell = Callable[[Phone, CellContext], Run]


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


def _number(
    id_: str, heading: str, cells: int, reader: Number, *, unit: str = "", digits: int = 0, rises: bool = False
) -> Column:
    """`rises`: small values come first; else large ones do, because they are worse."""

    def cell(phone: Phone, _: CellContext) -> Run:
        value = reader(phone)
        return Run(number(value, unit, digits=digits), Role.DIM if value is None else Role.VALUE)

    sort = reader if rises else lambda phone: _descending(reader(phone))
    return Column(id_, heading, cells, cell, sort, is_number=True)


def _text(id_: str, heading: str, cells: int, reader: Text, sort: Callable[[Phone], Any] | None = None) -> Column:
    def cell(phone: Phone, _: CellContext) -> Run:
        value = reader(phone)
        return Run(value or DASH, Role.PLAIN if value else Role.DIM)

    return Column(id_, heading, cells, cell, sort or (lambda phone: natural_key(reader(phone))))


def _descending(value: float | None) -> float | None:
    """The worst first, and of times the latest."""
    return None if value is None else -value


def _call(phone: Phone) -> Call | None:
    """The call that stands worst, else the first."""
    worst = phone.worst
    calls = list(phone.calls)
    return next((call for call in calls if worst and call.key == worst.key), calls[0] if calls else None)


def _mos(phone: Phone) -> float | None:
    return phone.worst.mos if phone.worst else None


def _loss(phone: Phone) -> float | None:
    return phone.worst.loss_pct if phone.worst else None


def _jitter(phone: Phone) -> float | None:
    call = _call(phone)
    return call.jitter_ms if call else None


def _round_trip(phone: Phone) -> float | None:
    call = _call(phone)
    return call.round_trip_ms if call else None


def _talk_time(phone: Phone) -> float | None:
    call = _call(phone)
    return call.duration_s if call else None


def _remote_party(phone: Phone) -> str | None:
    call = _call(phone)
    if call is None:
        return None
    others = sum(1 for _ in phone.calls) - 1
    who = " ".join(filter(None, (call.remote_name, call.remote_number))) or words(call.state)
    return f"{who} +{others}" if others else who


def _switch_port(phone: Phone) -> str | None:
    return next((port.neighbour_port for port in phone.ports if port.index == 1), None)


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


def _state(phone: Phone, context: CellContext) -> Run:
    found = mark(phone, context.worst)
    return Run(f"{found.glyph} {found.word}", found.role)


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
    """Those at odds with us first, then status by status."""
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
        Column("phone", "phone", 16, _name, lambda phone: natural_key(phone.name)),
        Column("state", "state", 15, _state, None),
        _number("mos", "MOS", 4, _mos, digits=1, rises=True),
        _number("loss", "loss", 7, _loss, unit="%", digits=1),
        _number("jitter", "jitter", 7, _jitter, unit="ms"),
        _number("delay", "delay", 7, _round_trip, unit="ms"),
        _text("call", "in call with", 20, _remote_party),
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
        _text("group", "group", 20, lambda phone: "/".join(phone.place), _group_order),
        Column("webex", "Webex", 21, _webex, _claim_order),
        _text("up", "up", 9, lambda phone: up_time(phone.up_s), lambda phone: phone.up_s),
        Column("age", "age", 7, _age, lambda phone: _descending(phone.connection.fresh_at), is_number=True),
    )
}
DEFAULT_COLUMNS = (
    "state", "phone", "mos", "loss", "jitter", "call", "errors",
    "model", "address", "switch", "vlan", "firmware", "age",
)  # fmt: skip
"""As many of these as fit are shown."""
WITH_WEBEX = (*DEFAULT_COLUMNS[:7], "webex", *DEFAULT_COLUMNS[7:])
"""The same where an organization in Webex is beside the phones."""
