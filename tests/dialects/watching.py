"""Watching one phone through the story as the program does, and what is left of that without a dialect's own words."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from msgspec.structs import asdict, replace

from phonetui.errors import AccessError, CommandRefused
from phonetui.monitor.knowledge import Knowledge
from phonetui.monitor.schedule import PARTS
from phonetui.phone.alerts.alert import Alert, AlertBook
from phonetui.phone.alerts.rules_phone import Past, assess_phone, ending
from phonetui.phone.calls.call_record import CallRecord
from phonetui.phone.calls.call_tracker import CallTracker
from phonetui.phone.lights import Light
from phonetui.phone.measure import Measure, WorstWindow
from phonetui.phone.parse import is_nothing, is_registering
from phonetui.phone.quality.emodel import codec
from phonetui.phone.quality.grading import DEFAULT
from phonetui.phone.state import Call, Connection, Line, Phone, PhoneId, Port, State
from phonetui.simulator.dialect import Dialect
from phonetui.simulator.presentation import Presentation
from phonetui.text import Printable
from phonetui.xapi.document import Document
from phonetui.xapi.path import ROOT, Path
from tests.simulator.offices import EPOCH

from .generated import Content, RandomPhone
from .story import END_S, story
from .wires import Wire, wire

READ_EVERY_S, WHOLE_EVERY_S = 2.0, 12.0
_AFTER_S = 0.95
"""When in its second a reading comes: nothing happens then."""
_LINE, _NETWORK = Path.of("Line"), Path.of("Network")
Essence = dict[str, Any]


@dataclass
class Watched:
    """What was made of a phone."""

    trace: list[tuple[float, Essence]] = field(default_factory=list)
    """After each reading: second, and the phone as it stood."""
    records: list[Essence] = field(default_factory=list)
    alerts: list[Essence] = field(default_factory=list)
    """As they were raised, changed and cleared."""
    rates: list[tuple[float, float]] = field(default_factory=list)
    """Losses and discards in percent of a whole call: by the phone, where its unit was found out, and by its counters."""


class _Watcher:
    def __init__(self, phone: RandomPhone) -> None:
        self._phone, self._told = phone, story()
        dialect, device = phone.dialect, self._told.device
        self._shown = Presentation(device, dialect)
        self._wire: Wire = wire(phone.wire, self._shown, device, phone.content.role)
        blank = Phone(
            id=PhoneId("lobby"), name=Printable("lobby"), address=Printable("192.0.2.22"),
            connection=Connection(State.LIVE, interval_s=READ_EVERY_S),
        )  # fmt: skip
        self._knowledge, self._tracker = Knowledge(blank, DEFAULT), CallTracker()
        self._book, self._past = AlertBook(blank.id), Past()
        self._finals: dict[str, CallRecord] = {}
        self.watched = Watched()

    def watch(self) -> Watched:
        moments = iter(self._told.moments)
        moment = next(moments, None)
        for at in readings():
            while moment is not None and moment.at <= at:
                notices = self._shown.present(moment.notices)
                if self._told.is_live(moment.at):
                    self._take_pushes(notices, moment.at)
                moment = next(moments, None)
            self._look(at)
        self.watched.records = [essence_of_record(record, self._phone.dialect) for record in self._finals.values()]
        return self.watched

    def _take_pushes(self, notices: Any, at: float) -> None:
        for push in self._wire.pushes(notices, at):
            changes = self._knowledge.apply(self._knowledge.pushed(push.updates), at)
            assert push.mac is None or self._knowledge.is_sender(push.mac)
            if any(change.path[:1] == _LINE for change in changes):
                self._record(at)
            for event in push.events:
                self._tracker = self._tracker.take_event(
                    event, self._knowledge.phone, at, _date(at), self._knowledge.units
                )
                if self._knowledge.apply_event(event, at):
                    self._record(at)
        self._judge(at)

    def _look(self, at: float) -> None:
        if self._told.is_live(at):
            for place in self._places(is_whole=at in whole_readings()):
                self._read(place, at)
        else:
            self._tracker = self._tracker.lose()
            self._knowledge.lose_sight()
        self._judge(at)
        self.watched.trace.append((at, essence_of_phone(self._knowledge.phone, self._phone.dialect)))

    def _places(self, *, is_whole: bool) -> Iterator[Path]:
        if is_whole and self._phone.dialect.whole_tree:
            yield ROOT
            if not self._knowledge.has(_LINE):
                yield _LINE
        elif is_whole:
            yield from PARTS
        else:
            yield _LINE

    def _read(self, place: Path, at: float) -> None:
        knowledge = self._knowledge
        knowledge.begin_reading()
        try:
            read = self._wire.read(place)
        except CommandRefused:
            read = Document()
        except AccessError as error:
            knowledge.note_refusal(place, error)
            return
        knowledge.note_answer(place)
        knowledge.apply(knowledge.differences(read, place, at), at)
        if _NETWORK.is_under(place):
            knowledge.count_ports(at)
        if _LINE.is_under(place):
            for _, measure in knowledge.measure(at):
                by_phone = (measure.phone_loss_pct, measure.phone_discard_pct)
                counted = (measure.call_loss_pct, measure.call_discard_pct)
                pairs = zip(by_phone, counted, strict=True)
                self.watched.rates += [(one, other) for one, other in pairs if one is not None and other is not None]
            self._record(at)

    def _record(self, at: float) -> None:
        self._tracker = self._tracker.take(self._knowledge.phone, at, _date(at), self._knowledge.units)
        self._finals |= {record.id: record for record in self._tracker.records}

    def _judge(self, at: float) -> None:
        self._finals |= {record.id: record for record in self._tracker.records}
        phone = self._knowledge.phone
        troubles, self._past = assess_phone(
            phone, self._past, at=at, seen_at=_date(at), thresholds=DEFAULT, diagnose=lambda _, __: ()
        )
        self._book, changes = self._book.take(
            troubles, at, _date(at), ending=lambda alert: ending(phone, alert, _date(at))
        )
        self.watched.alerts += [essence_of_alert(alert, self._phone.dialect) for alert in changes]


def readings() -> tuple[float, ...]:
    """Seconds of the story."""
    return tuple(READ_EVERY_S * number + _AFTER_S for number in range(int(END_S / READ_EVERY_S)))


@cache
def whole_readings() -> frozenset[float]:
    """Those of everything; the others are of the calls alone."""
    return frozenset(readings()[:: int(WHOLE_EVERY_S / READ_EVERY_S)])


def watched(phone: RandomPhone) -> Watched:
    return _Watcher(phone).watch()


@cache
def watched_plainly(content: Content) -> Watched:
    """The same told in plain words; readings and pushes are those of XML."""
    return watched(RandomPhone(content.plain, content, "XML"))


def _date(at: float) -> datetime:
    return EPOCH + timedelta(seconds=at)


# What is left without a dialect's words: raw texts are left out or read, places counted from 0.


def _said(raw: Printable | None) -> Printable | None:
    return None if raw is None or is_nothing(raw) else raw


def _digits(mac: Printable | None) -> str | None:
    said = _said(mac)
    return None if said is None else "".join(filter(str.isalnum, said)).upper()


def essence_of_phone(phone: Phone, dialect: Dialect) -> Essence:
    system, network = phone.system, phone.network
    firmware = None if system.version is None else system.version == dialect.firmware
    return {
        "system": replace(system, mac=_digits(system.mac), version=firmware),
        "network": replace(network, ethernet_mac=_digits(network.ethernet_mac), wifi_mac=_digits(network.wifi_mac), vlan=_said(network.vlan)),
        "standby": _said(phone.standby),
        "clock": _said(phone.clock),
        "up_s": phone.up_s,
        "failed_login": phone.failed_login or None,
        "lights": {name: _light(getattr(phone.lights, name)) for name in phone.lights.__struct_fields__},
        "lines": {line.index: _line(line, dialect) for line in phone.lines},
        "is_mpp": phone.is_mpp,
        "forbidden": phone.forbidden,
        "event calls": [_call(call, dialect) for call in phone.event_calls],
        "reports": [(_call(report.call, dialect), report.at) for report in phone.reported_calls],
        "ports": {port.index: _port(port) for port in phone.ports},
        "measures": [_measure(measure, dialect) for measure in phone.measures],
    }  # fmt: skip


def _light(light: Light | None) -> object:
    return None if light is None else (light.colour, light.cadence, light.is_lit)


def _line(line: Line, dialect: Dialect) -> Essence:
    return {
        "registered": line.is_registered,
        "registering": is_registering(line.registration),
        "message": line.message_waiting,
        "light": _light(line.light),
        "calls": {call.id - dialect.first_call: _call(call, dialect) for call in line.calls if call.phase.is_live},
    }


_RAW = {"state", "media", "callback", "mapped_rtp_port", "mos_lq_raw", "mos_cq_raw", "r_factor_raw", "loss_rate", "discard_rate"}  # fmt: skip


def _call(call: Call, dialect: Dialect) -> Essence:
    told = {name: getattr(call, name) for name in call.__struct_fields__ if name not in _RAW}
    codecs = {name: codec(told[name]) for name in ("encoder", "decoder")}
    return told | codecs | {"id": call.id - dialect.first_call}


def _port(port: Port) -> Essence:
    link = port.link and replace(port.link, raw=Printable(""))
    return {
        **asdict(port),
        "link": link,
        "counters": sorted(value for _, value in port.counters),
    }


def _measure(measure: Measure, dialect: Dialect) -> Measure:
    call = measure.call - dialect.first_call
    return replace(measure, call=call, worst=_worst(measure.worst), phone_loss_pct=None, phone_discard_pct=None)


def _worst(stretch: WorstWindow | None) -> WorstWindow | None:
    """Its beginning is a date of the clock on the wall."""
    return None if stretch is None else replace(stretch, began_at=EPOCH)


def essence_of_record(record: CallRecord, dialect: Dialect) -> Essence:
    told = asdict(record)
    phases = [step.phase for step in record.steps]
    return told | {
        "version": record.version is not None,
        "call": _call(record.call, dialect),
        "worst": _worst(record.worst),
        "rates": None,
        "steps": [phase for before, phase in zip([None, *phases], phases, strict=False) if phase is not before],
        "final": record.is_final,
    }


def essence_of_alert(alert: Alert, dialect: Dialect) -> Essence:
    words = alert.subject.split()
    if words[2:3] == ["call"]:
        words[3] = str(int(words[3]) - dialect.first_call)
    return {
        "id": alert.id,
        "subject": " ".join(words),
        "severity": alert.severity,
        "raised": alert.raised_at,
        "cleared": alert.cleared_at,
    }
