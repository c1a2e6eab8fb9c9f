"""Which of a phone's keys each key of the keyboard is."""

import importlib
import pkgutil
from typing import Any

import pytest
from textual import events
from textual._xterm_parser import XTermParser
from textual.binding import Binding
from textual.screen import Screen
from textual.widget import Widget

from phonetui import ui
from phonetui.actions import SCREENS, ScreenKeys, toolkit_keys
from phonetui.phone.models import canonical_key
from phonetui.ui.alerts.screen import AlertsScreen, EventsScreen
from phonetui.ui.calls.call_screen import CallDetail
from phonetui.ui.calls.chart_screen import ChartScreen
from phonetui.ui.calls.screen import CallsScreen
from phonetui.ui.control.picture import PictureScreen
from phonetui.ui.fleet.screen import FleetScreen
from phonetui.ui.keyboard import KEY_OF, PHONE_KEYS, shown
from phonetui.ui.main.phones import PhonesPane
from phonetui.ui.main.screen import MainScreen
from phonetui.ui.mesh.screen import MeshCallScreen, MeshScreen
from phonetui.ui.screens.live_screen import ListScreen
from phonetui.ui.status.command_screen import CommandScreen
from phonetui.ui.status.screen import StatusScreen
from phonetui.ui.terminal_input import EscapeParser
from phonetui.ui.webex.activation import ActivationDialog
from phonetui.ui.webex.configuration import ConfigurationScreen
from phonetui.ui.webex.jobs import JobScreen, JobsScreen
from phonetui.ui.webex.lines import LineKeysScreen, MembersScreen
from phonetui.ui.webex.query import QueryScreen, SearchableQuery
from phonetui.ui.webex.screen import WebexScreen
from phonetui.ui.webex.settings_levels import SettingsLevels
from phonetui.ui.webex.task_dialog import TaskDialog
from phonetui.ui.widgets.row_list import RowsView
from phonetui.ui.widgets.split_grid import SplitGrid


def test_every_key_is_one_that_phones_know() -> None:
    assert all(canonical_key(key) == key for key in PHONE_KEYS.values())


@pytest.mark.parametrize("number", range(1, 10))
@pytest.mark.parametrize("sequence", ["\x1b{number}", "\x1b[{code};3u"], ids=["escape and digit", "kitty protocol"])
def test_alt_and_a_digit_is_a_line_key_on_every_terminal(number: int, sequence: str) -> None:
    typed = sequence.format(number=number, code=ord(str(number)))
    keys = [getattr(event, "key", None) for event in XTermParser().feed(typed)]
    assert [PHONE_KEYS.get(str(key)) for key in keys] == [f"Line{number}"]


def test_the_table_shows_the_key_that_is_printed_on_the_keyboard() -> None:
    assert KEY_OF["Line2"] == "alt+2"
    assert KEY_OF["KeyPadStar"] == "asterisk"


def test_keys_are_written_as_people_write_them() -> None:
    keys = ("slash", "ctrl+p", "f1", "alt+1", "left_square_bracket", "plus", "A")
    assert [shown(key) for key in keys] == ["/", "ctrl+p", "F1", "alt+1", "[", "+", "A"]
    assert toolkit_keys("/, ctrl+d,f5") == ("slash", "ctrl+d", "f5")


@pytest.mark.parametrize("key", [*filter(str.isprintable, map(chr, range(32, 256))), "€", "ctrl+d", "f5"])
def test_keys_have_the_names_that_the_toolkit_gives_them(key: str) -> None:
    if key not in ", ":
        assert toolkit_keys(key) == tuple(binding.key for binding in Binding.make_bindings([Binding(key, "x", "")]))


TYPES: dict[str, tuple[type[Screen[Any]], *tuple[type[Widget], ...]]] = {
    "the main screen": (MainScreen, RowsView, PhonesPane),
    "the fleet": (FleetScreen, ListScreen, RowsView),
    "the chart": (ChartScreen,),
    "the calls": (CallsScreen, ListScreen, RowsView),
    "a call's card": (CallDetail, RowsView),
    "the status screen": (StatusScreen, ListScreen, RowsView),
    "the alerts": (AlertsScreen, ListScreen, RowsView),
    "the events": (EventsScreen, ListScreen, RowsView),
    "the mesh": (MeshScreen, SplitGrid),
    "a test call": (MeshCallScreen, RowsView),
    "the picture": (PictureScreen,),
    "the configuration": (ConfigurationScreen, SearchableQuery, ListScreen, QueryScreen, RowsView),
    "the settings' levels": (SettingsLevels, SearchableQuery, ListScreen, QueryScreen, RowsView),
    "the line keys": (LineKeysScreen, QueryScreen, ListScreen, RowsView),
    "the members": (MembersScreen, QueryScreen, ListScreen, RowsView),
    "Webex's word of a phone": (WebexScreen, RowsView),
    "the jobs": (JobsScreen, ListScreen, RowsView),
    "a job": (JobScreen, ListScreen, RowsView),
    "an activation code": (ActivationDialog, TaskDialog),
    "the command line": (CommandScreen,),
}


@pytest.mark.parametrize("keys", SCREENS.values(), ids=lambda keys: keys.words)
def test_what_screens_need_is_what_they_bind(keys: ScreenKeys) -> None:
    """Their own keys, those of the lists on them, and those that walk from one to the next."""
    found = [
        binding
        for type_ in (Screen, *TYPES[keys.words])
        for binding in Binding.make_bindings(type_.__dict__.get("BINDINGS", ()))
        if not binding.key.endswith("+c")  # the toolkit's copying of a selection: nothing can be selected here
    ]
    own = {binding.key for binding in found if binding.id is None}
    assert {*keys.needs, *keys.leaves} - {"enter"} == own - {"enter"}
    assert {binding.id for binding in found if binding.id} == keys.own


def test_every_screen_with_keys_of_the_table_is_checked_for_clashes() -> None:
    """Two actions of Webex's screens or of the jobs could be given one key, which the start took without a word."""
    for module in pkgutil.walk_packages(ui.__path__, "phonetui.ui."):
        importlib.import_module(module.name)
    found = {
        type_: {binding.id for binding in Binding.make_bindings(type_.__dict__.get("BINDINGS", ())) if binding.id}
        for type_ in _below(Screen)
        if type_.__module__.startswith("phonetui.ui.")
    }
    checked = {type_ for types in TYPES.values() for type_ in types}
    assert [type_.__name__ for type_, ids in found.items() if ids and type_ not in checked] == []
    assert set(TYPES) == {keys.words for keys in SCREENS.values()}


def _below(type_: type[Any]) -> set[type[Any]]:
    return {type_, *(found for below in type_.__subclasses__() for found in _below(below))}


@pytest.mark.parametrize(
    ("pieces", "keys"),
    [
        (("\x1b", "q"), ["escape", "q"]),
        (("\x1bq",), ["alt+q"]),
        (("\x1b", "[A"), ["up"]),
        (("\x1b[", "A"), ["up"]),
        (("\x1b", "\x1b", "q"), ["escape", "escape", "q"]),
        (("a\x1b", "bc"), ["a", "escape", "b", "c"]),
    ],
)
def test_esc_and_a_key_soon_after_it_are_two_keys(pieces: tuple[str, ...], keys: list[str]) -> None:
    parser = EscapeParser()
    found = [event for piece in pieces for event in parser.feed(piece)]
    parser._timeout_time = 0.0 if parser._timeout_time is not None else None
    found += parser.tick()
    assert [event.key for event in found if isinstance(event, events.Key)] == keys
