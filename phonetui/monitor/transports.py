"""Makes the transport of a phone from its settings: address, trust, feedback listener, certificate; and limits starts.

Also a single reading of a status tree: whole, or by its parts where the phone refuses it as a whole.

fetch_certificate ──► CertificateCheck ──► the operator compares fingerprints ──► accept_certificate ──► audit entry

A handshake and a first reading take some 4 ms of CPU. A thousand at once would freeze the screen for seconds, so phones
start by turns. A turn also ends by itself after a while, so that a phone that hangs delays no other.
"""

import asyncio
import logging
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from msgspec.structs import replace

from phonetui.config.credentials import check_signed_in
from phonetui.config.settings import FeedbackSettings, PhoneSettings, TlsMode
from phonetui.errors import AccessError, ConfigError, PhonetuiError
from phonetui.fleet.protocol import CertificateCheck, Trust, TrustReason
from phonetui.monitor.control_policy import OK, AuditEntry
from phonetui.monitor.jump_hosts import JumpHosts
from phonetui.monitor.schedule import PARTS, REQUEST_GAP_S, may_concern_place
from phonetui.phone.state import PhoneId
from phonetui.text import NOTHING, Printable, printable
from phonetui.tls import unverified_context
from phonetui.transport.base import Address, Transport
from phonetui.transport.feedback import Listener
from phonetui.transport.subscription import SlotStore, Subscription
from phonetui.transport.tls_client import PinnedContext, TlsContext, VerifiedContext
from phonetui.transport.trust import (
    PinStore,
    pin_key,
    read_certificate,
    shown_certificate,
    verified_context,
)
from phonetui.transport.websocket_support import UpgradingTransport, WebSocketSupport
from phonetui.webex.inventory import DeviceQuery
from phonetui.xapi.catalog import CatalogKind, phoneos
from phonetui.xapi.command import Command
from phonetui.xapi.document import Document
from phonetui.xapi.path import ROOT, Path
from phonetui.xapi.refusal import with_role
from phonetui.xapi.xml import no_match

if TYPE_CHECKING:
    from phonetui.monitor.cloud import WebexOrganization
    from phonetui.transport.ssh.tunnel import Tunnel

CLOSE_S = 2.0
"""Time limit for giving the feedback slot back on the way out."""

_SYSTEM = Path.of("SystemUnit")
_TRUST_COMMAND = Path.of("phonetui", "trust")
"""The name of an acceptance in the audit log; nothing is sent to a phone."""
_log = logging.getLogger(__name__)

Notice = Callable[[PhoneSettings, str], None]
"""Called with what an operator should know about a connection."""


