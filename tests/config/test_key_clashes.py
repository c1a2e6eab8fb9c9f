"""Keys that `[keys]` may hand out, and those that it may not."""

import pytest

from phonetui.actions import ACTIONS
from phonetui.config.interpretation import key_clashes


def said(**chosen: str) -> list[str]:
    """Underscores stand for the dots of an action's id."""
    return [
        complaint.sentence for complaint in key_clashes({name.replace("_", "."): key for name, key in chosen.items()})
    ]


def test_the_built_in_keys_do_not_clash() -> None:
    assert not list(key_clashes({action.id: action.keys for action in ACTIONS}))


def test_a_key_of_another_action_on_the_same_screen_is_refused_and_both_are_named() -> None:
    assert said(call_dial="x") == ["[keys] call.dial: 'x' is also the key of screen.status on the main screen"]
    assert said(events_copy="f6,/") == ["[keys] events.copy: '/' is also the key of events.filter on the events"]


def test_of_two_that_are_chosen_the_later_one_is_told() -> None:
    assert said(call_dial="f6", call_answer="f6") == [
        "[keys] call.answer: 'f6' is also the key of call.dial on the main screen"
    ]


def test_keys_may_be_swapped() -> None:
    assert said(call_dial="x", screen_status="d") == []


def test_different_screens_may_share_a_key() -> None:
    assert said(chart_widen="u", fleet_unmark="y", call_dial="b") == []


def test_what_works_on_every_screen_clashes_on_every_screen() -> None:
    assert said(view_theme="b") == ["[keys] view.theme: 'b' is also the key of fleet.group on the fleet"]
    assert said(alerts_mute="?") == ["[keys] alerts.mute: '?' is also the key of app.help on the alerts"]


def test_what_two_screens_have_in_common_clashes_on_both() -> None:
    assert said(phone_next="c") == ["[keys] phone.next: 'c' is also the key of screen.calls on the main screen"]
    assert said(phone_next="c", screen_calls="f6") == [], "on the chart its own key goes first"
    assert said(jobs_copy="n") == ["[keys] jobs.copy: 'n' is also the key of jobs.start on the jobs"]


@pytest.mark.parametrize("key", ["escape", "enter", "space", "left", "tab", "ctrl+i", "ctrl+m", "j"])
def test_keys_that_a_screen_needs_are_its_own(key: str) -> None:
    assert said(call_dial=key) == [f"[keys] call.dial: '{key}' is a key that the main screen itself needs"]


def test_a_key_that_leads_back_is_the_screens_own_but_may_quit_elsewhere() -> None:
    assert said(chart_widen="g") == ["[keys] chart.widen: 'g' is a key that the chart itself needs"]
    assert said(view_theme="q", app_quit="Q") == ["[keys] view.theme: 'q' is a key that the fleet itself needs"]
    assert said(app_quit="q,Q") == []


@pytest.mark.parametrize("key", ["ctrl+a", "ctrl+b", "ctrl+j", "ctrl+o", "ctrl+s", "ctrl+c", "ctrl+q"])
def test_keys_that_terminals_take_are_refused(key: str) -> None:
    assert len(said(call_dial=key)) == 1
