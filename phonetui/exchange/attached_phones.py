"""The phones of the attached sites as a viewer knows them: the newest data, and whether it still holds.

    row or state of the shard's newest epoch, from a collector that lives and holds the shard ──► as the phone is
    its collector silent for SILENT_S, or the shard taken by another one that has not told yet  ──► stale, never good
    nothing heard of any collector yet                                                          ──► connecting

Pure: "now" is a parameter, in the viewer's monotonic seconds.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from types import MappingProxyType
from typing import NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from phonetui.errors import ProtocolError
from phonetui.exchange import nats_subjects as subjects
from phonetui.exchange.fleet_row import FleetRow, phone_of
from phonetui.exchange.life import LIFE_S, SILENT_S, CollectorLife, HeardCollector, ShardHolder
from phonetui.exchange.nats_subjects import PhoneKey
from phonetui.exchange.whole_state import CallContext, WholeState, alerts_renamed, received, renamed
from phonetui.fleet.protocol import Permission
from phonetui.phone.alerts.alert import Alert
from phonetui.phone.calls.call_legs import Partner
from phonetui.phone.state import COLLECTOR_LOST, CallKey, Phone, PhoneId, State
from phonetui.text import NOTHING, Printable, natural_key, printable

_SILENT = printable("its collector is not heard any more: nobody knows how the phone is now")
_TAKEN = printable("another collector watches its part of the site and has not told of it: does it have it configured?")
_HINT = printable("'phonetui nats check' looks for collectors")


class RowSource(NamedTuple):
    """What all phones of a shard share, as long as one collector watches it."""

    site: str
    shard: str
    """Both as tokens."""
    epoch: int
    collector: str
    site_name: Printable
    prefix: int
    """Characters of a phone's name here that its name at the site doesn't have."""


class PhoneDetails(Struct, frozen=True, gc=False):
    """What most phones have alike."""

    control: Permission
    alerts: tuple[Alert, ...] = ()
    calls: Mapping[CallKey, CallContext] = MappingProxyType({})
    is_whole: bool = False
    """Whether all that is known of it came, beyond its row."""


class AttachedPhone(Struct, gc=False):
    """One phone as a viewer knows it. It is kept fifty thousand times: what can be shared or worked out is."""

    source: RowSource
    number: int
    known: Phone
    """As it was reported."""
    shown: Phone
    """As far as that still holds."""
    details: PhoneDetails

    @property
    def remote(self) -> PhoneId:
        """The phone's id at its site."""
        return PhoneId(self.known.id[self.source.prefix :])

    @property
    def key(self) -> PhoneKey:
        return PhoneKey(self.source.site, self.source.shard, subjects.token(self.remote))


