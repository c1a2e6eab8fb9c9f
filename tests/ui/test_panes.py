"""What each pane says, as text; roles are pinned by the goldens."""

from datetime import UTC
from typing import Any, cast

import pytest
from msgspec.structs import replace

from phonetui.actions import ACTIONS
from phonetui.phone.calls.call_legs import Ambiguous, Partner
from phonetui.phone.diagnosis import CallEnd, Diagnosis
from phonetui.phone.measure import Grade, JudgedMetric, Measure, Metric, Shares
from phonetui.phone.quality.grading import DEFAULT
from phonetui.phone.state import Connection, Line, Link, Network, Phase, Phone, PhoneId, Port, State, System
from phonetui.text import Printable
from phonetui.ui.alerts import rows as alerts_rows
from phonetui.ui.main import phone_tree
from phonetui.ui.main import screen as main_screen
from phonetui.ui.panes import call as call_module
from phonetui.ui.panes import lines, network
from phonetui.ui.panes.call import verdict
from phonetui.ui.panes.call_metrics import figure_cell, ground_rows
from phonetui.ui.session import Session
from phonetui.ui.snapshot import Snapshot
from phonetui.ui.text.rows import Role, Row, text
from phonetui.ui.view_state import ViewState
from phonetui.ui.widgets import footer
from phonetui.ui.widgets import pane as pane_module
from phonetui.ui.widgets.pane import Pane
from tests.ui.office import (
    AT,
    CONFIG,
    NOW,
    SWITCH,
    FakeFleet,
    HandClock,
    course,
    entries,
    fleet_of_eight,
    lobby,
    phone,
    reception,
    talk,
)
from tests.ui.trees import rows_of, tree_of


def snapshot(shown: Phone | None = None, **more: Any) -> Snapshot:
    session = Session(fleet=FakeFleet({shown.id: shown} if shown else {}), config=CONFIG, clock=HandClock().clock)
    return replace(ViewState(session).snapshot(), **more)


def said(rows: list[Row]) -> str:
    return "\n".join(map(text, rows))


def one_call(**more: Any) -> Phone:
    base = lobby()
    return replace(base, lines=(replace(base.lines[0], calls=(talk(**more),)),))


def test_a_call_shows_its_figures_with_grades_and_its_course() -> None:
    shown = said(call_module.rows(snapshot(lobby(), histories={(1, 0): course(lobby())}), 87))
    for words in (
        "Connected",
        "in   00:01:43",
        "Front Desk 5000",
        "G722",
        "4.1 ● good",
        "0.4 % ● good",
        "CQ 4.1 LQ 4.2 R 86",
    ):
        assert words in shown
    assert "··" in shown, "the gap in the course"
    assert "received 5076   lost 84   discarded 31" in shown


def test_codecs_that_differ_show_both() -> None:
    shown = said(call_module.rows(snapshot(one_call(encoder=Printable("PCMU"))), 87))
    assert "PCMU ⇄ G722" in shown


def test_a_short_call_is_drawn_as_long_as_it_is() -> None:
    shown = lobby()
    drawn = call_module.rows(snapshot(shown, histories={(1, 0): course(shown, 10, with_gap=False)}), 87)[2]
    assert sum(character in "▁▂▃▄▅▆▇█" for character in text(drawn)) == 5


def test_too_early_to_say_says_what_it_waits_for() -> None:
    shown = replace(one_call(), measures=(Measure(1, 0, Grade.MEASURING, loss_pct=0.4, discard_pct=0.1, mos=4.1),))
    words = said(call_module.rows(snapshot(shown), 87))
    assert "◐ measuring" in words
    assert "measuring: 0 of 500 packets, 0 of 10 s" in words
    assert "good" not in words


def test_nothing_to_judge_by_is_unknown_not_good() -> None:
    figures = ("jitter_ms", "round_trip_ms", "mos_lq", "mos_cq", "r_factor", "burst_ms", "gap_ms", "decode_latency_ms")
    nothing: dict[str, Any] = dict.fromkeys(figures)
    call = replace(talk(), **nothing)
    shown = replace(lobby(), lines=(Line(1, calls=(call,)),), measures=(Measure(1, 0),))
    assert "unknown: the phone gives no figures" in said(call_module.rows(snapshot(shown), 87))


