"""Reports of ended calls that we publish: taken by our own collector, read by another's dissector, a failure told once."""

import asyncio
import shutil
import socket
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from msgspec.structs import replace

from phonetui.config.address import parse_sip_uri
from phonetui.errors import CommandRefused, ConfigError, TimedOut, Unreachable
from phonetui.fleet.masked import mask_fleet
from phonetui.phone.calls.call_record import CallRecord
from phonetui.phone.quality.voice_report_text import parse_voice_report, voice_report_text
from phonetui.phone.state import Call, CallDirection, Phase, PhoneId
from phonetui.text import Printable
from phonetui.voice_reports import publisher, sip_client
from phonetui.voice_reports.publisher import VoiceReportPublisher, voice_report_of
from phonetui.voice_reports.sip_client import SipClient
from phonetui.voice_reports.sip_message import SipRequest, parse_message, response
from tests.live import live, served, until
from tests.ui.office import NOW, FakeFleet, lobby
from tests.voice_reports.test_collector import collecting


def ended(number: str = "5002", ago_s: float = 0.0, **more: Any) -> CallRecord:
    ended_at = NOW - timedelta(seconds=ago_s)
    call = Call(1, 0, phase=Phase.TALK, direction=CallDirection.OUTGOING, remote_number=Printable(number), remote_name=Printable('Bo "b" \u202e'), decoder=Printable("G722"), jitter_ms=4.0, mos_lq=4.1, duration_s=20.0)  # fmt: skip
    return CallRecord(
        phone=PhoneId("lobby"), call=call, began_at=ended_at - timedelta(seconds=25),
        answered_at=ended_at - timedelta(seconds=20), seen_at=ended_at, ended_at=ended_at, is_up=False, loss_pct=1.5,
        discard_pct=0.0, **more,
    )  # fmt: skip


class Collector(asyncio.DatagramProtocol):
    """Another's: answers each request with `status`, after having lost the first `lost` of them."""

    def __init__(self, status: int = 200, lost: int = 0) -> None:
        self.status, self.lost = status, lost
        self.requests: list[SipRequest] = []
        self.raw: list[bytes] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, address: tuple[str, int]) -> None:
        request = parse_message(data)
        assert isinstance(request, SipRequest)
        self.requests.append(request)
        self.raw.append(data)
        if len(self.requests) > self.lost:
            for status, reason in ((100, "Trying"), (self.status, "Whatever")):
                self.transport.sendto(response(request, status, reason, address), address)


@asynccontextmanager
async def another(collector: Collector) -> AsyncIterator[int]:
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(lambda: collector, local_addr=("127.0.0.1", 0))
    try:
        yield transport.get_extra_info("sockname")[1]
    finally:
        transport.close()


async def test_a_request_is_sent_again_until_it_is_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sip_client, "T1_S", 0.02)
    collector = Collector(lost=2)
    async with another(collector) as port:
        client = SipClient(parse_sip_uri(f"sip:vq@127.0.0.1:{port}"), "phonetui/test")
        answer = await client.request("PUBLISH", "sip:5001@x", [("event", "vq-rtcpxr")], b"hello")
        client.close()
    assert answer.status == 200
    assert len(collector.requests) == 3
    assert len(set(collector.raw)) == 1
    assert (collector.requests[0].uri, collector.requests[0].body) == (f"sip:vq@127.0.0.1:{port}", b"hello")


async def test_what_a_request_may_come_to(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sip_client, "T1_S", 0.01)
    monkeypatch.setattr(sip_client, "TIMER_F_S", 0.1)
    async with another(Collector(status=489)) as port:
        client = SipClient(parse_sip_uri(f"sip:127.0.0.1:{port}"), "a")
        with pytest.raises(CommandRefused, match="489"):
            await client.request("PUBLISH", "sip:x", [], b"")
        client.close()
    client = SipClient(parse_sip_uri(f"sip:127.0.0.1:{port}"), "a")  # nobody there any more
    with pytest.raises(TimedOut):
        await client.request("PUBLISH", "sip:x", [], b"")
    client.close()
    with pytest.raises(Unreachable):
        await SipClient(parse_sip_uri("sip:nowhere.invalid"), "a").request("PUBLISH", "sip:x", [], b"")


@pytest.mark.parametrize(
    "text", ["sips:x", "x", "sip:", "sip:a:b@c", "sip:x;transport=tcp", "sip:x:70000", "sip:a b@x", "sip:<x>"]
)
def test_what_cannot_be_published_to(text: str) -> None:
    with pytest.raises(ConfigError, match="publish"):
        VoiceReportPublisher(FakeFleet({lobby().id: lobby()}), text, print)


async def test_a_failure_is_told_once_and_its_end_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publisher, "LOOK_S", 0.01)
    monkeypatch.setattr(publisher, "WAIT_S", 0.0)
    notices: list[str] = []
    fleet, collector = FakeFleet({lobby().id: lobby()}), Collector(status=503)
    async with another(collector) as port:
        sending = VoiceReportPublisher(fleet, f"sip:127.0.0.1:{port}", notices.append)
        sending._began_at = NOW - timedelta(seconds=60)
        fleet.records = (
            ended(),
            ended("5003", 5.0),
            ended("5004", 120.0),
            replace(ended("5005", 7.0), answered_at=None),
        )
        task = asyncio.create_task(sending.run())
        await until(lambda: sending.lost == 2)
        assert len(notices) == 1
        assert "503" in notices[0]
        collector.status = 200
        fleet.records = (ended("5006", 1.0), *fleet.records)
        fleet.version += 1
        await until(lambda: sending.sent == 1)
        assert len(notices) == 2
        assert "2 could not be sent" in notices[1]
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    assert len(collector.requests) == 3  # each call once, none that nobody answered, none of before


