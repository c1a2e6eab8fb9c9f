"""The voice quality report of a simulated phone at a call's end: a SIP PUBLISH by RFC 6035.

Phones of this family call the setting so; what theirs look like isn't published. This is the RFC's own form, written
here with nothing of the program's, so that no mistake can cancel itself out.
"""

import asyncio
import contextlib
import logging
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from itertools import count
from urllib.parse import urlsplit

from phonetui.errors import ConfigError
from phonetui.simulator.device import SimulatedDevice
from phonetui.simulator.tree import TreeEvent

_EVENT = "SipCallDisconnect"
_TRIES = 4
_PAUSE_S = 0.5
_ANSWER_S = 5.0
_PAYLOAD_TYPES = {"G711u": (0, "PCMU"), "G711a": (8, "PCMA"), "G722": (9, "G722"), "G729a": (18, "G729")}
_OPUS = (111, "OPUS")
_log = logging.getLogger(__name__)


def check_report_address(text: str) -> tuple[str, str, int]:
    """`udp://HOST:PORT` or `tcp://HOST:PORT` → transport, host, port. Raises ConfigError."""
    try:
        parts = urlsplit(text)
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port = None, None
    if host is None or parts.scheme not in ("udp", "tcp") or parts.path.strip("/"):
        raise ConfigError(f"'{text}' is no place for voice quality reports", "Write it as udp://127.0.0.1:5060")
    return parts.scheme, host, port or 5060


class VoiceReportSender:
    """Sends for all phones of an office."""

    def __init__(self, address: str) -> None:
        """Raises ConfigError as `check_report_address`."""
        self._transport, self._host, self._port = check_report_address(address)
        self._numbers = count(1)
        self.answered: list[int] = []
        """Status of each answer, oldest first."""

    async def send(self, device: SimulatedDevice, event: TreeEvent) -> None:
        """The report of a call that was answered; nothing for others. A collector that isn't there is no fault."""
        body = report(device, event, datetime.now(UTC), next(self._numbers))
        if body is None:
            return
        with contextlib.suppress(OSError, TimeoutError):
            async with asyncio.timeout(_ANSWER_S):
                status = await (self._by_udp(device, body) if self._transport == "udp" else self._by_tcp(device, body))
                self.answered.append(status)
                return
        _log.warning("%s: nobody takes its voice quality reports", device.name)

    async def _by_udp(self, device: SimulatedDevice, body: str) -> int:
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[bytes] = loop.create_future()
        transport, _ = await loop.create_datagram_endpoint(
            lambda: _Answer(answer), remote_addr=(self._host, self._port)
        )  # fmt: skip
        try:
            message = self._message(device, body, *transport.get_extra_info("sockname")[:2])
            for _ in range(_TRIES):
                transport.sendto(message)
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(_PAUSE_S):
                        return _status(await asyncio.shield(answer))
            raise TimeoutError
        finally:
            answer.cancel()
            transport.close()

    async def _by_tcp(self, device: SimulatedDevice, body: str) -> int:
        reader, writer = await asyncio.open_connection(self._host, self._port)
        try:
            writer.write(self._message(device, body, *writer.get_extra_info("sockname")[:2]))
            return _status(await reader.readuntil(b"\r\n"))
        except asyncio.IncompleteReadError as error:
            raise OSError("it hung up") from error
        finally:
            writer.close()

    def _message(self, device: SimulatedDevice, body: str, host: str, port: int) -> bytes:
        number, tag = device.extensions[0], f"{device.number:x}{next(self._numbers):x}"
        lines = (
            f"PUBLISH sip:{self._host}:{self._port} SIP/2.0",
            f"Via: SIP/2.0/{self._transport.upper()} {host}:{port};branch=z9hG4bK{tag};rport",
            "Max-Forwards: 70",
            f"From: <sip:{number}@{self._host}>;tag={tag}",
            f"To: <sip:{self._host}:{self._port}>",
            f"Call-ID: {tag}-publish@{host}",
            "CSeq: 1 PUBLISH",
            f"Contact: <sip:{number}@{host}:{port}>",
            "Event: vq-rtcpxr",
            "Expires: 3600",
            "Content-Type: application/vq-rtcpxr",
            f"Content-Length: {len(body.encode())}",
        )
        return ("\r\n".join(lines) + "\r\n\r\n" + body).encode()


class _Answer(asyncio.DatagramProtocol):
    def __init__(self, answer: asyncio.Future[bytes]) -> None:
        self._answer = answer

    def datagram_received(self, data: bytes, _: tuple[str, int]) -> None:
        if not self._answer.done():
            self._answer.set_result(data)


def _status(answer: bytes) -> int:
    """Raises OSError for what is no answer."""
    words = answer.split(b" ", 2)
    if len(words) < 2 or not words[1].isdigit():
        raise OSError("what came back is no answer")
    return int(words[1])


def report(device: SimulatedDevice, event: TreeEvent, now: datetime, number: int) -> str | None:
    """The body for the end of a call; None for other events, and for calls that nobody answered."""
    fields = dict(event.fields)
    if event.name != _EVENT:
        return None
    hours, minutes, seconds = (int(part) for part in fields["Duration"].split(":"))
    length = timedelta(hours=hours, minutes=minutes, seconds=seconds)
    if not length:
        return None
    own = device.extensions[int(fields["LineId"]) - 1]
    ip = device.identity.address
    near, far = f"<sip:{own}@pbx.example>", f"<sip:{fields['PeerPhone']}@pbx.example>"
    lines = (
        "VQSessionReport: CallTerm",
        f"CallID: {device.number:04x}{number:06x}@{ip}",
        f"LocalID: {near}",
        f"RemoteID: {far}",
        f"OrigID: {near if fields['Direction'] == 'Outbound' else far}",
        f"LocalAddr: IP={ip} PORT=16384 SSRC=0x{device.number:08x}",
        "RemoteAddr: IP=192.0.2.250 PORT=16384 SSRC=0x00000001",
        "LocalGroup: ",
        "RemoteGroup: ",
        f"LocalMAC: {device.identity.mac}",
        "LocalMetrics:",
        f"Timestamps: START={now - length:%Y-%m-%dT%H:%M:%SZ} STOP={now:%Y-%m-%dT%H:%M:%SZ}",
        *_metrics(fields),
    )
    return "".join(f"{line}\r\n" for line in lines)


def _metrics(fields: Mapping[str, str]) -> tuple[str, ...]:
    payload_type, name = _PAYLOAD_TYPES.get(fields["Decoder"], _OPUS)
    loss, discard = (100 * float(fields[rate]) for rate in ("LossRate", "DiscardRate"))
    scores = [f"RCQ={fields['Rfactor']}"] if fields["Rfactor"] != "127" else []
    scores += [f"{leaf}={fields[leaf]}" for leaf in ("MOSLQ", "MOSCQ") if float(fields[leaf])]
    return (
        f"SessionDesc: PT={payload_type} PD={name} FD=20 PPS=50 SSUP=off",
        f"PacketLoss: NLR={loss:.1f} JDR={discard:.1f}",
        f"BurstGapLoss: BD={fields['BurstDuration']} GD={fields['GapDuration']} GMIN=16",
        f"Delay: RTD={fields['RoundTripDelay']} ESD={fields['DecodeLatency']} IAJ={fields['Jitter']}",
        *([f"QualityEst: {' '.join(scores)}"] if scores else []),
    )
