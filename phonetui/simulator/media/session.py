"""RTP sessions over loopback (RFC 3550, RFC 3611): two endpoints with a relay between them, all in this process."""

import asyncio
import logging
import time
from asyncio import AbstractEventLoop, TimerHandle
from base64 import b64encode
from random import Random

from phonetui.errors import ProtocolError
from phonetui.simulator.media import rtcp, rtp
from phonetui.simulator.media.model import Media, MediaLink, Profile
from phonetui.simulator.media.reception import PACKET_S, Reception, SimulatedCodec, quality_scores
from phonetui.simulator.media.relay import DatagramObserver, PortPair, Relay, RelayPath, pair
from phonetui.simulator.media.rtcp import ReceiverReport, Report, ReportBlock, SenderReport
from phonetui.simulator.media.rtp import RtpReceiver, RtpSender

RTCP_S = 1.0
_STALL_S = 1.0
"""A loop that stood still for longer than this, as a machine asleep does, makes up for nothing."""


class RtpEndpoint:
    """Sends while it flows; hears and reports from `open` to `close`, holds included."""

    def __init__(self, codec: SimulatedCodec, inward: RelayPath, random: Random, loop: AbstractEventLoop) -> None:
        self._codec = codec
        self._inward = inward
        self._loop = loop
        self._epoch_s = time.time() - loop.time()
        self._phase_s = random.random() * PACKET_S
        """Streams that tick together would wait for each other."""
        self._report_phase_s = random.random() * RTCP_S
        self._cname = b64encode(random.randbytes(12))  # RFC 7022 §4.2: a name for this session only
        self._sender = RtpSender(codec, random)
        self._receiver = RtpReceiver(codec.clock_hz)
        self.ports: PortPair | None = None
        self._opened_at = 0.0
        self._timers: dict[str, TimerHandle] = {}
        self._reported = (0, 0)
        """Sent at the last report and the one before it: who sent nothing since then only listens (RFC 3550 §6.4)."""
        self._last_report = 0
        self._last_report_at = 0.0
        self.round_trip_ms = 0

    @property
    def sent(self) -> int:
        return self._sender.sent

    def impair(self, profile: Profile, _: float) -> None:
        self._inward.impair(profile)

    def reception(self) -> Reception:
        return self._receiver.reception()

    def bind(self) -> PortPair:
        """Opens the ports. Raises OSError when there is no room for another socket."""
        self.ports = pair()
        return self.ports

    def open(self, facing: PortPair) -> None:
        """Talks to the relay's ports from now on."""
        if self.ports:
            for port, peer, arrival in zip(self.ports, facing, (self._receive_rtp, self._receive_rtcp), strict=True):
                port.connect(peer.address, self._loop, arrival)
            self._opened_at = self._loop.time() + self._phase_s
            self._report_at(self._opened_at + self._report_phase_s)

    def flow(self) -> None:
        if self.ports and "speech" not in self._timers:
            self._sender.begin(self._loop.time() - self._opened_at)
            self._await_packet()

    def freeze(self) -> None:
        speech = self._timers.pop("speech", None)
        if speech:
            speech.cancel()

    def close(self) -> None:
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()
        if self.ports:
            self.ports.close()

    def _await_packet(self) -> None:
        passed_s = self._loop.time() - self._opened_at
        if passed_s - self._sender.due_s > _STALL_S:
            self._sender.begin(passed_s)
        self._timers["speech"] = self._loop.call_at(self._opened_at + self._sender.due_s, self._send_packet)

    def _send_packet(self) -> None:
        """Sends the packet that is due; after a delay of the loop those that it made late follow at once."""
        if self.ports:
            self.ports.rtp.send(self._sender.packet().encode())
            self._await_packet()

    def _receive_rtp(self, datagram: bytes, at: float) -> None:
        try:
            packet = rtp.decode(datagram)
        except ProtocolError:
            return
        self._receiver.arrive(packet, at)

    def _report_at(self, due: float) -> None:
        self._timers["report"] = self._loop.call_at(due, self._send_report, due)

    def _send_report(self, due: float) -> None:
        """A compound packet (RFC 3550 §6.1); its time is taken last, for what comes after it counts as delay."""
        if self.ports:
            reports: list[Report] = [rtcp.Description(ssrc=self._sender.ssrc, cname=self._cname)]
            if self._receiver.ssrc is not None:
                heard = self.reception()
                scores = quality_scores(self._codec, heard, self.round_trip_ms)
                metrics = rtcp.voip_metrics(self._receiver.ssrc, heard, scores, self.round_trip_ms)
                reports.append(rtcp.ExtendedReport(ssrc=self._sender.ssrc, blocks=(metrics,)))
            rest = rtcp.encode(reports)
            self.ports.rtcp.send(self._own_report(self._loop.time()).encode() + rest)
            self._reported = (self.sent, self._reported[0])
            self._report_at(max(due, self._loop.time() - _STALL_S) + RTCP_S)

    def _own_report(self, now: float) -> SenderReport | ReceiverReport:
        delay = int((now - self._last_report_at) * 65536) if self._last_report else 0
        block = self._receiver.block(last_report=self._last_report, delay=delay)
        blocks = (block,) if block else ()
        if self.sent == self._reported[1]:
            return ReceiverReport(ssrc=self._sender.ssrc, blocks=blocks)
        return SenderReport(
            ssrc=self._sender.ssrc,
            ntp=rtcp.ntp_time(self._epoch_s + now),
            timestamp=self._sender.timestamp(now - self._opened_at),
            packets=self.sent,
            octets=self._sender.octets,
            blocks=blocks,
        )

    def _receive_rtcp(self, datagram: bytes, at: float) -> None:
        try:
            reports = rtcp.decode_compound(datagram)
        except ProtocolError:
            return
        for report in reports:
            if isinstance(report, SenderReport):
                self._last_report, self._last_report_at = rtcp.ntp_middle(report.ntp), at
            if isinstance(report, SenderReport | ReceiverReport):
                for block in report.blocks:
                    self._measure(block, rtcp.ntp_time(self._epoch_s + at))

    def _measure(self, block: ReportBlock, now: int) -> None:
        trip_s = rtcp.round_trip_s(now, last_report=block.last_report, delay=block.delay)
        if block.ssrc == self._sender.ssrc and trip_s is not None:  # 0 would say that nothing was measured
            self.round_trip_ms = max(1, round(trip_s * 1000))