def test_zero_loss_is_zero_and_missing_delay_is_a_dash() -> None:
    shown = replace(
        one_call(round_trip_ms=None), measures=(Measure(1, 0, Grade.GOOD, loss_pct=0.0, discard_pct=0.0, mos=4.3),)
    )
    words = said(call_module.rows(snapshot(shown), 87))
    assert "0.0 %" in words
    assert "RTT          –" in words


def measured(**more: Any) -> Phone:
    base = lobby()
    return replace(base, measures=(replace(base.measures[0], **more),))


OURS = JudgedMetric(Metric.ESTIMATE, 4.1, Grade.GOOD)


def test_a_score_says_whose_it_is() -> None:
    assert "MOS CQ     4.1 ● good" in said(call_module.rows(snapshot(lobby()), 87))
    assert "MOS LQ     4.1 ● good" in said(call_module.rows(snapshot(measured(mos_source="phone-lq")), 87))
    assert "MOS est    4.1 ● good" in said(
        call_module.rows(snapshot(measured(mos_source="estimate", judged=(OURS,))), 87)
    )


def test_a_rate_of_the_phone_keeps_its_raw_value_and_its_doubt() -> None:
    call = {"loss_rate": Printable("12"), "discard_rate": Printable("0.4 %")}
    shown = replace(one_call(**call), measures=(replace(lobby().measures[0], phone_discard_pct=0.4),))
    words = said(call_module.rows(snapshot(shown), 87))
    assert "reported CQ 4.1 LQ 4.2 R 86  loss 12 (unit?)  discard 0.4 %" in words
    known = replace(shown, measures=(replace(shown.measures[0], phone_loss_pct=4.7),))
    assert "loss 4.7 % (raw 12)" in said(call_module.rows(snapshot(known), 87))


def test_what_stands_still_is_said_in_steps() -> None:
    stalled = snapshot(measured(no_receive_s=5.2, no_media_s=0.0))
    assert "no audio in: nothing received for over 4 s" in said(call_module.rows(stalled, 87))
    assert call_module.rows(stalled, 87) == call_module.rows(snapshot(measured(no_receive_s=6.9, no_media_s=0.0)), 87)
    silent = said(call_module.rows(snapshot(measured(no_receive_s=12.0, no_media_s=12.0)), 87))
    assert "no packet either way for over 10 s" in silent
    assert "no audio in" not in silent
    assert "nothing received" not in said(call_module.rows(snapshot(measured(no_receive_s=0.4, no_media_s=0.0)), 87))
    held = replace(measured(no_receive_s=9.0, no_media_s=9.0), lines=one_call(remote_hold=True).lines)
    assert "no packet" not in said(call_module.rows(snapshot(held), 87))


def test_the_whole_call_is_told_once_there_is_enough_of_it() -> None:
    lasted = {"measured_s": 102.0, "shares": Shares(good_s=92, poor_s=8)}
    words = said(call_module.rows(snapshot(measured(**lasted)), 87))
    assert "so far   good 92 %, poor 8 %   measured 100 s" in words
    early = said(call_module.rows(snapshot(measured(**lasted, grade=Grade.MEASURING)), 87))
    assert "so far   measured 100 s" in early
    assert "so far" not in said(call_module.rows(snapshot(measured(measured_s=4.0)), 87))
    assert "measured 15 min" in said(call_module.rows(snapshot(measured(measured_s=930.0)), 87))


FAR = replace(lobby(), id=PhoneId("desk-31"), name=Printable("desk-31"))
PAIRED = Partner(FAR.id, (1, 0), Printable("5000 and 5001 call each other at the same time"))


def with_far_end(here: Phone, far: Phone = FAR, **more: Any) -> Snapshot:
    return replace(snapshot(here), phones={here.id: here, far.id: far}, partners={(1, 0): PAIRED}, **more)


def test_the_other_end_stands_beside_and_says_which_way_the_trouble_lies() -> None:
    words = said(call_module.rows(with_far_end(lobby()), 87))
    assert "lobby hears         desk-31 hears" in words
    assert "loss     0.4 % ● good        0.4 % ● good" in words
    assert "→ both ends hear well" in words
    lossy = measured(grade=Grade.POOR, judged=(JudgedMetric(Metric.LOSS, 4.0, Grade.POOR),))
    assert "→ receive direction impaired, desk-31 → lobby" in said(call_module.rows(with_far_end(lossy), 87))
    far = replace(lossy, id=FAR.id, name=FAR.name)
    assert "→ send direction impaired, lobby → desk-31" in said(call_module.rows(with_far_end(lobby(), far), 87))
    assert "→ both directions impaired" in said(call_module.rows(with_far_end(lossy, far), 87))
    early = replace(FAR, measures=(replace(FAR.measures[0], grade=Grade.MEASURING),))
    unjudged = said(call_module.rows(with_far_end(lobby(), early), 87))
    assert "desk-31 hears" in unjudged
    assert "→" not in unjudged


