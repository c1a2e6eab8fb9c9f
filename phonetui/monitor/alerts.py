"""The alerts of all phones: assesses phones that changed, journals raised and cleared alerts, keeps past ones.

A phone of which nothing that a rule looks at has changed costs a comparison, until time alone may raise or clear
something.
"""

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import inf

from msgspec.structs import replace

from phonetui.monitor.alert_journal import AlertJournal, FindPartner
from phonetui.monitor.journal import AlertReport, Journal
from phonetui.monitor.keyframe import AlertCase, AlertMonitorState
from phonetui.phone.alerts.alert import (
    POLICIES,
    Alert,
    AlertBook,
    AlertCondition,
    AlertKey,
    Ending,
    Mutes,
    Visibility,
    call_subject,
    shift_times,
    visibility,
)
from phonetui.phone.alerts.rules_calls import Diagnose
from phonetui.phone.alerts.rules_phone import (
    Past,
    assess_phone,
    assess_tunnels,
    call_ended,
    ending,
    is_alike,
    over,
)
from phonetui.phone.alerts.rules_ports import lasting
from phonetui.phone.calls.call_legs import is_another
from phonetui.phone.clock import NOT_SET
from phonetui.phone.quality.grading import Thresholds
from phonetui.phone.state import Call, CallKey, Phone, PhoneId, TunnelState

KEPT = 200
"""Cleared alerts, over all phones."""
KEPT_FOR = timedelta(hours=1)
COUNTED = 2_000
"""Alerts of which it is known how often they were raised; the one that was not for the longest is forgotten first."""


@dataclass(slots=True)
class _Case:
    """The progress of the assessment of one phone."""

    book: AlertBook
    phone: Phone | None = None
    """The phone as last assessed."""
    past: Past = field(default_factory=Past)
    conditions: tuple[AlertCondition, ...] = ()
    calls: Mapping[str, Call] = field(default_factory=dict)
    """By the subject of alerts about it: those that are up, or were when an alert of theirs was raised."""
    due: float = inf
    """Monotonic second up to which time alone changes nothing; that of the conditions is `stands_until`."""
    stands_until: float = inf


