"""A stand-in for the live fleet until the network's libraries, which load slowly, are imported.

made ──► phones as the configuration has them, connecting ──► `run`: opened ──► everything is the opened fleet's
"""

from collections.abc import Callable, Mapping, Sequence, Set
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING

from phonetui.config.settings import PhoneSettings, Poll, Secret, TlsMode
from phonetui.errors import Unreachable
from phonetui.fleet.protocol import CompleteFleet, Permission, Prompter, RemoteFleet, Trust, TrustReason
from phonetui.phone.state import Call, CallKey, Connection, Phone, PhoneId
from phonetui.text import NOTHING, Printable, printable

if TYPE_CHECKING:
    from datetime import datetime

    from phonetui.fleet.protocol import CertificateCheck, Cloud, KeptCalls
    from phonetui.phone.alerts.alert import Alert, AlertKey
    from phonetui.phone.calls.call_legs import Ambiguous, Partner
    from phonetui.phone.calls.call_record import CallRecord
    from phonetui.phone.diagnosis import Diagnosis
    from phonetui.phone.history import CallHistory, PortHistory
    from phonetui.phone.journal import JournalEntry
    from phonetui.xapi.command import Command, CommandResult
    from phonetui.xapi.control_commands import KeyArgument
    from phonetui.xapi.document import Document
    from phonetui.xapi.path import Path
    from phonetui.xapi.schema import CommandSchema

_WEBEX = Printable("Webex")


def initial_phone(settings: PhoneSettings) -> Phone:
    """A phone before its first answer."""
    is_behind_webex = settings.is_behind_webex
    is_unverified = settings.tls is TlsMode.OFF and settings.scheme in ("https", "wss") and not is_behind_webex
    return Phone(
        id=settings.id,
        name=printable(settings.id),
        address=printable(settings.authority) if settings.host else _WEBEX,
        group=settings.group,
        tags=settings.tags,
        via=_WEBEX if is_behind_webex else printable(settings.jump) if settings.jump else None,
        is_behind_webex=is_behind_webex,
        expected_model=printable(settings.model) if settings.model else None,
        connection=Connection(unverified=is_unverified),
    )


