"""Reports that simulated phones send, taken by a collector over real sockets, and on the way to a call's record."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from phonetui.archive.archive import Archive
from phonetui.archive.export import json_lines
from phonetui.config.settings import MetricsSettings, VoiceReportSettings
from phonetui.errors import ConfigError
from phonetui.metrics.server import MetricsServer
from phonetui.monitor.fleet import LiveFleet
from phonetui.phone.calls.call_record import CallRecord
from phonetui.phone.quality.voice_report import VoiceParty, VoiceQualityReport, VoiceReportKind
from phonetui.phone.state import PhoneId
from phonetui.text import printable
from phonetui.voice_reports.collector import RESULTS, VoiceReportCollector
from phonetui.voice_reports.sip_message import SipResponse, parse_message, request_bytes
from tests.deadlines import ANSWER_S
from tests.live import live, served, until

EVENT = (("event", "vq-rtcpxr"), ("content-type", "application/vq-rtcpxr"))


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port


@asynccontextmanager
async def collecting(
    fleet: LiveFleet, *listen: str, proxies: tuple[str, ...] = ()
) -> AsyncIterator[VoiceReportCollector]:
    notices: list[str] = []
    settings = VoiceReportSettings(listen=listen or ("udp://127.0.0.1:0",), proxies=proxies)
    collector = VoiceReportCollector(fleet.voice_reports, settings, notices.append)
    task = asyncio.create_task(collector.run())
    try:
        await until(lambda: collector.addresses or task.done())
        yield collector
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def message(body: str, method: str = "PUBLISH", headers: tuple[tuple[str, str], ...] = EVENT) -> bytes:
    head = (
        ("via", "SIP/2.0/UDP 127.0.0.1;branch=z9hG4bKx;rport"), ("from", "<sip:5001@pbx>;tag=1"), ("to", "<sip:us>"),
        ("call-id", "1@x"), ("cseq", f"1 {method}"), *headers,
    )  # fmt: skip
    return request_bytes(method, "sip:us", head, body.encode())


async def asked(port: int, data: bytes) -> SipResponse:
    loop = asyncio.get_running_loop()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.setblocking(False)
        sock.connect(("127.0.0.1", port))
        sock.send(data)
        async with asyncio.timeout(ANSWER_S):
            answer = parse_message(await loop.sock_recv(sock, 65535))
    assert isinstance(answer, SipResponse)
    return answer


def body(number: str, call_id: str, length_s: float = 4.0, **lines: str) -> str:
    now = datetime.now(UTC)
    more = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return (
        f"VQSessionReport: CallTerm\r\nCallID: {call_id}\r\nLocalID: <sip:{number}@pbx>\r\nRemoteID: <sip:5999@pbx>\r\n"
        f"{more}LocalMetrics:\r\nTimestamps: START={now - timedelta(seconds=length_s):%Y-%m-%dT%H:%M:%SZ} "
        f"STOP={now:%Y-%m-%dT%H:%M:%SZ}\r\nPacketLoss: NLR=0.5 JDR=0.1\r\nQualityEst: MOSLQ=4.0\r\n"
    )


def reported(fleet: LiveFleet, fits: Callable[[CallRecord], bool] = lambda _: True) -> list[CallRecord]:
    return [record for record in fleet.records if record.reports and fits(record)]


@pytest.mark.slow
async def test_both_ends_report_their_call_and_it_is_kept(tmp_path: Path) -> None:
    """Over UDP; the record, its JSON and the archive have the report, and the metrics count it without naming anybody."""
    port = free_port()
    archive = Archive(tmp_path / "history.sqlite", 7)
    async with (
        served(2, vq_report=f"udp://127.0.0.1:{port}") as office,
        live(office, archive=archive) as watched,
        collecting(watched.fleet, f"udp://127.0.0.1:{port}") as collector,
    ):
        await until(lambda: all(watched.state(name) == "live" for name in ("sim-1", "sim-2")))
        server = MetricsServer(watched.fleet, MetricsSettings(listen="127.0.0.1:0"), collector.counts)
        office.start_call("sim-1", "sim-2", profile="congested")
        await until(lambda: any(record.answered_at for record in watched.fleet.records))
        await asyncio.sleep(2.2)
        office.hang_up("sim-1")
        await until(lambda: len(reported(watched.fleet, lambda one: one.ended_at is not None)) == 2, 15.0)
        records = reported(watched.fleet)
        for record in records:
            assert record.report is not None
            assert not record.is_from_report
            assert record.report.remote_party is not None
            assert record.report.remote_party.user == record.call.remote_number
            assert record.report.local.loss_pct is not None
        assert office.voice_reports is not None
        assert office.voice_reports.answered == [200, 200]
        assert collector.counts["taken"] == 2
        lines = [json.loads(line) for line in json_lines(records).splitlines()]
        assert [len(line["voice_reports"]) for line in lines] == [1, 1]
        assert all(line["vq_call_id"] and line["vq_mos_lq"] for line in lines)
        text = (await server.exposition()).decode()
        samples = {
            (one.name, *one.labels.values()): one.value
            for family in text_string_to_metric_families(text)
            for one in family.samples
        }
        assert samples["phonetui_voice_reports_total", "taken"] == 2
        assert samples["phonetui_calls_reported_total", "reading", ""] == 2
        assert samples["phonetui_reported_mos_count", "g722", ""] == 2
        assert not any(str(record.report and record.report.call_id) in text for record in records)
    kept = await Archive(tmp_path / "history.sqlite", 7).page()
    assert kept is not None
    assert sorted(
        record.reports == other.reports
        for record, other in zip(kept[0], sorted(records, key=lambda one: one.id, reverse=True), strict=True)
    )


async def test_a_call_that_no_reading_saw_comes_into_history(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("phonetui.phone.calls.call_tracker.WAIT_S", 0.3)
    async with served(2) as office, live(office) as watched, collecting(watched.fleet) as collector:
        await until(lambda: watched.state("sim-1") == "live")
        answer = await asked(collector.addresses[0].port, message(body(office.phones[0].number, "unseen-1@x")))
        assert (answer.status, bool(answer.header("sip-etag")), answer.header("expires")) == (200, True, "3600")
        await until(lambda: reported(watched.fleet))
        (record,) = reported(watched.fleet)
        assert (record.phone, record.is_from_report, record.call.remote_number) == ("sim-1", True, "5999")
        again = await asked(collector.addresses[0].port, message(body(office.phones[0].number, "unseen-1@x")))
        assert again.header("sip-etag") == answer.header("sip-etag")


async def test_what_is_answered_to_what_is_no_report() -> None:
    async with served(1) as office, live(office, push=False) as watched, collecting(watched.fleet) as collector:
        await until(lambda: watched.state("sim-1") == "live")
        port, number = collector.addresses[0].port, office.phones[0].number
        options = await asked(port, message("", "OPTIONS"))
        assert (options.status, options.header("allow-events")) == (200, "vq-rtcpxr")
        for status, data in (
            (405, message(body(number, "1@x"), "MESSAGE")),
            (489, message(body(number, "1@x"), headers=(("event", "presence"), EVENT[1]))),
            (415, message(body(number, "1@x"), headers=(EVENT[0], ("content-type", "text/plain")))),
            (400, message("VQSessionReport\r\n")),
            (404, message(body(number, "1@x", LocalMAC="00:00:5E:00:53:99"))),
            (200, message(body(number, "2@x"), "NOTIFY")),
        ):
            assert (await asked(port, data)).status == status
        assert dict(collector.counts) == {**dict.fromkeys(RESULTS, 0), "unsupported": 3, "malformed": 1, "unknown_phone": 1, "taken": 1}  # fmt: skip


async def test_whose_it_is_when_all_share_one_address() -> None:
    """By MAC address, number or media address; by nothing of it, it is nobody's."""
    async with served(3) as office, live(office, push=False) as watched:
        await until(lambda: all(watched.fleet.phones[PhoneId(one.name)].network.ipv4 for one in office.phones))
        sink, identity = watched.fleet.voice_reports, office.phones[1].device.identity
        assert sink.sources()["127.0.0.1"] == 3

        def taken(source: str = "127.0.0.1", *, is_relayed: bool = False, **fields: object) -> PhoneId | None:
            number = str(fields.pop("number", ""))
            who = VoiceParty(printable(f"sip:{number}@x"), printable(number)) if number else None
            report = VoiceQualityReport(kind=VoiceReportKind.INTERVAL, local_party=who, **fields)  # type: ignore[arg-type]  # as each case gives
            return sink.take(report, source, is_relayed=is_relayed)

        assert taken(number=office.phones[2].number) == "sim-3"
        assert taken(local_mac=printable(identity.mac.replace(":", "").lower())) == "sim-2"
        assert taken(local_mac=printable(identity.mac), number=office.phones[2].number) == "sim-2"
        assert taken() is None
        assert taken(number="7777") is None
        assert taken(local_mac=printable("02:00:00:00:00:01"), number=office.phones[2].number) is None
        assert taken(identity.address) == "sim-2"
        assert taken(identity.address, number=office.phones[2].number) is None
        assert taken("198.51.100.1", is_relayed=True, number=office.phones[0].number) == "sim-1"
        assert taken("198.51.100.1", is_relayed=True) is None
        assert taken("198.51.100.1", number=office.phones[0].number) is None


async def test_strangers_are_told_of_once_and_proxies_are_none() -> None:
    async with served(1) as office, live(office, push=False) as watched:
        notices: list[str] = []
        settings = VoiceReportSettings(listen=("udp://127.0.0.1:0",), proxies=("198.51.100.0/24",))
        collector = VoiceReportCollector(watched.fleet.voice_reports, settings, notices.append)
        for _ in range(3):
            collector._refuse("unknown_sender", "203.0.113.5")
        assert len(notices) == 1
        assert "203.0.113.5" in notices[0]
        assert collector._phones_at("198.51.100.7")
        assert collector._phones_at("203.0.113.5") is None


def test_what_cannot_be_listened_on() -> None:
    with pytest.raises(ConfigError, match="vq"):
        VoiceReportCollector(None, VoiceReportSettings(listen=("tls://x:5061",)), print)  # type: ignore[arg-type]  # never asked