class TransportFactory:
    """Shared by all phones: accepted certificates, feedback slots, WebSocket support, TLS contexts, the listener."""

    def __init__(
        self,
        feedback: FeedbackSettings,
        pins: PinStore,
        slots: SlotStore,
        websocket_support: WebSocketSupport,
        *,
        notice: Notice,
        jumps: JumpHosts,
        cloud: "WebexOrganization | None" = None,
    ) -> None:
        """`cloud` is the organization in Webex, where there is one."""
        self._pins = pins
        self._slots = slots
        self._websocket_support = websocket_support
        self._notice = notice
        self._feedback = feedback
        self._jumps = jumps
        self._cloud = cloud
        self._listener: Listener | None = None
        self._shared: dict[str | None, ssl.SSLContext] = {}
        self._shown: dict[PhoneId, bytes] = {}
        """The certificate, in DER, that each phone showed last; of phones that are not verified at all none."""

    def check(self, settings: PhoneSettings) -> None:
        """Raises ConfigError for a phone behind Webex where nobody is signed in there; otherwise does nothing."""
        check_signed_in(settings, is_signed_in=self._cloud is not None)

    def transport(self, settings: PhoneSettings, *, pushes: bool) -> Transport:
        """`pushes` is whether to register for feedback with the phone.

        A subscription over WebSocket leaves no trace on the phone, so it is taken in any case.
        """
        if settings.is_behind_webex and self._cloud is not None:
            named = {name: getattr(settings, name) or "" for name in ("device", "mac", "serial")}
            return self._cloud.transport(DeviceQuery(**named, host=settings.host))
        from phonetui.transport.http import HttpTransport  # noqa: PLC0415 - network code after the first frame
        from phonetui.transport.websocket import WebSocketTransport  # noqa: PLC0415 - as above

        where, context = address(settings), self.context(settings)
        tunnel = self._tunnel(settings)
        if settings.transport == "websocket" or settings.scheme in ("ws", "wss"):
            return WebSocketTransport(where, context, tunnel, lambda: HttpTransport(where, context, None, tunnel))
        subscription = self._subscription(settings) if pushes else None
        http = HttpTransport(where, context, subscription, tunnel)
        if settings.transport == "http":
            return http
        return UpgradingTransport(http, WebSocketTransport(where, context, tunnel), self._websocket_support)

    def context(self, settings: PhoneSettings) -> TlsContext:
        """Whose certificate is believed of this phone. Raises AccessError where a CA file cannot be used."""
        if settings.tls is TlsMode.PIN:
            key = _pin_key(settings)
            return PinnedContext(
                lambda: settings.fingerprint or self._pins.get(key),
                lambda shown: self._accept(settings, key, shown),
                partial(self._show, settings.id),
            )
        if settings.tls is TlsMode.OFF:
            return self._shared.setdefault(None, unverified_context())
        ca_file = settings.tls_ca or ""
        if ca_file not in self._shared:
            self._shared[ca_file] = verified_context(settings.tls_ca)
        return VerifiedContext(self._shared[ca_file], partial(self._show, settings.id))

    def shown(self, phone: PhoneId) -> bytes | None:
        """The certificate, in DER, that a phone showed last; None where none was looked at."""
        return self._shown.get(phone)

    def trust(self, settings: PhoneSettings) -> Trust:
        """Why this phone is believed. Reading a certificate takes a moment when it is the first."""
        if settings.is_behind_webex:
            return Trust(TrustReason.WEBEX, NOTHING)
        if settings.scheme not in ("https", "wss"):
            return Trust(TrustReason.PLAIN, NOTHING)
        if settings.tls is TlsMode.OFF:
            return Trust(TrustReason.OFF, NOTHING)
        if settings.tls is TlsMode.CA:
            return Trust(TrustReason.CA, printable(settings.tls_name or settings.host))
        pinned = settings.fingerprint or self._pins.get(_pin_key(settings))
        trust = Trust(TrustReason.PIN, printable(pinned or ""))
        if settings.id not in self._shown:
            return trust
        try:
            shown = read_certificate(self._shown[settings.id])
        except AccessError:
            return trust
        return replace(trust, subject=shown.subject, not_after=shown.not_after)

    async def check_certificate(self, settings: PhoneSettings) -> CertificateCheck:
        """What the phone shows now, beside what was accepted. Raises PhonetuiErrors."""
        return await fetch_certificate(settings, self._pins, self._tunnel(settings))

    async def accept_certificate(self, check: CertificateCheck, settings: PhoneSettings) -> None:
        """Accepts the certificate of a check.

        Raises AccessError where it cannot be accepted, ConfigError where it is accepted for this run alone.
        """
        await asyncio.to_thread(accept_certificate, check, settings, self._pins)

    def forget(self, phone: PhoneId) -> None:
        self._shown.pop(phone, None)

    async def close(self) -> None:
        if self._listener is not None:
            listener, self._listener = self._listener, None
            await listener.close()

    def _subscription(self, settings: PhoneSettings) -> Subscription | None:
        """None where the configuration wants no pushes over the way that leads to this phone."""
        feedback = self._feedback
        if feedback.listen == "off" or (settings.jump is not None and not feedback.through_jump):
            return None
        if self._listener is None:
            cert, key = (feedback.cert, feedback.key) if feedback.scheme == "https" else (None, None)
            self._listener = Listener(listen=feedback.listen, advertise=feedback.advertise, cert=cert, key=key)
        place = _pin_key(settings)
        receiver = (
            self._listener if settings.jump is None else self._jumps.reverse_listener(settings.jump, self._listener)
        )
        return Subscription(receiver, self._slots, place, settings.host, feedback.slot)

    def _tunnel(self, settings: PhoneSettings) -> "Tunnel | None":
        return self._jumps.tunnel(settings.jump) if settings.jump is not None else None

    def _show(self, phone: PhoneId, der: bytes) -> None:
        self._shown[phone] = der

    def _accept(self, settings: PhoneSettings, key: str, shown: str) -> None:
        self._pins.accept_first(key, shown)
        self._notice(settings, f"its certificate is accepted on first use: {shown}")


def address(settings: PhoneSettings) -> Address:
    """The web server of the phone; the same one speaks both wires."""
    return Address(
        scheme="https" if settings.scheme in ("https", "wss") else "http",
        host=settings.host,
        port=settings.effective_port,
        username=settings.username,
        password=settings.password.reveal() if settings.password else "",
        timeout_s=settings.timeout_s,
        tls_name=settings.tls_name,
        by_session=settings.login == "session",
    )


