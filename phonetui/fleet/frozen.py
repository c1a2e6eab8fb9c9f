"""A fleet as it was when the display was frozen."""

from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import TYPE_CHECKING

from msgspec import Struct

from phonetui.fleet.protocol import FleetView
from phonetui.phone.state import CallKey, Phone, PhoneId

if TYPE_CHECKING:  # what brings the whole language along: not before the first frame
    from phonetui.phone.alerts.alert import Alert
    from phonetui.phone.calls.call_legs import Ambiguous, Leg, Partner
    from phonetui.phone.calls.call_record import CallRecord
    from phonetui.phone.diagnosis import Diagnosis
    from phonetui.phone.history import CallHistory, PortHistory
    from phonetui.phone.journal import JournalEntry


class FrozenFleet(Struct, frozen=True):
    """A `FleetView` that never changes, so that one may walk from phone to phone and see each as it was."""

    phones: Mapping[PhoneId, Phone]
    entries: "Sequence[JournalEntry]"
    alerts: "Sequence[Alert]"
    hints: "Sequence[Diagnosis]"
    records: "Sequence[CallRecord]"
    _histories: "Mapping[PhoneId, Mapping[CallKey, CallHistory]]"
    _port_histories: "Mapping[PhoneId, Mapping[int, PortHistory]]"
    _partners: "Mapping[Leg, Partner | Ambiguous | None]"
    _causes: "Mapping[Leg, Sequence[Diagnosis]]"

    @staticmethod
    def of(fleet: FleetView) -> "FrozenFleet":
        """Figures over time are copied; everything else is immutable anyway."""
        phones = dict(fleet.phones)
        legs = [(phone.id, call.key) for phone in phones.values() for call in phone.calls]
        return FrozenFleet(
            phones,
            tuple(fleet.entries),
            tuple(fleet.alerts),
            tuple(fleet.hints),
            tuple(fleet.records),
            {phone: deepcopy(dict(fleet.history(phone))) for phone in phones},
            {phone: deepcopy(dict(fleet.port_history(phone))) for phone in phones},
            {leg: fleet.partner(*leg) for leg in legs},
            {leg: fleet.causes(*leg) for leg in legs},
        )

    def history(self, phone: PhoneId) -> "Mapping[CallKey, CallHistory]":
        return self._histories[phone]

    def port_history(self, phone: PhoneId) -> "Mapping[int, PortHistory]":
        return self._port_histories[phone]

    def partner(self, phone: PhoneId, call: CallKey) -> "Partner | Ambiguous | None":
        return self._partners.get((phone, call))

    def causes(self, phone: PhoneId, call: CallKey) -> "Sequence[Diagnosis]":
        return self._causes.get((phone, call), ())
