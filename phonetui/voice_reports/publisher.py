"""Sends a voice quality report (RFC 6035) for each call that ends to another collector (`[report] publish`).

Figures are those that were measured here, scores the phone's own where it gives any. A failure and its end are
reported once; reports that could not be sent meanwhile are dropped and counted.
"""

import asyncio
import hashlib
import re
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime

from msgspec.structs import replace

from phonetui import __version__
from phonetui.config.address import parse_sip_uri
from phonetui.errors import ConfigError, PhonetuiError
from phonetui.fleet.protocol import Fleet
from phonetui.phone.calls.call_record import CallRecord, ended_since, other_end
from phonetui.phone.parse import digits
from phonetui.phone.quality.voice_report import (
    MediaAddress,
    VoiceMetrics,
    VoiceParty,
    VoiceQualityReport,
    VoiceReportKind,
)
from phonetui.phone.quality.voice_report_text import MEDIA_TYPE, voice_report_text
from phonetui.phone.state import CallDirection, Phone, PhoneId
from phonetui.text import Printable, printable
from phonetui.voice_reports.collector import EVENT
from phonetui.voice_reports.sip_client import SipClient

LOOK_S = 1.0
WAIT_S = 15.0
"""Delay after a call's end, within which the phone's own report and the other end's record arrive."""
MOST_WAITING = 1000
MOST_UNDER_WAY = 10
"""Requests in flight at a time; a lost one takes TIMER_F_S to fail."""
MOST_RECORDS = 5000
"""Ended calls whose ids are remembered, so that none is published twice."""
FAREWELL_S = 1.0
ESTIMATOR = Printable("G.107")
_UNSAFE = re.compile(r"[^A-Za-z0-9.+_-]+")


class VoiceReportPublisher:
    """Publishes reports until it is cancelled."""

    def __init__(self, fleet: Fleet, publish: str, notice: Callable[[str], None]) -> None:
        """`publish` is a `sip:` URI, `notice` takes what the operator should know. Raises ConfigError."""
        self._fleet = fleet
        self._notice = notice
        try:
            self._uri = parse_sip_uri(publish)
        except ValueError:
            raise ConfigError(f"[report] publish: '{publish}' is no URI of SIP over UDP", "See the template") from None
        self._client = SipClient(self._uri, f"phonetui/{__version__}")
        self._began_at = datetime.now(UTC)
        self._known: dict[str, None] = {}
        self._waiting: deque[tuple[float, CallRecord]] = deque()
        """Ended calls that wait, with the monotonic second from which each may be sent."""
        self._under_way: set[asyncio.Task[None]] = set()
        self._failing = ""
        self.sent = self.lost = 0
        """Numbers of reports that were accepted, and that were given up."""

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        version = None
        try:
            while True:
                if version != (version := self._fleet.version):
                    self._look(loop.time())
                while self._waiting and self._waiting[0][0] <= loop.time() and len(self._under_way) < MOST_UNDER_WAY:
                    self._begin(self._waiting.popleft()[1].id)
                await asyncio.sleep(LOOK_S)
        finally:
            await self._leave()

    async def _leave(self) -> None:
        under_way = tuple(self._under_way)
        if under_way:
            await asyncio.wait(under_way, timeout=FAREWELL_S)
        for task in under_way:
            task.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)
        self._client.close()

    def _look(self, at: float) -> None:
        """Finds calls that ended since the last look."""
        for record in ended_since(self._fleet.records, self._began_at, MOST_RECORDS):
            if record.id in self._known:
                continue
            self._known[record.id] = None
            if record.answered_at is not None:
                self._waiting.append((at + WAIT_S, record))
        while len(self._known) > MOST_RECORDS:
            del self._known[next(iter(self._known))]
        while len(self._waiting) > MOST_WAITING:
            self._waiting.popleft()
            self._lose("more calls end than can be published")

    def _begin(self, id_: str) -> None:
        """Starts to send the report of a call, with what is known of it by now."""
        records = self._fleet.records
        record = next((one for one in records if one.id == id_), None)
        phone = self._fleet.phones.get(record.phone) if record else None
        if record is None or phone is None:
            return  # it is not watched any more
        report = voice_report_of(record, phone, other_end(record, records), self._uri.authority)
        task = asyncio.get_running_loop().create_task(self._send(report))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def _send(self, report: VoiceQualityReport) -> None:
        sender = str(report.local_party.uri) if report.local_party else str(self._uri)
        headers = (("event", EVENT), ("expires", "3600"), ("content-type", MEDIA_TYPE))
        try:
            await self._client.request("PUBLISH", sender, headers, voice_report_text(report).encode())
        except PhonetuiError as error:
            self._lose(str(error))
        else:
            self.sent += 1
            if self._failing:
                self._failing = ""
                self._notice(f"voice quality reports reach {self._uri} again; {self.lost} could not be sent")

    def _lose(self, words: str) -> None:
        self.lost += 1
        if not self._failing:
            self._failing = words
            self._notice(f"a voice quality report was not sent: {words}")


