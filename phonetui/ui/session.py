"""What one run of the dashboard is given, and what it remembers while it runs."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from phonetui.actions import ACTIONS, named
from phonetui.boot_time import elapsed
from phonetui.config.settings import Config, Poll
from phonetui.errors import ConfigError
from phonetui.monitor.certificate_check import Trust
from phonetui.monitor.control import Permission
from phonetui.phone.history import CallHistory, PortHistory
from phonetui.phone.journal import JournalEntry
from phonetui.phone.state import CallKey, Phone, PhoneId
from phonetui.text import NOTHING, Printable
from phonetui.ui.graphics.capabilities import GraphicsMode

if TYPE_CHECKING:
    from phonetui.monitor.certificate_check import CertificateCheck
    from phonetui.monitor.firmware_profile import KeyArgument
    from phonetui.phone.alerts.alert import Alert, AlertKey
    from phonetui.phone.calls.call_legs import Ambiguous, Diagnosis, Partner
    from phonetui.phone.calls.call_record import CallRecord
    from phonetui.ui.fleet.batch import BatchProgress
    from phonetui.ui.fleet.rows import Arrangement
    from phonetui.ui.status.command_rows import TranscriptEntry
    from phonetui.webex.answer import WebexAnswer as CloudAnswer
    from phonetui.webex.devices import WebexModel
    from phonetui.webex.inventory import CloudState
    from phonetui.webex.operations import Values
    from phonetui.xapi.command import (  # bring the whole language along: not before the first frame
        Command,
        CommandResult,
    )
    from phonetui.xapi.document import Document
    from phonetui.xapi.path import Path
    from phonetui.xapi.schema import CommandSchema


class KeptCalls(Protocol):
    """Calls that are kept and not in memory. Everything returns at once, and what it brings comes among the records."""

    @property
    def count(self) -> int:
        """How many there are."""

    @property
    def is_searching(self) -> bool: ...

    def load(self) -> None:
        """Brings the next page, unless one is on its way."""

    def search(self, fits: "Callable[[CallRecord], bool]", parts: tuple[str, ...] = ()) -> None:
        """Brings calls that fit, instead of those that were looked for before.

        Each of `parts` stands somewhere in what is kept of every call that fits: it makes the search quicker. `fits` is
        called in another thread.
        """

    def end_search(self) -> None: ...


class Fleet(Protocol):
    """The phones, as the screen sees them."""

    @property
    def version(self) -> int:
        """Moves whenever anything that can be seen changed."""

    @property
    def phones(self) -> Mapping[PhoneId, Phone]:
        """A snapshot, in the order of the configuration."""

    @property
    def entries(self) -> Sequence[JournalEntry]:
        """What happened, oldest first; bounded."""

    def history(self, phone: PhoneId) -> Mapping[CallKey, CallHistory]: ...

    def port_history(self, phone: PhoneId) -> Mapping[int, PortHistory]:
        """By the port's index."""

    @property
    def alerts(self) -> "Sequence[Alert]":
        """Those that hold, worst first, then those cleared lately; the same object as long as nothing changed."""

    @property
    def hints(self) -> "Sequence[Diagnosis]":
        """What comparing the phones points at: switch, VLAN, firmware, jump host."""

    @property
    def records(self) -> "Sequence[CallRecord]":
        """Calls that are up, then calls of this session and before, newest first."""

    @property
    def unkept(self) -> str:
        """Why calls don't outlive this run; empty where they do."""

    @property
    def older_calls(self) -> "KeptCalls | None":
        """Those that are kept beyond `records`; None where nothing is kept."""

    @property
    def answers_s(self) -> Sequence[float]:
        """How long the latest answer of each phone took; those that never answered are left out."""

    def partner(self, phone: PhoneId, call: CallKey) -> "Partner | Ambiguous | None":
        """The other end; None where no monitored phone can be it."""

    def causes(self, phone: PhoneId, call: CallKey) -> "Sequence[Diagnosis]":
        """What one call's figures point at."""

    def mute(self, alert: "AlertKey", *, muted: bool) -> None:
        """For this run; the configuration mutes for good."""

    def pace(self, phone: PhoneId, by: float) -> Poll:
        """Asks `by` times as often for this run, within limits; the intervals then in force."""

    async def run(self) -> None:
        """Watches until it is cancelled; gives back what it took from the phones on the way out."""

    def permission(self, phone: PhoneId) -> Permission: ...

    def grant(self, phone: PhoneId) -> None: ...

    def revoke(self, phone: PhoneId) -> None: ...

    @property
    def granted(self) -> Set[PhoneId]:
        """Phones whose control was taken in this run and can be given back."""

    async def dial(self, phone: PhoneId, number: str) -> "CommandResult":
        """Raises PhonetuiError."""

    async def press(self, phone: PhoneId, key: str) -> "CommandResult":
        """`key` by its canonical name. Raises PhonetuiError."""