def test_the_other_end_of_a_held_or_lost_phone() -> None:
    held = replace(FAR, lines=one_call(state=Printable("Hold"), phase=Phase.HELD).lines)
    assert "far end  desk-31  Hold" in said(call_module.rows(with_far_end(lobby(), held), 87))
    lost = replace(FAR, connection=Connection(State.STALE, fresh_at=AT - 70))
    rows = call_module.rows(with_far_end(lobby(), lost), 87)
    assert "both ends hear well" not in said(rows)
    (loss,) = [runs for runs in rows if text(runs).startswith("  loss")]
    assert {run.role for run in loss} >= {Role.GOOD, Role.STALE}
    gone = replace(snapshot(lobby()), partners={(1, 0): PAIRED})
    assert "far end  desk-31\n" in said(call_module.rows(gone, 87))


def test_an_end_that_is_not_sure_names_its_candidates_and_an_outside_one_is_not_mentioned() -> None:
    reason = Printable("several calls between these numbers at once")
    several = Ambiguous(((FAR.id, (1, 0)), (PhoneId("desk-32"), (1, 0))), reason)
    words = said(call_module.rows(replace(with_far_end(lobby()), partners={(1, 0): several}), 120))
    assert "far end  not sure, desk-31 or desk-32: several calls between these numbers at once" in words
    one = Ambiguous(((FAR.id, (1, 0)),), Printable("began at the same moment"))
    words = said(call_module.rows(replace(with_far_end(lobby()), partners={(1, 0): one}), 120))
    assert "far end  maybe desk-31: began at the same moment" in words
    assert "far end" not in said(call_module.rows(snapshot(lobby()), 87))


def test_where_to_look_stands_with_its_evidence_in_one_row_or_two() -> None:
    short = Diagnosis(Printable("look at sw-2f"), Printable("3 phones lose packets"), (PhoneId("lobby"),))
    others = Diagnosis(Printable("look at sw-9f"), Printable("2 phones"), (PhoneId("elsewhere"),))
    long = Diagnosis(
        Printable("check the cabling of port 1"), Printable("loss 4.1 %, CRC errors +14 in the last minute")
    )
    words = said(call_module.rows(snapshot(lobby(), hints=(short, others), causes={(1, 0): (long,)}), 62))
    assert "  → check the cabling of port 1\n    loss 4.1 %, CRC errors +14 in the last minute\n" in words
    assert "  → look at sw-2f  3 phones lose packets\n" in words
    assert "sw-9f" not in words


def test_a_frozen_display_keeps_the_other_end() -> None:
    fleet = FakeFleet({FAR.id: FAR}, partners={(FAR.id, (1, 0)): PAIRED}, pointed={(FAR.id, (1, 0)): (LOOK,)})
    view_state = ViewState(Session(fleet=fleet, config=CONFIG, clock=HandClock().clock))
    view_state.freeze()
    fleet.partners, fleet.pointed = {}, {}
    assert (view_state.snapshot().partners, view_state.snapshot().causes) == ({(1, 0): PAIRED}, {(1, 0): (LOOK,)})
    view_state.thaw()
    assert (view_state.snapshot().partners, view_state.snapshot().causes) == ({}, {})


LOOK = Diagnosis(Printable("look at sw-2f"), Printable("3 phones lose packets"))


def test_an_unknown_state_word_stays_as_the_phone_wrote_it() -> None:
    shown = one_call(state=Printable("Parked-7"), phase=Phase.UNKNOWN)
    assert "? Parked-7" in said(call_module.rows(snapshot(shown), 87))


def test_empty_panes_say_why() -> None:
    assert "configuration names none" in said(call_module.rows(snapshot(), 60))
    assert "Idle" in said(call_module.rows(snapshot(phone("a")), 60))
    assert "On-Prem" in said(call_module.rows(snapshot(phone("a", lines=(Line(1),))), 120))
    old = phone("a", lines=(), system=System(version=Printable("PHONEOS.3-5-1")))
    assert "need PhoneOS 3.6; this phone runs 3.5.1" in said(call_module.rows(snapshot(old), 60))
    connecting = phone("a", lines=(), connection=Connection())
    assert said(call_module.rows(snapshot(connecting), 60)) == "◐ connecting to 192.0.2.21 …"


