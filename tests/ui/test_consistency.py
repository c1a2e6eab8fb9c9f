"""No two places on a screen contradict each other, and none contradicts the reading that all of them show.

Simulated offices go on by themselves; of the recorded incident each fault is replayed. The small form samples a few
seconds of each case; `PHONETUI_CONSISTENCY_S=120` samples two minutes, four times a second.
"""

import os
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest

from phonetui.phone.alerts.alert import FIGURES, Severity, call_subject
from phonetui.phone.calls.call_legs import Partner
from phonetui.phone.journal import EntryKind
from phonetui.phone.measure import Grade, Metric
from phonetui.phone.state import Phone
from phonetui.recording.reader import Recording
from phonetui.recording.replay import ReplayFleet
from phonetui.simulator.call import CallPlan
from phonetui.ui.text.format import GRADES, SEVERITIES, number, urgency_of
from tests.recording.test_files import INCIDENT
from tests.simulator.offices import opened as open_office
from tests.ui.screen import Desk, opened
from tests.ui.screen_facts import WORDS, Fact, facts
from tests.ui.simulated_office import SimulatedFleet

LONG_S = float(os.environ.get("PHONETUI_CONSISTENCY_S", "0"))
SAMPLED_S, STEP_S = (LONG_S, 0.25) if LONG_S else (5.0, 1.0)
SETTLED_S = 30.0
LEAD_S = 30.0
"""Before a replayed fault at most: the call that it falls into is up."""
QUICK = ("burst",)


def busy() -> SimulatedFleet:
    return SimulatedFleet(watched=open_office("busy", phones=8, seed=3))


def cable() -> SimulatedFleet:
    return SimulatedFleet(watched=open_office("trouble", phones=5, seed=2))


def burst() -> SimulatedFleet:
    fleet = SimulatedFleet(watched=open_office("quiet", phones=2, seed=7))
    fleet.call(CallPlan(profile="broken", answer_after_s=1.0))
    return fleet


def late() -> SimulatedFleet:
    fleet = SimulatedFleet(watched=open_office("quiet", phones=2, seed=7))
    fleet.call(CallPlan(profile="wifi", codec="G729a", answer_after_s=1.0))
    return fleet


class ReplayedFault:
    """The recorded incident from a few seconds before one of its faults on."""

    step_s = 4.0
    """So that a few samples see the fault begin, ease and end."""

    def __init__(self, onset_s: float) -> None:
        self.fleet = ReplayFleet(Recording(INCIDENT))
        first, last = self.fleet.span
        onset = first + timedelta(seconds=max(onset_s - min(LONG_S / 2, LEAD_S), 0.0))
        self.fleet.seek(min(onset, last - timedelta(seconds=LONG_S)))

    def advance(self, seconds: float) -> None:
        self.fleet.seek(self.fleet.position + timedelta(seconds=seconds))


Case = SimulatedFleet | ReplayedFault
CASES: dict[str, Callable[[], Case]] = {
    "busy": busy, "cable": cable, "burst": burst, "late": late,
    "replayed bursts": lambda: ReplayedFault(52.0),
    "replayed one way": lambda: ReplayedFault(88.0),
    "replayed restart": lambda: ReplayedFault(132.0),
}  # fmt: skip
SCREENS: dict[str, tuple[str, ...]] = {"main": (), "call": ("2", "enter"), "fleet": ("f",), "alerts": ("a",)}


@asynccontextmanager
async def desk_of(case: Case, **more: object) -> AsyncIterator[Desk]:
    """A replay has a clock of its own."""
    if isinstance(case, ReplayedFault):
        async with opened(case.fleet, preferences={}, **more) as desk:  # type: ignore[arg-type]  # whoever asks, asks what both have
            yield desk
        return
    case.advance(SETTLED_S)
    async with opened(case, preferences={}, **more) as desk:  # type: ignore[arg-type]  # as above
        desk.clock.at += case.at - 1.0
        yield desk


