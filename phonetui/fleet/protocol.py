"""The protocol of a fleet: all that a viewer of phones may ask, whoever fulfils it.

Screens, `watch`, exports and whatever else looks at phones know these protocols alone, never who fulfils them.
"""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence, Set
from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from msgspec import Struct

from phonetui.config.settings import ControlMode, Poll, Secret
from phonetui.errors import AccessError
from phonetui.phone.state import Call, CallKey, Phone, PhoneId
from phonetui.text import NOTHING, Printable

if TYPE_CHECKING:  # what brings the whole language or Webex along: not before the first frame
    from phonetui.phone.alerts.alert import Alert, AlertKey
    from phonetui.phone.calls.call_legs import Ambiguous, Partner
    from phonetui.phone.calls.call_record import CallRecord
    from phonetui.phone.diagnosis import Diagnosis
    from phonetui.phone.history import CallHistory, PortHistory
    from phonetui.phone.journal import JournalEntry
    from phonetui.transport.trust import Certificate
    from phonetui.webex.answer import WebexAnswer
    from phonetui.webex.devices import WebexModel
    from phonetui.webex.inventory import CloudState
    from phonetui.webex.operations import Values
    from phonetui.xapi.command import Command, CommandResult
    from phonetui.xapi.control_commands import KeyArgument
    from phonetui.xapi.document import Document
    from phonetui.xapi.path import Path
    from phonetui.xapi.schema import CommandSchema


class Permission(Enum):
    """Whether the operator may act on a phone."""

    GRANTED = "granted"
    ASK = "ask"
    """The operator must say yes once for this phone."""
    DENIED = "denied"
    """Read-only: nothing is sent."""


INITIAL_PERMISSION = {
    ControlMode.OFF: Permission.DENIED,
    ControlMode.CONFIRM: Permission.ASK,
    ControlMode.ON: Permission.GRANTED,
}
"""Of a phone that nobody took control of, unless the whole program is read-only."""


class TrustReason(Enum):
    PIN = "pin"
    """Its certificate is the one that was accepted."""
    CA = "ca"
    """Chain and name were verified."""
    OFF = "off"
    """Nothing is verified: anybody could be the phone."""
    PLAIN = "plain"
    """Nothing is encrypted, the password neither."""
    WEBEX = "webex"
    """Webex is asked in its place."""
    ELSEWHERE = "elsewhere"
    """Another machine watches the phone, or watched it: what that believes is not known here."""


class Trust(Struct, frozen=True):
    """How the identity of a phone is verified, and by what."""

    reason: TrustReason
    expected: Printable
    """The name that the certificate must bear, or the fingerprint that it must have; empty before it was accepted."""
    subject: Printable | None = None
    """Of the certificate that the phone showed in this run; None before it did, or where none was looked at."""
    not_after: datetime | None = None
    """Aware UTC."""

    @classmethod
    def elsewhere(cls, phone: Phone | None) -> "Trust":
        """How a phone is trusted that another machine watches, as far as that has told."""
        is_unverified = phone is not None and phone.connection.unverified
        return cls(TrustReason.OFF if is_unverified else TrustReason.ELSEWHERE, NOTHING)


class CertificateCheck(Struct, frozen=True):
    """A phone's certificate as it is shown now, beside the one that was accepted before."""

    phone: PhoneId
    address: Printable
    port: int
    shown: "Certificate"
    """What the phone shows now."""
    accepted: str | None
    """Fingerprint of the one that was accepted; None before the first."""
    is_configured: bool
    """Whether the configuration names it: then nothing else can be accepted."""

    @property
    def is_same(self) -> bool:
        return self.accepted == self.shown.fingerprint

    @property
    def is_change(self) -> bool:
        return self.accepted is not None and not self.is_same

    @property
    def refusal(self) -> AccessError | None:
        """Why it cannot be accepted, whoever wants to; None where it can, or need not."""
        if self.is_same or not self.is_configured:
            return None
        hint = "Change fingerprint in the configuration if you know why"
        return AccessError("the certificate is another one than the configuration names", hint, reason="certificate")

    @property
    def lines(self) -> tuple[str, ...]:
        same = {None: "none yet", self.shown.fingerprint: f"{self.accepted} (the same)"}
        return (
            f"phone        {self.phone} at {self.address} port {self.port}",
            f"subject      {self.shown.subject}",
            f"issuer       {self.shown.issuer}",
            f"expires      {self.shown.not_after:%Y-%m-%d %H:%M} UTC",
            f"fingerprint  {self.shown.fingerprint}",
            f"accepted     {same.get(self.accepted, f'{self.accepted} (ANOTHER ONE)')}",
        )


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


