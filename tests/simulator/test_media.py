"""The packet model: every figure agrees with every other."""

import math
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from phonetui.simulator.call import CallPlan
from phonetui.simulator.media import PROFILES, losing
from phonetui.simulator.media.model import Stream
from phonetui.simulator.media.reception import CODECS, GMIN, Runs, mos, r_factor
from tests.simulator.offices import call_leaf, opened, pair

profiles = st.sampled_from(sorted(PROFILES))


def stream(profile: str, seed: int = 1) -> Stream:
    return Stream(PROFILES[profile], Random(seed))


def talked(profile: str, seconds: float, seed: int = 1) -> Stream:
    talk = stream(profile, seed)
    talk.flow(0.0)
    second = 0.0
    while second < seconds:
        second += 1
        talk.advance(min(second, seconds))
    return talk


@given(profiles, st.integers(0, 999), st.floats(0.0, 40.0))
@settings(deadline=None)
def test_what_was_sent_is_received_or_lost_or_under_way(profile: str, seed: int, seconds: float) -> None:
    talk = talked(profile, seconds, seed)
    heard = talk.reception()
    under_way = talk.sent - heard.received - heard.lost
    assert 0 <= under_way <= math.ceil(PROFILES[profile].delay_ms / 20)
    assert heard.discarded <= heard.received
    talk.freeze(seconds)
    assert talk.sent == talk.reception().received + talk.reception().lost


@given(profiles, st.integers(0, 999))
@settings(deadline=None)
def test_the_same_seed_gives_the_same_stream(profile: str, seed: int) -> None:
    assert talked(profile, 5, seed).reception() == talked(profile, 5, seed).reception()


@given(st.lists(st.floats(0.01, 3.0), max_size=12))
@settings(deadline=None)
def test_how_often_time_is_let_pass_makes_no_difference(steps: list[float]) -> None:
    often, once = stream("wifi"), stream("wifi")
    often.flow(0.0)
    once.flow(0.0)
    t = 0.0
    for step in steps:
        t += step
        often.advance(t)
    once.advance(t)
    assert often.reception() == once.reception()
    assert often.sent == once.sent


def test_fifty_packets_a_second_leave() -> None:
    assert talked("clean", 60).sent == 3000


def test_nothing_moves_while_frozen() -> None:
    talk = talked("wifi", 10)
    talk.freeze(10.0)
    before = (talk.sent, talk.reception())
    talk.advance(30.0)
    assert (talk.sent, talk.reception()) == before
    talk.flow(30.0)
    talk.advance(31.0)
    assert talk.sent == before[0] + 50


@pytest.mark.parametrize(
    ("profile", "low", "high"), [("clean", 0, 0.002), ("congested", 0.03, 0.06), ("broken", 0.2, 0.3)]
)
def test_loss_is_near_what_the_chain_promises(profile: str, low: float, high: float) -> None:
    heard = talked(profile, 1200).reception()
    assert low <= heard.loss_share <= high
    assert heard.loss_share == pytest.approx(PROFILES[profile].loss_share, abs=0.012)


@pytest.mark.parametrize(("profile", "low", "high"), [("clean", 0, 3), ("congested", 4, 25), ("wifi", 5, 60)])
def test_jitter_is_what_such_a_network_shows(profile: str, low: float, high: float) -> None:
    assert low <= talked(profile, 120).reception().jitter_ms <= high


@pytest.mark.parametrize("share", [0.01, 0.1, 0.5])
@pytest.mark.parametrize("mean_run", [None, 4.0])
def test_a_share_of_packets_is_lost(share: float, mean_run: float | None) -> None:
    profile = losing(share, mean_run=mean_run)
    talk = Stream(profile, Random(2))
    talk.flow(0.0)
    talk.advance(2000.0)
    heard = talk.reception()
    assert profile.loss_share == pytest.approx(share)
    assert heard.loss_share == pytest.approx(share, abs=0.01)
    assert heard.burst_ratio == pytest.approx(1 if mean_run is None else mean_run * (1 - share), rel=0.2)


def test_what_is_impaired_is_what_comes_from_then_on() -> None:
    talk = talked("clean", 30)
    before = talk.reception()
    talk.impair(losing(0.5), 30.0)
    talk.advance(40.0)
    during = talk.reception()
    talk.impair(PROFILES["clean"], 40.0)
    talk.advance(70.0)
    after = talk.reception()
    assert during.lost - before.lost == pytest.approx(250, abs=60)
    assert after.lost - during.lost <= 1
    assert after.received - during.received >= 1498