def test_what_is_published_is_a_report_of_the_rfc_whatever_a_caller_is_called() -> None:
    record = ended("evil<>\r\nX: 1 ☎ @x")
    report = voice_report_of(record, lobby(), None, "pbx.example:5070")
    text = voice_report_text(report)
    assert text.startswith("VQSessionReport: CallTerm\r\nCallID: ")
    assert "\nX: 1" not in text
    read = parse_voice_report(text.encode())
    assert read.remote_party is not None
    assert read.remote_party.uri == "sip:evil-X-1-x@pbx.example:5070"
    assert (read.local.loss_pct, read.local.mos_lq, read.local.codec, read.local.length_s) == (1.5, 4.1, "G722", 20.0)
    assert read.is_outgoing
    masked = mask_fleet(FakeFleet({lobby().id: lobby()})).mask.record(ended("5987"))  # type: ignore[attr-defined]  # a MaskedFleet
    assert "5987" not in voice_report_text(voice_report_of(masked, lobby(), None, "x"))


@pytest.mark.slow
async def test_our_own_collector_takes_what_we_publish(monkeypatch: pytest.MonkeyPatch) -> None:
    """A call over real phones, published and collected: with the call that it is of."""
    monkeypatch.setattr(publisher, "WAIT_S", 1.0)
    notices: list[str] = []
    async with served(2) as office, live(office) as watched, collecting(watched.fleet) as collector:
        sending = VoiceReportPublisher(watched.fleet, f"sip:127.0.0.1:{collector.addresses[0].port}", notices.append)
        task = asyncio.create_task(sending.run())
        await until(lambda: watched.state("sim-1") == watched.state("sim-2") == "live")
        office.start_call("sim-1", "sim-2")
        await until(lambda: any(record.answered_at for record in watched.fleet.records))
        await asyncio.sleep(2.0)
        office.hang_up("sim-1")
        await until(lambda: sending.sent + sending.lost == 2, 15.0)
        await until(lambda: all(record.reports for record in watched.fleet.records))
        assert notices == []
        assert {record.report.call_id is not None for record in watched.fleet.records if record.report} == {True}
        assert [record.is_from_report for record in watched.fleet.records] == [False, False]
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


TSHARK = shutil.which("tshark")


@pytest.mark.slow
@pytest.mark.skipif(TSHARK is None, reason="tshark is not installed")
async def test_tshark_reads_what_we_publish(tmp_path: Path) -> None:
    """As SIP without a complaint: method, event, type of the body, and the whole body."""
    collector = Collector()
    async with another(collector) as port:
        client = SipClient(parse_sip_uri(f"sip:127.0.0.1:{port}"), "phonetui/test")
        text = voice_report_text(voice_report_of(ended(), lobby(), None, "pbx.example"))
        headers = (("event", "vq-rtcpxr"), ("expires", "3600"), ("content-type", "application/vq-rtcpxr"))
        await client.request("PUBLISH", "sip:5001@pbx.example", headers, text.encode())
        client.close()
    capture = tmp_path / "publish.pcap"
    capture.write_bytes(pcap(collector.raw[0]))
    fields = (
        "sip.Method",
        "sip.Event",
        "sip.Content-Type",
        "sip.Content-Length",
        "sip.r-uri",
        "_ws.expert.severity",
        "data-text-lines",
        "media.type",
    )
    words = [word for field in fields for word in ("-e", field)]
    shown = await asyncio.to_thread(
        subprocess.run, [str(TSHARK), "-r", str(capture), "-d", "udp.port==5060,sip", "-T", "fields", *words],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    method, event, kind, length, uri, severity, *_ = shown.stdout.rstrip("\n").split("\t")
    assert (method, event, kind, length) == ("PUBLISH", "vq-rtcpxr", "application/vq-rtcpxr", str(len(text.encode())))
    assert uri.startswith("sip:127.0.0.1")
    assert severity in ("", "2097152")  # at most a note ("chat")
    verbose = await asyncio.to_thread(
        subprocess.run, [str(TSHARK), "-r", str(capture), "-V"], capture_output=True, text=True, check=True
    )  # fmt: skip
    assert "VQSessionReport: CallTerm" in verbose.stdout or text.encode().hex()[:40] in verbose.stdout.replace(" ", "")
    assert "Malformed" not in verbose.stdout


def pcap(payload: bytes) -> bytes:
    """One UDP datagram to port 5060 in a capture of raw IPv4 (LINKTYPE 101)."""
    udp = (5060).to_bytes(2, "big") * 2 + (8 + len(payload)).to_bytes(2, "big") + b"\0\0" + payload
    ip = (
        b"\x45\0"
        + (20 + len(udp)).to_bytes(2, "big")
        + b"\0\0\0\0\x40\x11\0\0"
        + socket.inet_aton("127.0.0.1") * 2
        + udp
    )
    head = (
        (0xA1B2C3D4).to_bytes(4, "little")
        + b"\x02\0\x04\0"
        + bytes(8)
        + (65535).to_bytes(4, "little")
        + (101).to_bytes(4, "little")
    )
    return head + bytes(8) + len(ip).to_bytes(4, "little") * 2 + ip
