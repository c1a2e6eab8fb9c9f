"""All that is known of one phone: readings and pushes go in, a new frozen `Phone` comes out.

The same leaves come from two sources. A push is fresher than a reading that was asked for before it came, so a reading
never overwrites it; a reading knows everything, so what pushes lost or swapped is mended by the next one.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from itertools import compress
from operator import is_not

from msgspec.structs import replace

from phonetui.errors import PermissionDenied, PhonetuiError
from phonetui.monitor.firmware_profile import LossRateUnitStore, ModelFirmware
from phonetui.monitor.keyframe import KnowledgeState, PhoneFigures
from phonetui.phone import port_counters
from phonetui.phone.calls import event_calls
from phonetui.phone.calls.call_legs import is_another
from phonetui.phone.calls.call_series import CallSeries
from phonetui.phone.calls.call_tracker import Units
from phonetui.phone.history import CallHistory, PortHistory
from phonetui.phone.measure import Measure
from phonetui.phone.observe import HISTORIES, LEAVES, admit, excess, observe
from phonetui.phone.quality.call_quality import CallQuality, take
from phonetui.phone.quality.grading import Thresholds
from phonetui.phone.quality.loss import LossRateUnit, votes
from phonetui.phone.state import Call, CallKey, Line, Phone
from phonetui.text import Printable
from phonetui.xapi import catalog
from phonetui.xapi.catalog import phoneos
from phonetui.xapi.document import EMPTY, Document, Event, Update
from phonetui.xapi.path import ROOT, Path
from phonetui.xapi.refusal import with_role

OUTAGE_INTERVALS, OUTAGE_S = 3, 5.0
"""Readings that are further apart had an outage between them: as many intervals as make a phone stale, and a while."""


_WEBEX = Printable("Webex")
"""Stands where a phone's address or the name of its jump host would."""


