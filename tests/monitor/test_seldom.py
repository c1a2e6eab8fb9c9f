"""A phone that is read as seldom as through Webex: what is well looks well, what is bad is told, and once.

Simulated phones without sockets or clocks: time is moved from one reading to the next.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from msgspec.structs import replace

from phonetui.config.settings import Poll
from phonetui.monitor.alerts import AlertMonitor
from phonetui.monitor.connection_facts import ConnectionFacts, state
from phonetui.monitor.journal import AlertReport, Journal, Report
from phonetui.monitor.knowledge import Knowledge
from phonetui.monitor.schedule import DIRECT, METERED, Budget, Schedule
from phonetui.phone.alerts.alert import AlertId
from phonetui.phone.measure import Grade
from phonetui.phone.quality.grading import DEFAULT
from phonetui.phone.state import Connection, Phone, PhoneId, State
from phonetui.simulator import scenario
from phonetui.simulator.call import CallPlan
from phonetui.simulator.scenario import Scenario
from phonetui.text import printable
from phonetui.xapi.document import Document
from phonetui.xapi.path import Path
from tests.simulator.offices import EPOCH, Watched, opened, pair

QUIET = scenario.read("quiet")
LOOK_S = 0.5


@dataclass
class Observer:
    """Reads the second phone of an office, whole and as often as the budget lets it."""

    watched: Watched
    budget: Budget
    reports: list[Report] = field(default_factory=list)
    grades: set[Grade] = field(default_factory=set)
    states: set[State] = field(default_factory=set)

    def __post_init__(self) -> None:
        blank = Phone(id=PhoneId("far"), name=printable("far"), address=printable("192.0.2.21"))
        self.knowledge = Knowledge(blank, DEFAULT)
        self.alarms = AlertMonitor(Journal(self.reports.append), DEFAULT, (), lambda *_: ())
        self.plan = Schedule(Poll(), self.budget)
        self.plan.begin(0.0, whole=True)
        self.facts = ConnectionFacts()

    def until(self, end: float) -> None:
        """Reads what is due, and looks twice a second at how that stands."""
        at = self.facts.answered_at or 0.0
        while at < end:
            self.watched.office.advance(at)
            path, due = self.plan.next()
            if due <= at:
                self.read(path, at)
            self.look(at)
            at += LOOK_S

    def read(self, path: Path, at: float) -> None:
        leaves = pair(self.watched)[1].tree.leaves
        tree = Document({place: printable(text) for place, text in leaves.items() if place.is_under(path)})
        self.knowledge.apply(self.knowledge.differences(tree, path, at), at)
        if Path.of("Line").is_under(path):
            self.knowledge.measure(at)
        self.facts = self.facts.after_answer(at)
        self.plan.done(path, at, in_call=self.knowledge.phone.has_live_call)

    def look(self, at: float) -> None:
        phone = self.knowledge.phone
        interval_s = self.plan.interval_s(in_call=phone.has_live_call)
        stand = Connection(state=state(self.facts, interval_s, at), interval_s=interval_s)
        if stand != phone.connection:
            self.knowledge.phone = phone = replace(phone, connection=stand)
        self.states.add(stand.state)
        self.grades |= {measure.grade for measure in phone.measures}
        self.alarms.update(phone, at, EPOCH + timedelta(seconds=at))

    @property
    def raised(self) -> list[AlertId]:
        told = [report.alert for report in self.reports if isinstance(report, AlertReport)]
        return [alert.id for alert in told if alert.is_active]


def observed(
    budget: Budget, plan: CallPlan, *, over: Scenario = QUIET, then: Callable[[Watched], None] = lambda _: None
) -> Observer:
    """Two minutes of quiet, a call of four minutes, two minutes after it; `then` happens within the call."""
    observer = Observer(opened(over, phones=2, seed=7), budget)
    office = observer.watched.office
    observer.until(120.0)
    office.advance(120.0)
    office.call(*pair(observer.watched), plan, 120.0)
    office.flush()
    observer.until(250.0)
    then(observer.watched)
    observer.until(360.0)
    for device in office.devices:
        for leg in tuple(device.legs):
            office.exchange.hang_up(leg, 360.0)
    office.flush()
    observer.until(500.0)
    return observer


BUDGETS = pytest.mark.parametrize("budget", [DIRECT, METERED], ids=["direct", "through Webex"])


@BUDGETS
@pytest.mark.parametrize("codec", ["G722", "G729a", "OPUS"])
def test_a_clean_call_with_a_hold_is_good_and_nothing_is_told(budget: Budget, codec: str) -> None:
    seen = observed(budget, CallPlan(codec=codec, answer_after_s=2.0, hold_at_s=90.0, hold_s=40.0))
    assert Grade.GOOD in seen.grades
    assert seen.grades <= {Grade.GOOD, Grade.MEASURING, Grade.UNKNOWN}
    assert seen.raised == []
    assert seen.states == {State.LIVE}


@BUDGETS
def test_a_broken_call_is_told_once(budget: Budget) -> None:
    seen = observed(budget, CallPlan(profile="broken", answer_after_s=2.0))
    assert seen.grades & {Grade.POOR, Grade.CRITICAL}
    assert AlertId.LOSS in seen.raised


@BUDGETS
def test_a_message_that_comes_during_a_call_is_no_contradiction(budget: Budget) -> None:
    def left(watched: Watched) -> None:
        device = pair(watched)[1]
        device.waiting = True
        device.show()
        watched.office.flush()

    assert observed(budget, CallPlan(answer_after_s=2.0), then=left).raised == []


@BUDGETS
def test_a_cable_that_breaks_frames_is_told_and_stays_told(budget: Budget) -> None:
    seen = observed(budget, CallPlan(answer_after_s=2.0), over=replace(QUIET, crc_errors=(2,)))
    assert set(seen.raised) == {AlertId.PORT_ERRORS}
    told = [report.alert for report in seen.reports if isinstance(report, AlertReport)]
    assert all(alert.is_active for alert in told)
