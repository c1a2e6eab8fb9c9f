"""Feedback over real sockets: what is posted, in which order, and what happens when nobody takes it."""

import json
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from xml.etree import ElementTree as ET

import pytest

from phonetui.simulator.phone import SimulatedPhone
from phonetui.simulator.security import certificate, server_context
from phonetui.simulator.server import ServedOffice, Settings, serve
from phonetui.xapi.path import Path
from tests.live import until

from .sockets import Client, Receiver, client, receiver

STATUS = Path.parse("HttpFeedback 1 Status")


@dataclass
class Stage:
    office: ServedOffice
    phone: SimulatedPhone
    operator: Client
    taking: Receiver

    async def register(self, *expressions: str, slot: str = "1", **more: str) -> str:
        arguments: dict[str, str | list[str]] = {"FeedbackSlot": slot, "ServerUrl": self.taking.url}
        arguments |= {"Expression": list(expressions), **more}
        return await self.operator.run(self.phone, "HttpFeedback Register", **arguments)

    def mute(self, times: int = 1) -> None:
        """Changes LEDStatus MuteLEDColor as often, one batch each."""
        for number in range(times):
            self.office.set_value("sim-1", "LEDStatus MuteLEDColor", f"Colour {number}")


@asynccontextmanager
async def staged(tls: ssl.SSLContext | None = None, speed: float = 50.0) -> AsyncIterator[Stage]:
    settings = Settings(phones=2, scenario="quiet", speed=speed)
    async with receiver(tls) as taking, serve(settings) as office, client() as operator:
        yield Stage(office, office.phones[0], operator, taking)


async def test_only_changes_are_posted_and_no_snapshot() -> None:
    async with staged() as stage:
        assert '<HttpFeedbackRegisterResult status="OK"/>' in await stage.register("/Status/LEDStatus")
        stage.mute()
        await until(lambda: stage.taking.bodies)
        (body,) = stage.taking.bodies
        root = ET.fromstring(body)
        assert root.attrib == {}
        assert [(leaf.tag, leaf.text) for leaf in root.iter() if leaf.tag.startswith("Mute")] == [
            ("MuteLEDColor", "Colour 0")
        ]
        assert len(list(root.iter())) - len(root.findall("Identification/*")) == 4
        assert stage.taking.headers[0]["Content-Type"] == "text/xml; charset=utf-8"
        assert stage.taking.headers[0]["User-Agent"] == "Cisco/CE"


async def test_the_registration_is_in_the_tree() -> None:
    async with staged() as stage:
        await stage.register("/Status/Line", "/Event/BootEvent", Format="json")
        tree = stage.phone.tree
        assert tree[STATUS] == "OK"
        assert tree[Path.parse("HttpFeedback 1 URL")] == stage.taking.url
        assert tree[Path.parse("HttpFeedback 1 Format")] == "JSON"
        assert tree[Path.parse("HttpFeedback 1 Expression 2")] == "/Event/BootEvent"
        await stage.register("/Status/Line")
        assert Path.parse("HttpFeedback 1 Expression 2") not in stage.phone.tree
        await stage.operator.run(stage.phone, "HttpFeedback Deregister", FeedbackSlot="1")
        assert not any(path[0] == "HttpFeedback" for path in stage.phone.tree)
        stage.office.start_call("sim-2", "sim-1")
        await until(lambda: any(path[0] == "Line" for path in stage.phone.tree))
        assert not stage.taking.bodies


async def test_a_whole_call_arrives_in_order() -> None:
    async with staged() as stage:
        await stage.register("/Status/Line/Call/CallState", "/Event/SipCallSuccessful", "/Event/SipCallDisconnect")
        stage.office.start_call("sim-2", "sim-1", answer_after_s=0.5)
        await until(lambda: "Connected" in stage.taking.values("CallState"))
        stage.office.hang_up("sim-1")
        await until(lambda: "SipCallDisconnect" in stage.taking.texts[-1])
        assert stage.taking.values("CallState") == ["Ringing", "Answering", "Connected", "Idle"]
        kinds = [
            next(word for word in ("ghost", "SipCallSuccessful", "SipCallDisconnect", "CallState") if word in text)
            for text in stage.taking.texts
        ]
        assert kinds == [*["CallState"] * 3, "SipCallSuccessful", "CallState", "ghost", "SipCallDisconnect"]
        ghost = ET.fromstring(stage.taking.bodies[5]).find("Line/Call")
        assert ghost is not None
        assert ghost.attrib == {"item": "0", "maxOccurrence": "n", "ghost": "True"}


async def test_json() -> None:
    async with staged() as stage:
        await stage.register("/Status/LEDStatus", Format="JSON")
        stage.mute()
        await until(lambda: stage.taking.bodies)
        status = json.loads(stage.taking.bodies[0])["Status"]
        assert status["LEDStatus"] == {"MuteLEDColor": {"Value": "Colour 0"}}
        assert status["Identification"]["ProductID"] == {"Value": "DP-9841"}
        assert stage.taking.headers[0]["Content-Type"] == "application/json"