def test_a_phone_that_refuses_says_what_happened_and_what_to_try() -> None:
    shown = next(shown for shown in fleet_of_eight() if shown.name == "desk-33")
    words = said(call_module.rows(snapshot(shown), 87))
    assert "⊘ refused (credentials)" in words
    assert "the phone refuses user xapi" in words
    assert "→ Check the password." in words


def test_old_data_has_an_age_and_loses_its_colours() -> None:
    stale = replace(lobby(), connection=Connection(State.STALE, "timeout", fresh_at=AT - 70))
    rows = call_module.rows(snapshot(stale, histories={(1, 0): course(lobby())}), 87)
    assert "STALE (timeout), last answer over 1 min ago" in said(rows)
    colours = {Role.GOOD, Role.FAIR, Role.POOR, Role.CRITICAL}
    assert not colours & {run.role for runs in rows for run in runs}
    late = replace(lobby(), connection=Connection(State.LIVE, fresh_at=AT - 31))
    assert "last answer over 30 s ago" in said(call_module.rows(snapshot(late), 87))


def test_the_title_carries_facts_that_hardly_change() -> None:
    assert call_module.title(lobby()) == "Calls · lobby · 9851 · 192.0.2.21 · 3.6.1 · up 7 d"
    assert call_module.title(None) == "Calls"


def test_lines_tell_registration_light_and_call() -> None:
    shown = said(lines.rows(lobby(), 44, 6))
    assert "1 ✓ Registered ● green       Connected  msg" in shown
    assert "2 ✗ Failed     ○ off         idle" in shown
    assert "MWI     ● red" in shown


def test_a_line_without_calls_tells_what_its_light_usually_means() -> None:
    shown = phone("a", lines=(Line(1, light=lobby().lines[0].light),))
    assert "● green       in use" in said(lines.rows(shown, 44, 6))


def test_lines_in_one_row_keep_what_matters() -> None:
    assert said(lines.rows(lobby(), 78, 1)) == "1 ● Connected  2 ✗ Failed  MWI ● red  "


def test_ports_show_rising_errors_and_only_those_in_colour() -> None:
    rows = network.rows(lobby(), 41, 6)
    assert "switch ● 1000 full err 0      96↓ 50↑" in said(rows)
    assert "14 +14 ▲" in said(rows)
    still = Port(1, SWITCH.link, errors=14, errors_risen=0)
    quiet = network.rows(phone("a", ports=(still,)), 41, 6)
    assert not {Role.POOR} & {run.role for runs in quiet for run in runs}
    assert "sw-2f Gi1/0/14   VLAN 110   IP 192.0.2.21" in said(rows)


def test_a_million_old_errors_leave_room_for_the_three_new_ones() -> None:
    worn = Port(1, SWITCH.link, rx_per_s=1000, tx_per_s=1000, errors=1_176_249, errors_risen=14)
    assert "1.2M +14 ▲" in said(network.rows(phone("a", ports=(worn,)), 40, 6))


def test_ports_of_a_switch_are_abbreviated_as_the_switch_does() -> None:
    assert network.short("GigabitEthernet1/0/14") == "Gi1/0/14"
    assert network.short("TenGigabitEthernet1/1") == "Te1/1"
    assert network.short("Port 7") == "Port 7"
    assert network.short(None) is None


def test_links_in_trouble_have_a_word() -> None:
    half = Port(1, Link(Printable("100 Half"), 100, False, True))
    strange = Port(2, Link(Printable("Frobnicated")))
    shown = phone("a", ports=(half, strange, Port(3)), network=Network())
    words = said(network.rows(shown, 41, 7))
    for part in ("! 100 half", "? Frobnic", "port 3", "? –"):
        assert part in words
    assert "No port data from this phone." in said(network.rows(phone("a", ports=(), network=Network()), 41, 6))


def test_events_are_in_local_time_with_a_glyph_a_weight() -> None:
    words = said(list(alerts_rows.EventRows(entries(), snapshot().zone, 87)))
    assert "03:04:27 reception    ! loss poor 4.1 %" in words


