"""The phones of the attached sites as far as a viewer knows them: the newest of what came, and whether it still holds.

    row or state of the shard's newest epoch, from a collector that lives and holds the shard ──► as the phone is
    its collector silent for SILENT_S, or the shard taken by another one that has not told yet  ──► stale, never good
    nothing heard of any collector yet                                                          ──► connecting

Pure: "now" is a parameter, in the viewer's monotonic seconds.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from sys import intern
from types import MappingProxyType

from msgspec.structs import replace

from phonetui.exchange import nats_subjects as subjects
from phonetui.exchange.fleet_row import FleetRow, phone_of
from phonetui.exchange.life import LIFE_S, SILENT_S, CollectorLife, ShardHolder
from phonetui.exchange.nats_subjects import PhoneKey
from phonetui.exchange.whole_state import CallContext, WholeState, alerts_renamed, received, renamed
from phonetui.fleet.protocol import Permission
from phonetui.phone.alerts.alert import Alert
from phonetui.phone.calls.call_legs import Partner
from phonetui.phone.state import CallKey, Phone, PhoneId, State
from phonetui.text import NOTHING, Printable, natural_key, printable

COLLECTOR_LOST = "collector"
"""The connection's reason, where nobody knows how the phone is."""
_SILENT = printable("its collector is not heard any more: nobody knows how the phone is now")
_TAKEN = printable("another collector has taken it over and has not told of it yet")
_HINT = printable("'phonetui nats check' looks for collectors")


@dataclass(slots=True)
class AttachedPhone:
    id: PhoneId
    key: PhoneKey
    remote: PhoneId
    """Its name at its site."""
    epoch: int
    number: int
    collector: str
    known: Phone
    """As it was told."""
    shown: Phone
    """As far as that still holds."""
    control: Permission
    alerts: tuple[Alert, ...]
    calls: Mapping[CallKey, CallContext]
    is_whole: bool = False
    """Whether all that is known of it came, beyond its row."""


@dataclass(slots=True)
class HeardCollector:
    life: CollectorLife
    heard_at: float
    ahead: timedelta
    """By how much its clock is ahead of this machine's, messages taking no time."""
    phones: set[PhoneId] = field(default_factory=set)
    is_silent: bool = False

    def holds(self, attached: AttachedPhone) -> bool:
        """Whether it watches the phone, as far as it has told; a row may be newer than the latest sign of life."""
        life = self.life
        return life.epochs.get(int(attached.key.shard)) == attached.epoch or attached.number > life.number