async def test_slots_are_their_own() -> None:
    async with staged() as stage:
        await stage.register("/Status/LEDStatus/MuteLEDColor", slot="1")
        await stage.register("/Status/LEDStatus/MwiLEDColor", slot="4")
        stage.mute()
        stage.office.set_value("sim-1", "LEDStatus MwiLEDColor", "Red")
        await until(lambda: len(stage.taking.bodies) == 2)
        assert sorted("Mwi" in text for text in stage.taking.texts) == [False, True]


async def test_one_post_after_another_in_order() -> None:
    async with staged() as stage:
        await stage.register("/Status/LEDStatus")
        stage.mute(30)
        await until(lambda: len(stage.taking.bodies) == 30)
        assert stage.taking.values("MuteLEDColor") == [f"Colour {number}" for number in range(30)]


@pytest.mark.parametrize("answer", [404, 500, 410])
async def test_an_error_answer_ends_it_at_once_until_enabled(answer: int) -> None:
    async with staged() as stage:
        await stage.register("/Status/LEDStatus")
        stage.taking.script = [answer]
        stage.mute()
        await until(lambda: stage.phone.tree[STATUS] == "Failed")
        assert len(stage.taking.bodies) == 1
        stage.mute()
        assert '<HttpFeedbackEnableResult status="OK"/>' in await stage.operator.run(
            stage.phone, "HttpFeedback Enable", FeedbackSlot="1"
        )
        assert stage.phone.tree[STATUS] == "OK"
        stage.office.set_value("sim-1", "LEDStatus MuteLEDColor", "Green")
        await until(lambda: len(stage.taking.bodies) == 2)
        assert stage.taking.values("MuteLEDColor") == ["Colour 0", "Green"]


async def test_nobody_there_is_tried_ten_times_more_and_then_failed() -> None:
    async with staged() as stage:
        await stage.register("/Status/LEDStatus", ServerUrl="http://127.0.0.1:9/nobody")
        began = stage.office.now
        stage.mute()
        await until(lambda: stage.phone.tree[STATUS] == "Failed")
        assert stage.office.now - began >= 10


async def test_registering_again_revives_a_failed_slot() -> None:
    async with staged() as stage:
        await stage.register("/Status/LEDStatus")
        stage.taking.script = [500]
        stage.mute()
        await until(lambda: stage.phone.tree[STATUS] == "Failed")
        await stage.register("/Status/LEDStatus")
        assert stage.phone.tree[STATUS] == "OK"


async def test_polling_only() -> None:
    async with staged() as stage:
        stage.phone.feedback.refuse = True
        assert 'status="Error"' in await stage.register("/Status/Line")
        assert STATUS not in stage.phone.tree


async def test_duplicates() -> None:
    async with staged() as stage:
        stage.phone.feedback.duplicate = True
        await stage.register("/Status/LEDStatus")
        stage.mute(2)
        await until(lambda: len(stage.taking.bodies) == 4)
        assert stage.taking.values("MuteLEDColor") == ["Colour 0", "Colour 0", "Colour 1", "Colour 1"]


async def test_overtaking() -> None:
    async with staged() as stage:
        stage.phone.feedback.overtake = True
        await stage.register("/Status/LEDStatus")
        stage.mute(5)
        await until(lambda: len(stage.taking.bodies) == 5)
        assert stage.taking.values("MuteLEDColor") == [f"Colour {number}" for number in (1, 0, 3, 2, 4)]


@pytest.mark.parametrize("keep", [True, False])
async def test_a_restart_is_announced_and_slots_may_outlive_it(keep: bool) -> None:
    async with staged() as stage:
        stage.phone.feedback.keep_over_restart = keep
        await stage.register("/Event", "/Status/ExtStatus")
        stage.office.reboot("sim-1")
        await until(lambda: len(stage.taking.bodies) >= 2)
        assert ["BootEvent" in text for text in stage.taking.texts[:2]] == [True, False]
        assert "<Shutdown item=" in stage.taking.texts[1]
        await until(lambda: stage.phone.tree[Path.parse("ExtStatus 1 RegistrationState")] == "Registered")
        if keep:
            await until(lambda: "Registered" in stage.taking.values("RegistrationState"))
        else:
            await until(lambda: STATUS not in stage.phone.tree)


async def test_https_receivers_must_be_known() -> None:
    made = certificate(1, 99, "receiver", "127.0.0.1")
    async with staged(server_context(made), speed=200) as stage:
        await stage.register("/Status/LEDStatus")
        stage.mute()
        await until(lambda: stage.phone.tree[STATUS] == "Failed")
        assert not stage.taking.bodies
        added = await stage.operator.run(stage.phone, "Security Certificates CA Add", body=made.chain.decode())
        assert "<Fingerprint>" in added
        await stage.register("/Status/LEDStatus")
        stage.office.set_value("sim-1", "LEDStatus MuteLEDColor", "Red")
        await until(lambda: stage.taking.values("MuteLEDColor") == ["Red"])


async def test_https_receivers_need_not_be_known_with_the_check_off() -> None:
    async with staged(server_context(certificate(1, 99, "receiver", "127.0.0.1"))) as stage:
        body = "<Configuration><HttpFeedback><TlsVerify>Off</TlsVerify></HttpFeedback></Configuration>"
        await stage.operator.ask(stage.phone, "POST", "/putxml", body=body)
        await stage.register("/Status/LEDStatus")
        stage.mute()
        await until(lambda: stage.taking.bodies)
