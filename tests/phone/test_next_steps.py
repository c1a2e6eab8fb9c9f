"""An impaired call always has a step: for every verdict, in every direction, whether or not a rule explains it."""

from itertools import product

import pytest

from phonetui.phone.calls.call_record import CallRecord
from phonetui.phone.diagnosis import CallEnd, FaultLocation, fault_location
from phonetui.phone.measure import Grade, Metric
from phonetui.phone.next_steps import STEPS, next_steps
from phonetui.phone.state import Call, PhoneId
from phonetui.ui.calls.kept_rows import hint_rows
from phonetui.ui.text.rows import text
from tests.phone.test_diagnosis import NOW, end

NOTHING = "nothing"


def heard(name: str, metric: Metric | None, grade: Grade) -> CallEnd:
    return end(name, bad={metric: 9.0} if metric is not None else {}, grade=grade)


def test_every_verdict_in_every_direction_has_a_step() -> None:
    impaired = [grade for grade in Grade if grade.is_impaired]
    for metric, grade, is_here, is_there in product(Metric, impaired, (True, False), (True, False)):
        sides = ((is_here, "Lobby"), (is_there, "Kitchen"))
        near, far = (heard(name, metric if bad else None, grade if bad else Grade.GOOD) for bad, name in sides)
        steps = next_steps(near, far)
        assert len(steps) == max(is_here + is_there, 1)
        assert any("Kitchen → Lobby" in step for step in steps) is is_here
        assert any("Lobby → Kitchen" in step for step in steps) is is_there
        found = fault_location(near, far)
        if found in (FaultLocation.IN, FaultLocation.OUT, FaultLocation.BOTH):
            assert not any(step.startswith(NOTHING) for step in steps), (metric, found)


@pytest.mark.parametrize("grade", [Grade.GOOD, Grade.MEASURING, Grade.UNKNOWN])
def test_what_is_not_impaired_says_so(grade: Grade) -> None:
    (step,) = next_steps(heard("Lobby", None, grade), None)
    assert step.startswith(NOTHING) is not (grade is Grade.UNKNOWN)


def test_without_a_far_end_or_a_figure_there_is_a_step_too() -> None:
    assert next_steps(heard("Lobby", Metric.LOSS, Grade.POOR), None)[0].count("on the way to Lobby") == 1
    assert "became worse first" in next_steps(heard("Lobby", None, Grade.CRITICAL), None)[0]
    assert STEPS.keys() == set(Metric)


def test_a_call_that_is_over_has_a_step_too() -> None:
    record = CallRecord(phone=PhoneId("lobby"), call=Call(1, 0), began_at=NOW, seen_at=NOW, grade=Grade.POOR)
    assert "on the way to lobby" in text(hint_rows([record])[0])
