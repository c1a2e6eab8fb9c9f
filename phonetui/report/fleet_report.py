"""All figures of one report, the data behind them, and the same masked."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, tzinfo

from msgspec import Struct
from msgspec.structs import replace

from phonetui.fleet.mask import Mask
from phonetui.phone.alerts.alert import Alert
from phonetui.phone.calls.call_record import CallRecord
from phonetui.phone.inventory import PhoneChange, PhoneRecord, PhoneTrait
from phonetui.phone.state import PhoneId
from phonetui.report.call_figures import CallFigures, PhoneCalls, WorstCall, call_figures
from phonetui.report.phone_figures import DuplicateAddress, FleetFigures, PhoneTrouble, phone_figures
from phonetui.text import Printable, printable


class ReportSource(Struct, frozen=True, kw_only=True):
    """The data kept of a period."""

    calls: Iterable[CallRecord]
    """Call records in the order in which they ended."""
    phones: Sequence[PhoneRecord]
    """The phones watched in the period, as last known."""
    changes: Sequence[PhoneChange]
    """Oldest first."""
    alerts: Sequence[Alert]
    kept_since: datetime | None = None
    """When the earliest kept call ended; None where none is kept."""
    gaps: tuple[Printable, ...] = ()
    """In words, what could not be read."""


class FleetReport(Struct, frozen=True, kw_only=True):
    title: Printable
    began_at: datetime
    """Aware UTC, as every moment here."""
    ended_at: datetime
    is_masked: bool = False
    calls: CallFigures
    phones: FleetFigures
    names: Mapping[PhoneId, Printable]
    """Names of the phones of which more than calls is kept."""
    unknown: tuple[Printable, ...]
    """Sentences about what the figures do not include."""

    def name(self, phone: PhoneId) -> Printable:
        return self.names.get(phone, printable(phone))


def fleet_report(
    source: ReportSource, began_at: datetime, ended_at: datetime, *, title: Printable, zone: tzinfo | None
) -> FleetReport:
    """Of a time between two moments (aware UTC); parts of it begin with hours or days of `zone`."""
    calls = call_figures(source.calls, began_at, ended_at, zone)
    phones = phone_figures(source.phones, source.changes, source.alerts, calls.phones, ended_at)
    return FleetReport(
        title=title,
        began_at=began_at,
        ended_at=ended_at,
        calls=calls,
        phones=phones,
        names={record.id: record.name for record in source.phones},
        unknown=(*_unknown(source, calls, phones, began_at), *source.gaps),
    )


def _unknown(source: ReportSource, calls: CallFigures, phones: FleetFigures, began_at: datetime) -> Iterator[Printable]:
    unjudged = calls.ends - calls.judged
    if source.kept_since is not None and source.kept_since > began_at:
        yield printable(f"No call is kept from before {source.kept_since:%Y-%m-%d %H:%M} UTC.")
    if unjudged:
        yield printable(f"{unjudged} of {calls.ends} ends of calls could not be judged: too short, or without figures.")
    if calls.lost:
        yield printable(f"{calls.lost} of {calls.ends} ends of calls went out of sight before they were over.")
    if not phones.phones:
        yield printable("Of the phones themselves nothing was kept in this time: the dashboard and 'collect' keep it.")
        return
    if phones.placed < phones.phones:
        yield printable(f"{phones.phones - phones.placed} of {phones.phones} phones name no switch port.")
    if phones.certificates_known < phones.phones:
        missing = phones.phones - phones.certificates_known
        yield printable(f"{missing} of {phones.phones} phones showed no certificate that was checked.")
    if phones.serials < phones.phones:
        yield printable("Phones publish no serial number: only those of the configuration are known.")


def mask_report(report: FleetReport, records: Iterable[PhoneRecord]) -> FleetReport:
    """`report` as it may be shown to strangers: names and numbers of parties, and addresses, are hidden.

    `records` are the phones that it is of. Names that the configuration gives phones stay, unless they are addresses.
    """
    mask = Mask()
    shown = {record.id: mask.kept_phone(record) for record in records}
    ids = dict.fromkeys([*shown, *report.calls.phones, *(phone.phone for phone in report.phones.troubled)])
    names = {phone: shown[phone].name if phone in shown else mask.phone_name(printable(phone)) for phone in ids}
    renamed = {phone: PhoneId(name) for phone, name in names.items()}
    for worst in report.calls.worst:  # whose names they are is learnt before the first text is shown
        mask.record(worst.record)
    calls = replace(
        report.calls,
        worst=tuple(_masked_call(worst, mask, renamed) for worst in report.calls.worst),
        phones={renamed[phone]: _masked_advice(one, mask) for phone, one in report.calls.phones.items()},
    )
    phones = report.phones
    figures = replace(
        phones,
        troubled=tuple(_masked_trouble(one, mask, renamed, shown) for one in phones.troubled),
        moves=tuple(_masked_change(one, mask, renamed) for one in phones.moves),
        other_changes=tuple(_masked_change(one, mask, renamed) for one in phones.other_changes),
        duplicates=tuple(_masked_duplicate(one, mask, renamed) for one in phones.duplicates),
        certificates=tuple(replace(one, phone=renamed[one.phone]) for one in phones.certificates),
    )
    return replace(
        report, is_masked=True, calls=calls, phones=figures, names={PhoneId(name): name for name in names.values()}
    )


_Names = Mapping[PhoneId, PhoneId]


def _renamed(phone: PhoneId, names: _Names, mask: Mask) -> PhoneId:
    return names.get(phone) or PhoneId(mask.phone_name(printable(phone)))


def _masked_call(worst: WorstCall, mask: Mask, names: _Names) -> WorstCall:
    other = _masked_record(worst.other, mask, names) if worst.other is not None else None
    return WorstCall(_masked_record(worst.record, mask, names), other)


def _masked_record(record: CallRecord, mask: Mask, names: _Names) -> CallRecord:
    partner = (_renamed(record.partner[0], names, mask), record.partner[1]) if record.partner else None
    return replace(mask.record(record), phone=_renamed(record.phone, names, mask), partner=partner)


def _masked_advice(calls: PhoneCalls, mask: Mask) -> PhoneCalls:
    return replace(calls, advice=mask.free(calls.advice)) if calls.advice else calls


def _masked_trouble(
    phone: PhoneTrouble, mask: Mask, names: _Names, shown: Mapping[PhoneId, PhoneRecord]
) -> PhoneTrouble:
    calls = _masked_advice(phone.calls, mask) if phone.calls else None
    return replace(phone, phone=names[phone.phone], record=shown.get(phone.phone), calls=calls)


def _masked_change(change: PhoneChange, mask: Mask, names: _Names) -> PhoneChange:
    hide = mask.address if change.trait in (PhoneTrait.MAC, PhoneTrait.IP) else mask.free
    before, after = hide(change.before) or change.before, hide(change.after) or change.after
    return replace(change, phone=_renamed(change.phone, names, mask), before=before, after=after)


def _masked_duplicate(duplicate: DuplicateAddress, mask: Mask, names: _Names) -> DuplicateAddress:
    phones = tuple(names[phone] for phone in duplicate.phones)
    return replace(duplicate, phones=phones, value=mask.address(duplicate.value) or duplicate.value)
