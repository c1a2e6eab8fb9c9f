"""Figures of calls: each end counts once however many programs kept it, a call between two phones is one."""

import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace

from phonetui.phone.calls.call_record import CallRecord, unique_by_end, unique_calls
from phonetui.phone.measure import Grade, Shares, WorstWindow
from phonetui.phone.quality.voice_report import VoiceQualityReport, VoiceReportKind
from phonetui.phone.state import PhoneId
from phonetui.report.call_figures import (
    GRADES,
    MOST_COLUMNS,
    MOST_WORST,
    SCORE_BANDS,
    CallFigures,
    call_figures,
    column_starts,
    heard_grade,
)
from phonetui.text import Printable
from tests.report.reports import BEGAN, ENDED, day
from tests.ui.office import NOW
from tests.ui.remembered import other_end_of, remembered, troubled


def figures(*records: CallRecord) -> CallFigures:
    return call_figures(sorted(records, key=lambda record: record.last_at), BEGAN, ENDED, UTC)


def test_counts_equal_what_was_kept() -> None:
    calls = day()
    found = figures(*calls)
    assert found.ends == len(calls)
    assert found.calls == len(calls) - 1
    assert found.answered == sum(call.answered_at is not None for call in calls)
    assert found.judged == sum(call.grade.is_verdict for call in calls)
    assert (found.up, found.lost, found.bad) == (1, 1, 1)
    assert found.talk_s == pytest.approx(sum(call.talk_s or 0 for call in calls))
    assert found.shares.total_s == pytest.approx(sum(call.shares.total_s for call in calls))
    assert sum(sum(column.counts) + column.unjudged for column in found.columns) == found.ends
    assert found.first_at == min(call.last_at for call in calls)
    assert found.phones[PhoneId("reception")].bad == 1
    assert found.phones[PhoneId("reception")].advice == "check the cabling of port 1"


def test_nothing_comes_to_nothing() -> None:
    found = figures()
    assert (found.calls, found.ends, found.worst, found.first_at) == (0, 0, (), None)


def test_two_programs_that_kept_the_same_call_count_it_once() -> None:
    bad = troubled()
    again = replace(
        bad, named_at=bad.began_at + timedelta(seconds=1), seen_at=bad.seen_at - timedelta(seconds=2), ended_at=None
    )
    assert figures(bad, again).ends == 1


def test_by_their_end_the_same_calls_are_found_as_by_their_beginning() -> None:
    rng = random.Random(3)
    records = []
    for turn in range(300):
        began = NOW - timedelta(seconds=60 * turn)
        whole = remembered(phone=PhoneId(f"p{turn % 2}"), named_at=None)
        length = timedelta(seconds=rng.choice([20, 70, 100]))
        one = replace(whole, began_at=began, answered_at=None, seen_at=began + length, ended_at=began + length)
        records.append(one)
        if rng.random() < 0.4:
            records.append(
                replace(one, named_at=began + timedelta(seconds=1), final=(), began_at=began + timedelta(seconds=1))
            )
    by_end = unique_by_end(sorted(records, key=lambda record: record.last_at))
    assert {record.id for record in by_end} == {record.id for record in unique_calls(records)}


def test_calls_that_are_known_by_reports_alone_have_no_place_to_share() -> None:
    one = remembered(20)
    calls = [
        replace(
            one,
            is_from_report=True,
            reports=(VoiceQualityReport(kind=VoiceReportKind.SESSION, call_id=Printable(name)),),
        )
        for name in ("a", "b")
    ]
    assert figures(one, *calls).ends == 3


def test_a_call_between_two_phones_is_one_of_two_ends() -> None:
    bad = troubled()
    assert (figures(bad, other_end_of(bad)).calls, figures(bad).calls) == (1, 1)
    later = replace(
        other_end_of(bad), began_at=bad.last_at + timedelta(hours=1), ended_at=bad.last_at + timedelta(hours=2)
    )
    assert figures(bad, later).calls == 2


@pytest.mark.parametrize(
    ("shares", "longest", "grade"),
    [
        (Shares(500.0, 9.0, 0.0, 0.0), Grade.GOOD, Grade.GOOD),
        (Shares(500.0, 10.0, 0.0, 0.0), Grade.GOOD, Grade.FAIR),
        (Shares(500.0, 0.0, 6.0, 5.0), Grade.GOOD, Grade.POOR),
        (Shares(500.0, 0.0, 0.0, 10.0), Grade.GOOD, Grade.CRITICAL),
        (Shares(0.0, 0.0, 4.0, 0.0), Grade.POOR, Grade.POOR),
        (Shares(), Grade.UNKNOWN, Grade.UNKNOWN),
    ],
)
def test_ten_seconds_of_a_grade_are_heard(shares: Shares, longest: Grade, grade: Grade) -> None:
    assert heard_grade(shares, longest) is grade


def test_scores_fall_into_the_bands_of_the_e_model() -> None:
    scores = (0.5, 1.0, 2.57, 2.58, 3.59, 3.6, 4.03, 4.33, 4.34, 5.0)
    calls = [
        replace(remembered(10 + 3 * place), mos=score, worst=WorstWindow(NOW, 10.0, 0.0, 0.0, None, 1.0))
        for place, score in enumerate(scores)
    ]
    found = figures(*calls, remembered(200, mos=None, worst=None))
    assert [one.at_end for one in found.scores] == [3, 1, 1, 1, 2, 2]
    assert [one.worst for one in found.scores] == [10, 0, 0, 0, 0, 0]
    assert {one.band.grade for one in found.scores} == set(GRADES)
    assert [one.band for one in found.scores] == list(SCORE_BANDS)


def test_the_longest_trouble_comes_first_and_its_list_is_bounded() -> None:
    calls = [
        remembered(5 + 3 * turn, phone=PhoneId(f"p{turn}"), shares=Shares(10.0, 0.0, 10.0 + turn, 0.0))
        for turn in range(60)
    ]
    worst = figures(*calls).worst
    assert [one.bad_s for one in worst] == [10.0 + turn for turn in range(59, 59 - MOST_WORST, -1)]
    bad = troubled()
    both = replace(other_end_of(bad), shares=Shares(0.0, 0.0, 100.0, 0.0), grade=Grade.POOR)
    (one,) = figures(bad, both).worst
    assert (one.record.id, one.other and one.other.id) == (bad.id, both.id)


@pytest.mark.parametrize(
    ("hours", "step"),
    [(1, timedelta(minutes=5)), (24, timedelta(hours=1)), (24 * 7, timedelta(hours=6)), (24 * 40, timedelta(days=1))],
)
def test_parts_begin_with_whole_hours_and_days(hours: float, step: timedelta) -> None:
    began = NOW - timedelta(hours=hours)
    starts = column_starts(began, NOW, UTC)
    assert starts[0] <= began
    assert starts[-2] <= NOW < starts[-1]
    assert {later - earlier for earlier, later in pairwise(starts)} == {step}
    assert len(starts) <= MOST_COLUMNS + 2


def test_days_begin_at_midnight_where_clocks_are_set() -> None:
    zone = ZoneInfo("Europe/Oslo")
    starts: Sequence[datetime] = column_starts(
        datetime(2026, 10, 1, 12, tzinfo=UTC), datetime(2026, 11, 5, 12, tzinfo=UTC), zone
    )
    assert {start.astimezone(zone).hour for start in starts} == {0}


def test_ten_years_are_a_few_columns() -> None:
    assert len(column_starts(NOW - timedelta(days=3650), NOW, None)) <= 2 * MOST_COLUMNS + 1
