"""The table of screens and dialogs, each imported when first opened: the first frame needs none of them."""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from phonetui.ui.alerts.screen import AlertsScreen, EventsScreen
    from phonetui.ui.calls.call_screen import CallDetail
    from phonetui.ui.calls.chart_screen import ChartScreen, LeafChart
    from phonetui.ui.calls.screen import CallsScreen
    from phonetui.ui.control.dialogs import AccountDialog, CertificateDialog, DialDialog
    from phonetui.ui.control.keys import KeysScreen
    from phonetui.ui.control.picture import PictureScreen
    from phonetui.ui.export import copy_menu
    from phonetui.ui.fleet.column_picker import ColumnPicker
    from phonetui.ui.fleet.screen import FleetScreen
    from phonetui.ui.main.help import Explanation, HelpScreen, Term, meaning_of
    from phonetui.ui.main.palette import Palette
    from phonetui.ui.mesh.screen import MeshCallScreen, MeshScreen
    from phonetui.ui.screens.picker import Menu, Picker
    from phonetui.ui.screens.prompts import Confirm, InputDialog, TypedConfirm, ValueDialog
    from phonetui.ui.status.command_screen import CommandScreen
    from phonetui.ui.status.screen import StatusScreen
    from phonetui.ui.webex.activation import ActivationDialog
    from phonetui.ui.webex.configuration import ApplyChanges, ConfigurationScreen
    from phonetui.ui.webex.jobs import JobScreen, JobsScreen
    from phonetui.ui.webex.lines import LineKeysScreen, MembersScreen
    from phonetui.ui.webex.rollout import RolloutDialog
    from phonetui.ui.webex.screen import WebexScreen
    from phonetui.ui.webex.settings_levels import SettingsLevels
    from phonetui.ui.webex.tags import TagDialog
    from phonetui.ui.widgets.debug_overlay import DebugOverlay
else:
    _NAMES = {
        "phonetui.ui.alerts.screen": ("AlertsScreen", "EventsScreen"),
        "phonetui.ui.calls.chart_screen": ("ChartScreen", "LeafChart"),
        "phonetui.ui.calls.call_screen": ("CallDetail",),
        "phonetui.ui.calls.screen": ("CallsScreen",),
        "phonetui.ui.control.dialogs": ("AccountDialog", "CertificateDialog", "DialDialog"),
        "phonetui.ui.control.keys": ("KeysScreen",),
        "phonetui.ui.control.picture": ("PictureScreen",),
        "phonetui.ui.screens.prompts": ("Confirm", "InputDialog", "TypedConfirm", "ValueDialog"),
        "phonetui.ui.screens.picker": ("Menu", "Picker"),
        "phonetui.ui.fleet.column_picker": ("ColumnPicker",),
        "phonetui.ui.fleet.screen": ("FleetScreen",),
        "phonetui.ui.export": ("copy_menu",),
        "phonetui.ui.mesh.screen": ("MeshCallScreen", "MeshScreen"),
        "phonetui.ui.main.help": ("Explanation", "HelpScreen", "Term", "meaning_of"),
        "phonetui.ui.main.palette": ("Palette",),
        "phonetui.ui.status.command_screen": ("CommandScreen",),
        "phonetui.ui.status.screen": ("StatusScreen",),
        "phonetui.ui.webex.activation": ("ActivationDialog",),
        "phonetui.ui.webex.configuration": ("ApplyChanges", "ConfigurationScreen"),
        "phonetui.ui.webex.jobs": ("JobScreen", "JobsScreen"),
        "phonetui.ui.webex.lines": ("LineKeysScreen", "MembersScreen"),
        "phonetui.ui.webex.rollout": ("RolloutDialog",),
        "phonetui.ui.webex.screen": ("WebexScreen",),
        "phonetui.ui.webex.settings_levels": ("SettingsLevels",),
        "phonetui.ui.webex.tags": ("TagDialog",),
        "phonetui.ui.widgets.debug_overlay": ("DebugOverlay",),
    }
    _MODULES = {name: module for module, names in _NAMES.items() for name in names}

    def __getattr__(name: str) -> object:
        if name not in _MODULES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(import_module(_MODULES[name]), name)
