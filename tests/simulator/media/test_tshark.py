"""What the simulated phones send, read by Wireshark's dissectors: RTP, RTCP, and the VoIP metrics that xStatus shows."""

import asyncio
import json
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path as File

import pytest
from msgspec.structs import replace

from phonetui.phone.state import Call, PhoneId
from phonetui.simulator.media import PROFILES, losing
from phonetui.simulator.media.session import RtpEndpoint, RtpMedia
from tests.live import live, served, until
from tests.simulator.media import capture
from tests.simulator.media.observer import Log

pytestmark = [
    pytest.mark.slow,
    pytest.mark.xdist_group("tshark"),  # one recorded call for all
    pytest.mark.skipif(
        shutil.which("tshark") is None, reason="tshark is not installed (Debian: apt-get install tshark)"
    ),
]

TALK_S = 8.0
XR = "rtcp.xr.voipmetrics."


@dataclass
class Recorded:
    """A call that was held after some seconds of trouble, and what a client then read from both phones."""

    log: Log
    shown: dict[str, Call] = field(default_factory=dict)
    ports: dict[str, int] = field(default_factory=dict)
    """Each phone's RTP port."""


async def recorded() -> Recorded:
    found = Recorded(Log())
    async with served(2, media="rtp") as office, live(office, push=False) as client:
        assert isinstance(office.media, RtpMedia)
        office.media.observer = found.log
        await until(lambda: all(client.state(name) == "live" for name in office.by_name), 10.0)
        office.start_call("sim-1", "sim-2", codec="G711u", answer_after_s=0.1)
        await until(lambda: office.by_name["sim-2"].device.legs)
        await asyncio.sleep(0.5)
        office.impair("sim-1", losing(0.03, over=replace(PROFILES["clean"], delay_ms=40)))
        office.impair("sim-2", losing(0.15, mean_run=4, over=PROFILES["wifi"]))
        await asyncio.sleep(TALK_S)
        for name in office.by_name:
            office.impair(name, "clean")
        await asyncio.sleep(0.3)
        office.hold("sim-1")
        await asyncio.sleep(4.0)
        for name, phone in office.by_name.items():
            leg = phone.device.legs[0]
            end = leg.conversation.end_of(leg) if leg.conversation else None
            assert isinstance(end, RtpEndpoint)
            assert end.ports
            found.ports[name] = end.ports[0].address[1]
            found.shown[name] = next(iter(client.fleet.phones[PhoneId(name)].calls))
    return found


@pytest.fixture(scope="module")
def call() -> Recorded:
    return asyncio.run(recorded())


@pytest.fixture(scope="module")
def pcap(call: Recorded, tmp_path_factory: pytest.TempPathFactory) -> File:
    file = tmp_path_factory.mktemp("capture") / "call.pcap"
    capture.write(file, call.log.datagrams)
    return file


def dissected(pcap: File, ports: dict[str, int], wanted: str, *fields: str) -> list[dict[str, list[str]]]:
    """The fields of every packet that the filter `wanted` keeps."""
    protocols = [f"udp.port=={port + odd},{('rtp', 'rtcp')[odd]}" for port in ports.values() for odd in (0, 1)]
    decode = [word for protocol in protocols for word in ("-d", protocol)]
    chosen = [word for name in ("udp.srcport", *fields) for word in ("-e", name)]
    words = ["tshark", "-r", str(pcap), *decode, "-Y", wanted, "-T", "json", *chosen]
    run = subprocess.run(words, capture_output=True, text=True, check=True, timeout=60)
    return [packet["_source"]["layers"] for packet in json.loads(run.stdout)]


def last_metrics(pcap: File, ports: dict[str, int], name: str) -> dict[str, float]:
    fields = [f"{XR}{field}" for field in (
        "burstdensity", "gapdensity", "burstduration", "gapduration", "rtdelay", "esdelay", "gmin", "rfactor",
        "moslq", "moscq", "jbnominal", "signallevel", "extrfactor",
    )]  # fmt: skip
    wanted = f"rtcp.xr.bt == 7 && udp.srcport == {ports[name] + 1}"
    packets = dissected(pcap, ports, wanted, "rtcp.ssrc.fraction", "rtcp.ssrc.discarded", *fields)
    last = {name.removeprefix(XR): float(values[-1]) for name, values in packets[-1].items()}
    return last | {"loss": last["rtcp.ssrc.fraction"], "discard": last["rtcp.ssrc.discarded"]}


@pytest.mark.parametrize("name", ["sim-1", "sim-2"])
def test_the_last_report_says_what_the_phone_shows(call: Recorded, pcap: File, name: str) -> None:
    shown, reported = call.shown[name], last_metrics(pcap, call.ports, name)
    assert shown.lost_packets is not None
    assert shown.packets_received is not None
    assert shown.discarded_packets is not None
    expected = shown.lost_packets + shown.packets_received
    assert shown.lost_packets > 0
    assert reported["loss"] == shown.lost_packets * 256 // expected
    assert reported["discard"] == shown.discarded_packets * 256 // expected
    assert (str(int(reported["loss"])), str(int(reported["discard"]))) == (shown.loss_rate, shown.discard_rate)
    assert (reported["burstduration"], reported["gapduration"]) == (shown.burst_ms, shown.gap_ms)
    assert reported["esdelay"] == shown.decode_latency_ms
    assert reported["jbnominal"] == reported["esdelay"] - 5
    assert reported["rtdelay"] == pytest.approx(shown.round_trip_ms, abs=5)
    assert reported["rfactor"] == pytest.approx(shown.r_factor, abs=1), "the round trip moved in between by a little"
    assert reported["moslq"] == pytest.approx(shown.mos_lq)
    assert reported["moscq"] == pytest.approx(shown.mos_cq, abs=0.1001)
    assert (reported["gmin"], reported["signallevel"], reported["extrfactor"]) == (16, 127, 127)
    print(f"\n{name}: tshark {reported}\n{' ' * len(name)}  client {shown}")


def test_densities_are_those_of_the_bursts(call: Recorded, pcap: File) -> None:
    """Against the relay's own record: burst and gap density weighted by their packets make up the whole loss."""
    reported = last_metrics(pcap, call.ports, "sim-2")
    hearing = call.log.hearing(call.ports["sim-2"])
    assert reported["burstdensity"] > reported["loss"] > reported["gapdensity"]
    assert reported["burstdensity"] > 256 / 17, "or a run of 16 good packets had ended the burst"
    dropped = hearing.lost_after(len(hearing.through))
    assert reported["loss"] == dropped * 256 // (dropped + len(hearing.through))


def test_every_packet_is_dissected_without_complaint(call: Recorded, pcap: File) -> None:
    assert dissected(pcap, call.ports, "_ws.malformed || _ws.expert.severity >= warning") == []
    speech = dissected(pcap, call.ports, "rtp", "rtp.p_type", "rtp.ssrc")
    assert len(speech) == sum(call.log.through[port] for port in call.ports.values())
    assert {packet["rtp.p_type"][0] for packet in speech} == {"0"}
    reports = dissected(pcap, call.ports, "rtcp", "rtcp.pt", "rtcp.sdes.type")
    assert len(reports) == sum(call.log.through[port + 1] for port in call.ports.values())
    kinds = {tuple(packet["rtcp.pt"]) for packet in reports}
    assert kinds <= {(first, "202", *more) for first in ("200", "201") for more in ((), ("207",))}
    assert {"200", "201"} == {kind[0] for kind in kinds}, "during the hold they only listen"
    assert {packet["rtcp.sdes.type"][0] for packet in reports} == {"1"}, "CNAME"
