"""Plans: what a file may say, what is refused, and in which rounds the calls are made."""

from datetime import time
from itertools import combinations
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from phonetui.config.settings import Config, MeshSettings, PhoneSettings
from phonetui.errors import ConfigError
from phonetui.mesh.emergency_numbers import is_emergency, is_emergency_in
from phonetui.mesh.plan import MeshPhone, MeshPlan, MeshShape, RunningHours
from phonetui.mesh.plan_file import look_alikes, plan_of, plan_of_names, read_plan, with_options
from phonetui.mesh.round_robin import schedule
from phonetui.phone.state import PhoneId
from phonetui.text import printable

CONFIG = Config(
    phones=tuple(
        PhoneSettings(
            id=PhoneId(f"p{place}"), host="192.0.2.1", numbers=(printable(f"50{place:02}"),),
            group=(printable("HQ" if place < 4 else "Branch"),),
        )
        for place in range(1, 8)
    )
)  # fmt: skip


def mesh_of(count: int, **fields: object) -> MeshPlan:
    phones = tuple(
        MeshPhone(PhoneId(f"p{place}"), printable(f"5{place:03}"), printable(f"site {place % 3}"))
        for place in range(count)
    )
    return MeshPlan(name=printable("test"), phones=phones, **fields)  # type: ignore[arg-type]


@settings(max_examples=30)
@given(st.integers(2, 13), st.none() | st.integers(1, 6), st.none() | st.integers(1, 4))
def test_every_two_phones_call_each_other_once_and_no_phone_has_two_calls(
    count: int, parallel: int | None, per_site: int | None
) -> None:
    plan = mesh_of(count, parallel=parallel, parallel_per_site=per_site)
    made = schedule(plan)
    pairs = [frozenset((pair.caller.id, pair.callee.id)) for pairs in made.rounds for pair in pairs]
    assert sorted(map(sorted, pairs)) == sorted(map(list, map(sorted, combinations([p.id for p in plan.phones], 2))))
    for pairs_of_round in made.rounds:
        ends = [end.id for pair in pairs_of_round for end in (pair.caller, pair.callee)]
        assert len(ends) == len(set(ends))
        assert parallel is None or len(pairs_of_round) <= parallel
        for site in plan.sites:
            assert per_site is None or sum(site in pair.sites for pair in pairs_of_round) <= per_site
    if parallel is None and per_site is None:
        assert len(made.rounds) == (count - 1 if count % 2 == 0 else count)


def test_twenty_phones_are_190_calls_in_19_rounds() -> None:
    made = schedule(mesh_of(20))
    assert (made.calls, len(made.rounds), {len(pairs) for pairs in made.rounds}) == (190, 19, {10})
    assert made.seconds == 19 * 37.0


def test_each_phone_calls_about_as_often_as_it_is_called() -> None:
    plan = mesh_of(20)
    calls = [sum(pair.caller == phone for pair in plan.pairs) for phone in plan.phones]
    assert max(calls) - min(calls) <= 1


def test_a_hub_calls_every_spoke_and_spokes_don_t_call_each_other() -> None:
    plan = mesh_of(7, shape=MeshShape.HUB, hubs=frozenset({PhoneId("p0"), PhoneId("p1")}))
    made = schedule(plan)
    assert made.calls == 10
    assert all(len({pair.caller.id, pair.callee.id} & plan.hubs) == 1 for pairs in made.rounds for pair in pairs)
    assert len(made.rounds) == 5


def test_a_plan_out_of_a_file(tmp_path: Path) -> None:
    file = tmp_path / "night.toml"
    file.write_text(
        'talk_s = 30\nhours = "22:00-05:00"\nparallel_per_site = 2\n[limits]\nmos = { fair = 4.1, poor = 3.8 }\n'
        'setup_s = { fair = 2 }\n[[phone]]\nname = "p1"\n[[phone]]\nname = "p4"\nnumber = "+47 22 00 50 04"\nsite = "Oslo"\n'
    )
    plan = read_plan(file, CONFIG)
    assert (plan.name, plan.talk_s, plan.hours) == ("night", 30.0, RunningHours(time(22), time(5)))
    assert [(phone.number, phone.site) for phone in plan.phones] == [("5001", "HQ"), ("+4722005004", "Oslo")]
    assert (plan.limits.quality.mos.fair, plan.limits.quality.mos.poor, plan.limits.setup_s.fair) == (4.1, 3.8, 2.0)
    assert plan.limits.quality.loss_pct == CONFIG.quality.loss_pct