class StartupFleet:
    """Fulfils every protocol of `fleet.protocol`. Until the fleet is opened nothing acts, and nothing is known."""

    def __init__(
        self,
        phones: Mapping[PhoneId, Phone],
        permissions: Mapping[PhoneId, Permission],
        opened: Callable[[], AbstractAsyncContextManager[CompleteFleet]],
    ) -> None:
        """`phones` and what may be done with each before they answer; `opened` is the fleet while it is open."""
        self._phones = phones
        self._permissions = permissions
        self._opened = opened
        self._fleet: CompleteFleet | None = None
        self._prompter: Prompter | None = None
        self._waiting: list[Callable[[], None]] = []
        """Called when it is opened."""

    async def run(self) -> None:
        """Opens the fleet and watches until it is cancelled. Raises what keeps the fleet from being opened."""
        async with self._opened() as fleet:
            if self._prompter is not None:
                fleet.ask_with(self._prompter)
            self._fleet = fleet
            waiting, self._waiting = self._waiting, []
            for changed in waiting:
                changed()
            await fleet.run()

    def ask_with(self, prompter: Prompter) -> None:
        self._prompter = prompter
        if self._fleet is not None:
            self._fleet.ask_with(prompter)

    @property
    def version(self) -> int:
        return self._fleet.version + 1 if self._fleet else 0

    def on_next_change(self, changed: Callable[[], None]) -> None:
        """What is there once it is opened is a change, too."""
        if self._fleet is not None:
            self._fleet.on_next_change(changed)
        elif changed not in self._waiting:
            self._waiting.append(changed)

    @property
    def phones(self) -> Mapping[PhoneId, Phone]:
        return self._fleet.phones if self._fleet else self._phones

    @property
    def entries(self) -> "Sequence[JournalEntry]":
        return self._fleet.entries if self._fleet else ()

    @property
    def alerts(self) -> "Sequence[Alert]":
        return self._fleet.alerts if self._fleet else ()

    @property
    def hints(self) -> "Sequence[Diagnosis]":
        return self._fleet.hints if self._fleet else ()

    @property
    def records(self) -> "Sequence[CallRecord]":
        return self._fleet.records if self._fleet else ()

    @property
    def unkept(self) -> str:
        return self._fleet.unkept if self._fleet else ""

    @property
    def older_calls(self) -> "KeptCalls | None":
        return self._fleet.older_calls if self._fleet else None

    @property
    def cloud(self) -> "Cloud | None":
        return self._fleet.cloud if self._fleet else None

    @property
    def why_read_only(self) -> str:
        fleet: object = self._fleet
        return fleet.why_read_only if isinstance(fleet, RemoteFleet) else ""

    @property
    def is_attached(self) -> bool:
        fleet: object = self._fleet
        return isinstance(fleet, RemoteFleet)

    @property
    def cut_off_at(self) -> "datetime | None":
        fleet: object = self._fleet
        return fleet.cut_off_at if isinstance(fleet, RemoteFleet) else None

    @property
    def granted(self) -> Set[PhoneId]:
        return self._fleet.granted if self._fleet else frozenset()

    def history(self, phone: PhoneId) -> "Mapping[CallKey, CallHistory]":
        return self._fleet.history(phone) if self._fleet else {}

    def port_history(self, phone: PhoneId) -> "Mapping[int, PortHistory]":
        return self._fleet.port_history(phone) if self._fleet else {}

    def partner(self, phone: PhoneId, call: CallKey) -> "Partner | Ambiguous | None":
        return self._fleet.partner(phone, call) if self._fleet else None

    def causes(self, phone: PhoneId, call: CallKey) -> "Sequence[Diagnosis]":
        return self._fleet.causes(phone, call) if self._fleet else ()

    def mute(self, alert: "AlertKey", *, muted: bool) -> None:
        if self._fleet:
            self._fleet.mute(alert, muted=muted)

    def pace(self, phone: PhoneId, by: float) -> Poll:
        return self._fleet.pace(phone, by) if self._fleet else Poll()

    def permission(self, phone: PhoneId) -> Permission:
        return self._fleet.permission(phone) if self._fleet else self._permissions.get(phone, Permission.DENIED)

    def grant(self, phone: PhoneId) -> None:
        if self._fleet:
            self._fleet.grant(phone)

    def revoke(self, phone: PhoneId) -> None:
        if self._fleet:
            self._fleet.revoke(phone)

    def document(self, phone: PhoneId) -> "Document":
        from phonetui.xapi.document import EMPTY  # noqa: PLC0415 - not before the first frame

        return self._fleet.document(phone) if self._fleet else EMPTY

    def changed_at(self, phone: PhoneId) -> "Mapping[Path, float]":
        return self._fleet.changed_at(phone) if self._fleet else {}

    def trust(self, phone: PhoneId) -> Trust:
        return self._fleet.trust(phone) if self._fleet else Trust(TrustReason.PIN, NOTHING)

    def key_argument(self, phone: PhoneId) -> "KeyArgument":
        from phonetui.xapi.control_commands import (  # noqa: PLC0415 - as above
            ASSUMED_KEY_ARGUMENT,
            KeyArgument,
            KeyArgumentOrigin,
        )

        assumed = KeyArgument(ASSUMED_KEY_ARGUMENT, KeyArgumentOrigin.ASSUMPTION)
        return self._fleet.key_argument(phone) if self._fleet else assumed

    async def commands(self, phone: PhoneId) -> "CommandSchema":
        from phonetui.xapi.schema import published  # noqa: PLC0415 - as above

        return await self._fleet.commands(phone) if self._fleet else published()

    async def command(self, phone: PhoneId, command: "Command", *, confirmed: bool = False) -> "CommandResult":
        return await self._ready.command(phone, command, confirmed=confirmed)

    async def dial(self, phone: PhoneId, number: str, *, confirmed: bool = False) -> "CommandResult":
        return await self._ready.dial(phone, number, confirmed=confirmed)

    async def press(self, phone: PhoneId, key: str, *, confirmed: bool = False) -> "CommandResult":
        return await self._ready.press(phone, key, confirmed=confirmed)

    async def calls_now(self, phone: PhoneId) -> tuple[Call, ...]:
        return await self._ready.calls_now(phone)

    def numbers(self, phone: PhoneId) -> tuple[Printable, ...]:
        return self._fleet.numbers(phone) if self._fleet else ()

    def read_calls(self, phone: PhoneId) -> None:
        if self._fleet:
            self._fleet.read_calls(phone)

    def adopt(self, device_key: str) -> PhoneId:
        return self._ready.adopt(device_key)

    def username(self, phone: PhoneId) -> Printable:
        return self._ready.username(phone)

    async def sign_in(self, phone: PhoneId, username: str, password: Secret) -> tuple[PhoneId, ...]:
        return await self._ready.sign_in(phone, username, password)

    async def check_certificate(self, phone: PhoneId) -> "CertificateCheck":
        return await self._ready.check_certificate(phone)

    async def accept_certificate(self, phone: PhoneId, check: "CertificateCheck") -> None:
        await self._ready.accept_certificate(phone, check)

    @property
    def _ready(self) -> CompleteFleet:
        """Raises Unreachable until the fleet is opened."""
        if self._fleet is None:
            raise Unreachable("the phones are still being reached for", "Try again in a second")
        return self._fleet
