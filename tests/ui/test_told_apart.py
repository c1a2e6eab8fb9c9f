"""Every state has a text of its own: what is told apart by colour is told apart without it, too."""

from collections.abc import Iterable, Mapping
from itertools import combinations
from typing import Any

import pytest
from msgspec.structs import replace

from phonetui.phone.alerts.alert import AlertId, Severity
from phonetui.phone.calls.call_ends import CallEnds
from phonetui.phone.lights import Cadence, Colour, Light
from phonetui.phone.measure import Grade, JudgedMetric, Measure, Metric
from phonetui.phone.state import Call, Connection, Line, Link, Phase, Phone, Port, State
from phonetui.text import Printable
from phonetui.ui.alerts import rows as alerts_rows
from phonetui.ui.calls import rows as calls_rows
from phonetui.ui.control.keys import sent_rows
from phonetui.ui.fleet import rows as fleet_rows
from phonetui.ui.fleet.columns import DEFAULT_COLUMNS as COLUMNS
from phonetui.ui.fleet.columns import CellContext
from phonetui.ui.key_queue import Outcome, Press
from phonetui.ui.panes import call as call_module
from phonetui.ui.panes import lines, network
from phonetui.ui.screen_state import Arrangement
from phonetui.ui.text.format import light as lit
from phonetui.ui.text.rows import Row, text
from tests.ui.alerts import alert, cleared
from tests.ui.office import AT, GREEN, NOW, OFF, lobby, phone, talk
from tests.ui.remembered import remembered
from tests.ui.test_panes import snapshot
from tests.ui.trees import rows_of


def painted(rows: Iterable[Row]) -> str:
    return "\n".join(text(row).rstrip() for row in rows)


def are_apart(texts: Mapping[str, str]) -> None:
    same = [pair for pair in combinations(texts, 2) if texts[pair[0]] == texts[pair[1]]]
    assert same == [], texts


def standing(state: State, reason: str = "") -> Phone:
    """Without a word of what happened, which would tell them apart by itself."""
    fresh_at = None if state is State.CONNECTING else AT - 1
    return phone("desk", connection=Connection(state, reason, fresh_at=fresh_at))


PHONES = {
    **{state.value: standing(state) for state in State},
    "behind a lost tunnel": standing(State.UNREACHABLE, "tunnel"),
    "in call": replace(lobby(), measures=()),
    "ringing": phone("desk", lines=(Line(1, calls=(Call(1, 0, Printable("Ringing"), Phase.ALERTING),)),)),
    **{
        f"in a call that is {grade.word}": replace(lobby(), measures=(Measure(1, 0, grade),))
        for grade in Grade
        if grade is not Grade.UNKNOWN
    },
}
NAMED = {name: replace(shown, id=phone("desk").id, name=Printable("desk"), group=()) for name, shown in PHONES.items()}


@pytest.mark.parametrize("width", [25, 40])
def test_states_of_a_phone_in_the_tree(width: int) -> None:
    are_apart({name: painted(rows_of([shown], width)) for name, shown in NAMED.items()})


@pytest.mark.parametrize("width", [58, 118])
def test_states_of_a_phone_in_the_fleet(width: int) -> None:
    narrow = Arrangement(COLUMNS[:3])
    are_apart(
        {n: painted(fleet_rows.FleetTable([shown], narrow, (), width, CellContext(AT))) for n, shown in NAMED.items()}
    )


def test_states_of_a_phone_above_its_calls() -> None:
    texts = {state.value: painted(call_module.rows(snapshot(standing(state)), 87)) for state in State}
    are_apart({**texts, "tunnel": painted(call_module.rows(snapshot(standing(State.UNREACHABLE, "tunnel")), 87))})


@pytest.mark.parametrize("pane", [lines.LinesPane(), network.PortsPane()], ids=["lines", "ports"])
def test_titles_of_panes_say_that_what_they_show_is_old(pane: lines.LinesPane | network.PortsPane) -> None:
    known = [state for state in State if state is not State.CONNECTING]
    are_apart({state.value: pane.title_of(snapshot(standing(state))) for state in known})


def graded(grade: Grade) -> Phone:
    by = (JudgedMetric(Metric.LOSS, 4.1, grade),)
    return replace(lobby(), measures=(Measure(1, 0, grade, by, loss_pct=4.1, mos=4.1, mos_source="phone-cq"),))


def test_grades_of_a_call() -> None:
    are_apart({grade.word: painted(call_module.rows(snapshot(graded(grade)), 87)[:1]) for grade in Grade})


@pytest.mark.parametrize("width", [58, 116])
def test_grades_of_a_remembered_call(width: int) -> None:
    known = {grade.word: remembered(grade=grade) for grade in Grade}
    limits = snapshot().thresholds.loss_pct
    are_apart({n: painted(calls_rows.CallRows([CallEnds(record)], None, width, limits)) for n, record in known.items()})


def test_a_call_that_is_up_from_one_whose_phone_is_silent_one_that_is_lost_and_one_that_is_over() -> None:
    up = remembered(is_up=True, ended_at=None, final=(), cause=None, cause_code=None)
    known = {"up": up, "lost": replace(up, is_up=False), "over": remembered()}
    limits = snapshot().thresholds.loss_pct
    for width in (58, 116):
        texts = {
            n: painted(calls_rows.CallRows([CallEnds(record)], None, width, limits)) for n, record in known.items()
        }
        silent = calls_rows.CallRows([CallEnds(up)], None, width, limits, frozenset({up.phone}))
        are_apart(texts | ({"silent": painted(silent)} if width > 100 else {}))
        assert painted(silent) != texts["up"]


