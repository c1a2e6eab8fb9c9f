"""Which of a phone's keys each key of the keyboard is."""

import importlib
import pkgutil
from typing import Any

import pytest
from textual._xterm_parser import XTermParser
from textual.binding import Binding
from textual.screen import Screen
from textual.widget import Widget

from phonetui.actions import named
from phonetui.config.key_clashes import KEYBOARDS, Keyboard
from phonetui.phone.models import canonical_key
from phonetui.ui import screens
from phonetui.ui.keyboard import KEY_OF, PHONE_KEYS, shown
from phonetui.ui.panes.phones import Phones
from phonetui.ui.screens.activation import Activation
from phonetui.ui.screens.alerts import Alerts
from phonetui.ui.screens.autopsy import Autopsy
from phonetui.ui.screens.chart import ChartScreen
from phonetui.ui.screens.command import CommandScreen
from phonetui.ui.screens.configuration import ConfigurationScreen
from phonetui.ui.screens.enquiring import Enquiring
from phonetui.ui.screens.errand import Errand
from phonetui.ui.screens.fleet import FleetScreen
from phonetui.ui.screens.job import JobScreen
from phonetui.ui.screens.jobs import JobsScreen
from phonetui.ui.screens.journal import Journal
from phonetui.ui.screens.levels import Levels
from phonetui.ui.screens.linekeys import LineKeys
from phonetui.ui.screens.list_screen import ListScreen
from phonetui.ui.screens.main import Main
from phonetui.ui.screens.members import Members
from phonetui.ui.screens.picture import PictureScreen
from phonetui.ui.screens.records import Records
from phonetui.ui.screens.searching import Searching
from phonetui.ui.screens.staging import Staging
from phonetui.ui.screens.status import Status
from phonetui.ui.screens.webex import WebexScreen
from phonetui.ui.widgets.rows import RowsView


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
    assert named("/, ctrl+d,f5") == ("slash", "ctrl+d", "f5")


@pytest.mark.parametrize("key", [*filter(str.isprintable, map(chr, range(32, 256))), "€", "ctrl+d", "f5"])
def test_keys_have_the_names_that_the_toolkit_gives_them(key: str) -> None:
    if key not in ", ":
        assert named(key) == tuple(binding.key for binding in Binding.make_bindings([Binding(key, "x", "")]))


SCREENS: dict[str, tuple[type[Screen[Any]], *tuple[type[Widget], ...]]] = {
    "the main screen": (Main, RowsView, Phones),
    "the fleet": (FleetScreen, ListScreen, RowsView),
    "the chart": (ChartScreen,),
    "the calls": (Records, ListScreen, RowsView),
    "a call's card": (Autopsy, RowsView),
    "the status screen": (Status, ListScreen, RowsView),
    "the alerts": (Alerts, ListScreen, RowsView),
    "the events": (Journal, ListScreen, RowsView),
    "the picture": (PictureScreen,),
    "the configuration": (ConfigurationScreen, Staging, Searching, ListScreen, Enquiring, RowsView),
    "the settings' levels": (Levels, Searching, ListScreen, Enquiring, RowsView),
    "the line keys": (LineKeys, Enquiring, ListScreen, RowsView),
    "the members": (Members, Enquiring, ListScreen, RowsView),
    "Webex's word of a phone": (WebexScreen, RowsView),
    "the jobs": (JobsScreen, ListScreen, RowsView),
    "a job": (JobScreen, ListScreen, RowsView),
    "an activation code": (Activation, Errand),
    "the command line": (CommandScreen,),
}


@pytest.mark.parametrize("keyboard", KEYBOARDS, ids=lambda keyboard: keyboard.words)
def test_what_screens_need_is_what_they_bind(keyboard: Keyboard) -> None:
    """Their own keys, those of the lists on them, and those that walk from one to the next."""
    found = [
        binding
        for type_ in (Screen, *SCREENS[keyboard.words])
        for binding in Binding.make_bindings(type_.__dict__.get("BINDINGS", ()))
        if not binding.key.endswith("+c")  # the toolkit's copying of a selection: nothing can be selected here
    ]
    own = {binding.key for binding in found if binding.id is None}
    assert {*keyboard.needs, *keyboard.leaves} - {"enter"} == own - {"enter"}
    assert {binding.id for binding in found if binding.id} == keyboard.actions


def test_every_screen_with_keys_of_the_table_is_checked_for_clashes() -> None:
    """Two actions of Webex's screens or of the jobs could be given one key, which the start took without a word."""
    for module in pkgutil.iter_modules(screens.__path__):
        importlib.import_module(f"{screens.__name__}.{module.name}")
    found = {
        type_: {binding.id for binding in Binding.make_bindings(type_.__dict__.get("BINDINGS", ())) if binding.id}
        for type_ in _below(Screen)
        if type_.__module__.startswith(screens.__name__)
    }
    checked = {type_ for types in SCREENS.values() for type_ in types}
    assert [type_.__name__ for type_, ids in found.items() if ids and type_ not in checked] == []
    assert set(SCREENS) == {keyboard.words for keyboard in KEYBOARDS}


def _below(type_: type[Any]) -> set[type[Any]]:
    return {type_, *(found for below in type_.__subclasses__() for found in _below(below))}