def test_the_tree_keeps_the_order_of_the_configuration_and_shows_the_worst_of_a_shut_group() -> None:
    fleet = fleet_of_eight()
    assert [item.phone for item in tree_of(fleet) if item.phone] == [known.id for known in fleet]
    shut = said(list(rows_of(fleet, 27, {("HQ",)})))
    assert "▸ HQ" in shut
    assert "⊘ refused 6" in shut
    assert "lobby" not in shut


def test_the_picker_tells_of_trouble_elsewhere() -> None:
    phones = {shown.id: shown for shown in fleet_of_eight()}
    words = text(phone_tree.picker(phones, PhoneId("lobby"), 80))
    assert words.startswith("lobby")
    assert "3 others in trouble" in words
    assert "1 of 8" in words


def test_modes_that_change_what_is_seen_or_sent_are_in_the_header() -> None:
    shown = phone("a", connection=Connection(State.LIVE, unverified=True))
    modes = snapshot(shown, demo=True, read_only=True, controlled=(PhoneId("a"),), frozen_at=NOW, title="HQ")
    words = text(pane_module.header(modes, 120))
    for badge in (
        "TLS OFF",
        "DEMO",
        "READ-ONLY",
        "CONTROL a",
        "FROZEN since 03:04:29",
        "03:04",
        "1 phone",
        "0 calls",
        "HQ",
    ):
        assert badge in words


def test_the_footer_offers_only_what_would_do_something() -> None:
    quiet, busy = snapshot(phone("a")), snapshot(lobby())
    assert not footer.offers("call.answer", quiet)
    assert not footer.offers("call.hangup", quiet)
    assert footer.offers("call.hangup", busy)
    assert not footer.offers("call.dial", snapshot(lobby(), read_only=True))
    assert not footer.offers("call.dial", snapshot())
    assert footer.offers("screen.command", quiet)
    assert not footer.offers("screen.command", snapshot()), "there is no phone to send one to"


def test_help_and_quit_outlast_the_other_hints() -> None:
    hints = [
        footer.KeyHint(word[0], word[0], word)
        for word in ("dial", "keys", "filter", "zoom", "keys here", "palette", "quit")
    ]
    kept = [hint.word for hint in footer.fitting_hints(hints, 24)]
    assert {"keys here", "quit"} <= set(kept)
    assert "palette" not in kept


def test_thresholds_are_those_of_the_configuration() -> None:
    assert snapshot().thresholds is DEFAULT


class Told:
    """A snapshot that remembers what it was asked for."""

    def __init__(self, of: Snapshot) -> None:
        self._of = of
        self.asked: set[str] = set()

    def __getattr__(self, name: str) -> Any:
        self.asked.add(name)
        return getattr(self._of, name)


@pytest.mark.parametrize(
    "pane",
    [
        lines.LinesPane(),
        network.PortsPane(),
        main_screen.EventsPane(),
        footer.Footer({each.id: "x" for each in ACTIONS}, str),
    ],
)
def test_what_a_pane_is_drawn_of_is_what_it_is_drawn_again_for(pane: Pane) -> None:
    drawn, compared = Told(snapshot(reception())), Told(snapshot(reception()))
    pane.rows_of(cast("Snapshot", drawn), 100, 10)
    pane.title_of(cast("Snapshot", drawn))
    assert pane.dependencies(cast("Snapshot", compared)) is not None
    assert drawn.asked <= compared.asked


def test_what_a_headline_names_has_its_figure_below_it() -> None:
    judged = (JudgedMetric(Metric.RATING, 61.0, Grade.POOR), JudgedMetric(Metric.BURST, 344.0, Grade.POOR))
    phone = lobby()
    (call,) = phone.calls
    near = CallEnd(phone, call, Measure(*call.key, grade=Grade.POOR, judged=judged))
    fine = CallEnd(
        phone, call, Measure(*call.key, grade=Grade.GOOD, judged=(JudgedMetric(Metric.BURST, 20.0, Grade.GOOD),))
    )
    assert verdict(near.measure).text == "! POOR R factor"
    found = {
        label: [
            text(figure_cell(figure, end, UTC, 20)).strip() for figure, end in zip(figures, (near, fine), strict=True)
        ]
        for label, figures in ground_rows((near, fine), DEFAULT)
    }
    assert found == {"burst": ["344 ms ! POOR", "20 ms ● good"], "R": ["61 ! POOR", "–"]}
    assert list(ground_rows((fine,), DEFAULT)) == []
