"""What opens at a key: each is loaded when it is first wanted, because the first frame needs none of it.

Every import inside a function here is for that reason.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from phonetui.phone.quality.thresholds import Thresholds
from phonetui.phone.state import PhoneId

if TYPE_CHECKING:
    from textual.screen import Screen

    from phonetui.monitor.certificate_check import CertificateCheck
    from phonetui.ui.control import Control
    from phonetui.ui.jobs import Jobs
    from phonetui.ui.meter import Meter
    from phonetui.ui.palette import Commands
    from phonetui.ui.panes.pane import Pane
    from phonetui.ui.screens.activation import Activation
    from phonetui.ui.screens.alerts import Alerts
    from phonetui.ui.screens.answering import Answering
    from phonetui.ui.screens.applying import Applying
    from phonetui.ui.screens.autopsy import Autopsy
    from phonetui.ui.screens.certificate import CertificateDialog
    from phonetui.ui.screens.chart import ChartScreen
    from phonetui.ui.screens.choosing import Choosing
    from phonetui.ui.screens.columns import Columns
    from phonetui.ui.screens.command import CommandScreen
    from phonetui.ui.screens.configuration import ConfigurationScreen
    from phonetui.ui.screens.confirm import Confirm
    from phonetui.ui.screens.copying import Copying
    from phonetui.ui.screens.dial import Dial
    from phonetui.ui.screens.explanation import Explanation
    from phonetui.ui.screens.fleet import FleetScreen
    from phonetui.ui.screens.gauge import Gauge
    from phonetui.ui.screens.help import Help
    from phonetui.ui.screens.job import JobScreen
    from phonetui.ui.screens.jobs import JobsScreen
    from phonetui.ui.screens.journal import Journal
    from phonetui.ui.screens.keys import Keys
    from phonetui.ui.screens.levels import Levels
    from phonetui.ui.screens.linekeys import LineKeys
    from phonetui.ui.screens.members import Members
    from phonetui.ui.screens.naming import Naming
    from phonetui.ui.screens.picture import PictureScreen
    from phonetui.ui.screens.records import Records
    from phonetui.ui.screens.starting import Starting
    from phonetui.ui.screens.status import Status
    from phonetui.ui.screens.tagging import Tagging
    from phonetui.ui.screens.valuing import Valuing
    from phonetui.ui.screens.webex import WebexScreen
    from phonetui.ui.session import Session
    from phonetui.ui.viewpoint import Viewpoint
    from phonetui.ui.widgets.prompt import Prompt
    from phonetui.webex.devices import WebexDevice
    from phonetui.webex.jobs import Family, Job


def confirm(question: str, more: str = "") -> "Confirm":
    from phonetui.ui.screens.confirm import Confirm  # noqa: PLC0415 - see above

    return Confirm(question, more)


def certificate(
    name: str,
    check: "Callable[[], Awaitable[CertificateCheck]]",
    accept: "Callable[[CertificateCheck], Awaitable[None]]",
) -> "CertificateDialog":
    from phonetui.ui.screens.certificate import CertificateDialog  # noqa: PLC0415 - see above

    return CertificateDialog(name, check, accept)


GAUGE = "Gauge"
"""The type of what `gauge` gives, for queries that need not load it."""


def gauge(session: "Session", meter: "Meter") -> "Gauge":
    from phonetui.ui.screens.gauge import Gauge  # noqa: PLC0415 - see above

    return Gauge(session, meter)


def answering(question: str, more: str, *, shown: bool, may_be_empty: bool = False) -> "Answering":
    from phonetui.ui.screens.answering import Answering  # noqa: PLC0415 - see above

    return Answering(question, more, shown=shown, may_be_empty=may_be_empty)


def naming(name: str, command: str) -> "Naming":
    from phonetui.ui.screens.naming import Naming  # noqa: PLC0415 - see above

    return Naming(name, command, name, "No other command undoes it. Type the phone's name to go on.")


def counting(count: int, command: str, more: str) -> "Naming":
    from phonetui.ui.screens.naming import Naming  # noqa: PLC0415 - see above

    return Naming(str(count), command, f"{count} phone{'' if count == 1 else 's'}", more)


def placing(words: str, command: str, where: str, more: str) -> "Naming":
    """As `naming`, where it is no phone that is named: `more` says that `words` are to be typed."""
    from phonetui.ui.screens.naming import Naming  # noqa: PLC0415 - see above

    return Naming(words, command, where, more)


def fleet(viewpoint: "Viewpoint") -> "FleetScreen":
    from phonetui.ui.screens.fleet import FleetScreen  # noqa: PLC0415 - see above

    return FleetScreen(viewpoint)


def columns(chosen: Sequence[str]) -> "Columns":
    from phonetui.ui.screens.columns import Columns  # noqa: PLC0415 - see above

    return Columns(chosen)


def copying(notations: Sequence[tuple[str, str]], *, question: str = "Copy as", does: str = "copies") -> "Copying":
    from phonetui.ui.screens.copying import Copying  # noqa: PLC0415 - see above

    return Copying(notations, question=question, does=does)


def dial(phone: str, dialled: list[str], call: Callable[[str], Awaitable[None]]) -> "Dial":
    from phonetui.ui.screens.dial import Dial  # noqa: PLC0415 - see above

    return Dial(phone, dialled, call)


def keys(phone: PhoneId, viewpoint: "Viewpoint", control: "Control") -> "Keys":
    from phonetui.ui.screens.keys import Keys  # noqa: PLC0415 - see above

    return Keys(phone, viewpoint, control)


def helping(keys_in_force: Mapping[str, str], thresholds: Thresholds) -> "Help":
    from phonetui.ui.screens.help import Help  # noqa: PLC0415 - see above

    return Help(keys_in_force, thresholds)


def status(viewpoint: "Viewpoint") -> "Status":
    from phonetui.ui.screens.status import Status  # noqa: PLC0415 - see above

    return Status(viewpoint)


def alerts(viewpoint: "Viewpoint") -> "Alerts":
    from phonetui.ui.screens.alerts import Alerts  # noqa: PLC0415 - see above

    return Alerts(viewpoint)


def chart(viewpoint: "Viewpoint") -> "ChartScreen":
    from phonetui.ui.screens.chart import ChartScreen  # noqa: PLC0415 - see above

    return ChartScreen(viewpoint)


def journal(viewpoint: "Viewpoint") -> "Journal":
    from phonetui.ui.screens.journal import Journal  # noqa: PLC0415 - see above

    return Journal(viewpoint)


def command(phone: PhoneId, viewpoint: "Viewpoint") -> "CommandScreen":
    from phonetui.ui.screens.command import CommandScreen  # noqa: PLC0415 - see above

    return CommandScreen(phone, viewpoint)


def picture(phone: PhoneId, viewpoint: "Viewpoint") -> "PictureScreen":
    from phonetui.ui.screens.picture import PictureScreen  # noqa: PLC0415 - see above

    return PictureScreen(phone, viewpoint)


def records(viewpoint: "Viewpoint") -> "Records":
    from phonetui.ui.screens.records import Records  # noqa: PLC0415 - see above

    return Records(viewpoint)


def autopsy(viewpoint: "Viewpoint", record: str) -> "Autopsy":
    from phonetui.ui.screens.autopsy import Autopsy  # noqa: PLC0415 - see above

    return Autopsy(viewpoint, record)


def explanation(pane: "Pane", thresholds: Thresholds) -> "Explanation":
    from phonetui.ui.screens.explanation import Explanation  # noqa: PLC0415 - see above

    return Explanation(pane, thresholds)


def yank(screen: "Screen[Any]", viewpoint: "Viewpoint") -> None:
    from phonetui.ui.screens import yanking  # noqa: PLC0415 - see above

    yanking.yank(screen, viewpoint)


def webex(viewpoint: "Viewpoint", device: "WebexDevice") -> "WebexScreen":
    from phonetui.ui.screens.webex import WebexScreen  # noqa: PLC0415 - see above

    return WebexScreen(viewpoint, device)


def prompt(sign: str, words: str, hint: str) -> "Prompt":
    from phonetui.ui.widgets.prompt import Prompt  # noqa: PLC0415 - see above

    return Prompt(sign, words, hint)


def commands() -> "type[Commands]":
    from phonetui.ui.palette import Commands  # noqa: PLC0415 - see above

    return Commands


def valuing(question: str, more: str, value: str, read: Callable[[str], object], *, shown: bool) -> "Valuing":
    from phonetui.ui.screens.valuing import Valuing  # noqa: PLC0415 - see above

    return Valuing(question, more, value, read, shown=shown)


def configuration(viewpoint: "Viewpoint", device: "WebexDevice") -> "ConfigurationScreen":
    from phonetui.ui.screens.configuration import ConfigurationScreen  # noqa: PLC0415 - see above

    return ConfigurationScreen(viewpoint, device)


def levels(viewpoint: "Viewpoint", device: "WebexDevice") -> "Levels":
    from phonetui.ui.screens.levels import Levels  # noqa: PLC0415 - see above

    return Levels(viewpoint, device)


def line_keys(viewpoint: "Viewpoint", device: "WebexDevice") -> "LineKeys":
    from phonetui.ui.screens.linekeys import LineKeys  # noqa: PLC0415 - see above

    return LineKeys(viewpoint, device)


def members(viewpoint: "Viewpoint", device: "WebexDevice") -> "Members":
    from phonetui.ui.screens.members import Members  # noqa: PLC0415 - see above

    return Members(viewpoint, device)


def jobs(viewpoint: "Viewpoint") -> "JobsScreen":
    from phonetui.ui.screens.jobs import JobsScreen  # noqa: PLC0415 - see above

    return JobsScreen(viewpoint)


def job(viewpoint: "Viewpoint", known: "Jobs", found: "Job") -> "JobScreen":
    from phonetui.ui.screens.job import JobScreen  # noqa: PLC0415 - see above

    return JobScreen(viewpoint, known, found)


def starting(viewpoint: "Viewpoint", family: "Family") -> "Starting":
    from phonetui.ui.screens.starting import STARTS  # noqa: PLC0415 - see above

    return STARTS[family](viewpoint)


def choosing(question: str, choices: Sequence[tuple[str, str]], *, several: bool = False, place: int = 0) -> "Choosing":
    from phonetui.ui.screens.choosing import Choosing  # noqa: PLC0415 - see above

    return Choosing(question, choices, several=several, place=place)


def activation(viewpoint: "Viewpoint", device: "WebexDevice | None" = None) -> "Activation":
    from phonetui.ui.screens.activation import Activation  # noqa: PLC0415 - see above

    return Activation(viewpoint, device)


def tagging(viewpoint: "Viewpoint", *devices: "WebexDevice") -> "Tagging":
    from phonetui.ui.screens.tagging import Tagging  # noqa: PLC0415 - see above

    return Tagging(viewpoint, devices)


def applying(viewpoint: "Viewpoint", device: "WebexDevice") -> "Applying":
    from phonetui.ui.screens.applying import Applying  # noqa: PLC0415 - see above

    return Applying(viewpoint, device)
