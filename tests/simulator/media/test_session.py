"""Real media in an office: packets while both talk, none while one holds, no socket left over."""

import asyncio
import itertools
import os
import socket
from pathlib import Path as File

import pytest

from phonetui.errors import ConfigError
from phonetui.simulator.media import check_media, create_media, losing
from phonetui.simulator.media.reception import CODECS
from phonetui.simulator.media.session import RtpEndpoint, RtpMedia
from phonetui.simulator.server import ServedOffice, Settings, serve
from phonetui.xapi.path import Path
from tests.live import served, until
from tests.simulator.media.observer import Log


def media_of(office: ServedOffice) -> RtpMedia:
    assert isinstance(office.media, RtpMedia)
    return office.media


def end_of(office: ServedOffice, name: str) -> RtpEndpoint:
    leg = office.by_name[name].device.legs[0]
    end = leg.conversation.end_of(leg) if leg.conversation else None
    assert isinstance(end, RtpEndpoint)
    return end


async def talking(office: ServedOffice, codec: str = "G722") -> tuple[RtpEndpoint, RtpEndpoint]:
    office.start_call("sim-1", "sim-2", codec=codec, answer_after_s=0.05)
    await until(lambda: media_of(office).open_links, what="the call is answered")
    return end_of(office, "sim-1"), end_of(office, "sim-2")


def leaf(office: ServedOffice, name: str, what: str) -> str:
    tree = office.by_name[name].device.tree.leaves
    return tree.get(Path.parse(f"Line 1 Call 0 {what}"), "")


def open_files() -> int:
    return len(list(File("/proc/self/fd").iterdir()))


@pytest.mark.parametrize("codec", sorted(CODECS))
async def test_packets_are_those_of_the_codec(codec: str) -> None:
    log = Log()
    async with served(2, media="rtp") as office:
        media_of(office).observer = log
        here, _ = await talking(office, codec)
        await until(lambda: here.reception().received >= 20)
        assert here.ports
        speech = log.hearing(here.ports[0].address[1]).speech
    known = CODECS[codec]
    assert {packet.clock_hz for packet in speech} == {known.clock_hz}
    steps = {(after.timestamp - before.timestamp) % 2**32 for before, after in itertools.pairwise(speech)}
    assert steps == {known.clock_hz // 50}
    assert {len(packet.payload) for packet in speech} == {known.payload}
    assert [packet.marker for packet in speech] == [True] + [False] * (len(speech) - 1)


async def test_a_hold_stops_the_packets_and_a_resume_starts_them() -> None:
    async with served(2, media="rtp") as office:
        here, there = await talking(office)
        await until(lambda: there.reception().received >= 10)
        office.hold("sim-2")
        await until(lambda: there.reception().received == here.sent)
        sent = here.sent, there.sent
        await until(lambda: leaf(office, "sim-2", "CallState") == "Hold")
        assert (here.sent, there.sent) == sent
        office.hold("sim-2")
        await until(lambda: there.reception().received >= sent[0] + 10)
        heard = there.reception()
        assert heard.lost == 0
        assert heard.discarded <= 2, "the silence is none; a packet that a busy machine was late with may be"
        assert heard.jitter_ms < 20, "the silence is no jitter"


@pytest.mark.slow
async def test_what_a_phone_hears_can_be_changed_during_a_call() -> None:
    async with served(2, media="rtp") as office:
        here, there = await talking(office)
        await until(lambda: there.reception().received >= 25)
        assert there.reception().lost == 0
        office.impair("sim-2", losing(0.5))
        await until(lambda: there.reception().lost >= 20)
        office.impair("sim-2", "clean")
        await asyncio.sleep(1.0)  # what was lost before may still be counted
        lost = there.reception().lost
        await asyncio.sleep(1.0)
        assert there.reception().lost <= lost + 1
        assert here.reception().lost == 0


@pytest.mark.slow
async def test_both_ends_measure_a_round_trip_and_publish_it() -> None:
    async with served(2, media="rtp") as office:
        office.start_call("sim-1", "sim-2", profile="congested", answer_after_s=0.05)
        for name in ("sim-1", "sim-2"):
            await until(lambda name=name: int(leaf(office, name, "RoundTripDelay") or 0), 8.0)  # type: ignore[misc]
        trips = [int(leaf(office, name, "RoundTripDelay")) for name in ("sim-1", "sim-2")]
        assert all(51 <= trip < 500 for trip in trips)


async def test_nothing_is_left_over() -> None:
    before = open_files()
    async with served(4, media="rtp") as office:
        listening = open_files()
        await talking(office)
        office.start_call("sim-3", "sim-4", answer_after_s=0.05)
        await until(lambda: media_of(office).open_links == 2)
        assert open_files() == listening + 2 * 8
        office.hang_up("sim-1")
        await until(lambda: media_of(office).open_links == 1)
        assert open_files() == listening + 8
        office.reboot("sim-3")
        await until(lambda: media_of(office).open_links == 0)
        await talking(office)
    assert open_files() == before
    assert media_of(office).open_links == 0


async def test_a_call_that_nobody_answers_opens_no_socket() -> None:
    async with served(2, media="rtp") as office:
        office.start_call("sim-1", "sim-2", answer_after_s=None)
        await until(lambda: leaf(office, "sim-2", "CallState") == "Ringing")
        assert media_of(office).open_links == 0
        office.hang_up("sim-1")
        await until(lambda: not office.by_name["sim-1"].device.legs)


async def test_without_a_socket_a_call_stays_silent(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full(*_: object) -> None:
        raise OSError(24, "Too many open files")

    async with served(2, media="rtp") as office:
        with monkeypatch.context() as patch:
            patch.setattr(socket.socket, "bind", full)
            office.start_call("sim-1", "sim-2", answer_after_s=0.05)
            await until(lambda: leaf(office, "sim-1", "CallState") == "Connected")
        assert "a call stays silent, there is no socket for its media: Too many open files" in caplog.text
        assert (media_of(office).open_links, end_of(office, "sim-1").sent) == (0, 0)
        assert leaf(office, "sim-1", "PacketsReceived") == "0"


async def test_strangers_are_not_heard() -> None:
    async with served(2, media="rtp") as office:
        here, _ = await talking(office)
        await until(lambda: here.reception().received >= 5)
        assert here.ports
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
            for port in here.ports:
                stranger.sendto(os.urandom(172), port.address)
        await until(lambda: here.reception().received >= 15)
        assert here.reception().lost == 0


@pytest.mark.parametrize("broken", [b"", b"\x80", b"\x80\xc8\0\6", bytes(range(0, 240, 6))])
async def test_broken_datagrams_are_ignored(broken: bytes) -> None:
    async with served(2, media="rtp") as office:
        here, _ = await talking(office)
        here._receive_rtp(broken, 0.0)
        here._receive_rtcp(broken, 0.0)
        await until(lambda: here.reception().received >= 5)
        assert here.reception().lost == 0


def test_media_have_names() -> None:
    with pytest.raises(ConfigError, match="no media 'rtsp'"):
        check_media("rtsp")
    with pytest.raises(ConfigError, match="real media cannot run 10 times as fast"):
        create_media("rtp", speed=10)
    check_media("model", speed=10)


def test_sip_needs_a_stack(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(
        ConfigError, match=r"the media 'sip' need a SIP stack that isn't installed\. Install the extra 'sip'"
    ):
        check_media("sip")


async def test_an_office_refuses_real_media_in_another_time() -> None:
    with pytest.raises(ConfigError, match="real media cannot run"):
        async with serve(Settings(media="rtp", speed=2)):
            pass
