"""A phone's certificate beside the accepted one, and accepting it: `phonetui trust` and the dashboard do the same.

look ──► CertificateCheck ──► both fingerprints are shown, the operator decides ──► accept ──► audit entry

Why a phone is believed to be itself, as far as this run has seen.
"""

from datetime import datetime
from typing import TYPE_CHECKING

from phonetui.config.settings import PhoneSettings, TlsMode
from phonetui.errors import ConfigError
from phonetui.fleet.protocol import CertificateCheck
from phonetui.monitor.audit import OK, AuditEntry
from phonetui.text import printable
from phonetui.transport.trust import PinStore, certificate, describe, pin_key
from phonetui.xapi.command import Command
from phonetui.xapi.path import Path

if TYPE_CHECKING:
    from phonetui.transport.ssh.tunnel import Tunnel

_COMMAND = Path.of("phonetui", "trust")
"""What the audit log calls it: no phone is told anything."""


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