class AttachedPhones:
    """All phones of the attached sites with their newest rows, and the collectors that are heard."""

    def __init__(self, sites: tuple[str, ...] = ()) -> None:
        """Of these sites; without any, of all. Phones of one site keep their names, others are `site/name`."""
        self._only = sites[0] if len(sites) == 1 else None
        self.phones: dict[PhoneId, AttachedPhone] = {}
        self._unordered = 0
        """How often a phone came or was named anew since they were put in order."""
        self.is_arriving = False
        """Whether a snapshot is being taken: newcomers then stand at the end until they are many."""
        self.holders: dict[tuple[str, str], ShardHolder] = {}
        """By the tokens of site and shard."""
        self.collectors: dict[tuple[str, str], HeardCollector] = {}
        """By the names of site and collector."""
        self._waiting: dict[tuple[str, str], set[PhoneId]] = {}
        """Phones whose collector was not heard yet."""
        self._sources: dict[tuple[str, str, int, str], RowSource] = {}
        self.alerts_version = 0
        """Moves whenever some phone's alerts changed."""
        self.began_at: float | None = None
        """Monotonic seconds at which collectors were asked for signs of life first."""

    @property
    def sites(self) -> set[str]:
        """The sites of which phones are known, as tokens."""
        return {attached.source.site for attached in self.phones.values()}

    def id_of(self, site: str, phone: str) -> PhoneId:
        """The id of a site's phone here: its name, with the site before it where there are several."""
        return PhoneId(phone if self._only is not None else f"{site}/{phone}")

    def take_holder(self, key: PhoneKey, holder: ShardHolder, at: float) -> None:
        """Takes the news of who holds a shard; one of an older epoch is ignored."""
        known = self.holders.get((key.site, key.shard))
        if known is not None and holder.epoch <= known.epoch:
            return
        self.holders[key.site, key.shard] = holder
        site = subjects.name_of(key.site)
        for attached in self.phones.values():
            if attached.source[:2] == (key.site, key.shard):
                self._show(attached, self.collectors.get((site, attached.source.collector)), at)

    def take_row(self, key: PhoneKey, row: FleetRow, at: float, moment: datetime) -> PhoneId:
        """The phone; `moment` is now, aware UTC, at monotonic second `at`. Raises ProtocolError for another phone's."""
        source = self._source(key, row.epoch, row.collector)
        _check_key(key, row.phone)
        id_ = self.id_of(source.site_name, row.phone)
        known = self.phones.get(id_)
        if known is not None and self._is_old(key, row.epoch, row.number, known):
            return id_
        details = _plain_details(row.control)
        if row.alerts:
            details = replace(details, alerts=self._renamed(row.alerts, source))
        if known is not None and known.details.is_whole and known.source == source:
            # A state tells more, and comes more often.
            known.number = row.number
            self._set_details(known, replace(known.details, control=details.control, alerts=details.alerts))
            return id_
        group = row.group if self._only is not None else _with_site(source.site_name, row.group)
        calls = {
            (call.line, call.id): CallContext(
                (call.line, call.id), Partner(self.id_of(source.site_name, call.partner), call.partner_key, NOTHING)
            )
            for call in row.calls
            if call.partner is not None and call.partner_key is not None
        }
        if calls:
            details = replace(details, calls=calls)
        phone = phone_of(row, id_, group, self._sent_at(source, row.at, at, moment))
        self._put(AttachedPhone(source, row.number, phone, phone, details), known, at)
        return id_

    def take_state(self, key: PhoneKey, state: WholeState, at: float, moment: datetime) -> PhoneId | None:
        """The phone, where that is news. One that no row told of is not shown."""
        source = self._source(key, state.epoch, state.collector)
        _check_key(key, state.phone.id)
        known = self.phones.get(self.id_of(source.site_name, state.phone.id))
        if known is None or state.epoch < known.source.epoch or self._is_old(key, state.epoch, state.number, None):
            return None
        if known.details.is_whole and (state.epoch, state.number) < (known.source.epoch, known.number):
            return None
        state = renamed(
            received(state, self._sent_at(source, state.at, at, moment)),
            lambda phone: self.id_of(source.site_name, phone),
        )
        phone = state.phone
        if self._only is None:
            phone = replace(phone, group=_with_site(source.site_name, phone.group))
        calls = {call.key: call for call in state.calls}
        details = PhoneDetails(known.details.control, state.alerts, calls, is_whole=True)
        self._put(AttachedPhone(source, state.number, phone, phone, details), known, at)
        return phone.id

    def look_away(self, id_: PhoneId) -> None:
        """States of it come no longer: its rows tell of it again."""
        if (known := self.phones.get(id_)) is not None:
            known.details = replace(known.details, is_whole=False)

    def remove(self, key: PhoneKey) -> bool:
        """Removes a phone that is configured no more; returns whether it was known."""
        id_ = self.id_of(subjects.name_of(key.site), subjects.name_of(key.phone))
        known = self.phones.pop(id_, None)
        if known is None:
            return False
        self._leave(known)
        self.alerts_version += bool(known.details.alerts)
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
        answered = _AnswerTimes(life, at)
        for count, id_ in enumerate(tuple(heard.phones), 1):
            known = self.phones.get(id_)
            if known is not None:
                self._freshen(known, answered)
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
    def ordered(self) -> dict[PhoneId, Phone]:
        """Site by site, place by place, names as people count."""
        few = len(self.phones) // _FEW if self.is_arriving else 0
        if self._unordered > few:
            self.phones = dict(sorted(self.phones.items(), key=lambda item: _order(item[1])))
            self._unordered = 0
        return {id_: attached.shown for id_, attached in self.phones.items()}

    def _source(self, key: PhoneKey, epoch: int, collector: str) -> RowSource:
        """The one object of its phones."""
        place = (key.site, key.shard, epoch, collector)
        found = self._sources.get(place)
        if found is None:
            if len(self._sources) >= _MOST_SOURCES:
                self._sources.clear()
            site = subjects.name_of(key.site)
            found = RowSource(*place, Printable(site), 0 if self._only is not None else len(site) + 1)
            self._sources[place] = found
        return found

    def _renamed(self, alerts: tuple[Alert, ...], source: RowSource) -> tuple[Alert, ...]:
        return alerts_renamed(alerts, lambda phone: self.id_of(source.site_name, phone))

    def _is_old(self, key: PhoneKey, epoch: int, number: int, known: AttachedPhone | None) -> bool:
        holder = self.holders.get((key.site, key.shard))
        if holder is not None and epoch < holder.epoch:
            return known is not None  # before anybody else has told, an old row is better than none: it is stale
        return known is not None and (epoch, number) < (known.source.epoch, known.number)

    def _put(self, attached: AttachedPhone, before: AttachedPhone | None, at: float) -> None:
        id_, source = attached.known.id, attached.source
        if before is not None and before.source.collector != source.collector:
            self._leave(before)
        self.phones[id_] = attached
        place = (source.site_name, source.collector)
        heard = self.collectors.get(place)
        if heard is not None:
            heard.phones.add(id_)
        else:
            self._waiting.setdefault(place, set()).add(id_)
        self._show(attached, heard, at)
        if before is None or before.known.group != attached.known.group or before.known.name != attached.known.name:
            self._unordered += 1
        if attached.details.alerts != (before.details.alerts if before is not None else ()):
            self.alerts_version += 1

    def _leave(self, attached: AttachedPhone) -> None:
        place = (attached.source.site_name, attached.source.collector)
        heard = self.collectors.get(place)
        (heard.phones if heard is not None else self._waiting.get(place, set())).discard(attached.known.id)

    def _freshen(self, attached: AttachedPhone, answered: "_AnswerTimes") -> None:
        """A live phone that is not late answered within its interval."""
        connection, source, life = attached.known.connection, attached.source, answered.life
        if connection.state is not State.LIVE or life.epochs.get(int(source.shard)) != source.epoch:
            return
        age_s = life.late.get(attached.remote, connection.interval_s) if life.late else connection.interval_s
        fresh_at, seen_at = answered.before(age_s)
        if connection.fresh_at is None or fresh_at > connection.fresh_at:
            connection = replace(connection, fresh_at=fresh_at, seen_at=seen_at)
            attached.known = replace(attached.known, connection=connection)

    def _show(self, attached: AttachedPhone, heard: HeardCollector | None, at: float) -> None:
        source = attached.source
        if heard is None:
            connection = replace(attached.known.connection, state=State.CONNECTING, reason="", detail=NOTHING)
            attached.shown = replace(attached.known, connection=connection)
        elif heard.is_silent or at - heard.heard_at >= SILENT_S:
            attached.shown = _stale(attached.known, _SILENT)
        elif self._is_superseded(attached) or not heard.holds(source.shard, source.epoch, attached.number):
            attached.shown = _stale(attached.known, _TAKEN)
        else:
            attached.shown = attached.known

    def _is_superseded(self, attached: AttachedPhone) -> bool:
        holder = self.holders.get(attached.source[:2])
        return holder is not None and holder.epoch > attached.source.epoch

    def _set_details(self, attached: AttachedPhone, details: PhoneDetails) -> None:
        self.alerts_version += details.alerts != attached.details.alerts
        attached.details = details

    def _sent_at(self, source: RowSource, sent: datetime, at: float, moment: datetime) -> float:
        """The monotonic second here at which a collector's clock showed `sent`."""
        heard = self.collectors.get((source.site_name, source.collector))
        ahead = heard.ahead if heard is not None else timedelta()
        return at - max((moment + ahead - sent).total_seconds(), 0.0)