_log = logging.getLogger(__name__)


class RtpLink(MediaLink):
    """Two endpoints and the relay between them; sockets from the first packet to `close`."""

    def __init__(self, codec: SimulatedCodec, relay: Relay, random: Random, loop: AbstractEventLoop) -> None:
        self.codec = codec
        self.relay = relay
        self.caller = RtpEndpoint(codec, relay.back, random, loop)
        self.callee = RtpEndpoint(codec, relay.there, random, loop)
        self._opened = False
        self.is_closed = False

    @property
    def is_open(self) -> bool:
        return self._opened and not self.is_closed

    def flow(self, _: float) -> None:
        if not self._opened and not self.is_closed:
            self._opened = True
            try:
                self._open()
            except OSError as error:
                _log.warning("a call stays silent, there is no socket for its media: %s", error.strerror or error)
                self.close()
        if not self.is_closed:
            self.caller.flow()
            self.callee.flow()

    def freeze(self, _: float) -> None:
        self.caller.freeze()
        self.callee.freeze()

    def close(self) -> None:
        self.is_closed = True
        for part in (self.caller, self.callee):
            part.close()
        self.relay.close()

    def _open(self) -> None:
        near, far = self.caller.bind(), self.callee.bind()
        to_near, to_far = self.relay.face(), self.relay.face()
        self.relay.join(near.addresses, to_near, far.addresses, to_far)
        self.caller.open(to_near)
        self.callee.open(to_far)


class RtpMedia(Media):
    """Links of real packets, carried by the loop that runs when it is constructed."""

    def __init__(self, observer: DatagramObserver | None = None) -> None:
        self.observer = observer
        """Is given every datagram at the relay, from the next link on."""
        self._loop = asyncio.get_running_loop()
        self.links: list[RtpLink] = []
        """Those that aren't closed yet, oldest first."""

    @property
    def open_links(self) -> int:
        """The number of links that hold sockets."""
        return sum(link.is_open for link in self.links)

    def connect(self, codec: SimulatedCodec, there: Profile, back: Profile, random: Random) -> RtpLink:
        relay = Relay(there, back, random, loop=self._loop, observer=self.observer)
        link = RtpLink(codec, relay, Random(), self._loop)  # noqa: S311 - identifiers that must differ, not secrets
        self.links = [known for known in self.links if not known.is_closed]
        self.links.append(link)
        return link

    async def close(self) -> None:
        for link in self.links:
            link.close()
