"""What opens at a key: each is loaded when it is first wanted, because the first frame needs none of it.

Every import inside a function here is for that reason.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from phonetui.phone.quality.grading import Thresholds
from phonetui.phone.state import PhoneId

if TYPE_CHECKING:
    from textual.screen import Screen

    from phonetui.fleet.protocol import CertificateCheck
    from phonetui.ui.alerts.screen import AlertsScreen, EventsScreen
    from phonetui.ui.calls.chart_screen import ChartScreen
    from phonetui.ui.calls.screen import CallDetail, CallsScreen
    from phonetui.ui.control.dialogs import CertificateDialog, DialDialog
    from phonetui.ui.control.keys import KeysScreen
    from phonetui.ui.control.screenshot import PictureScreen
    from phonetui.ui.dialogs.confirm import Confirm, TypedConfirm
    from phonetui.ui.dialogs.input import InputDialog, ValueDialog
    from phonetui.ui.dialogs.picker import Menu, Picker
    from phonetui.ui.driver import OutputStats
    from phonetui.ui.fleet.screen import ColumnPicker, FleetScreen
    from phonetui.ui.key_queue import KeyQueue
    from phonetui.ui.main.help import Explanation, HelpScreen
    from phonetui.ui.main.palette import Commands
    from phonetui.ui.session import Session
    from phonetui.ui.status.command_screen import CommandScreen
    from phonetui.ui.status.screen import StatusScreen
    from phonetui.ui.view_state import ViewState
    from phonetui.ui.webex.activation import ActivationDialog
    from phonetui.ui.webex.configuration import ApplyChanges, ConfigurationScreen
    from phonetui.ui.webex.jobs import JobScreen, JobsScreen
    from phonetui.ui.webex.lines import LineKeysScreen, MembersScreen
    from phonetui.ui.webex.query import JobPoller
    from phonetui.ui.webex.screen import WebexScreen
    from phonetui.ui.webex.settings_levels import SettingsLevels
    from phonetui.ui.webex.start_job import StartJob
    from phonetui.ui.webex.tags import TagDialog
    from phonetui.ui.widgets.debug_overlay import DebugOverlay
    from phonetui.ui.widgets.header import Prompt
    from phonetui.ui.widgets.pane import Pane
    from phonetui.webex.devices import WebexDevice
    from phonetui.webex.jobs import Family, Job


def confirm(question: str, more: str = "") -> "Confirm":
    from phonetui.ui.dialogs.confirm import Confirm  # noqa: PLC0415 - see above

    return Confirm(question, more)


def certificate(
    name: str,
    check: "Callable[[], Awaitable[CertificateCheck]]",
    accept: "Callable[[CertificateCheck], Awaitable[None]]",
) -> "CertificateDialog":
    from phonetui.ui.control.dialogs import CertificateDialog  # noqa: PLC0415 - see above

    return CertificateDialog(name, check, accept)


GAUGE = "DebugOverlay"
"""The type of what `gauge` gives, for queries that need not load it."""


def gauge(session: "Session", meter: "OutputStats") -> "DebugOverlay":
    from phonetui.ui.widgets.debug_overlay import DebugOverlay  # noqa: PLC0415 - see above

    return DebugOverlay(session, meter)


def answering(question: str, more: str, *, shown: bool, may_be_empty: bool = False) -> "InputDialog":
    from phonetui.ui.dialogs.input import InputDialog  # noqa: PLC0415 - see above

    return InputDialog(question, more, shown=shown, may_be_empty=may_be_empty)


def naming(name: str, command: str) -> "TypedConfirm":
    from phonetui.ui.dialogs.confirm import TypedConfirm  # noqa: PLC0415 - see above

    return TypedConfirm(name, command, name, "No other command undoes it. Type the phone's name to go on.")


def counting(count: int, command: str, more: str) -> "TypedConfirm":
    from phonetui.ui.dialogs.confirm import TypedConfirm  # noqa: PLC0415 - see above

    return TypedConfirm(str(count), command, f"{count} phone{'' if count == 1 else 's'}", more)


def placing(words: str, command: str, where: str, more: str) -> "TypedConfirm":
    """As `naming`, where it is no phone that is named: `more` says that `words` are to be typed."""
    from phonetui.ui.dialogs.confirm import TypedConfirm  # noqa: PLC0415 - see above

    return TypedConfirm(words, command, where, more)


def fleet(view_state: "ViewState") -> "FleetScreen":
    from phonetui.ui.fleet.screen import FleetScreen  # noqa: PLC0415 - see above

    return FleetScreen(view_state)


def columns(chosen: Sequence[str]) -> "ColumnPicker":
    from phonetui.ui.fleet.screen import ColumnPicker  # noqa: PLC0415 - see above

    return ColumnPicker(chosen)


def copying(notations: Sequence[tuple[str, str]], *, question: str = "Copy as", does: str = "copies") -> "Menu":
    from phonetui.ui.dialogs.picker import Menu  # noqa: PLC0415 - see above

    return Menu(notations, question=question, does=does)


def dial(phone: str, dialled: list[str], call: Callable[[str], Awaitable[None]]) -> "DialDialog":
    from phonetui.ui.control.dialogs import DialDialog  # noqa: PLC0415 - see above

    return DialDialog(phone, dialled, call)


def keys(phone: PhoneId, view_state: "ViewState", control: "KeyQueue") -> "KeysScreen":
    from phonetui.ui.control.keys import KeysScreen  # noqa: PLC0415 - see above

    return KeysScreen(phone, view_state, control)


def helping(keys_in_force: Mapping[str, str], thresholds: Thresholds) -> "HelpScreen":
    from phonetui.ui.main.help import HelpScreen  # noqa: PLC0415 - see above

    return HelpScreen(keys_in_force, thresholds)


def status(view_state: "ViewState") -> "StatusScreen":
    from phonetui.ui.status.screen import StatusScreen  # noqa: PLC0415 - see above

    return StatusScreen(view_state)


def alerts(view_state: "ViewState") -> "AlertsScreen":
    from phonetui.ui.alerts.screen import AlertsScreen  # noqa: PLC0415 - see above

    return AlertsScreen(view_state)


def chart(view_state: "ViewState") -> "ChartScreen":
    from phonetui.ui.calls.chart_screen import ChartScreen  # noqa: PLC0415 - see above

    return ChartScreen(view_state)


def journal(view_state: "ViewState") -> "EventsScreen":
    from phonetui.ui.alerts.screen import EventsScreen  # noqa: PLC0415 - see above

    return EventsScreen(view_state)


def command(phone: PhoneId, view_state: "ViewState") -> "CommandScreen":
    from phonetui.ui.status.command_screen import CommandScreen  # noqa: PLC0415 - see above

    return CommandScreen(phone, view_state)


def picture(phone: PhoneId, view_state: "ViewState") -> "PictureScreen":
    from phonetui.ui.control.screenshot import PictureScreen  # noqa: PLC0415 - see above

    return PictureScreen(phone, view_state)


def records(view_state: "ViewState") -> "CallsScreen":
    from phonetui.ui.calls.screen import CallsScreen  # noqa: PLC0415 - see above

    return CallsScreen(view_state)


def autopsy(view_state: "ViewState", record: str) -> "CallDetail":
    from phonetui.ui.calls.screen import CallDetail  # noqa: PLC0415 - see above

    return CallDetail(view_state, record)


def explanation(pane: "Pane", thresholds: Thresholds) -> "Explanation":
    from phonetui.ui.main.help import Explanation  # noqa: PLC0415 - see above

    return Explanation(pane, thresholds)


def yank(screen: "Screen[Any]", view_state: "ViewState") -> None:
    from phonetui.ui.main import copy_items  # noqa: PLC0415 - see above

    copy_items.yank(screen, view_state)


def webex(view_state: "ViewState", device: "WebexDevice") -> "WebexScreen":
    from phonetui.ui.webex.screen import WebexScreen  # noqa: PLC0415 - see above

    return WebexScreen(view_state, device)


def prompt(sign: str, words: str, hint: str) -> "Prompt":
    from phonetui.ui.widgets.header import Prompt  # noqa: PLC0415 - see above

    return Prompt(sign, words, hint)


def commands() -> "type[Commands]":
    from phonetui.ui.main.palette import Commands  # noqa: PLC0415 - see above

    return Commands


def valuing(question: str, more: str, value: str, read: Callable[[str], object], *, shown: bool) -> "ValueDialog":
    from phonetui.ui.dialogs.input import ValueDialog  # noqa: PLC0415 - see above

    return ValueDialog(question, more, value, read, shown=shown)


def configuration(view_state: "ViewState", device: "WebexDevice") -> "ConfigurationScreen":
    from phonetui.ui.webex.configuration import ConfigurationScreen  # noqa: PLC0415 - see above

    return ConfigurationScreen(view_state, device)


def levels(view_state: "ViewState", device: "WebexDevice") -> "SettingsLevels":
    from phonetui.ui.webex.settings_levels import SettingsLevels  # noqa: PLC0415 - see above

    return SettingsLevels(view_state, device)


def line_keys(view_state: "ViewState", device: "WebexDevice") -> "LineKeysScreen":
    from phonetui.ui.webex.lines import LineKeysScreen  # noqa: PLC0415 - see above

    return LineKeysScreen(view_state, device)


def members(view_state: "ViewState", device: "WebexDevice") -> "MembersScreen":
    from phonetui.ui.webex.lines import MembersScreen  # noqa: PLC0415 - see above

    return MembersScreen(view_state, device)


def jobs(view_state: "ViewState") -> "JobsScreen":
    from phonetui.ui.webex.jobs import JobsScreen  # noqa: PLC0415 - see above

    return JobsScreen(view_state)


def job(view_state: "ViewState", known: "JobPoller", found: "Job") -> "JobScreen":
    from phonetui.ui.webex.jobs import JobScreen  # noqa: PLC0415 - see above

    return JobScreen(view_state, known, found)


def starting(view_state: "ViewState", family: "Family") -> "StartJob":
    from phonetui.ui.webex.start_job import STARTS  # noqa: PLC0415 - see above

    return STARTS[family](view_state)


def choosing(question: str, choices: Sequence[tuple[str, str]], *, several: bool = False, place: int = 0) -> "Picker":
    from phonetui.ui.dialogs.picker import Picker  # noqa: PLC0415 - see above

    return Picker(question, choices, several=several, place=place)


def activation(view_state: "ViewState", device: "WebexDevice | None" = None) -> "ActivationDialog":
    from phonetui.ui.webex.activation import ActivationDialog  # noqa: PLC0415 - see above

    return ActivationDialog(view_state, device)


def tagging(view_state: "ViewState", *devices: "WebexDevice") -> "TagDialog":
    from phonetui.ui.webex.tags import TagDialog  # noqa: PLC0415 - see above

    return TagDialog(view_state, devices)


def applying(view_state: "ViewState", device: "WebexDevice") -> "ApplyChanges":
    from phonetui.ui.webex.configuration import ApplyChanges  # noqa: PLC0415 - see above

    return ApplyChanges(view_state, device)