async def close(transport: Transport, phone: PhoneId) -> None:
    """Closes a transport within CLOSE_S seconds. Never raises."""
    try:
        async with asyncio.timeout(CLOSE_S):
            await transport.close()
    except TimeoutError:
        _log.info("%s: did not answer when its feedback slot was given back", phone)
    except Exception:  # noqa: BLE001 - the connection is let go of either way, and other phones go on
        _log.exception("%s: fault in the program, in closing its connection", phone)


async def fetch_certificate(settings: PhoneSettings, pins: PinStore, tunnel: "Tunnel | None") -> CertificateCheck:
    """Asks the phone for its certificate; not a byte of a request is sent. Raises PhonetuiErrors."""
    _require_pinning(settings)
    shown = read_certificate(
        await shown_certificate(settings.host, settings.effective_port, settings.timeout_s, tunnel)
    )
    return CertificateCheck(
        settings.id, printable(settings.host), settings.effective_port, shown,
        accepted=settings.fingerprint or pins.get(_pin_key(settings)), is_configured=settings.fingerprint is not None,
    )  # fmt: skip


def accept_certificate(check: CertificateCheck, settings: PhoneSettings, pins: PinStore) -> None:
    """Believes from now on what the phone showed. Blocks until it is on the disk: never on an event loop.

    Raises AccessError where it cannot be accepted, and ConfigError where it holds for this run alone.
    """
    if (refusal := check.refusal) is not None:
        raise refusal
    pins.put(_pin_key(settings), check.shown.fingerprint)
    pins.save()


def acceptance_entry(check: CertificateCheck, settings: PhoneSettings, at: datetime) -> AuditEntry:
    """The entry of an accepted certificate for the audit log; `at` is aware UTC."""
    arguments = (("before", check.accepted or ""), ("now", check.shown.fingerprint))
    return AuditEntry(at, settings.id, printable(settings.authority), Command(_TRUST_COMMAND, arguments), OK)


def _pin_key(settings: PhoneSettings) -> str:
    return pin_key(settings.host, settings.effective_port, settings.jump)


def _require_pinning(settings: PhoneSettings) -> None:
    if settings.is_behind_webex:
        raise ConfigError("it is asked through Webex: no certificate of its own is seen", "There is nothing to accept")
    if settings.scheme not in ("https", "wss"):
        raise ConfigError(f"there is no certificate behind {settings.scheme}://", "Only https and wss have one")
    if settings.tls is not TlsMode.PIN:
        hint = 'Set tls = "pin" to accept certificates one by one'
        raise ConfigError(f'tls = "{settings.tls}": no certificate is accepted by its fingerprint', hint)


async def fetch_known(transport: Transport, path: Path) -> Document:
    """Reads `path`, or the whole tree for ROOT, once.

    CommandRefused for a place that neither the phone nor the catalogue knows; AccessError with the role that is needed.
    """
    try:
        document = await (fetch_tree(transport) if path == ROOT else transport.fetch(path))
    except AccessError as error:
        raise with_role(error, path, CatalogKind.STATUS) from error
    if not document and not phoneos().knows(path):
        raise no_match(path)
    return document


async def fetch_tree(transport: Transport) -> Document:
    """Parts that are refused are left out. Raises what the whole tree failed with where the first part fails, too."""
    try:
        return await transport.fetch(ROOT)
    except PhonetuiError as error:
        if not may_concern_place(error):
            raise
        refusal = error
    leaves: dict[Path, Printable] = {}
    for part in PARTS:
        await asyncio.sleep(REQUEST_GAP_S)
        try:
            leaves |= await transport.fetch(part)
        except PhonetuiError as error:
            if part == _SYSTEM:
                raise refusal from error
            if not may_concern_place(error):
                raise
    return Document(leaves)


AT_ONCE = 32
MOST_S = 0.5
"""Phones answer in 20 to 500 ms; whoever takes longer goes on without a turn."""


class StartLimiter:
    """Spreads the first connections of many phones over time."""

    def __init__(self, at_once: int = AT_ONCE, most_s: float = MOST_S) -> None:
        self._turns = asyncio.Semaphore(at_once)
        self._most_s = most_s

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Waits for a turn, which ends with the block or after `most_s`."""
        await self._turns.acquire()
        is_over = False

        def end() -> None:
            nonlocal is_over
            if not is_over:
                is_over = True
                self._turns.release()

        timer = asyncio.get_running_loop().call_later(self._most_s, end)
        try:
            yield
        finally:
            timer.cancel()
            end()