class _AnswerTimes:
    """When phones answered that a sign of life tells the ages of: one object for all of one age."""

    def __init__(self, life: CollectorLife, at: float) -> None:
        self.life = life
        self._at = at
        self._known: dict[float, tuple[float, datetime]] = {}

    def before(self, age_s: float) -> tuple[float, datetime]:
        """Monotonic seconds here, and the moment by the collector's clock."""
        found = self._known.get(age_s)
        if found is None:
            found = self._known[age_s] = (self._at - age_s, self.life.at - timedelta(seconds=age_s))
        return found


_MOST_SOURCES = 10_000
_FEW = 4
"""A part of all phones that may stand at the end while they arrive: to sort all of them at each look costs seconds."""
IN_A_TURN = 500
"""Phones that a sign of life freshens in one turn of the loop."""
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


def _check_key(key: PhoneKey, phone: str) -> None:
    if phone != key.phone and subjects.token(phone) != key.phone:
        raise ProtocolError("what is told of a phone stands under another one's key")


@lru_cache(64)
def _plain_details(control: str) -> PhoneDetails:
    return PhoneDetails(Permission(control) if control in _PERMISSIONS else Permission.DENIED)


@lru_cache(4096)
def _with_site(site: Printable, group: tuple[Printable, ...]) -> tuple[Printable, ...]:
    return (site, *group)


def _order(attached: AttachedPhone) -> tuple[object, ...]:
    phone = attached.known
    return (attached.source.site, _place_key(phone.group), natural_key(phone.name), phone.id)


@lru_cache(4096)
def _place_key(group: tuple[Printable, ...]) -> tuple[object, ...]:
    return tuple(map(natural_key, group))


def active_alerts(phones: Iterable[AttachedPhone]) -> Iterator[Alert]:
    """The alerts that hold, of all these phones."""
    for phone in phones:
        yield from phone.details.alerts
