"""The report of a call's end is graded by the rules for a call that is up."""

from typing import Any

import pytest
from msgspec.structs import replace

from phonetui.phone.measure import Grade, Metric
from phonetui.phone.quality.call_quality import final_report
from phonetui.phone.quality.grading import DEFAULT
from tests.phone.quality.conversation import TALK

COUNTED = {"packets_received": 9000, "lost_packets": 0, "discarded_packets": 0}


@pytest.mark.parametrize(
    ("said", "grade"),
    [
        (COUNTED, Grade.GOOD),
        (COUNTED | {"lost_packets": 1000}, Grade.CRITICAL),
        (COUNTED | {"discarded_packets": 900}, Grade.CRITICAL),
        (COUNTED | {"lost_packets": 180, "discarded_packets": 180}, Grade.POOR),
        (COUNTED | {"jitter_ms": 80.0}, Grade.FAIR),
        ({"jitter_ms": 80.0}, Grade.UNKNOWN),
        ({"jitter_ms": 3.0, "mos_cq": 4.4}, Grade.UNKNOWN),
        ({"jitter_ms": 80.0, "mos_cq": 3.9}, Grade.FAIR),
    ],
    ids=str,
)
def test_the_grade_of_a_report(said: dict[str, Any], grade: Grade) -> None:
    assert final_report(replace(TALK, **said), DEFAULT).grade is grade


def test_jitter_alone_still_has_its_own() -> None:
    (jitter,) = final_report(replace(TALK, jitter_ms=80.0), DEFAULT).figures
    assert (jitter.metric, jitter.grade) == (Metric.JITTER, Grade.POOR)
