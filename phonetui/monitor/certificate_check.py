"""A phone's certificate beside the accepted one, and accepting it: `phonetui trust` and the dashboard do the same.

look ──► CertificateCheck ──► both fingerprints are shown, the operator decides ──► accept ──► audit entry

Why a phone is believed to be itself, as far as this run has seen.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING

from phonetui.config.settings import PhoneSettings, TlsMode
from phonetui.errors import AccessError, ConfigError
from phonetui.monitor.audit import OK, AuditEntry
from phonetui.phone.state import PhoneId
from phonetui.text import Printable, printable
from phonetui.transport.trust import Certificate, PinStore, certificate, describe, pin_key
from phonetui.xapi.command import Command
from phonetui.xapi.path import Path

if TYPE_CHECKING:
    from phonetui.transport.ssh.tunnel import Tunnel

_COMMAND = Path.of("phonetui", "trust")
"""What the audit log calls it: no phone is told anything."""


@dataclass(frozen=True, slots=True)
class CertificateCheck:
    phone: PhoneId
    address: Printable
    port: int
    shown: Certificate
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


async def look(settings: PhoneSettings, pins: PinStore, tunnel: "Tunnel | None") -> CertificateCheck:
    """Asks the phone for its certificate; not a byte of a request is sent. Raises PhonetuiErrors."""
    _refuse_unfit(settings)
    shown = describe(await certificate(settings.host, settings.effective_port, settings.timeout_s, tunnel))
    return CertificateCheck(
        settings.id, printable(settings.host), settings.effective_port, shown,
        accepted=settings.fingerprint or pins.get(_place(settings)), is_configured=settings.fingerprint is not None,
    )  # fmt: skip


def accept(check: CertificateCheck, settings: PhoneSettings, pins: PinStore) -> None:
    """Believes from now on what the phone showed. Blocks until it is on the disk: never on an event loop.

    Raises AccessError where it cannot be accepted, and ConfigError where it holds for this run alone.
    """
    if (refusal := check.refusal) is not None:
        raise refusal
    pins.put(_place(settings), check.shown.fingerprint)
    pins.save()


def accepted(check: CertificateCheck, settings: PhoneSettings, at: datetime) -> AuditEntry:
    """For the audit log; `at` is aware UTC."""
    arguments = (("before", check.accepted or ""), ("now", check.shown.fingerprint))
    return AuditEntry(at, settings.id, printable(settings.authority), Command(_COMMAND, arguments), OK)


def _place(settings: PhoneSettings) -> str:
    return pin_key(settings.host, settings.effective_port, settings.jump)


def _refuse_unfit(settings: PhoneSettings) -> None:
    if settings.is_behind_webex:
        raise ConfigError("it is asked through Webex: no certificate of its own is seen", "There is nothing to accept")
    if settings.scheme not in ("https", "wss"):
        raise ConfigError(f"there is no certificate behind {settings.scheme}://", "Only https and wss have one")
    if settings.tls is not TlsMode.PIN:
        hint = 'Set tls = "pin" to accept certificates one by one'
        raise ConfigError(f'tls = "{settings.tls}": no certificate is accepted by its fingerprint', hint)


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


@dataclass(frozen=True, slots=True)
class Trust:
    way: TrustReason
    expected: Printable
    """The name that the certificate must bear, or the fingerprint that it must have; empty before it was accepted."""
    subject: Printable | None = None
    """Of the certificate that the phone showed in this run; None before it did, or where none was looked at."""
    not_after: datetime | None = None
    """Aware UTC."""
