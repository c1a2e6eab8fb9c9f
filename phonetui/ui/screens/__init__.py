"""What opens at a key: each is imported when it is first wanted, because the first frame needs none of it."""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from phonetui.ui.alerts.screen import AlertsScreen as AlertsScreen
    from phonetui.ui.alerts.screen import EventsScreen as EventsScreen
    from phonetui.ui.calls.chart_screen import ChartScreen as ChartScreen
    from phonetui.ui.calls.screen import CallDetail as CallDetail
    from phonetui.ui.calls.screen import CallsScreen as CallsScreen
    from phonetui.ui.control.dialogs import CertificateDialog as CertificateDialog
    from phonetui.ui.control.dialogs import DialDialog as DialDialog
    from phonetui.ui.control.keys import KeysScreen as KeysScreen
    from phonetui.ui.control.screenshot import PictureScreen as PictureScreen
    from phonetui.ui.dialogs.confirm import Confirm as Confirm
    from phonetui.ui.dialogs.confirm import TypedConfirm as TypedConfirm
    from phonetui.ui.dialogs.input import InputDialog as InputDialog
    from phonetui.ui.dialogs.input import ValueDialog as ValueDialog
    from phonetui.ui.dialogs.picker import Menu as Menu
    from phonetui.ui.dialogs.picker import Picker as Picker
    from phonetui.ui.fleet.screen import ColumnPicker as ColumnPicker
    from phonetui.ui.fleet.screen import FleetScreen as FleetScreen
    from phonetui.ui.main.copy_items import copy_menu as copy_menu
    from phonetui.ui.main.help import Explanation as Explanation
    from phonetui.ui.main.help import HelpScreen as HelpScreen
    from phonetui.ui.main.palette import Palette as Palette
    from phonetui.ui.status.command_screen import CommandScreen as CommandScreen
    from phonetui.ui.status.screen import StatusScreen as StatusScreen
    from phonetui.ui.webex.activation import ActivationDialog as ActivationDialog
    from phonetui.ui.webex.configuration import ApplyChanges as ApplyChanges
    from phonetui.ui.webex.configuration import ConfigurationScreen as ConfigurationScreen
    from phonetui.ui.webex.jobs import JobScreen as JobScreen
    from phonetui.ui.webex.jobs import JobsScreen as JobsScreen
    from phonetui.ui.webex.lines import LineKeysScreen as LineKeysScreen
    from phonetui.ui.webex.lines import MembersScreen as MembersScreen
    from phonetui.ui.webex.screen import WebexScreen as WebexScreen
    from phonetui.ui.webex.settings_levels import SettingsLevels as SettingsLevels
    from phonetui.ui.webex.tags import TagDialog as TagDialog
    from phonetui.ui.widgets.debug_overlay import DebugOverlay as DebugOverlay
else:
    _NAMES = {
        "phonetui.ui.alerts.screen": ("AlertsScreen", "EventsScreen"),
        "phonetui.ui.calls.chart_screen": ("ChartScreen",),
        "phonetui.ui.calls.screen": ("CallDetail", "CallsScreen"),
        "phonetui.ui.control.dialogs": ("CertificateDialog", "DialDialog"),
        "phonetui.ui.control.keys": ("KeysScreen",),
        "phonetui.ui.control.screenshot": ("PictureScreen",),
        "phonetui.ui.dialogs.confirm": ("Confirm", "TypedConfirm"),
        "phonetui.ui.dialogs.input": ("InputDialog", "ValueDialog"),
        "phonetui.ui.dialogs.picker": ("Menu", "Picker"),
        "phonetui.ui.fleet.screen": ("ColumnPicker", "FleetScreen"),
        "phonetui.ui.main.copy_items": ("copy_menu",),
        "phonetui.ui.main.help": ("Explanation", "HelpScreen"),
        "phonetui.ui.main.palette": ("Palette",),
        "phonetui.ui.status.command_screen": ("CommandScreen",),
        "phonetui.ui.status.screen": ("StatusScreen",),
        "phonetui.ui.webex.activation": ("ActivationDialog",),
        "phonetui.ui.webex.configuration": ("ApplyChanges", "ConfigurationScreen"),
        "phonetui.ui.webex.jobs": ("JobScreen", "JobsScreen"),
        "phonetui.ui.webex.lines": ("LineKeysScreen", "MembersScreen"),
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
