"""Simulated phones with a real SIP stack: a call is set up, held, resumed and ended while a client watches."""

import importlib.util
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from itertools import groupby
from pathlib import Path as File

import psutil
import pytest

from phonetui.phone.state import Call, PhoneId
from phonetui.simulator.media import losing
from phonetui.simulator.media.sip import SipEnd, SipLink, SipMedia, SoftphoneProcess
from phonetui.simulator.server import ServedOffice
from tests.live import Live, live, served, until
from tests.simulator.media.observer import Hearing, Log

pytestmark = pytest.mark.slow

FETCH_S = 120
PROJECT = File(__file__).parents[3] / "pyproject.toml"


@pytest.fixture(scope="module", autouse=True)
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """What the extra `sip` names, fetched for these tests where it isn't installed; as a wheel, or not at all."""
    if importlib.util.find_spec("pjsua2"):
        yield
        return
    if sys.version_info >= (3, 13):
        pytest.skip("the SIP stack has no wheel for Python 3.13 or later (extra 'sip'), so no SIP call was made")
    wanted = tomllib.loads(PROJECT.read_text())["project"]["optional-dependencies"]["sip"]
    folder = tmp_path_factory.mktemp("sip")
    words = [sys.executable, "-m", "pip", "install", "-q", "--only-binary", ":all:", "--target", str(folder), *wanted]
    try:
        fetched = subprocess.run(words, capture_output=True, text=True, check=False, timeout=FETCH_S)
    except subprocess.TimeoutExpired:
        pytest.skip(f"pip fetched no SIP stack in {FETCH_S} s (extra 'sip'), so no SIP call was made")
    if fetched.returncode:
        said = (fetched.stderr.strip() or "no reason given").splitlines()[-1]
        pytest.skip(f"pip could not fetch the SIP stack ({said}), so no SIP call was made")
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(folder)
        yield


def link_of(office: ServedOffice) -> SipLink:
    conversation = office.by_name["sim-1"].device.legs[0].conversation
    assert conversation
    assert isinstance(conversation.link, SipLink)
    return conversation.link


def handset(end: SipEnd) -> SoftphoneProcess:
    assert end.phone
    return end.phone


def states(phone: SoftphoneProcess) -> list[str]:
    return [event["state"] for event in phone.events if event["event"] == "state"]


def shown(client: Live, name: str) -> Call | None:
    return next(iter(client.fleet.phones[PhoneId(name)].calls), None)


class Seen:
    """Every state that a client read of both phones' call, repetitions left out."""

    def __init__(self, client: Live) -> None:
        self.client = client
        self.states: dict[str, list[str]] = {"sim-1": [], "sim-2": []}

    def look(self) -> None:
        for name, seen in self.states.items():
            call = shown(self.client, name)
            seen.append(str(call.state) if call else "")

    async def until(self, holds: Callable[[], object], what: str, seconds: float = 10.0) -> None:
        def looked() -> object:
            self.look()
            return holds()

        await until(looked, seconds, what)

    def of(self, name: str) -> list[str]:
        return [state for state, _ in groupby(self.states[name])]


