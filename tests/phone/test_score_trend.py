"""The trend of a phone's opinion scores: the worst of each minute, ten minutes, bounded whatever happens."""

from phonetui.phone.measure import TREND_COLUMNS, ScoreTrend


def test_a_minute_keeps_its_worst_score_and_an_equal_one_changes_nothing() -> None:
    trend = ScoreTrend().add(605.0, 4.41)
    assert trend.columns(605.0) == (*[None] * 9, 4.4)
    assert trend.add(610.0, 4.42) is trend
    assert trend.add(659.9, 3.0).columns(659.9)[-2:] == (None, 3.0)
    assert trend.add(660.0, 4.0).columns(660.0)[-2:] == (4.4, 4.0)


def test_what_nobody_scored_is_a_gap_and_what_is_past_goes_out_of_sight() -> None:
    trend = ScoreTrend().add(0.0, 4.0).add(180.0, 3.0)
    assert trend.columns(180.0) == (*[None] * 6, 4.0, None, None, 3.0)
    assert trend.columns(600.0) == (None, None, 3.0, *[None] * 7)
    assert trend.columns(10_000.0) == (None,) * TREND_COLUMNS
    assert trend.add(100_000.0, 4.0).columns(100_000.0) == (*[None] * 9, 4.0)


def test_ten_minutes_are_all_that_is_ever_kept_and_a_clock_that_goes_back_harms_nothing() -> None:
    trend = ScoreTrend()
    for at in range(0, 36_000, 30):
        trend = trend.add(float(at), 4.0)
    assert len(trend.scores) == TREND_COLUMNS
    assert trend.add(0.0, 2.0).columns(36_000.0)[-2:] == (2.0, None)