def expected(desk: Desk) -> Iterator[Fact]:
    """What the readings say; nothing else may stand anywhere."""
    fleet = desk.app.view_state.session.fleet
    legs = [(phone.id, call.key) for phone in fleet.phones.values() for call in phone.calls]
    seconds = 0
    for leg in legs:
        partner = fleet.partner(*leg)
        other = (getattr(partner, "phone", None), getattr(partner, "key", None))
        seconds += other in legs and str(other) < str(leg)
    yield Fact("header", "calls", str(len(legs) - seconds))
    alerts = [alert for alert in fleet.alerts if alert.is_active and not alert.is_muted and not alert.is_second_end]
    yield Fact("header", "alerts", str(len(alerts)))
    for phone in fleet.phones.values():
        yield from of_phone(phone)
        if phone.worst is not None:
            partner = fleet.partner(phone.id, phone.worst.key)
            there = fleet.phones.get(partner.phone) if isinstance(partner, Partner) else None
            far = there.measure(partner.key) if there is not None and isinstance(partner, Partner) else None
            grades = [measure.grade for measure in (phone.worst, far) if measure is not None]
            yield Fact(f"{phone.id} call", "grade", GRADES[max(grades)].word)
        graver = [
            SEVERITIES[alert.severity]
            for alert in fleet.alerts
            if alert.phone == phone.id
            and alert.is_active
            and not alert.is_muted
            and alert.id not in FIGURES
            and alert.severity.rank >= Severity.POOR.rank
        ]
        if phone.worst is not None and phone.worst.grade.is_verdict and phone.is_current:
            marks = [GRADES[phone.worst.grade], *graver]
            yield Fact(phone.id, "mark", max(marks, key=urgency_of).glyph)
    for alert in alerts:
        whose = fleet.phones.get(alert.phone) if alert.phone is not None else None
        measures = {call_subject(one.key): one for one in whose.measures} if whose is not None else {}
        if alert.id in FIGURES and alert.subject in measures and measures[alert.subject].grade.is_verdict:
            grade = measures[alert.subject].grade
            yield Fact(f"{alert.phone} {alert.id}", "alert", "eased" if grade is Grade.GOOD else GRADES[grade].word)


def of_phone(phone: Phone) -> Iterator[Fact]:
    measure = phone.worst
    if measure is None:
        return
    call = next(call for call in phone.calls if call.key == measure.key)
    for kind, value, unit, digits in (
        ("MOS", measure.mos, "", 1), ("MOS est", measure.estimate, "", 1), ("loss", measure.loss_pct, "%", 1),
        ("discard", measure.discard_pct, "%", 1), ("jitter", call.jitter_ms, "ms", 0),
        ("RTT", call.round_trip_ms, "ms", 0),
    ):  # fmt: skip
        yield Fact(phone.id, kind, number(value, unit, digits=digits))
    yield Fact(phone.id, "grade", GRADES[measure.grade].word)
    for metric in (Metric.LOSS, Metric.DISCARD, Metric.JITTER):
        judged = measure.judgement(metric)
        if judged is not None and not (judged.is_recovering or judged.is_worsening):
            yield Fact(phone.id, f"{metric} grade", GRADES[judged.grade].word)


async def open_screen(desk: Desk, case: Case, screen: str) -> None:
    """Once the worst phone, which came under the cursor by itself, may be meant."""
    await desk.refresh_view()
    desk.clock.move(1.0)
    case.advance(1.0)
    await desk.refresh_view()
    phones = desk.app.view_state.session.fleet.phones
    in_talk = [phone for phone in phones.values() if phone.worst is not None]
    if screen == "call" and in_talk:
        desk.main.select(max(in_talk, key=lambda phone: phone.worst.grade if phone.worst else Grade.UNKNOWN).id)
    await desk.press(*SCREENS[screen])
    assert (desk.app.screen is desk.main) is not bool(SCREENS[screen])
    if screen == "alerts":
        await desk.press("o")