class Knowledge:
    """The document, the phone that it shows, and what its calls' figures were."""

    def __init__(
        self,
        phone: Phone,
        thresholds: Thresholds,
        *,
        loss_rate_units: LossRateUnitStore | None = None,
        loss_rate_scale: LossRateUnit | None = None,
        mos_divisor: float | None = None,
        far_sent: Callable[[CallKey], int | None] = lambda _: None,
        keeps_histories: bool = True,
    ) -> None:
        """`loss_rate_units` is what all phones' counters say of that unit; the next two are the operator's word.

        `far_sent` gives how many packets the other end of a call has sent, where that is a phone that answers.
        `keeps_histories`: whether somebody may look at figures over time.
        """
        self.phone = phone
        self.document = EMPTY
        self.histories: dict[CallKey, CallHistory] = {}
        self.port_histories: dict[int, PortHistory] = {}
        """Histories by port index."""
        self.changed_at: dict[Path, float] = {}
        """When each leaf that is there came or changed last, in monotonic seconds."""
        self._thresholds = thresholds
        self._loss_rate_units = loss_rate_units or LossRateUnitStore(None)
        self._loss_rate_scale = loss_rate_scale
        self._mos_divisor = mos_divisor
        self._far_sent = far_sent
        self._keeps_histories = keeps_histories
        self._is_full = False
        """Whether anything ever had to be left out."""
        self.whole_history: Callable[[CallKey, CallHistory], CallHistory] | None = None
        """Adds what came before a keyframe, where this began with one."""
        self._ended: dict[CallKey, CallHistory] = {}
        """Figures of calls that ended since `forget_ended`."""
        self._qualities: dict[CallKey, CallQuality] = {}
        self._measured_at: float | None = None
        self._unregistered: frozenset[int] = frozenset()
        self._pushed: set[tuple[str | int, ...]] = set()
        """What was pushed since a reading was asked for."""
        self._above_pushed: frozenset[tuple[str | int, ...]] | None = None
        """The places above that; None until it is wanted."""
        self._counted = -1
        """Leaves at the latest look for excess."""
        self._noted_excess: set[str] = set()
        """Kinds of excess that were given by `excess`."""

    def begin_reading(self) -> None:
        """A reading is about to be asked for: pushes from here on are fresher than it."""
        self._pushed.clear()
        self._above_pushed = None

    def differences(self, read: Document, place: Path, at: float) -> tuple[Update, ...]:
        """What a reading of everything at `place` would change, less what was pushed since it was asked for."""
        return self.unpushed(self.document.changes(read, at, place=place))

    def unpushed(self, changes: tuple[Update, ...]) -> tuple[Update, ...]:
        """The changes of a reading that no later push has overtaken."""
        return tuple(change for change in changes if not self._was_pushed(change.path)) if self._pushed else changes

    def pushed(self, updates: Iterable[Update]) -> tuple[Update, ...]:
        """What is new of that which a phone pushed, which is fresher than a reading that is on its way."""
        updates = tuple(updates)
        self._note_pushed(updates)
        return tuple(self._changes(updates))

    def is_sender(self, mac: str) -> bool:
        """Whether a push with the sender `mac` can be this phone's, which has an address for each of its interfaces.

        Nothing speaks against it as long as none of them is known.
        """
        addresses = (self.phone.system.mac, self.phone.network.ethernet_mac, self.phone.network.wifi_mac)
        own = {_digits(address) for address in addresses if address}
        return not own or _digits(mac) in own

    def apply(
        self, changes: Iterable[Update], at: float, *, leads_to: tuple[Document, Path] | None = None
    ) -> tuple[Update, ...]:
        """Takes changes; gives those that were taken, which are all but of a phone that says too much.

        Where they are all that a reading differs in, `leads_to` is that reading, of everything at a place.
        """
        changes, is_full = admit(self.document, changes)
        self._is_full |= is_full
        before = self.phone
        if changes:
            known, is_sound = self.document, not is_full and not self._pushed
            after = known.replaced(*leads_to) if leads_to is not None and is_sound else None
            self.document = known.merge(changes) if after is None else after
            self._date(known, changes, at)
            self.phone = observe(self.phone, self.document, changes, at, mos_divisor=self._mos_divisor)
        self._change(before, event_calls.after_reading(before, self.phone, at))
        return changes

    def apply_event(self, event: Event, at: float) -> bool:
        """Takes what an event says of a call; whether that changed anything."""
        before = self.phone
        self._change(before, event_calls.after_event(before, event, at, mos_divisor=self._mos_divisor))
        return self.phone is not before

    def share(self, read: Document) -> None:
        """Keeps the parts of `read`, which was just applied, that say the same: they are compared by identity then."""
        self.document = self.document.sharing(read)

    def has(self, place: Path) -> bool:
        """Whether the phone said anything at `place` or below it."""
        return bool(self.document.under(place))

    def note_refusal(self, place: Path, error: PhonetuiError) -> str:
        """Takes in that a place of the status tree, or a command, was refused; what happened, in words."""
        is_command = phoneos().find(place, catalog.CatalogKind.COMMAND) is not None
        if not isinstance(error, PermissionDenied):
            return str(error) if is_command else f"{place} cannot be read: {error}"
        self.phone = replace(self.phone, forbidden=self.phone.forbidden | {str(name) for name in place[:1]})
        return str(with_role(error, place, catalog.CatalogKind.COMMAND if is_command else catalog.CatalogKind.STATUS))

    def note_answer(self, place: Path) -> None:
        """`place` was answered: it is not forbidden, or not any more."""
        if self.phone.forbidden and place[:1] and str(place[0]) in self.phone.forbidden:
            self.phone = replace(self.phone, forbidden=self.phone.forbidden - {str(place[0])})

    def lose_sight(self) -> None:
        """The phone does not answer: calls that are known by events alone may be over."""
        self._change(self.phone, event_calls.without_event_calls(self.phone))

    def _change(self, before: Phone, after: Phone) -> None:
        self.phone = after
        if after is not before:
            self._forget_ended(before)

    def excess(self) -> tuple[str, ...]:
        """What the phone says too much of, in words, each kind once; looked for where leaves came or went."""
        if len(self.document) == self._counted and not self._is_full:
            return ()
        self._counted = len(self.document)
        calls = [len(line.calls) for line in self.phone.lines]
        found = excess(self.document, calls, is_full=self._is_full)
        fresh = tuple(words for kind, words in found.items() if kind not in self._noted_excess)
        self._noted_excess.update(found)
        return fresh

    def measure(self, at: float, seen_at: datetime | None = None) -> tuple[tuple[Call, Measure], ...]:
        """Judges every live call by the reading that was just applied; `seen_at` is now where it is left out."""
        calls, seen_at = tuple(self.phone.calls), seen_at or datetime.now(UTC)
        was_away, reregistered = self._outages(at)
        for call in calls:
            quality = take(
                self._qualities.get(call.key), call, at, seen_at, self._thresholds, scale=self._scale,
                far_sent=self._far_sent(call.key), is_after_outage=was_away or call.line in reregistered,
            )  # fmt: skip
            self._qualities[call.key] = quality
            if quality.is_sample:
                for vote in votes(call):
                    self._loss_rate_units.cast(self._kind, vote)
            self._remember(call, quality, at)
        measures = tuple(quality.measure for call in calls if (quality := self._qualities[call.key]).has_talked)
        if measures != self.phone.measures:
            self.phone = replace(self.phone, measures=measures)
        scores = [measure.mos for measure in measures if measure.mos is not None]
        if scores and self._keeps_histories and (trend := self.phone.trend.add(at, min(scores))) != self.phone.trend:
            self.phone = replace(self.phone, trend=trend)
        return tuple((call, self._qualities[call.key].measure) for call in calls)

    def series(self, call: CallKey, at: float, seen_at: datetime) -> CallSeries | None:
        """The figures over time of a call that is up or just ended; the two moments are one."""
        history = self._ended.get(call) or self.histories.get(call)
        if history is not None and self.whole_history is not None:
            history = self.whole_history(call, history)
        return history.series(seen_at.timestamp() - at) if history is not None else None

    def forget_ended(self) -> None:
        """Whoever wants the figures of calls that are over has taken them."""
        self._ended.clear()

    def count_ports(self, at: float) -> None:
        """Keeps the ports' figures, as the reading that was just applied leaves them."""
        if not self._keeps_histories:
            return
        ports = {
            each.index: each for each in self.phone.ports if each.index in port_counters.LEAVES
        }  # one may name thousands
        for index in self.port_histories.keys() - ports.keys():
            del self.port_histories[index]
        for index, port in ports.items():
            if index in self.port_histories or port.rx_per_s is not None or port.errors_risen is not None:
                if (history := self.port_histories.get(index)) is None:
                    history = self.port_histories[index] = PortHistory(at)
                history.rx_per_s.add(at, port.rx_per_s)
                history.tx_per_s.add(at, port.tx_per_s)
                history.errors.add(at, port_counters.newly_risen(port, at))

    def resume(self) -> None:
        """Goes on after a time without readings that was no phone's doing: what ports counted meanwhile has no rate."""
        ports = tuple(replace(port, counted_at=None) for port in self.phone.ports)
        self.phone = replace(self.phone, ports=ports)

    def state(self) -> KnowledgeState:
        """What a replay can go on from."""
        return KnowledgeState(
            self.phone,
            dict(self._qualities),
            self._measured_at,
            self._unregistered,
            {key: history.since_at for key, history in self.histories.items()},
            {index: history.since_at for index, history in self.port_histories.items()},
        )

    def figures_after(self, at: float) -> PhoneFigures:
        """Figures over time, those after monotonic second `at`."""
        return PhoneFigures(
            {key: (history.since_at, history.mos.samples_after(at)) for key, history in self.histories.items()},
            {
                index: (history.since_at, history.rx_per_s.samples_after(at))
                for index, history in self.port_histories.items()
            },
        )

    def restore(self, document: Document, changed_at: Mapping[Path, float], state: KnowledgeState | None) -> None:
        """Goes on from a keyframe, without figures over time; without a `state` by what the document says."""
        self.document, self.changed_at = document, dict(changed_at)
        if state is None:
            at = max(changed_at.values(), default=0.0)
            changes = [Update(path, value, at) for path, value in document.items()]
            self.phone = observe(self.phone, document, changes, at, mos_divisor=self._mos_divisor)
            return
        self.phone, self._qualities = state.phone, dict(state.qualities)
        self._measured_at, self._unregistered = state.measured_at, state.unregistered
        self.histories = {key: CallHistory(since_at) for key, since_at in state.calls_since.items()}
        self.port_histories = {index: PortHistory(since_at) for index, since_at in state.ports_since.items()}

    def _outages(self, at: float) -> tuple[bool, frozenset[int]]:
        """Whether the phone was out of reach since the reading before, and the lines that lost or found SIP."""
        since = at if self._measured_at is None else self._measured_at
        is_long = at - since > max(OUTAGE_INTERVALS * self.phone.connection.interval_s, OUTAGE_S)
        unregistered = frozenset(line.index for line in self.phone.lines if line.is_registered is False)
        changed = unregistered ^ self._unregistered
        self._measured_at, self._unregistered = at, unregistered
        return is_long, changed

    def awaits_push(self, changes: Iterable[Update]) -> bool:
        """Whether some change is of a kind that the phone pushes, so that its push may just be on the way."""
        return any(_is_pushable(change.path) for change in changes)

    def _date(self, before: Document, changes: Iterable[Update], at: float) -> None:
        ghosts = [change.path for change in changes if change.value is None]
        for path in before.covered(ghosts) if ghosts else ():
            self.changed_at.pop(path, None)
        for change in changes:
            if not ghosts or change.path in self.document:
                self.changed_at[change.path] = at

    @property
    def units(self) -> Units:
        """How the phone's figures have to be read, as far as it is known."""
        return Units(self._scale, self._mos_divisor, self._thresholds)

    @property
    def _scale(self) -> LossRateUnit | None:
        """The unit of the phone's rates, as far as it is known."""
        return self._loss_rate_scale or self._loss_rate_units.get(self._kind)

    @property
    def _kind(self) -> ModelFirmware:
        return (self.phone.system.product_id, self.phone.system.version)

    def _remember(self, call: Call, quality: CallQuality, at: float) -> None:
        if not self._keeps_histories or (call.key not in self.histories and len(self.histories) >= HISTORIES):
            return
        if (history := self.histories.get(call.key)) is None:
            history = self.histories[call.key] = CallHistory(at)
        if quality.segment is not None:
            measure = quality.measure
            history.mos.add(at, measure.mos)
            history.loss_pct.add(at, measure.loss_pct)
            history.discard_pct.add(at, measure.discard_pct)
            history.jitter_ms.add(at, call.jitter_ms)
            history.round_trip_ms.add(at, call.round_trip_ms)

    def _forget_ended(self, before: Phone) -> None:
        """At once, because the next call may sit in the same place. A line that didn't change is the same object."""
        is_unchanged = before.event_calls is self.phone.event_calls
        if before.lines is self.phone.lines and is_unchanged:
            return
        changed, after = _changed_lines(before.lines, self.phone.lines)
        if not changed and is_unchanged:
            return
        calls = {call.key: call for line in after for call in line.calls if call.phase.is_live}
        if before.event_calls or self.phone.event_calls:
            calls = {call.key: call for call in self.phone.calls}
        were = (*(call for line in changed for call in line.calls if call.phase.is_live), *before.event_calls)
        over = {call.key for call in were if call.key not in calls or is_another(call, calls[call.key])}
        for key in over:
            history = self.histories.pop(key, None)
            if history is not None and len(self._ended) < HISTORIES:
                self._ended[key] = history
            self._qualities.pop(key, None)
        if over:
            measures = tuple(measure for measure in self.phone.measures if measure.key not in over)
            self.phone = replace(self.phone, measures=measures)

    def _changes(self, updates: Sequence[Update]) -> list[Update]:
        """Values that are others, and ghosts of something that is there."""
        if None not in [value for _, value, _ in updates]:
            return [update for update in updates if self.document.get(update.path) != update.value]
        ghosts = {update.path for update in updates if update.is_ghost}
        ending = self.document.covered(ghosts) if ghosts else ()
        ended = {path[:depth] for path in ending for depth in range(len(path) + 1)}
        return [
            update
            for update in updates
            if (update.path in ended if update.is_ghost else self.document.get(update.path) != update.value)
        ]

    def _note_pushed(self, updates: Iterable[Update]) -> None:
        """Bounded: what is pushed beyond that counts as everything."""
        paths = [update.path for update in updates]
        if len(self._pushed) + len(paths) > 2 * LEAVES:
            paths = [ROOT]
            self._pushed.clear()
        self._pushed.update(paths)
        self._above_pushed = None

    def _was_pushed(self, path: Path) -> bool:
        """Itself, something above it, or something below it."""
        if self._above_pushed is None:
            self._above_pushed = frozenset(place[:depth] for place in self._pushed for depth in range(len(place)))
        return path in self._above_pushed or any(path[:depth] in self._pushed for depth in range(len(path) + 1))


@lru_cache(4096)
def _is_pushable(path: Path) -> bool:
    return phoneos().is_pushable(path)


def _changed_lines(before: tuple[Line, ...], after: tuple[Line, ...]) -> tuple[list[Line], list[Line]]:
    """The lines that are not the same objects any more, as they were and as far as they are still there."""
    if len(before) == len(after):
        were = list(compress(before, map(is_not, before, after)))
        are = list(compress(after, map(is_not, after, before)))
        if [line.index for line in were] == [line.index for line in are]:
            return were, are
    lines = {line.index: line for line in after}
    changed = [line for line in before if lines.get(line.index) is not line]
    return changed, [lines[line.index] for line in changed if line.index in lines]


def _digits(mac: str) -> str:
    """Without whatever stands between them: `00-00-5e…` and `00005E…` are one address."""
    return re.sub(r"[^0-9A-F]", "", mac.upper())