async def test_a_sip_call_is_watched_from_ringing_to_its_end() -> None:
    log = Log()
    async with served(2, media="sip") as office, live(office) as client:
        assert isinstance(office.media, SipMedia)
        office.media.observer = log
        await until(lambda: all(client.state(name) == "live" for name in office.by_name), 10.0)
        seen = Seen(client)
        office.start_call("sim-1", "sim-2", codec="OPUS", answer_after_s=None)
        await seen.until(lambda: seen.states["sim-2"][-1] == "Ringing", "it rings")
        link = link_of(office)
        await until(lambda: link.callee.phone and "EARLY" in states(link.callee.phone), 10.0, "it rings by SIP")
        here, there = handset(link.caller), handset(link.callee)
        await client.fleet.press(PhoneId("sim-2"), "Speaker")
        await seen.until(lambda: "CONFIRMED" in states(here) and "CONFIRMED" in states(there), "it is answered by SIP")
        for name in ("sim-1", "sim-2"):
            office.impair(name, losing(0.08))
        await seen.until(lambda: (call := shown(client, "sim-1")) and (call.packets_received or 0) > 150, "they talk")
        call = shown(client, "sim-1")
        assert call
        assert (call.state, call.encoder, call.decoder) == ("Connected", "G711u", "G711u")
        office.hold("sim-1")
        await seen.until(lambda: (here.media, there.media) == ((2, 1), (3, 2)), "held by SIP: the callee only hears")
        await seen.until(lambda: seen.states["sim-1"][-1] == "Hold", "the client saw the hold")
        office.hold("sim-1")
        await seen.until(lambda: here.media == there.media == (1, 3), "resumed by SIP")
        talked = link.caller.reception().received
        await seen.until(lambda: link.caller.reception().received > talked + 100, "they talk again")
        office.hang_up("sim-1")
        await seen.until(lambda: states(there)[-1] == states(here)[-1] == "DISCONNECTED", "ended by SIP")
        await seen.until(lambda: seen.states["sim-1"][-1] == "", "the client saw the end")
        await until(lambda: isinstance(office.media, SipMedia) and office.media.open_links == 0, 10.0)
    assert states(here) == ["CALLING", "EARLY", "CONNECTING", "CONFIRMED", "DISCONNECTED"]
    assert states(there) == ["INCOMING", "EARLY", "CONNECTING", "CONFIRMED", "DISCONNECTED"]
    assert [state for state in seen.of("sim-1") if state in {"Connected", "Hold"}] == ["Connected", "Hold", "Connected"]
    assert [state for state in seen.of("sim-2") if state in {"Ringing", "Connected", "Hold"}] == [
        "Ringing",
        "Connected",
    ]
    for name, end in (("caller", link.caller), ("callee", link.callee)):
        assert_counts(name, end, log.hearing(handset(end).rtp[1]))


def assert_counts(name: str, end: SipEnd, hearing: Hearing) -> None:
    """Each of three streams may count a packet at its edges that the other side doesn't."""
    heard, dropped = end.reception(), hearing.lost_after(len(hearing.through))
    print(f"\n{name}: relay let {len(hearing.through)} through and dropped {dropped}, the stack counts {heard}")
    assert heard.received == pytest.approx(len(hearing.through), abs=12)
    assert heard.lost == pytest.approx(dropped, abs=4)
    assert dropped > 0


async def test_a_call_nobody_answers_is_cancelled() -> None:
    async with served(2, media="sip") as office:
        office.start_call("sim-1", "sim-2", answer_after_s=None)
        link = link_of(office)
        await until(lambda: link.caller.phone and "EARLY" in states(link.caller.phone), 10.0)
        office.hang_up("sim-1")
        here = handset(link.caller)
        await until(lambda: states(here)[-1] == "DISCONNECTED", 10.0)
        assert [event["code"] for event in here.events if event["event"] == "state"][-1] == 487


async def test_no_process_outlives_its_office() -> None:
    async with served(2, media="sip") as office:
        office.start_call("sim-1", "sim-2", answer_after_s=0.05)
        link = link_of(office)
        await until(lambda: link.caller.phone and "CONFIRMED" in states(link.caller.phone), 10.0)
        pids = [handset(end).pid or 0 for end in (link.caller, link.callee)]
        assert all(psutil.pid_exists(pid) for pid in pids)
    assert not any(psutil.pid_exists(pid) for pid in pids)


async def test_a_stack_that_breaks_leaves_the_call_silent(caplog: pytest.LogCaptureFixture) -> None:
    async with served(2, media="sip") as office:
        office.start_call("sim-1", "sim-2", answer_after_s=None)
        link = link_of(office)
        await until(lambda: link.callee.phone and "EARLY" in states(link.callee.phone), 10.0)
        psutil.Process(handset(link.callee).pid).kill()
        office.hang_up("sim-1")
        await until(lambda: isinstance(office.media, SipMedia) and office.media.open_links == 0, 10.0)
    assert "a SIP call stays silent: the softphone has ended" in caplog.text
