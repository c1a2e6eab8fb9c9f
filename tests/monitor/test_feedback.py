"""A phone whose feedback slots were all taken is asked again, so that a freed one brings its pushes back."""

import pytest

from phonetui.config.settings import Config, FeedbackSettings
from phonetui.monitor import feedback
from phonetui.monitor.fleet import LiveFleet
from phonetui.phone.state import PhoneId
from phonetui.transport.trust import PinStore
from phonetui.xapi.command import Command
from phonetui.xapi.path import Path
from tests.live import live, served, settings, until

SIM = PhoneId("sim-1")


def taking(slot: int) -> Command:
    url = ("ServerUrl", f"http://127.0.0.1:9/{slot}")
    return Command(Path.of("HttpFeedback", "Register"), (("FeedbackSlot", str(slot)), url, ("Expression", "/Event")))


async def test_a_freed_slot_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feedback, "RENEW_S", 0.1)
    monkeypatch.setattr(feedback, "ASK_AGAIN_S", 0.1)
    async with served(1) as office:
        config = Config(phones=(settings(office.phones[0]),), feedback=FeedbackSettings(listen="off"))
        other = LiveFleet(config, pins=PinStore(None))
        for slot in (1, 2, 4):
            await other.command(SIM, taking(slot))
        async with live(office) as watched:
            await until(lambda: any("no free feedback slot" in entry.text for entry in watched.fleet.entries))
            assert not watched.fleet.phones[SIM].connection.pushes
            await other.command(SIM, Command(Path.of("HttpFeedback", "Deregister"), (("FeedbackSlot", "2"),)))
            await until(lambda: watched.fleet.phones[SIM].connection.pushes)
            assert any("pushes again" in entry.text for entry in watched.fleet.entries)
        await other.close()
