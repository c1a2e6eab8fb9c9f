"""The operator's view: which phone or Webex device, counters since when, live or frozen.

A frozen display is a copy of the fleet at one moment, so that one may walk from phone to phone and see each as it was.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, tzinfo
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from phonetui.errors import ConfigError
from phonetui.fleet.extensions import ReplayControl
from phonetui.fleet.frozen import FrozenFleet
from phonetui.fleet.protocol import FleetView, Permission
from phonetui.phone.calls.call_legs import Ambiguous, Leg, Partner
from phonetui.phone.history import Baseline, CallHistory
from phonetui.phone.journal import JournalEntry
from phonetui.phone.lights import Cadence
from phonetui.phone.state import CallKey, Phone, PhoneId
from phonetui.ui.current_alerts import CurrentAlerts
from phonetui.ui.session import Session
from phonetui.ui.snapshot import FleetSummarizer, FleetSummary, Snapshot
from phonetui.ui.text.format import AGE_STEP_S, TROUBLE, urgency
from phonetui.ui.widgets.list_cursor import SETTLE_S

if TYPE_CHECKING:
    from phonetui.phone.calls.call_record import CallRecord
    from phonetui.phone.diagnosis import Diagnosis
    from phonetui.webex.devices import WebexDevice
    from phonetui.webex.inventory import CloudState

BLINK_STEP_S = 0.25
"""Seconds between two looks; what blinks fastest goes on and off twice a second, which nobody's eyes mind."""
_COURSES = {
    Cadence.SLOW: "●●●●○○○○",
    Cadence.FLASH: "●●○○",
    Cadence.FAST: "●○",
    Cadence.PULSE: "●●●●●●○○",
    Cadence.DOUBLE: "●○●○○○○○",
}
"""A sign a step, over and over: no phone publishes its own."""


def dark_cadences(at: float) -> frozenset[Cadence]:
    """The cadences whose lights are off at second `at`."""
    step = int(at / BLINK_STEP_S)
    return frozenset(cadence for cadence, course in _COURSES.items() if course[step % len(course)] == "○")


_STEP_LATE_S = 0.01
"""After a step of time it is looked at: a timer may be early by a rounding."""
_KEPT = "phones"
"""The name of the preferences of how phones are listed."""


def _calls(view: FleetView, legs: Sequence[Leg]) -> int:
    """That are up; one between two phones of the fleet is one."""
    up = set(legs)
    partners = {leg: (found.phone, found.key) for leg in legs if isinstance(found := view.partner(*leg), Partner)}
    return len(up) - sum(other < leg and other in up for leg, other in partners.items())


def _far_histories(view: FleetView, partners: "Mapping[CallKey, Partner | Ambiguous]") -> dict[CallKey, CallHistory]:
    """The figures of the other ends, by the near end's call."""
    ends = {key: end for key, end in partners.items() if isinstance(end, Partner) and end.phone in view.phones}
    found = {key: view.history(end.phone).get(end.key) for key, end in ends.items()}
    return {key: history for key, history in found.items() if history is not None}


class _Moment(Struct, frozen=True):
    fleet: FleetView
    cloud: "CloudState | None"
    baselines: Mapping[PhoneId, Baseline]
    at: float
    taken_at: datetime
    timeline: ReplayControl | None = None


