"""The data of one call for a screen: both ends while it is up, its record once it is over."""

from phonetui.phone.calls.call_legs import Partner
from phonetui.phone.calls.call_record import CallRecord, other_end
from phonetui.phone.diagnosis import CallEnd, Diagnosis
from phonetui.phone.state import CallKey, Phase, PhoneId
from phonetui.ui.calls.call_rows import ShownCall
from phonetui.ui.calls.card import call_card
from phonetui.ui.calls.kept_rows import kept_call, without_figures
from phonetui.ui.calls.live_rows import LiveCall, live_call
from phonetui.ui.snapshot import Snapshot
from phonetui.ui.text.rows import Row
from phonetui.ui.view_state import ViewState


class CallSource:
    def __init__(self, view_state: ViewState) -> None:
        self._view_state = view_state
        self._kept: ShownCall | None = None
        self._kept_of: object = None
        """What that was made of: reading it out of the records costs more than drawing it."""

    def shown(self, snapshot: Snapshot, record: CallRecord) -> ShownCall | None:
        """The call with its figures.

        None while it is up without any, and where none were kept: `card` is all that there is.
        """
        live = self._live_call(snapshot, record)
        if live is not None:
            return live_call(live, snapshot)
        return None if record.is_up else self._kept_call(snapshot, record)

    def card(self, snapshot: Snapshot, record: CallRecord, width: int) -> list[Row]:
        other = other_end(record, self._view_state.records)
        rows = call_card(record, other, snapshot.zone, width, is_silent=_is_silent(snapshot, record))
        return without_figures(rows, width) if record.answered_at is not None and not record.is_up else rows

    def _kept_call(self, snapshot: Snapshot, record: CallRecord) -> ShownCall | None:
        other = other_end(record, self._view_state.records)
        ends = (record, other) if other is not None else (record,)
        is_silent = _is_silent(snapshot, record)
        made_of = (ends, snapshot.thresholds, snapshot.zone, is_silent)
        if made_of != self._kept_of:
            self._kept_of = made_of
            self._kept = kept_call(ends, snapshot.thresholds, snapshot.zone, is_silent=is_silent)
        return self._kept

    def _live_call(self, snapshot: Snapshot, record: CallRecord) -> LiveCall | None:
        """None once it is over, or while its phone shows no figures of it."""
        near = _end(snapshot, record.phone, record.key) if record.is_up else None
        if near is None or near.call.is_from_events or near.call.phase not in (Phase.TALK, Phase.HELD):
            return None
        partner = self._view_state.partner(record.phone, record.key)
        there = (partner.phone, partner.key) if isinstance(partner, Partner) else None
        far = _end(snapshot, *there) if there else None
        history = self._view_state.history(record.phone).get(record.key)
        far_history = self._view_state.history(there[0]).get(there[1]) if there and far else None
        causes: dict[str, Diagnosis] = {}
        for end in ((record.phone, record.key), *([there] if there else [])):
            for cause in self._view_state.causes(*end):
                causes.setdefault(cause.words, cause)
        return LiveCall(record, near, history, far, far_history, tuple(causes.values()))


def _is_silent(snapshot: Snapshot, record: CallRecord) -> bool:
    """Whether the phone does not answer."""
    phone = snapshot.phones.get(record.phone)
    return phone is not None and not phone.is_current


def _end(snapshot: Snapshot, phone: PhoneId, key: CallKey) -> CallEnd | None:
    """Of a call that is up at a phone."""
    known = snapshot.phones.get(phone)
    call = next((call for call in known.calls if call.key == key), None) if known else None
    return CallEnd(known, call, known.measure(key)) if known and call else None
