"""Neither one bad reading worsens a grade nor one good reading mends it."""

from statistics import median_low

import pytest
from hypothesis import given
from hypothesis import strategies as st

from phonetui.phone.measure import Grade
from phonetui.phone.quality.grading import GradeWindow

G, F, P, C, N = Grade.GOOD, Grade.FAIR, Grade.POOR, Grade.CRITICAL, None


def stand(
    *samples: Grade | None, worsen: tuple[int, int] = (3, 5), recover: tuple[int, int] = (3, 5)
) -> list[Grade | None]:
    standing, grades = GradeWindow(), []
    for sample in samples:
        standing = standing.after(sample, worsen=worsen, recover=recover)
        grades.append(standing.grade)
    return grades


@pytest.mark.parametrize(
    ("samples", "grades"),
    [
        ([G, G, G, P, P, P], [G, G, G, G, G, P]),
        ([G, G, G, P, G, P, G], [G] * 7),
        ([P, P, P, G, G, G], [P, P, P, P, P, G]),
        ([G, G, G, F, P, C], [G, G, G, G, G, F]),
        ([N, N, N, C, C, C], [N, N, N, N, N, C]),
        ([C, C, C, N, N, N], [C, C, C, C, C, N]),
        ([P], [P]),
    ],
)
def test_three_of_five(samples: list[Grade | None], grades: list[Grade | None]) -> None:
    assert stand(*samples) == grades


def test_any_share_can_be_asked_for() -> None:
    assert stand(G, P, worsen=(1, 1))[-1] is P
    assert stand(P, P, G, G, G, G, G, recover=(5, 5)) == [P] * 6 + [G]
    assert stand(P, G, G, P, G, recover=(2, 2)) == [P, P, G, G, G]


@given(st.lists(st.sampled_from([G, F, P, C]), min_size=5))
def test_three_of_five_is_the_median(samples: list[Grade]) -> None:
    severities = [sample.severity for sample in samples[-5:]]
    found = stand(*samples)[-1]
    assert found is not None
    assert found.severity == median_low(severities)


@given(st.lists(st.sampled_from([G, F, P, C, N]), min_size=1))
def test_no_grade_is_made_up(samples: list[Grade | None]) -> None:
    assert set(stand(*samples)) <= set(samples)