class ViewState:
    def __init__(self, session: Session, keeps_up: Callable[[], bool] = lambda: True) -> None:
        """`keeps_up`: whether the terminal takes what it is given; while it doesn't, there is nothing to see."""
        self.session = session
        self._keeps_up = keeps_up
        self.is_watched = True
        """Whether the terminal has the operator's attention, as far as it tells."""
        self._stamp = (-1, -1, -1)
        self._selected: PhoneId | None = next(iter(session.fleet.phones), None)
        self._device: str | None = None
        self._strayed_at = -math.inf
        """When what was selected was found gone, in monotonic seconds."""
        self._frozen: _Moment | None = None
        self.has_phone_strip = False
        """Whether the strip of a recording has the grades of the selected phone, not of the whole fleet."""
        self._zone: tzinfo | None = session.zone
        kept = session.preferences.get(_KEPT)
        self.is_worst_first = not (isinstance(kept, Mapping) and kept.get("order") == "place")
        """How phones are listed; the operator's choice is kept."""
        self.is_chosen = False
        """Whether the operator is at work: until then the worst phone is selected, where these are listed first."""
        self._entries: Sequence[JournalEntry] = ()
        self._baselines: dict[PhoneId, Baseline] = {}
        self._current_alerts = CurrentAlerts()
        self._summarizer = FleetSummarizer()
        self._controlled: tuple[object, tuple[PhoneId, ...]] = (None, ())
        """What it was found by, and the phones that may be acted on without being asked again."""

    @property
    def selected(self) -> PhoneId | None:
        """None where there is no phone, and where the cursor is on a device that only Webex knows."""
        return self._selected

    @selected.setter
    def selected(self, phone: PhoneId | None) -> None:
        self._selected, self._device = phone, None
        self._strayed_at, self.is_chosen = -math.inf, True

    def turn_order(self) -> None:
        self.is_worst_first = not self.is_worst_first
        if self.session.keep is not None:
            self.session.keep(_KEPT, {"order": "worst" if self.is_worst_first else "place"})

    def _open_on_worst(self, phones: Mapping[PhoneId, Phone], summary: FleetSummary) -> None:
        """The gravest phone, as long as nobody has chosen one: another one only if it is worse."""
        selected = phones.get(self._selected) if self._selected is not None else None
        if selected is None or summary.gravest < TROUBLE:
            return
        if summary.gravest > urgency(selected, summary.worst):
            self._selected, self._device = summary.worst_first[0], None
            self._strayed_at = self.session.clock.steady()

    @property
    def has_strayed(self) -> bool:
        """Whether another phone is selected than a moment ago, because that one is gone: nobody can mean it yet."""
        return self.session.clock.steady() - self._strayed_at < SETTLE_S

    @property
    def device(self) -> "WebexDevice | None":
        """What Webex knows of the selected phone, or the device of Webex's alone that the cursor is on."""
        cloud = self._cloud
        phone = self._phones.get(self._selected) if self._selected is not None else None
        key = phone.claim.device if phone and phone.claim else self._device
        return cloud.inventory.devices.get(key) if cloud and key else None

    def turn_to(self, device: str) -> None:
        """To a device that only Webex knows, by its key in the inventory: no phone is selected then."""
        self._selected, self._device = None, device

    @property
    def _cloud(self) -> "CloudState | None":
        if self._frozen:
            return self._frozen.cloud
        return self.session.cloud.state if self.session.cloud else None

    @property
    def _phones(self) -> Mapping[PhoneId, Phone]:
        return self._view().phones

    def _view(self, *, live: bool = False) -> FleetView:
        """What is shown; `live` looks past a frozen display."""
        return self._frozen.fleet if self._frozen and not live else self.session.fleet

    @property
    def timeline(self) -> ReplayControl | None:
        """Where a recording is shown, its time: of a replay, or of a frozen display that goes back."""
        return (self._frozen.timeline if self._frozen else None) or self.session.timeline

    def phone(self, phone: PhoneId | None) -> Phone | None:
        """A phone as it is shown."""
        return self._phones.get(phone) if phone is not None else None

    @property
    def is_frozen(self) -> bool:
        return self._frozen is not None

    @property
    def dark(self) -> frozenset[Cadence]:
        """How the lights blink that are off just now; frozen or unwatched, and unless it is wanted, none."""
        if not self.session.config.ui.blink or self._frozen is not None or not self.is_watched or not self._keeps_up():
            return frozenset()
        return dark_cadences(self.session.clock.steady())

    @property
    def stamp(self) -> tuple[int, int, int]:
        """Differs when there may be something else to see: the fleet moved on, an age took a step, a minute passed.

        Unwatched, it differs at most once in `AGE_STEP_S`.
        """
        if not self._keeps_up():
            return self._stamp
        clock = self.session.clock
        step = int(clock.steady() // AGE_STEP_S)
        if self.is_watched or step != self._stamp[1]:
            self._stamp = (self._version, step, int(clock.now().timestamp() // 60))
        return self._stamp

    def next_step_s(self) -> float:
        """Seconds until time alone changes `stamp`."""
        clock = self.session.clock
        return min(AGE_STEP_S - clock.steady() % AGE_STEP_S, 60.0 - clock.now().timestamp() % 60.0) + _STEP_LATE_S

    @property
    def records(self) -> "Sequence[CallRecord]":
        """The calls that there are to see; the same object as long as nothing changed."""
        return self._view().records

    @property
    def _version(self) -> int:
        """Of what is shown: of a frozen display that went back too, which the live fleet must not hide."""
        went_back = self._frozen.timeline if self._frozen else None
        return self.session.fleet.version if went_back is None else (1 << 40) + went_back.version

    def go_back(self) -> ReplayControl | None:
        """The time of a frozen display's own recording, which is looked at from here on; None where there is none.

        Raises PhonetuiError where it cannot be read.
        """
        frozen, recorder = self._frozen, self.session.recorder
        if frozen is None or recorder is None or recorder.failure:
            return None
        replay = recorder.replay()
        first = replay.span[0]
        if first > frozen.taken_at:
            replay.close()
            began = f"{first.astimezone(self._zone):%H:%M:%S}"
            raise ConfigError(f"it goes back to {began}, after this moment", "Start with --record DIR to keep more")
        replay.seek(frozen.taken_at)
        fleet: FleetView = replay
        if self.session.is_private:
            from phonetui.fleet.masked import mask_fleet  # noqa: PLC0415 - brings the catalogue along

            fleet = mask_fleet(replay)
        self._frozen = replace(frozen, fleet=fleet, timeline=replay)
        return replay

    def freeze(self) -> None:
        clock = self.session.clock
        fleet = FrozenFleet.of(self.session.fleet)
        self._frozen = _Moment(fleet, self._cloud, dict(self._baselines), clock.steady(), clock.now())

    def zero(self) -> bool:
        """Counts from now what the selected phone counts, or as the phone does again; whether it is the former.

        A frozen display goes on showing what it showed.
        """
        phone = self.session.unmasked.phones.get(self.selected) if self.selected is not None else None
        if phone is None or self._baselines.pop(phone.id, None) is not None:
            return False
        self._baselines[phone.id] = Baseline.begin(phone, self.session.clock.now())
        return True

    def thaw(self) -> None:
        if self._frozen is not None and self._frozen.timeline is not None:
            self._frozen.timeline.close()
        self._frozen = None

    def step(self, by: int, among: Sequence[PhoneId]) -> None:
        """Selects the phone `by` places further among those, round and round."""
        if not among:
            return
        place = among.index(self.selected) if self.selected in among else -1 if by > 0 else 0
        self.selected = among[(place + by) % len(among)]

    def history(self, phone: PhoneId, *, live: bool = False) -> Mapping[CallKey, CallHistory]:
        """The figures of a phone's calls; `live` looks past a frozen display."""
        return self._view(live=live).history(phone)

    def partner(self, phone: PhoneId, call: CallKey) -> Partner | Ambiguous | None:
        """The other end of any phone's call."""
        return self._view().partner(phone, call)

    def causes(self, phone: PhoneId, call: CallKey) -> "Sequence[Diagnosis]":
        """What the figures of any phone's call point at."""
        return self._view().causes(phone, call)

    def snapshot(self, *, live: bool = False) -> Snapshot:
        """What there is to see; `live` looks past a frozen display."""
        session, fleet = self.session, self.session.fleet
        recorder = session.recorder if session.recorder is not None and session.recorder.folder is not None else None
        moment, view = None if live else self._frozen, self._view(live=live)
        timeline = None if live and self._frozen else self.timeline
        phones = view.phones
        alerts = self._current_alerts.of(view.alerts, phones)
        summary = self._summarizer.summary(phones, alerts)
        cloud = moment.cloud if moment else session.cloud.state if session.cloud else None
        if self.is_worst_first and not self.is_chosen and self._frozen is None:
            self._open_on_worst(phones, summary)
        selected = self._settled(phones, cloud)
        self._follow()
        legs = [(selected, call.key) for call in phones[selected].calls] if selected is not None else []
        partners = {leg[1]: partner for leg in legs if (partner := view.partner(*leg))}
        return Snapshot(
            phones=phones,
            selected=selected,
            cloud=cloud,
            device=cloud.inventory.devices.get(self._device) if cloud and self._device else None,
            adopts=session.parts(fleet).adopting is not None,
            entries=self._latest(view.entries),
            histories=view.history(selected) if selected is not None else {},
            port_histories=view.port_history(selected) if selected is not None else {},
            alerts=alerts,
            summary=summary,
            hints=view.hints,
            partners=partners,
            calls=_calls(view, summary.legs),
            far_histories=_far_histories(view, partners),
            causes={leg[1]: found for leg in legs if (found := view.causes(*leg))},
            baseline=(moment.baselines if moment else self._baselines).get(selected) if selected is not None else None,
            at=timeline.at if timeline else moment.at if moment else session.clock.steady(),
            zone=self._zone,
            thresholds=session.config.quality,
            worst_first=self.is_worst_first,
            title=session.title or session.config.title or "",
            demo=session.demo,
            read_only=session.config.read_only,
            private=session.is_private,
            controlled=self._under_control(phones, summary),
            granted=fleet.granted,
            dark=self.dark,
            frozen_at=moment.taken_at if moment else timeline.position if timeline else None,
            now=timeline.position if timeline else session.clock.now(),
            timeline=timeline,
            strip_of=selected if self.has_phone_strip else None,
            records=recorder is not None and not recorder.failure,
            unrecorded=recorder is not None and bool(recorder.failure),
            cut_off_at=session.cut_off_at,
        )

    def _under_control(self, phones: Mapping[PhoneId, Phone], summary: FleetSummary) -> tuple[PhoneId, ...]:
        """What the configuration grants is looked at again with every step of an age."""
        fleet = self.session.fleet
        found_by = (fleet, frozenset(fleet.granted), summary.placement, self._stamp[1])
        if self._controlled[0] != found_by:
            granted = tuple(phone for phone in phones if fleet.permission(phone) is Permission.GRANTED)
            self._controlled = (found_by, granted)
        return self._controlled[1]

    def _follow(self) -> None:
        """Also while frozen: what starts again meanwhile must be seen."""
        for phone, baseline in self._baselines.items():
            now = self.session.unmasked.phones.get(phone)
            if now is not None:
                self._baselines[phone] = baseline.follow(now)

    def _settled(self, phones: Mapping[PhoneId, Phone], cloud: "CloudState | None") -> PhoneId | None:
        """Where the cursor is, now that phones and devices may have come, gone, or turned out to be one another."""
        if self._device is not None:
            ours = (phone.id for phone in phones.values() if phone.claim and phone.claim.device == self._device)
            phone = next(ours, None)
            if phone is not None:
                self.selected = phone
            elif cloud is None or self._device not in cloud.inventory.devices:
                self._stray(phones)
        elif self._selected not in phones:
            self._stray(phones)
        return self._selected

    def _stray(self, phones: Mapping[PhoneId, Phone]) -> None:
        """To the first phone, as what was selected is gone."""
        before = self._selected or self._device
        self._selected, self._device, self._strayed_at = next(iter(phones), None), None, -math.inf
        if before is not None and self._selected is not None:
            self._strayed_at = self.session.clock.steady()

    def _latest(self, entries: Sequence[JournalEntry]) -> Sequence[JournalEntry]:
        """The same object for as long as nothing was added, so that a pane can tell by identity."""
        if len(entries) != len(self._entries) or (entries and entries[-1] is not self._entries[-1]):
            self._entries = tuple(entries)
        return self._entries