@runtime_checkable
class TreeFleet(Protocol):
    """What the status and the command screen ask of a fleet beyond `Fleet`; one without it has neither screen."""

    def document(self, phone: PhoneId) -> "Document":
        """Everything the phone said that still holds; the same object as long as nothing changed."""

    def changed_at(self, phone: PhoneId) -> "Mapping[Path, float]":
        """When each leaf of the document came or changed last, in monotonic seconds."""

    def trust(self, phone: PhoneId) -> Trust:
        """Why the phone is believed to be itself."""

    async def commands(self, phone: PhoneId) -> "CommandSchema":
        """What the phone takes. May ask the phone; never fails."""

    def key_argument(self, phone: PhoneId) -> "KeyArgument":
        """How the phone calls the argument of SendKey, as far as that is known."""

    async def command(self, phone: PhoneId, command: "Command", *, confirmed: bool = False) -> "CommandResult":
        """`confirmed`: the operator's word for this very command. Raises PhonetuiError."""


class Cloud(Protocol):
    """The organization in Webex, as the screen sees it."""

    @property
    def state(self) -> "CloudState": ...

    @property
    def is_read_only(self) -> bool:
        """Whether writes are refused before anything is sent."""

    async def ask(
        self, name: str, values: "Values", *, about: Printable = NOTHING, confirmed: bool = False
    ) -> "CloudAnswer":
        """Runs an operation by its name in the table; `confirmed`: the operator said yes to what is at stake.

        Raises PhonetuiError.
        """

    def pages(self, name: str, values: "Values") -> AsyncIterator[tuple[Any, ...]]:
        """A listing's items, page by page. Raises PhonetuiError."""

    async def models(self) -> "tuple[WebexModel, ...]":
        """What Webex says of each model of phone, asked for once a day. Raises PhonetuiError."""


@runtime_checkable
class CloudFleet(Protocol):
    """A fleet that may have an organization in Webex beside its phones."""

    @property
    def cloud(self) -> Cloud | None: ...


@runtime_checkable
class AdoptingFleet(Protocol):
    """A fleet that can watch a phone which only Webex knows."""

    def adopt(self, device_key: str) -> PhoneId:
        """Begins to watch it through Webex, by its key in the inventory. Raises PhonetuiError."""


@runtime_checkable
class CertificateFleet(Protocol):
    """A fleet that can look at a phone's certificate and accept another one."""

    async def check_certificate(self, phone: PhoneId) -> "CertificateCheck":
        """What the phone shows now, beside what was accepted. Raises PhonetuiError."""

    async def accept_certificate(self, phone: PhoneId, check: "CertificateCheck") -> None:
        """Believes what the operator has seen. Raises AccessError where it cannot be accepted.

        Raises ConfigError where it is accepted for this run alone.
        """


class Prompter(Protocol):
    """Answers what a jump host asks before it lets us in."""

    async def trust(self, jump: str, words: str) -> bool: ...

    async def secret(self, jump: str, words: str, *, shown: bool) -> str | None: ...


@runtime_checkable
class PromptingFleet(Protocol):
    """A fleet that may have to ask the operator something."""

    def ask_with(self, asking: Prompter) -> None: ...


Keep = Callable[[str, Mapping[str, object]], None]
"""Takes a screen's name and what the operator prefers there, as values of JSON."""