class FleetView(Protocol):
    """What there is to see of the phones: live, or as it was at one moment."""

    @property
    def phones(self) -> Mapping[PhoneId, Phone]:
        """A snapshot, in the order of the configuration."""

    @property
    def entries(self) -> "Sequence[JournalEntry]":
        """What happened, oldest first; bounded."""

    @property
    def alerts(self) -> "Sequence[Alert]":
        """The alerts that hold, worst first, then those cleared lately; the same object as long as nothing changed."""

    @property
    def hints(self) -> "Sequence[Diagnosis]":
        """What comparing the phones points at: switch, VLAN, firmware, jump host."""

    @property
    def records(self) -> "Sequence[CallRecord]":
        """Calls that are up, then calls of this session and before, newest first."""

    def history(self, phone: PhoneId) -> "Mapping[CallKey, CallHistory]": ...

    def port_history(self, phone: PhoneId) -> "Mapping[int, PortHistory]":
        """A port's history, by its index."""

    def partner(self, phone: PhoneId, call: CallKey) -> "Partner | Ambiguous | None":
        """The other end; None where no monitored phone can be it."""

    def causes(self, phone: PhoneId, call: CallKey) -> "Sequence[Diagnosis]":
        """What one call's figures point at."""


@runtime_checkable
class NotifyingFleet(Protocol):
    """A fleet that says when it has changed, so that nobody has to look all the time."""

    def on_next_change(self, changed: Callable[[], None]) -> None:
        """`changed` is called once, when `version` moves next; it must neither wait nor raise."""


class Fleet(FleetView, Protocol):
    """The phones, as the screen sees them and acts on them."""

    @property
    def version(self) -> int:
        """Moves whenever anything that can be seen changed."""

    @property
    def unkept(self) -> str:
        """Why calls don't outlive this run; empty where they do."""

    @property
    def older_calls(self) -> "KeptCalls | None":
        """The calls that are kept beyond `records`; None where nothing is kept."""

    def mute(self, alert: "AlertKey", *, muted: bool) -> None:
        """Mutes or unmutes an alert for this run; the configuration mutes permanently."""

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
        """Has the phone dial a number. Raises PhonetuiError."""

    async def press(self, phone: PhoneId, key: str) -> "CommandResult":
        """`key` by its canonical name. Raises PhonetuiError."""


@runtime_checkable
class TreeFleet(Protocol):
    """What the status and the command screen ask of a fleet beyond `Fleet`; one without it has neither screen."""

    def document(self, phone: PhoneId) -> "Document":
        """The phone's status tree as far as it still holds; the same object as long as nothing changed."""

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
    ) -> "WebexAnswer":
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


@runtime_checkable
class AccountFleet(Protocol):
    """A fleet that can ask a phone with another user or password than it was begun with."""

    def username(self, phone: PhoneId) -> Printable:
        """The user as whom the phone is asked. Raises ConfigError where it is asked with no account of its own."""

    async def sign_in(self, phone: PhoneId, username: str, password: Secret) -> tuple[PhoneId, ...]:
        """Asks the phone once with that account.

        Returns the phones that are asked with it from now on, `phone` first: all that refused the same account before.
        """


@runtime_checkable
class RemoteFleet(Protocol):
    """A fleet whose phones others watch."""

    @property
    def why_read_only(self) -> str:
        """Why nothing can be sent to a phone that nothing can be sent to; empty where the configuration says so."""

    @property
    def is_attached(self) -> bool:
        """Whether it is one: a fleet that is not opened yet doesn't know."""

    @property
    def cut_off_at(self) -> datetime | None:
        """Aware UTC; since when nothing comes from those others. None while something does."""


class Prompter(Protocol):
    """Answers what a jump host asks at sign-in."""

    async def trust(self, jump: str, words: str) -> bool: ...

    async def secret(self, jump: str, words: str, *, shown: bool) -> str | None: ...


@runtime_checkable
class PromptingFleet(Protocol):
    """A fleet that may have to ask the operator something."""

    def ask_with(self, prompter: Prompter) -> None: ...


@runtime_checkable
class MeshFleet(Protocol):
    """A fleet whose phones can be had call each other, and be asked outright what happened to it."""

    @property
    def phones(self) -> Mapping[PhoneId, Phone]: ...

    def permission(self, phone: PhoneId) -> Permission: ...

    async def dial(self, phone: PhoneId, number: str, *, confirmed: bool = False) -> "CommandResult":
        """`confirmed`: the operator's word for this call. Raises PhonetuiError."""

    async def press(self, phone: PhoneId, key: str, *, confirmed: bool = False) -> "CommandResult":
        """`key` by its canonical name. Raises PhonetuiError."""

    async def calls_now(self, phone: PhoneId) -> tuple[Call, ...]:
        """The calls that the phone has now: it is asked, whatever is known. Raises PhonetuiError."""

    def numbers(self, phone: PhoneId) -> tuple[Printable, ...]:
        """Under which it is called, by the configuration; empty where that names none."""

    def read_calls(self, phone: PhoneId) -> None:
        """Reads the phone's calls at once, whatever was due."""


class CompleteFleet(
    MeshFleet,
    Fleet,
    NotifyingFleet,
    TreeFleet,
    CloudFleet,
    AdoptingFleet,
    CertificateFleet,
    AccountFleet,
    PromptingFleet,
    Protocol,
):
    """One with everything that a viewer may ask for, as the live fleet."""