class AttachedPhones:
    def __init__(self, sites: tuple[str, ...] = ()) -> None:
        """Of these sites; without any, of all. Phones of one site keep their names, others are `site/name`."""
        self._only = sites[0] if len(sites) == 1 else None
        self.phones: dict[PhoneId, AttachedPhone] = {}
        self.shown: dict[PhoneId, Phone] = {}
        """In order."""
        self.holders: dict[tuple[str, str], ShardHolder] = {}
        """By the tokens of site and shard."""
        self.collectors: dict[tuple[str, str], HeardCollector] = {}
        """By the names of site and collector."""
        self._waiting: dict[tuple[str, str], set[PhoneId]] = {}
        """Phones whose collector was not heard yet."""
        self._order: list[PhoneId] | None = []
        self.alerts_version = 0
        """Moves whenever some phone's alerts changed."""
        self.began_at: float | None = None
        """Monotonic seconds at which collectors were asked for signs of life first."""

    def id_of(self, site: str, phone: str) -> PhoneId:
        return PhoneId(phone if self._only is not None else f"{site}/{phone}")

    def take_holder(self, key: PhoneKey, holder: ShardHolder, at: float) -> None:
        known = self.holders.get((key.site, key.shard))
        if known is not None and holder.epoch <= known.epoch:
            return
        self.holders[key.site, key.shard] = holder
        site = subjects.name_of(key.site)
        for attached in self.phones.values():
            if (attached.key.site, attached.key.shard) == (key.site, key.shard):
                self._show(attached, self.collectors.get((site, attached.collector)), at)

    def take_row(self, key: PhoneKey, row: FleetRow, at: float, moment: datetime) -> bool:
        """Whether it is news; `moment` is now, aware UTC, at monotonic second `at`."""
        site = subjects.name_of(key.site)
        id_ = self.id_of(site, row.phone)
        known = self.phones.get(id_)
        if self._is_old(key, row.epoch, row.number, known):
            return False
        alerts = alerts_renamed(row.alerts, lambda phone: self.id_of(site, phone))
        control = Permission(row.control) if row.control in _PERMISSIONS else Permission.DENIED
        if known is not None and known.is_whole and known.epoch == row.epoch and known.collector == row.collector:
            # A state tells more, and comes more often.
            known.number, known.control = row.number, control
            self._set_alerts(known, alerts)
            return True
        group = row.group if self._only is not None else (Printable(site), *row.group)
        phone = phone_of(row, id_, group, self._sent_at(site, row.collector, row.at, at, moment))
        calls = {
            (call.line, call.id): CallContext(
                (call.line, call.id), Partner(self.id_of(site, call.partner), call.partner_key, NOTHING)
            )
            for call in row.calls
            if call.partner is not None and call.partner_key is not None
        } or _NO_CALLS
        attached = AttachedPhone(
            id_, key, id_ if id_ == row.phone else row.phone, row.epoch, row.number, intern(row.collector),
            phone, phone, control, (), calls
        )  # fmt: skip
        self._put(attached, site, known, at)
        self._set_alerts(attached, alerts, known.alerts if known else ())
        return True

    def take_state(self, key: PhoneKey, state: WholeState, at: float, moment: datetime) -> bool:
        """As `take_row`. A phone that no row told of is not shown."""
        site = subjects.name_of(key.site)
        known = self.phones.get(self.id_of(site, state.phone.id))
        if known is None or state.epoch < known.epoch or self._is_old(key, state.epoch, state.number, None):
            return False
        if known.is_whole and (state.epoch, state.number) < (known.epoch, known.number):
            return False
        state = renamed(
            received(state, self._sent_at(site, state.collector, state.at, at, moment)),
            lambda phone: self.id_of(site, phone),
        )
        phone = state.phone
        if self._only is None:
            phone = replace(phone, group=(Printable(site), *phone.group))
        attached = AttachedPhone(
            known.id, key, known.remote, state.epoch, state.number, state.collector, phone, phone, known.control,
            known.alerts, {call.key: call for call in state.calls}, is_whole=True,
        )  # fmt: skip
        self._put(attached, site, known, at)
        self._set_alerts(attached, state.alerts, known.alerts)
        return True

    def look_away(self, id_: PhoneId) -> None:
        """States of it come no longer: its rows tell of it again."""
        if (known := self.phones.get(id_)) is not None:
            known.is_whole = False

    def remove(self, key: PhoneKey) -> bool:
        """It is configured no more; whether it was known."""
        id_ = self.id_of(subjects.name_of(key.site), subjects.name_of(key.phone))
        known = self.phones.pop(id_, None)
        if known is None:
            return False
        self.shown.pop(id_, None)
        self._leave(known)
        self.alerts_version += 1
        return True

    def take_life(self, life: CollectorLife, at: float, moment: datetime) -> Iterator[None]:
        """What a sign of life says of each of its phones; yields now and then, so that others have their turn."""
        place = (life.site, life.collector)
        heard = self.collectors.get(place)
        if heard is None:
            heard = self.collectors[place] = HeardCollector(
                life, at, life.at - moment, self._waiting.pop(place, set())
            )  # fmt: skip
        heard.life, heard.heard_at, heard.is_silent = life, at, life.is_leaving
        heard.ahead = life.at - moment
        for count, id_ in enumerate(tuple(heard.phones), 1):
            known = self.phones.get(id_)
            if known is not None:
                self._freshen(known, life, at)
                self._show(known, heard, at)
            if count % IN_A_TURN == 0:
                yield

    def look(self, at: float) -> bool:
        """Whether a collector fell silent since the last look: what it told does not hold any more."""
        found = self._miss(at)
        for heard in self.collectors.values():
            if not heard.is_silent and at - heard.heard_at >= SILENT_S:
                heard.is_silent = found = True
                for id_ in heard.phones:
                    self._show(self.phones[id_], heard, at)
        return found

    def _miss(self, at: float) -> bool:
        """Collectors of which there are rows, and that answered nothing since this viewer began."""
        if self.began_at is None or at - self.began_at < LIFE_S * 1.5 or not self._waiting:
            return False
        for place, phones in self._waiting.items():
            life = CollectorLife(*place, at=_NEVER, version="", shards=0)
            self.collectors[place] = HeardCollector(life, at - SILENT_S, timedelta(), phones)
        self._waiting.clear()
        return True

    @property
    def ordered(self) -> Mapping[PhoneId, Phone]:
        """Site by site, place by place, names as people count."""
        if self._order is None:
            keys = sorted(self.phones, key=lambda id_: _order(self.phones[id_]))
            self.shown = {id_: self.phones[id_].shown for id_ in keys}
            self._order = keys
        return self.shown

    def _is_old(self, key: PhoneKey, epoch: int, number: int, known: AttachedPhone | None) -> bool:
        holder = self.holders.get((key.site, key.shard))
        if holder is not None and epoch < holder.epoch:
            return known is not None  # before anybody else has told, an old row is better than none: it is stale
        return known is not None and (epoch, number) < (known.epoch, known.number)

    def _put(self, attached: AttachedPhone, site: str, before: AttachedPhone | None, at: float) -> None:
        if before is not None and before.collector != attached.collector:
            self._leave(before)
        self.phones[attached.id] = attached
        place = (site, attached.collector)
        heard = self.collectors.get(place)
        if heard is not None:
            heard.phones.add(attached.id)
        else:
            self._waiting.setdefault(place, set()).add(attached.id)
        self._show(attached, heard, at)
        if before is None or before.known.group != attached.known.group or before.known.name != attached.known.name:
            self._order = None

    def _leave(self, attached: AttachedPhone) -> None:
        place = (subjects.name_of(attached.key.site), attached.collector)
        heard = self.collectors.get(place)
        (heard.phones if heard is not None else self._waiting.get(place, set())).discard(attached.id)

    def _freshen(self, attached: AttachedPhone, life: CollectorLife, at: float) -> None:
        """A live phone that is not late answered within its interval."""
        connection = attached.known.connection
        if connection.state is not State.LIVE or life.epochs.get(int(attached.key.shard)) != attached.epoch:
            return
        age_s = life.late.get(attached.remote, connection.interval_s)
        if connection.fresh_at is None or at - age_s > connection.fresh_at:
            seen_at = life.at - timedelta(seconds=age_s)
            connection = replace(connection, fresh_at=at - age_s, seen_at=seen_at)
            attached.known = replace(attached.known, connection=connection)

    def _show(self, attached: AttachedPhone, heard: HeardCollector | None, at: float) -> None:
        if heard is None:
            connection = replace(attached.known.connection, state=State.CONNECTING, reason="", detail=NOTHING)
            attached.shown = replace(attached.known, connection=connection)
        elif heard.is_silent or at - heard.heard_at >= SILENT_S:
            attached.shown = _stale(attached.known, _SILENT)
        elif self._is_superseded(attached) or not heard.holds(attached):
            attached.shown = _stale(attached.known, _TAKEN)
        else:
            attached.shown = attached.known
        self.shown[attached.id] = attached.shown

    def _is_superseded(self, attached: AttachedPhone) -> bool:
        holder = self.holders.get((attached.key.site, attached.key.shard))
        return holder is not None and holder.epoch > attached.epoch

    def _set_alerts(
        self, attached: AttachedPhone, alerts: tuple[Alert, ...], before: tuple[Alert, ...] | None = None
    ) -> None:
        if alerts != (attached.alerts if before is None else before):
            self.alerts_version += 1
        attached.alerts = alerts

    def _sent_at(self, site: str, collector: str, sent: datetime, at: float, moment: datetime) -> float:
        """The monotonic second here at which a collector's clock showed `sent`."""
        heard = self.collectors.get((site, collector))
        ahead = heard.ahead if heard is not None else timedelta()
        return at - max((moment + ahead - sent).total_seconds(), 0.0)


IN_A_TURN = 500
"""Phones that a sign of life freshens in one turn of the loop."""
_NO_CALLS: Mapping[CallKey, CallContext] = MappingProxyType({})
_NEVER = datetime.min.replace(tzinfo=UTC)
_PERMISSIONS = frozenset(permission.value for permission in Permission)


def _stale(phone: Phone, why: Printable) -> Phone:
    """What the phone was, with the word that nobody knows what it is."""
    if phone.connection.state is not State.LIVE and phone.connection.state is not State.CONNECTING:
        why = printable(f"{why}; it was {phone.connection.state} then")
    connection = replace(
        phone.connection, state=State.STALE, reason=COLLECTOR_LOST, detail=why, hint=_HINT
    )  # fmt: skip
    return replace(phone, connection=connection)


def _order(attached: AttachedPhone) -> tuple[object, ...]:
    phone = attached.known
    return (attached.key.site, tuple(map(natural_key, phone.group)), natural_key(phone.name), attached.id)


def active_alerts(phones: Iterable[AttachedPhone]) -> Iterator[Alert]:
    for phone in phones:
        yield from phone.alerts