def _loop_time() -> float:
    """The running loop's own clock, which times the fleet; before one runs, the clock that it will have."""
    try:
        return asyncio.get_running_loop().time()
    except RuntimeError:
        return elapsed()


def _utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """Replaced in tests by one that is moved by hand."""

    now: Callable[[], datetime] = _utc_now
    """Aware UTC."""
    steady: Callable[[], float] = _loop_time
    """Monotonic seconds, the fleet's own scale."""


@dataclass(frozen=True, slots=True)
class _HiddenState:
    """What the privacy mask puts away until it is gone."""

    fleet: Fleet
    dialled: list[str]
    commanded: list[str]
    exchanges: "list[TranscriptEntry]"


@dataclass(slots=True, kw_only=True)
class Session:
    fleet: Fleet
    config: Config
    clock: Clock = field(default_factory=Clock)
    title: str = ""
    demo: bool = False
    dialled: list[str] = field(default_factory=list)
    """Numbers dialled before, newest last."""
    remember: Callable[[str], None] | None = None
    """Told of every number that a phone accepted."""
    means: GraphicsMode = field(default_factory=GraphicsMode)
    """What pictures are drawn with."""
    commanded: list[str] = field(default_factory=list)
    """Lines typed on the command screen, newest last."""
    exchanges: "list[TranscriptEntry]" = field(default_factory=list)
    """What they brought back, newest last."""

    preferences: Mapping[str, object] = field(default_factory=dict)
    """Of an earlier run, by screen, as they were found: anything may stand there."""
    keep: Keep | None = None
    """Told of what the operator changes, for the next run."""
    arrangement: "Arrangement | None" = None
    """Of the fleet's table; None until the operator has changed it."""
    sending: "BatchProgress | None" = None
    """How far the last command for many phones is."""

    _behind: "_HiddenState | None" = None

    @property
    def is_private(self) -> bool:
        return self._behind is not None

    def toggle_privacy(self) -> None:
        """Puts the mask over everything that a screen can ask for, or takes it away."""
        from phonetui.fleet.masked import veiled  # noqa: PLC0415 - brings the catalogue along: not before it is wanted

        if self._behind is None:
            self._behind = _HiddenState(self.fleet, self.dialled, self.commanded, self.exchanges)
            self.fleet, self.dialled, self.commanded, self.exchanges = veiled(self.fleet), [], [], []
        else:
            before, self._behind = self._behind, None
            self.fleet = before.fleet
            self.dialled = before.dialled + self.dialled
            self.commanded = before.commanded + self.commanded
            self.exchanges = before.exchanges + self.exchanges

    def settle(self, exchange: "TranscriptEntry", settled: "TranscriptEntry") -> None:
        """Writes down what became of a command; the mask may have come or gone since it was sent."""
        for kept in (self.exchanges, self._behind.exchanges if self._behind else []):
            kept[:] = [settled if one is exchange else one for one in kept]

    @property
    def unmasked(self) -> Fleet:
        """The fleet as it is, for what compares and shows no words of it."""
        return self._behind.fleet if self._behind else self.fleet

    @property
    def trees(self) -> TreeFleet | None:
        return self.fleet if isinstance(self.fleet, TreeFleet) else None

    @property
    def cloud(self) -> Cloud | None:
        """None where no organization is configured."""
        return self.fleet.cloud if isinstance(self.fleet, CloudFleet) else None

    @property
    def keys(self) -> dict[str, str]:
        """The keys in force by action id, in the toolkit's names."""
        return {action.id: ",".join(named(self.config.keys.get(action.id, action.keys))) for action in ACTIONS}

    @property
    def zone(self) -> tzinfo | None:
        """For times of day; None is the operator's own."""
        return zone_of(self.config.ui.timezone)


def zone_of(name: str | None) -> tzinfo | None:
    """The time zone of `[ui] timezone`; None is the operator's own. Raises ConfigError for an unknown one."""
    if name is None:
        return None
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError  # noqa: PLC0415 - 7 ms that few configurations need

    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:  # the last for the name of a directory
        raise ConfigError(f"ui.timezone: no time zone {name!r}", "Try Europe/Oslo.") from error