def test_a_call_of_an_office_is_impaired_one_way() -> None:
    watched = opened("quiet", phones=2)
    here, there = pair(watched)
    leg = watched.office.call(here, there, CallPlan(answer_after_s=0.2), 0)
    watched.office.advance(5.5)
    watched.office.impair(there, losing(0.5), 5.5)
    watched.office.advance(15.5)
    assert int(call_leaf(there.legs[0], "PacketsLost")) > 150
    assert int(call_leaf(leg, "PacketsLost")) < 5


def test_a_clean_call_has_no_bursts() -> None:
    heard = talked("clean", 30, seed=3).reception()
    assert heard.burst_ms == 0
    assert heard.gap_ms == heard.received * 20


patterns = st.lists(st.sampled_from([True, False, False, False, False, False, False, False]), max_size=200)


def bursts_by_definition(bad: list[bool]) -> list[tuple[int, int]]:
    """RFC 3611 §4.7.2 read plainly: group bad packets with fewer than GMIN good ones between; single ones are gap."""
    places = [index for index, flag in enumerate(bad) if flag]
    groups: list[list[int]] = []
    for place in places:
        if groups and place - groups[-1][-1] - 1 < GMIN:
            groups[-1].append(place)
        else:
            groups.append([place])
    return [(group[0], group[-1]) for group in groups if len(group) > 1]


def inside_bursts(bad: list[bool]) -> list[bool]:
    inside = [False] * len(bad)
    for first, last in bursts_by_definition(bad):
        inside[first : last + 1] = [True] * (last - first + 1)
    return inside


def durations_by_definition(bad: list[bool]) -> tuple[float, float]:
    bursts, inside = bursts_by_definition(bad), inside_bursts(bad)
    gaps = sum(not flag and (index == 0 or inside[index - 1]) for index, flag in enumerate(inside))
    burst = sum(inside) * 20 / len(bursts) if bursts else 0
    return burst, (len(bad) - sum(inside)) * 20 / gaps if gaps else 0


@given(patterns)
def test_densities_are_shares_of_what_is_inside(bad: list[bool]) -> None:
    runs = Runs()
    for flag in bad:
        runs.add(flag)
    inside = inside_bursts(bad)
    within = [flag for flag, burst in zip(bad, inside, strict=True) if burst]
    between = [flag for flag, burst in zip(bad, inside, strict=True) if not burst]
    burst, gap = runs.densities()
    assert burst == pytest.approx(sum(within) / max(1, len(within)))
    assert gap == pytest.approx(sum(between) / max(1, len(between)))


@given(patterns)
def test_bursts_and_gaps_are_those_of_the_definition(bad: list[bool]) -> None:
    runs = Runs()
    for flag in bad:
        runs.add(flag)
    burst, gap = durations_by_definition(bad)
    assert runs.durations_ms() == (round(burst), round(gap))


def test_durations_stay_in_sixteen_bits() -> None:
    runs = Runs()
    for _ in range(5000):
        runs.add(bad=False)
    assert runs.durations_ms() == (0, 65535)


def test_random_loss_has_a_burst_ratio_near_one_and_runs_have_more() -> None:
    random, scattered, bunched = Random(4), Runs(), Runs()
    for index in range(20_000):
        scattered.add(random.random() < 0.05)
        bunched.add(index % 100 < 5)
    assert scattered.ratio() == pytest.approx(1, abs=0.1)
    assert bunched.ratio() == pytest.approx(5 * 0.95, abs=0.1)


@pytest.mark.parametrize(
    ("r", "score"),
    [(93.2, 4.41), (90, 4.34), (80, 4.02), (70, 3.60), (60, 3.10), (50, 2.58), (0, 1), (5, 1), (100, 4.5)],
)
def test_opinion_follows_the_rating(r: float, score: float) -> None:
    assert mos(r) == pytest.approx(score, abs=0.006)


@pytest.mark.parametrize(
    ("codec", "delay", "loss", "score"),
    [
        ("G722", 20, 0, 4.40),
        ("G722", 20, 1, 4.32),
        ("G711u", 20, 5, 3.90),
        ("G711a", 200, 3, 3.85),
        ("G729a", 20, 3, 3.61),
        ("G729a", 200, 10, 2.36),
    ],
)
def test_the_short_e_model_at_published_points(codec: str, delay: float, loss: float, score: float) -> None:
    assert mos(r_factor(CODECS[codec], loss, 1, delay)) == pytest.approx(score, abs=0.02)


@given(st.floats(0, 100), st.floats(1, 10), st.floats(0, 1000))
def test_delay_never_improves_a_conversation(bad_pct: float, ratio: float, delay: float) -> None:
    for codec in CODECS.values():
        listening = r_factor(codec, bad_pct, ratio, None)
        conversing = r_factor(codec, bad_pct, ratio, delay)
        assert 0 <= conversing <= listening <= 93.2
        assert 1 <= mos(conversing) <= 4.5