class AlertMonitor:
    """The alerts of all phones, assessed for each phone that changed and whenever time alone may change one."""

    def __init__(
        self,
        journal: Journal,
        thresholds: Thresholds,
        mutes: Sequence[str],
        causes: Diagnose,
        partner: FindPartner = lambda *_: None,
    ) -> None:
        """`mutes` as the configuration has them; `causes` says where to look for what is wrong with a call.

        `partner` finds a call's other end, so that both have one line in the journal.
        """
        self._journal = journal
        self._lines = AlertJournal(journal, partner)
        self._thresholds = thresholds
        self._mutes = Mutes(tuple(mutes))
        self._causes = causes
        self._cases: dict[PhoneId | None, _Case] = {}
        self._tunnels: tuple[TunnelState, ...] = ()
        self._cleared: deque[Alert] = deque(maxlen=KEPT)
        self._times: dict[AlertKey, int] = {}
        self._listed: tuple[Alert, ...] | None = ()
        self._due_at = -inf
        self._clock_set_by = NOT_SET
        """Seconds by which this machine's clock was set since the start."""

    @property
    def alerts(self) -> tuple[Alert, ...]:
        """The alerts that hold, worst first, muted ones last, then those cleared lately.

        The same tuple while they last.
        """
        if self._listed is None:
            held = [self._with_marks(alert) for case in self._cases.values() for alert in case.book.alerts]
            keys = {alert.key for alert in held}
            gone = [self._mutes.mark(alert) for alert in reversed(self._cleared) if alert.key not in keys]
            self._listed = (*sorted(held, key=_urgency), *gone)
        return self._listed

    def alerts_of(self, phone: PhoneId) -> Sequence[Alert]:
        """The alerts of one phone that hold or were cleared lately, in no order."""
        case = self._cases.get(phone)
        held = [self._with_marks(alert) for alert in case.book.alerts] if case is not None else []
        return [*held, *(self._mutes.mark(alert) for alert in self._cleared if alert.phone == phone)]

    def mute(self, key: AlertKey, *, muted: bool) -> None:
        """Mutes or unmutes an alert for this run."""
        self._mutes = self._mutes.choose(key, muted=muted)
        self._invalidate()

    @property
    def due_at(self) -> float:
        """Monotonic second from which on time alone may change something of some phone: then each is to be asked for.

        Until then those that changed are all that may be due.
        """
        return self._due_at

    def find_due(self) -> None:
        """Finds what is due next, after a look at all phones."""
        self._due_at = min([case.due for case in self._cases.values()], default=inf)

    def is_due(self, phone: Phone, at: float) -> bool:
        """Whether `update` would do anything: the phone is otherwise, or time alone may change something.

        Of a phone that is another object and alike this is remembered. What happened once is looked at once more.
        """
        case = self._cases.get(phone.id)
        if case is None or at >= case.due:
            return True
        if phone is case.phone:
            return False
        if case.phone is None or not is_alike(case.phone, phone):
            return True
        if any(POLICIES[condition.id].is_fact for condition in case.conditions):
            return True
        case.phone = phone
        return False

    def update(self, phone: Phone, at: float, seen_at: datetime) -> None:
        """Assesses a phone at monotonic second `at`; `seen_at` is the same moment, aware UTC."""
        if not self.is_due(phone, at):
            return
        case = self._case(phone.id)
        if phone is not case.phone or at >= case.stands_until:
            before = case.phone
            is_same = (
                before is not None and before.is_current and before.ports is phone.ports and at < case.stands_until
            )
            case.conditions, case.past = assess_phone(
                phone, case.past, at=at, seen_at=seen_at, thresholds=self._thresholds, diagnose=self._causes,
                clock_set_by=self._clock_set_by, of_ports=lasting(case.conditions) if is_same else None,
            )  # fmt: skip
            case.phone, case.stands_until = phone, case.past.until
            self._follow_calls(case, phone, seen_at)
        self._enter(case, at, seen_at, lambda alert: ending(phone, alert, seen_at), visibility(phone.connection.state))

    def _follow_calls(self, case: _Case, phone: Phone, seen_at: datetime) -> None:
        """Another call in a place has its own alerts and lines; while the phone is away, calls are as they were."""
        if not phone.is_current:
            return
        now, held = (
            {call_subject(call.key): call for call in phone.calls},
            {alert.subject for alert in case.book.alerts},
        )
        over = {
            subject: call
            for subject, call in case.calls.items()
            if (is_another(call, now[subject]) if subject in now else subject not in held)
        }
        if over:
            case.book, ended = case.book.end_subjects(over.keys(), seen_at, call_ended)
            self._take(ended, seen_at, case.calls)
            self._lines.forget(phone.id, {call.key for call in over.values()})
            self._times = {key: times for key, times in self._times.items() if key[0] != phone.id or key[2] not in over}
            held -= over.keys()
        case.calls = {subject: call for subject, call in case.calls.items() if subject in held} | now

    def update_tunnels(self, tunnels: tuple[TunnelState, ...], at: float, seen_at: datetime) -> None:
        """Assesses the jump hosts."""
        case = self._case(None)
        if tunnels == self._tunnels and at < case.due:
            return
        self._tunnels = tunnels
        case.conditions = assess_tunnels(tunnels)
        self._enter(case, at, seen_at, lambda alert: over(alert, seen_at), Visibility.CLEAR)

    def resume(self, at: float) -> None:
        """Goes on after a time in which nobody looked, which ended at monotonic second `at`."""
        self._due_at = -inf
        for case in self._cases.values():
            case.book = case.book.resume(at)
            case.due = min(case.book.due, case.stands_until)

    def redate(self, by: timedelta) -> None:
        """Our own clock was set `by` so much."""
        self._clock_set_by += by
        for case in self._cases.values():
            case.book = case.book.shift_times(by)
        self._cleared = deque((shift_times(alert, by) for alert in self._cleared), maxlen=KEPT)
        self._invalidate()

    def forget(self, phone: PhoneId) -> None:
        """Drops a phone that is no longer watched: its alerts go without being cleared."""
        self._cases.pop(phone, None)
        self._lines.forget(phone)
        self._cleared = deque((alert for alert in self._cleared if alert.phone != phone), maxlen=KEPT)
        self._times = {key: times for key, times in self._times.items() if key[0] != phone}
        self._invalidate()

    def state(self) -> AlertMonitorState:
        """What a replay can go on from."""
        cases = {
            phone: AlertCase(case.book, case.past, case.conditions, case.phone, dict(case.calls))
            for phone, case in self._cases.items()
        }
        return AlertMonitorState(
            cases,
            tuple(self._cleared),
            dict(self._times),
            self._clock_set_by,
            dict(self._mutes.chosen),
            self._lines.state(),
        )

    def restore(self, state: AlertMonitorState) -> None:
        """Goes on from a keyframe."""
        self._cases = {
            phone: _Case(
                case.book,
                case.phone,
                case.past,
                case.conditions,
                _calls(case),
                min(case.book.due, case.past.until),
                case.past.until,
            )
            for phone, case in state.cases.items()
        }
        self._cleared = deque(state.cleared, maxlen=KEPT)
        self._times = dict(state.times)
        self._clock_set_by = state.clock_set_by
        self._mutes = replace(self._mutes, chosen=state.mutes)
        self._lines.restore(state.troubles)
        self._due_at = -inf
        self._invalidate()

    def _case(self, phone: PhoneId | None) -> _Case:
        if phone not in self._cases:
            self._cases[phone] = _Case(AlertBook(phone))
        return self._cases[phone]

    def _enter(self, case: _Case, at: float, seen_at: datetime, end: Ending, visibility: Visibility) -> None:
        case.due = case.stands_until
        self._due_at = min(self._due_at, case.due)
        if not case.conditions and not case.book.pending:
            return
        before = case.book.alerts
        case.book, changes = case.book.take(case.conditions, at, seen_at, ending=end, visibility=visibility)
        case.due = min(case.book.due, case.stands_until)
        self._due_at = min(self._due_at, case.due)
        if changes or case.book.alerts != before:
            self._take(changes, seen_at, case.calls)

    def _take(self, changes: Iterable[Alert], seen_at: datetime, calls: Mapping[str, Call]) -> None:
        for alert in changes:
            if alert.raised_at == seen_at:
                self._times[alert.key] = self._times.pop(alert.key, 0) + 1
                if len(self._times) > COUNTED:
                    del self._times[next(iter(self._times))]
            if not alert.is_active:
                self._forget(alert.key, seen_at)
                self._cleared.append(replace(alert, times=self._count(alert, _key(calls, alert))))
            self._publish(self._with_marks(alert), _key(calls, alert), seen_at)
        self._invalidate()

    def _forget(self, key: AlertKey, seen_at: datetime) -> None:
        """Forgets what was cleared long ago, and the same alert as it was cleared before."""
        kept = [
            alert
            for alert in self._cleared
            if alert.key != key and alert.cleared_at is not None and seen_at - alert.cleared_at < KEPT_FOR
        ]
        self._cleared = deque(kept, maxlen=KEPT)

    def _publish(self, alert: Alert, call: CallKey | None, seen_at: datetime) -> None:
        if not alert.is_muted:
            self._journal.send(AlertReport(alert, seen_at))
            self._lines.write(alert, call, seen_at)

    def _with_marks(self, alert: Alert) -> Alert:
        case = self._cases.get(alert.phone)
        call = _key(case.calls, alert) if case else None
        times = self._count(alert, call)
        ends, is_second_end = self._lines.ends(alert, call) if alert.is_active else (1, False)
        return self._mutes.mark(replace(alert, times=times, ends=ends, is_second_end=is_second_end))

    def _count(self, alert: Alert, call: CallKey | None) -> int:
        """How often it was raised."""
        return self._lines.times(alert, call) or self._times.get(alert.key, 1)

    def _invalidate(self) -> None:
        self._listed = None
        self._journal.version += 1


def _urgency(alert: Alert) -> tuple[bool, int, float]:
    return (alert.is_muted, -alert.severity.rank, -alert.raised_at.timestamp())


def _calls(case: AlertCase) -> Mapping[str, Call]:
    """By what their alerts are about; an early recording has those alone that were up."""
    if case.calls is not None:
        return case.calls
    return {call_subject(call.key): call for call in case.phone.calls} if case.phone else {}


def _key(calls: Mapping[str, Call], alert: Alert) -> CallKey | None:
    """The key of the call that an alert is about."""
    call = calls.get(alert.subject)
    return call.key if call else None
