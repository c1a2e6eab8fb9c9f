"""Our scores against published points and the tables that others compute with."""

import pytest

from phonetui.phone.quality import emodel
from phonetui.phone.quality.emodel import G711, Codec, codec, is_narrow

NO_PLC = Codec(0, 4.3)
G729A = Codec(11, 19)


@pytest.mark.parametrize(
    ("rating", "expected"),
    [(93.2, 4.41), (90, 4.34), (80, 4.02), (70, 3.60), (60, 3.10), (50, 2.58), (0, 1.0), (-5, 1.0), (100, 4.5)],
)
def test_ratings_become_scores(rating: float, expected: float) -> None:
    assert emodel.mos_of_rating(rating) == pytest.approx(expected, abs=0.006)


def test_a_score_is_never_below_one() -> None:
    assert min(emodel.mos_of_rating(rating / 10) for rating in range(1000)) == 1.0


@pytest.mark.parametrize(("one_way_ms", "expected"), [(150, 3.7), (200, 7.4), (300, 20.5), (400, 31.0), (0, 0.0)])
def test_delay_costs_what_g107_says(one_way_ms: float, expected: float) -> None:
    assert emodel.i_d(one_way_ms) == pytest.approx(expected, abs=0.06)


@pytest.mark.parametrize(
    ("codec", "one_way_ms", "scores"),
    [
        (G711, 20, (4.40, 4.31, 4.11, 3.90, 3.38)),
        (G711, 200, (4.22, 4.10, 3.85, 3.60, 3.03)),
        (NO_PLC, 20, (4.40, 3.80, 2.76, 2.14, 1.46)),
        (G729A, 20, (4.08, 3.92, 3.60, 3.31, 2.71)),
        (G729A, 200, (3.81, 3.63, 3.27, 2.96, 2.36)),
    ],
)
def test_scores_by_codec_delay_and_loss(codec: Codec, one_way_ms: float, scores: tuple[float, ...]) -> None:
    found = [emodel.mos_of_rating(emodel.r_factor(codec, pct, one_way_ms)) for pct in (0, 1, 3, 5, 10)]
    assert found == pytest.approx(scores, abs=0.006)


@pytest.mark.parametrize(("codec", "cost"), [(G711, 0.4), (NO_PLC, 9.0)])
def test_bursts_cost_more_where_nothing_conceals_them(codec: Codec, cost: float) -> None:
    even, bursty = (emodel.r_factor(codec, 2.2, None, burst_ratio) for burst_ratio in (1.0, 3.0))
    assert even - bursty == pytest.approx(cost, abs=0.5)


def test_mouth_to_ear_needs_a_round_trip() -> None:
    assert emodel.one_way_delay_ms(100.0, 45.0) == 115.0
    assert emodel.one_way_delay_ms(100.0, None) == 70.0
    assert emodel.one_way_delay_ms(None, 45.0) is None


@pytest.mark.parametrize("name", ["G711u", "G.711 u-law", "PCMU", "pcma", "G711A", "G_722"])
def test_codecs_are_known_by_any_spelling(name: str) -> None:
    assert codec(name) == G711


@pytest.mark.parametrize(
    ("name", "ie", "narrow"), [("G.729ab", 11, True), ("G729", 10, True), ("iLBC", 11, True), ("G722.2", 0, False)]
)
def test_longer_names_come_first(name: str, ie: float, narrow: bool) -> None:
    found = codec(name)
    assert found is not None
    assert (found.ie, is_narrow(name)) == (ie, narrow)


@pytest.mark.parametrize("name", [None, "", "clearmode", "L16"])
def test_unknown_codecs_are_unknown(name: str | None) -> None:
    assert codec(name) is None
    assert not is_narrow(name)