@pytest.mark.parametrize("screen", SCREENS)
@pytest.mark.parametrize(
    "name", [name if name in QUICK else pytest.param(name, marks=pytest.mark.slow) for name in CASES]
)
async def test_nothing_contradicts_the_reading(name: str, screen: str) -> None:
    case = CASES[name]()
    samples = compared = 0
    async with desk_of(case) as desk:
        await open_screen(desk, case, screen)
        step_s = case.step_s if isinstance(case, ReplayedFault) and not LONG_S else STEP_S
        for _ in range(round(SAMPLED_S / STEP_S)):
            case.advance(step_s)
            desk.clock.move(step_s)
            getattr(desk.app.screen, "refresh_view")()  # noqa: B009 - every screen of this program has it
            await desk.pilot.pause()
            said = set(expected(desk))
            known = {(fact.about, fact.kind) for fact in said}
            shown = list(facts(desk, screen))
            wrong = [fact for fact in shown if (fact.about, fact.kind) in known and fact not in said]
            right = [fact for fact in said for other in wrong if (fact.about, fact.kind) == (other.about, other.kind)]
            assert not wrong, f"{name}, {screen}, sample {samples}: {wrong}, not {right}\n{desk.text()}"
            samples += 1
            compared += len(shown)
    print(f"\n{name}, {screen}: {samples} samples, {compared} figures, grades and counts, 0 contradictions", end="")
    assert compared >= samples, "there was something to compare"


@pytest.mark.parametrize("size", [(120, 36), (200, 60)])
@pytest.mark.parametrize("screen", ["main", "call"])
async def test_a_live_call_leaves_few_rows_blank(screen: str, size: tuple[int, int]) -> None:
    case = burst()
    async with desk_of(case, size=size) as desk:
        await open_screen(desk, case, screen)
        getattr(desk.app.screen, "refresh_view")()  # noqa: B009 - as above
        await desk.pilot.pause()
        content = desk.lines()[1:-1]
        right = [line[40 if size[0] < 160 else 48 :] if screen == "main" else line for line in content]
        blank = [line for line in right if not line.strip("│╭╮╰╯─ ")]
        frames = [line for line in right if set(line) <= set("╭╮╰╯─│ ") and set(line) & set("╭╮╰╯─")]
        rows = len(right) - len(frames)
        share = (len(blank) - len(frames)) / rows
        print(f"\n{screen} at {size[0]}x{size[1]}: {100 * share:.0f} % of {rows} content rows blank", end="")
        assert share <= 0.15, desk.text()


async def test_the_main_screen_opens_on_the_worst_phone_until_somebody_chooses() -> None:
    fleet = SimulatedFleet(watched=open_office("quiet", phones=3, seed=7))
    async with opened(fleet, preferences={}) as desk:
        assert desk.app.view_state.selected == "sim-1"
        worse = fleet.watched.office.devices[1:]
        fleet.watched.office.call(worse[0], worse[1], CallPlan(profile="broken", answer_after_s=1.0), fleet.at)
        fleet.advance(40.0)
        desk.clock.at += fleet.at
        await desk.refresh_view()
        assert desk.app.view_state.selected in {"sim-2", "sim-3"}
        assert "worst first" in desk.text()
        chosen = desk.app.view_state.selected
        await desk.press("G")
        assert desk.app.view_state.selected != chosen
        await desk.refresh_view()
        assert desk.app.view_state.selected == "sim-1", "it stays where the operator put it"


def test_grades_have_words() -> None:
    assert WORDS["good"] is Grade.GOOD


def test_a_bad_call_of_three_minutes_has_two_alert_lines_at_most() -> None:
    fleet = burst()
    most = 0
    for _ in range(45):
        fleet.advance(4.0)
        lines = [entry for entry in fleet.entries if entry.kind is EntryKind.ALERT and "call" in entry.text]
        most = max(most, len(lines))
    print(
        f"\n180 s: at most {most} alert lines, the last {[(entry.times, entry.text[:60]) for entry in lines]}", end=""
    )
    assert 1 <= most <= 2
