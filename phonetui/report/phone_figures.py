"""Figures of the phones in a period: trouble, moves, firmware, duplicate addresses, expiring certificates."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from msgspec import Struct

from phonetui.phone.alerts.alert import Alert, AlertId, Severity
from phonetui.phone.inventory import OUT_OF_REACH, PhoneChange, PhoneRecord, PhoneTrait, mac_key
from phonetui.phone.state import PhoneId, State
from phonetui.report.call_figures import PhoneCalls
from phonetui.text import Printable, natural_key

EXPIRY = timedelta(days=30)
"""How long before its end a certificate is listed."""
TOGETHER = timedelta(hours=1)
"""Phones that were seen no further apart than this had an address at the same time."""
MOST_LISTED = 25
"""Rows of a list of phones, the worst."""
MOST_CHANGES = 100
_FACTS = frozenset({AlertId.REBOOT, AlertId.PORT_LINK, AlertId.ADMIN_LOGIN})
"""Alerts that are information as long as they last, and that somebody wants to know of afterwards."""


class PhoneTrouble(Struct, frozen=True, kw_only=True):
    phone: PhoneId
    record: PhoneRecord | None
    """None for a phone of which only calls were kept."""
    calls: PhoneCalls | None
    alerts: tuple[tuple[str, int], ...]
    """Alerts that were raised, with their counts, the most frequent first."""
    outages: int
    """Times that it could not be reached, or refused the account."""
    out_s: float
    is_out: bool
    """Whether it was out of reach at the end."""

    @property
    def bad_s(self) -> float:
        return self.calls.shares.poor_s + self.calls.shares.critical_s if self.calls else 0.0


class FirmwareCount(Struct, frozen=True):
    model: Printable | None
    version: Printable | None
    """None: the phone did not say."""
    phones: int


class DuplicateAddress(Struct, frozen=True):
    """An address that several phones have."""

    trait: PhoneTrait
    """MAC or IP."""
    value: Printable
    phones: tuple[PhoneId, ...]


class CertificateEnd(Struct, frozen=True):
    phone: PhoneId
    ends_at: datetime
    """Aware UTC."""
    is_over: bool


class FleetFigures(Struct, frozen=True, kw_only=True):
    phones: int
    live: int
    """The number of phones that answered at the end."""
    out: int
    """The number of phones that were out of reach at the end, or refused the account."""
    silent: int
    """The number of phones that never answered."""
    troubled: tuple[PhoneTrouble, ...]
    """The worst first, at most `MOST_LISTED`."""
    troubled_count: int
    moves: tuple[PhoneChange, ...]
    """Latest first, as the other changes; at most `MOST_CHANGES` of each."""
    move_count: int
    other_changes: tuple[PhoneChange, ...]
    other_count: int
    firmware: tuple[FirmwareCount, ...]
    """By model; the most frequent first."""
    duplicates: tuple[DuplicateAddress, ...]
    certificates: tuple[CertificateEnd, ...]
    """Certificates that end within `EXPIRY`, or have ended; the earliest first."""
    certificates_known: int
    placed: int
    """The number of phones whose switch is known."""
    serials: int
    """Phones whose serial number the configuration has."""
    fleet_alerts: tuple[tuple[str, int], ...]
    """Alerts of no single phone, such as those of jump hosts."""


def phone_figures(
    records: Sequence[PhoneRecord],
    changes: Sequence[PhoneChange],
    alerts: Iterable[Alert],
    calls: Mapping[PhoneId, PhoneCalls],
    ended_at: datetime,
) -> FleetFigures:
    """Of phones that were watched in a time until `ended_at`, and of what was kept of it, oldest first."""
    counted = _alert_counts(alerts)
    outages = _outages(records, changes, ended_at)
    known = {record.id: record for record in records}
    phones = dict.fromkeys([*known, *calls, *(phone for phone in counted if phone is not None), *outages])
    found = [_trouble(phone, known.get(phone), calls.get(phone), counted.get(phone), outages) for phone in phones]
    troubled = sorted(filter(_is_troubled, found), key=_urgency)
    moves = [change for change in reversed(changes) if change.trait is PhoneTrait.PLACE]
    others = [change for change in reversed(changes) if change.trait not in (PhoneTrait.PLACE, PhoneTrait.STATE)]
    return FleetFigures(
        phones=len(records),
        live=sum(record.state is State.LIVE for record in records),
        out=sum(record.state in OUT_OF_REACH for record in records),
        silent=sum(record.seen_at is None for record in records),
        troubled=tuple(troubled[:MOST_LISTED]),
        troubled_count=len(troubled),
        moves=tuple(moves[:MOST_CHANGES]),
        move_count=len(moves),
        other_changes=tuple(others[:MOST_CHANGES]),
        other_count=len(others),
        firmware=_firmware(records),
        duplicates=tuple(_duplicates(records)),
        certificates=_certificates(records, ended_at),
        certificates_known=sum(record.certificate_ends_at is not None for record in records),
        placed=sum(record.place is not None for record in records),
        serials=sum(record.serial is not None for record in records),
        fleet_alerts=tuple(counted.get(None, Counter()).most_common()),
    )


def _alert_counts(alerts: Iterable[Alert]) -> Mapping[PhoneId | None, Counter[str]]:
    counts: dict[PhoneId | None, Counter[str]] = defaultdict(Counter)
    for alert in alerts:
        if alert.severity is not Severity.INFO or alert.id in _FACTS:
            counts[alert.phone][str(alert.id)] += 1
    return counts


class _Outage(Struct):
    times: int = 0
    seconds: float = 0.0
    since: datetime | None = None


def _outages(
    records: Iterable[PhoneRecord], changes: Iterable[PhoneChange], ended_at: datetime
) -> Mapping[PhoneId, _Outage]:
    """Of phones that were out of reach in the time: an outage that began before it counts from the last answer on."""
    found: dict[PhoneId, _Outage] = defaultdict(_Outage)
    for change in changes:
        if change.trait is PhoneTrait.STATE:
            outage = found[change.phone]
            if str(change.after) in OUT_OF_REACH:
                outage.times += outage.since is None
                outage.since = outage.since or change.at
            elif outage.since is not None:
                outage.seconds += (change.at - outage.since).total_seconds()
                outage.since = None
    for record in records:
        if record.state in OUT_OF_REACH:
            outage = found[record.id]
            since = outage.since or record.seen_at
            outage.times += outage.since is None
            outage.seconds += (min(record.watched_at, ended_at) - since).total_seconds() if since else 0.0
    return {phone: outage for phone, outage in found.items() if outage.times}


def _trouble(
    phone: PhoneId,
    record: PhoneRecord | None,
    calls: PhoneCalls | None,
    alerts: Counter[str] | None,
    outages: Mapping[PhoneId, _Outage],
) -> PhoneTrouble:
    outage = outages.get(phone, _Outage())
    return PhoneTrouble(
        phone=phone,
        record=record,
        calls=calls,
        alerts=tuple(alerts.most_common()) if alerts else (),
        outages=outage.times,
        out_s=max(outage.seconds, 0.0),
        is_out=record is not None and record.state in OUT_OF_REACH,
    )


def _is_troubled(phone: PhoneTrouble) -> bool:
    return bool(phone.outages or phone.alerts or (phone.calls and phone.calls.bad))


def _urgency(phone: PhoneTrouble) -> tuple[bool, float, float, int]:
    return (not phone.is_out, -phone.bad_s, -phone.out_s, -sum(times for _, times in phone.alerts))


def _firmware(records: Iterable[PhoneRecord]) -> tuple[FirmwareCount, ...]:
    counts = Counter((record.model, record.version) for record in records if record.seen_at is not None)
    found = [FirmwareCount(model, version, phones) for (model, version), phones in counts.items()]
    return tuple(sorted(found, key=lambda one: (natural_key(one.model) or (), -one.phones, one.version or "")))


def _duplicates(records: Sequence[PhoneRecord]) -> Iterable[DuplicateAddress]:
    """Behind two jump hosts private addresses may be the same."""
    yield from _shared(PhoneTrait.MAC, records, lambda record: mac_key(record.mac) or None)
    yield from _shared(PhoneTrait.IP, records, lambda record: (record.via, record.ip) if record.ip else None)


def _shared(
    trait: PhoneTrait, records: Sequence[PhoneRecord], key: Callable[[PhoneRecord], object]
) -> Iterable[DuplicateAddress]:
    groups: dict[object, list[PhoneRecord]] = defaultdict(list)
    for record in records:
        if record.seen_at is not None and (found := key(record)) is not None:
            groups[found].append(record)
    for group in groups.values():
        latest = max(record.seen_at for record in group if record.seen_at is not None)
        now = [record for record in group if record.seen_at is not None and latest - record.seen_at <= TOGETHER]
        value = now[0].mac if trait is PhoneTrait.MAC else now[0].ip
        if len(now) > 1 and value is not None:
            yield DuplicateAddress(trait, value, tuple(record.id for record in now))


def _certificates(records: Iterable[PhoneRecord], ended_at: datetime) -> tuple[CertificateEnd, ...]:
    found = [
        CertificateEnd(record.id, record.certificate_ends_at, record.certificate_ends_at <= ended_at)
        for record in records
        if record.certificate_ends_at is not None and record.certificate_ends_at <= ended_at + EXPIRY
    ]
    return tuple(sorted(found, key=lambda one: (one.ends_at, one.phone)))
