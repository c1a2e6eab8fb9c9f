"""Receives voice quality reports (RFC 6035) by SIP PUBLISH or NOTIFY and passes them to their phones."""

import asyncio
import hashlib
from collections import Counter
from collections.abc import Callable, Mapping
from ipaddress import ip_address, ip_network

from phonetui.config.address import SipListenAddress, parse_sip_listener
from phonetui.config.settings import VoiceReportSettings
from phonetui.errors import ConfigError, PhonetuiError, ProtocolError
from phonetui.fleet.extensions import VoiceReportSink
from phonetui.phone.quality.voice_report_text import MEDIA_TYPE, parse_voice_report
from phonetui.voice_reports.sip_message import SipRequest
from phonetui.voice_reports.sip_server import SipAnswer, SipServer, SourceAdmission

EVENT = "vq-rtcpxr"
RESULTS = ("taken", "unknown_sender", "unknown_phone", "malformed", "unsupported", "limited")
"""Outcomes of received messages, by which they are counted."""
EXPIRES_S = 3600
MOST_NOTICES = 20
"""Sources about which a notice is given, once each."""
_ALLOW = ("allow", "PUBLISH, NOTIFY, OPTIONS")
_ACCEPT = ("accept", MEDIA_TYPE)
_ALLOW_EVENTS = ("allow-events", EVENT)
_UNTAKEN = {
    "unknown_sender": "which is no phone that is watched; a proxy must be among [vq] proxies",
    "unknown_phone": "which name no phone that is watched",
    "malformed": "which cannot be read",
    "limited": "which are more than a phone may send",
}
"""Outcomes in words, for notices."""


class VoiceReportCollector:
    """Receives reports until it is cancelled."""

    def __init__(self, sink: VoiceReportSink, settings: VoiceReportSettings, notice: Callable[[str], None]) -> None:
        """`notice` takes what the operator should know. Raises ConfigError for an address that is none."""
        self._sink = sink
        self._notice = notice
        try:
            self._listen = tuple(map(parse_sip_listener, settings.listen))
            self._proxies = tuple(map(ip_network, settings.proxies))
        except ValueError as error:
            raise ConfigError(f"[vq]: {error}", "Write listen as udp://192.0.2.1:5060") from error
        self.counts: Counter[str] = Counter(dict.fromkeys(RESULTS, 0))
        """Messages by their outcome, one of RESULTS."""
        self._noticed: set[tuple[str, str]] = set()
        self.addresses: tuple[SipListenAddress, ...] = ()
        """The addresses it listens on, once it does."""

    async def run(self) -> None:
        """Runs until cancelled. Raises ConfigError where it cannot listen on an address."""
        server = SipServer(self._answer, SourceAdmission(self._phones_at, self._refuse))
        try:
            for wanted in self._listen:
                await server.open(wanted)
            self.addresses = tuple(server.addresses)
            await asyncio.Event().wait()
        finally:
            await server.close()

    def _phones_at(self, source: str) -> int | None:
        sources: Mapping[str, int] = self._sink.sources()
        return len(sources) if self._is_proxy(source) else sources.get(source)

    def _is_proxy(self, source: str) -> bool:
        try:
            address = ip_address(source)
        except ValueError:
            return False
        return any(address in network for network in self._proxies)

    def _refuse(self, result: str, source: str) -> None:
        self.counts[result] += 1
        key = (result, source)
        if result in _UNTAKEN and key not in self._noticed and len(self._noticed) < MOST_NOTICES:
            self._noticed.add(key)
            self._notice(f"voice quality reports from {source}, {_UNTAKEN[result]}: not taken")

    def _answer(self, request: SipRequest, source: str) -> SipAnswer | None:
        if request.method == "ACK":
            return None
        if request.method == "OPTIONS":
            return SipAnswer(200, "OK", (_ALLOW, _ACCEPT, _ALLOW_EVENTS))
        refusal = _refusal(request)
        if refusal is not None:
            self._refuse("unsupported", source)
            return refusal
        try:
            report = parse_voice_report(request.body)
        except ProtocolError:
            self._refuse("malformed", source)
            return SipAnswer(400, "Bad Voice Quality Report")
        try:
            phone = self._sink.take(report, source, is_relayed=self._is_proxy(source))
        except PhonetuiError:
            phone = None
        if phone is None:
            self._refuse("unknown_phone", source)
            return SipAnswer(404, "Not Found")
        self.counts["taken"] += 1
        if request.method == "NOTIFY":
            return SipAnswer(200, "OK")
        return SipAnswer(200, "OK", (("sip-etag", _tag(request)), ("expires", str(EXPIRES_S))))  # RFC 3903, 6


def _refusal(request: SipRequest) -> SipAnswer | None:
    """The refusal of a request that is no report; None where it may be one."""
    if request.method not in ("PUBLISH", "NOTIFY"):
        return SipAnswer(405, "Method Not Allowed", (_ALLOW,))
    if request.header("event").partition(";")[0].strip().casefold() != EVENT:
        return SipAnswer(489, "Bad Event", (_ALLOW_EVENTS,))
    if request.header("content-type").partition(";")[0].strip().casefold() != MEDIA_TYPE:
        return SipAnswer(415, "Unsupported Media Type", (_ACCEPT,))
    return None


def _tag(request: SipRequest) -> str:
    """Identifies a request: equal for a retransmission."""
    words = f"{request.header('call-id')} {request.header('cseq')}".encode()
    return hashlib.sha256(words).hexdigest()[:16]