LIGHTS = {
    "not told": None,
    "off": OFF,
    "a colour not known": Light(None, None, Printable("Mauve"), Printable("Steady")),
    "a cadence not known": Light(Colour.RED, None, Printable("Red"), Printable("Wobbling")),
    **{
        f"{colour.value} {cadence.value}": Light(colour, cadence)
        for colour in Colour
        for cadence in Cadence
        if colour is not Colour.OFF and cadence is not Cadence.OFF
    },
}


@pytest.mark.parametrize("width", [41, 90])
def test_lights_of_a_line(width: int) -> None:
    texts = {n: painted(lines.rows(phone("a", lines=(Line(1, light=light),)), width, 6)) for n, light in LIGHTS.items()}
    are_apart(texts)
    assert [name for name, light in LIGHTS.items() if lit(light).text not in texts[name]] == [], "words are whole"


@pytest.mark.parametrize("width", [41, 100])
def test_lights_of_the_phone(width: int) -> None:
    bare = phone("a", lines=())
    are_apart(
        {
            name: painted(lines.rows(replace(bare, lights=replace(bare.lights, message=light)), width, 6))
            for name, light in LIGHTS.items()
        }
    )


REGISTRATIONS = {
    "registered": Line(1, Printable("Registered"), True),
    "failed": Line(1, Printable("Failed"), False),
    "a word not known": Line(1, Printable("Pondering"), None),
    "not told": Line(1, None, None),
}


def test_registrations_of_a_line() -> None:
    are_apart({n: painted(lines.rows(phone("a", lines=(line,)), 41, 6)) for n, line in REGISTRATIONS.items()})


def test_registrations_in_the_one_row_that_a_small_terminal_has() -> None:
    told = {n: line for n, line in REGISTRATIONS.items() if n != "not told"}
    texts = {
        name: painted(lines.rows(phone("a", lines=(replace(line, light=GREEN),)), 78, 1)) for name, line in told.items()
    }
    are_apart(texts)


PORTS = {
    "not told": Port(1),
    "full": Port(1, Link(Printable("1000 Full"), 1000, True, True)),
    "half": Port(1, Link(Printable("1000 Half"), 1000, False, True)),
    "down": Port(1, Link(Printable("Down"), None, None, False)),
    "a word not known": Port(1, Link(Printable("Pondering"))),
    "no errors": Port(1, Link(Printable("1000 Full"), 1000, True, True), errors=0, errors_risen=0),
    "old errors": Port(1, Link(Printable("1000 Full"), 1000, True, True), errors=14, errors_risen=0),
    "errors that rise": Port(1, Link(Printable("1000 Full"), 1000, True, True), errors=14, errors_risen=14),
    "no packets": Port(1, Link(Printable("1000 Full"), 1000, True, True), rx_per_s=0, tx_per_s=0),
    "set to another": Port(1, Link(Printable("1000 Full"), 1000, True, True), Printable("100 Full")),
}


def test_states_of_a_port() -> None:
    are_apart({name: painted(network.rows(phone("a", ports=(port,)), 41, 7)) for name, port in PORTS.items()})


def test_states_of_a_port_in_the_one_row_that_a_small_terminal_has() -> None:
    told = {name: port for name, port in PORTS.items() if name != "set to another"}
    are_apart({name: painted(network.rows(phone("a", ports=(port,)), 78, 1)) for name, port in told.items()})


def call(measure: Measure | None = None, **more: Any) -> Phone:
    figures = talk(
        **{"jitter_ms": None, "round_trip_ms": None, "mos_cq": None, "mos_lq": None, "r_factor": None} | more
    )
    base = lobby()
    measures = (measure,) if measure else ()
    return replace(base, lines=(replace(base.lines[0], calls=(figures,)),), measures=measures)


def test_what_is_zero_missing_old_failed_and_not_offered() -> None:
    silent = Connection(State.STALE, fresh_at=AT - 75)
    quiet = Measure(1, 0, Grade.GOOD, (JudgedMetric(Metric.LOSS, 0.0, Grade.GOOD),), loss_pct=0.0)
    on_prem = phone("a", lines=(Line(1, Printable("Registered"), True),))
    known = {
        "zero": call(quiet),
        "missing": call(replace(quiet, loss_pct=None, discard_pct=0.0)),
        "old": replace(call(quiet), connection=silent),
        "unreachable": replace(call(quiet), connection=Connection(State.UNREACHABLE, fresh_at=AT - 75)),
        "no figures given": call(burst_ms=None, gap_ms=None, decode_latency_ms=None),
        "no calls published": on_prem,
        "older firmware": replace(on_prem, system=replace(on_prem.system, version=Printable("PHONEOS.3-5-1"))),
        "no call up": phone("a"),
        "never answered": phone("a", connection=Connection()),
    }
    are_apart({name: painted(call_module.rows(snapshot(shown), 87)) for name, shown in known.items()})


def test_alerts_by_severity_muted_and_cleared() -> None:
    known = {severity.name: alert("a", AlertId.LOSS, severity, "x", 90) for severity in Severity}
    muted = {f"muted {n}": replace(one, is_muted=True) for n, one in known.items()}
    over = {"cleared": cleared(known["POOR"], 90)}
    are_apart({n: painted(alerts_rows.alert_rows([one], NOW, 78)) for n, one in {**known, **muted, **over}.items()})


@pytest.mark.parametrize("width", [24, 44])
def test_what_became_of_a_key(width: int) -> None:
    are_apart({one.value: painted(sent_rows([Press(NOW, "KeyPad1", one)], None, width)) for one in Outcome})