PHONES = [{"name": "p1"}, {"name": "p4"}]


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ({"phone": [{"name": "p1"}]}, "nobody to call"),
        ({"phone": [{"name": "p1"}, {"name": "p1"}]}, "twice"),
        ({"phone": [{"name": "p1"}, {"name": "lobby"}]}, "no phone 'lobby'"),
        ({"phone": [{"name": "p1"}, {"name": "p2", "number": "5001"}]}, "the same number"),
        ({"phone": [{"name": "p1"}, {"name": "p2", "number": "0112"}]}, "emergency"),
        ({"phone": [{"name": "p1"}, {"name": "p2", "number": "the lobby"}]}, "cannot be dialled"),
        ({"phone": [{"name": "p1"}, {"name": "p2", "answers": True}]}, "no 'answers'"),
        ({"phone": PHONES, "talk_s": 10}, "'talk_s' is a number from 20"),
        ({"phone": PHONES, "talk": 30}, "no 'talk'"),
        ({"phone": PHONES, "shape": "star"}, "one of full"),
        ({"phone": PHONES, "shape": "hub"}, "'hubs'"),
        ({"phone": PHONES, "hubs": ["p9"]}, "none of the plan"),
        ({"phone": PHONES, "shape": "pairs"}, "'pairs'"),
        ({"phone": PHONES, "shape": "pairs", "pairs": [["p1", "p1"]]}, "calls itself"),
        ({"phone": PHONES, "shape": "pairs", "pairs": [["p1", "p4"], ["p4", "p1"]]}, "listed twice"),
        ({"phone": PHONES, "hours": "at night"}, "span of the day"),
        ({"phone": PHONES, "parallel": 0}, "whole number"),
        ({"phone": PHONES, "limits": {"mos": {"fair": 3.0, "poor": 3.5}}}, "milder"),
        ({"phone": PHONES, "limits": {"mos": 3.5}}, "'fair' and 'poor'"),
    ],
)
def test_what_is_wrong_with_a_plan_is_said(content: dict[str, object], complaint: str) -> None:
    with pytest.raises(ConfigError, match=complaint):
        plan_of({"name": "test", **content}, CONFIG)


def test_the_command_line_stands_over_the_plan() -> None:
    plan = with_options(plan_of_names(["p1", "p2", "p5"], CONFIG), 40.0, 1)
    assert (plan.talk_s, plan.parallel, len(schedule(plan).rounds)) == (40.0, 1, 3)
    with pytest.raises(ConfigError, match="--talk"):
        with_options(plan, 5.0, None)


@pytest.mark.parametrize(
    "number", ["112", "911", "0112", "9911", "99911", "9-1-1", "999", "000", "911@pbx.example", "sip:sos@pbx"]
)
def test_numbers_that_call_for_help(number: str) -> None:
    assert is_emergency(number)


@pytest.mark.parametrize("number", ["5001", "5112", "+4722001120", "1234", "lobby@pbx.example", "80001", "2911"])
def test_numbers_that_do_not(number: str) -> None:
    assert not is_emergency(number)


IN_NORWAY = MeshSettings(country="NO", extensions=("101-119", "8100"))
LOOK_ALIKES = {"phone": [{"name": "p1", "number": "101"}, {"name": "p2", "number": "8100"}, {"name": "p3"}]}


def test_extensions_that_only_look_like_emergency_numbers_are_called_where_the_configuration_has_them() -> None:
    with pytest.raises(ConfigError, match="101 of p1 looks like") as caught:
        plan_of({"name": "test", **LOOK_ALIKES}, CONFIG)
    assert "[mesh]" in caught.value.hint
    plan = plan_of({"name": "test", **LOOK_ALIKES}, replace(CONFIG, mesh=IN_NORWAY))
    assert [phone.number for phone in plan.phones] == ["101", "8100", "5003"]
    assert look_alikes(plan).startswith("101 (p1), 8100 (p2) look like emergency numbers of another country")
    assert look_alikes(plan_of_names(["p1", "p2"], CONFIG)) == ""


@pytest.mark.parametrize(
    ("number", "mesh", "complaint"),
    [
        ("110", IN_NORWAY, "110 of p1 is an emergency number in NO"),
        ("113", IN_NORWAY, "is an emergency number in NO"),
        ("112", replace(IN_NORWAY, country="JP"), "is an emergency number in JP"),
        ("911", replace(IN_NORWAY, extensions=("900-999",)), "is an emergency number in NO"),
        ("9110", replace(IN_NORWAY, extensions=("9000-9999",)), "is an emergency number in NO"),
        ("1350", replace(IN_NORWAY, country="GA", extensions=("1300-1399",)), "is an emergency number in GA"),
        ("101", replace(IN_NORWAY, country=None), "looks like"),
        ("101", replace(IN_NORWAY, country="XX"), "looks like"),
        ("120", IN_NORWAY, "looks like"),
        ("sip:101@pbx", IN_NORWAY, "looks like"),
        ("sos@pbx", replace(IN_NORWAY, extensions=("100-999",)), "emergency number"),
    ],
)
def test_what_calls_for_help_in_the_country_is_never_called(number: str, mesh: MeshSettings, complaint: str) -> None:
    with pytest.raises(ConfigError, match=complaint):
        plan_of(
            {"name": "test", "phone": [{"name": "p1", "number": number}, {"name": "p2"}]}, replace(CONFIG, mesh=mesh)
        )


def test_a_pattern_of_one_country_takes_no_extension_of_others() -> None:
    assert not is_emergency("1350")
    assert is_emergency_in("1350", "ga")
    assert is_emergency_in("117", "no") is False
    assert is_emergency_in("117", "xx")


def test_hours_over_midnight() -> None:
    night = RunningHours(time(22), time(5))
    assert [night.holds(time(hour)) for hour in (21, 22, 0, 4, 5, 12)] == [False, True, True, True, False, False]