def voice_report_of(record: CallRecord, phone: Phone, other: CallRecord | None, host: str) -> VoiceQualityReport:
    """What is known of a call that ended, as its phone would report it; `other` is the record of the other end.

    Addresses of people are numbers at `host`: which server the phone is registered at is not published.
    """
    near = _party(record.phone, host, phone.name)
    number = record.call.remote_number or record.call.remote_name or "anonymous"
    far = _party(number, host, record.call.remote_name)
    began = {CallDirection.OUTGOING: near, CallDirection.INCOMING: far}
    direction = record.call.direction
    own = record.report
    return VoiceQualityReport(
        kind=VoiceReportKind.SESSION,
        is_last=True,
        call_id=own.call_id if own and own.call_id else _call_id(record, host),
        local=_metrics(record),
        remote=_metrics(other) if other is not None else replace(own.remote) if own else VoiceMetrics(),
        local_party=(own.local_party if own else None) or near,
        remote_party=(own.remote_party if own else None) or far,
        origin=(own.origin if own else None) or (began[direction] if direction else None),
        local_address=(own.local_address if own else None) or MediaAddress(phone.network.ipv4),
        remote_address=own.remote_address if own else None,
        local_mac=phone.system.mac or phone.network.ethernet_mac,
        local_group=(own.local_group if own else None) or (phone.place[0] if phone.place else None),
    )


def _metrics(record: CallRecord) -> VoiceMetrics:
    """Metrics of the report: scores and delays are the phone's own, loss is measured here where possible."""
    call, own = record.call, record.report.local if record.report else VoiceMetrics()
    is_ours = record.mos_source == "estimate" and call.mos_cq is None and own.mos_cq is None
    return VoiceMetrics(
        start_at=record.answered_at,
        stop_at=record.last_at,
        codec=call.decoder or call.encoder or own.codec,
        loss_pct=own.loss_pct if record.loss_pct is None else record.loss_pct,
        discard_pct=own.discard_pct if record.discard_pct is None else record.discard_pct,
        burst_ms=call.burst_ms if call.burst_ms is not None else own.burst_ms,
        gap_ms=call.gap_ms if call.gap_ms is not None else own.gap_ms,
        round_trip_ms=call.round_trip_ms or own.round_trip_ms,
        end_system_ms=call.decode_latency_ms or own.end_system_ms,
        jitter_ms=call.jitter_ms if call.jitter_ms is not None else own.jitter_ms,
        r_cq=call.r_factor or own.r_cq,
        r_lq=own.r_lq,
        mos_lq=call.mos_lq or own.mos_lq,
        mos_cq=record.mos if is_ours else call.mos_cq or own.mos_cq,
        estimator=ESTIMATOR if is_ours else None,
    )


def _party(who: PhoneId | str, host: str, name: Printable | None) -> VoiceParty:
    user = digits(who) or _UNSAFE.sub("-", who).strip("-") or "anonymous"
    return VoiceParty(printable(f"sip:{user}@{host}"), printable(user), name)


def _call_id(record: CallRecord, host: str) -> Printable:
    """A Call-ID that is the same for the same call whoever publishes it, and reveals nothing of it."""
    return printable(f"{hashlib.sha256(record.id.encode()).hexdigest()[:24]}@{host}")
